"""Data is finalized when all of its jobs have finished and their outputs are in the catalog; it opens when that ends."""

import pytest

from prodcli.data_states.finalizing import finalize_data, reopen_data_at_work
from prodcli.names import names_from
from tests.support.finished_outputs import finish, rows, words
from tests.support.rule_files import write_rules
from tests.support.workspace import Workspace, seeded_catalog

DATA = ("--tag", "ana537_2025p010_v001", "--dsttype", "DST_TRKR_MVTXME", "--runs", "1-99999")


@pytest.fixture
def submitted(workspace: Workspace) -> Workspace:
    """A workspace whose jobs of a rule are in the queue."""
    workspace.load(seeded_catalog(1))
    write_rules(workspace.folder / "rules")
    workspace.ok("submit", *words(workspace))
    return workspace


@pytest.fixture
def finished(submitted: Workspace) -> Workspace:
    """A workspace with finished, registered jobs; the other jobs of the same data have finished, too."""
    submitted.sql("DELETE FROM production_jobs WHERE schedd IS NULL")
    finish(submitted)
    ended = "now()" if submitted.cluster else "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"
    for table in ("production_jobs", "production_attempts"):
        submitted.sql(f"UPDATE {table} SET finished = {ended}")  # noqa: S608
    return submitted


def runs_of_jobs(workspace: Workspace) -> set[int]:
    """The runs that have jobs of the rule."""
    return {int(name.rpartition("-")[0].rpartition("-")[2]) for name in rows(workspace)}


def states(workspace: Workspace) -> dict[int, str]:
    """The current states by run."""
    return dict(workspace.sql("SELECT runnumber, state FROM production_data_states WHERE replaced IS NULL"))


def look(workspace: Workspace) -> int:
    """Finalize what can be finalized."""
    return finalize_data(workspace.database(), workspace.database("filecatalog"))


def test_data_is_finalized_once(finished: Workspace) -> None:
    runs = runs_of_jobs(finished)
    assert look(finished) == len(runs) > 1
    assert states(finished) == dict.fromkeys(runs, "finalized")
    assert look(finished) == 0
    (line,) = finished.json("data", "list")
    assert (line["author"], line["dsttype"]) == ("harvest", "DST_TRKR_MVTXME")


def test_a_sweep_of_harvest_finalizes(finished: Workspace) -> None:
    finished.ok("harvest", "--sweep")
    assert states(finished) == dict.fromkeys(runs_of_jobs(finished), "finalized")


def test_a_catalog_that_does_not_answer_is_a_warning(finished: Workspace) -> None:
    finished.sql("DROP TABLE datasets", role="filecatalog")
    answer = finished.ok("harvest", "--sweep")
    assert "the states of data are not followed up" in answer.err
    assert states(finished) == {}


def test_one_job_or_one_file_too_few_keeps_data_open(finished: Workspace) -> None:
    runs = sorted(runs_of_jobs(finished))
    failed, unregistered, on_tape = runs[:3]
    name = {run: next(one for one in rows(finished) if f"-{run:08d}-" in one) for run in runs}
    finished.sql("UPDATE production_jobs SET status = 'failed' WHERE filename = ?", name[failed])
    finished.sql("DELETE FROM datasets WHERE filename = ?", name[unregistered], role="filecatalog")
    finished.sql("UPDATE datasets SET status = 0 WHERE filename = ?", name[on_tape], role="filecatalog")
    look(finished)
    assert set(states(finished)) == set(runs[3:])
    finished.sql("UPDATE datasets SET status = 1 WHERE filename = ?", name[on_tape], role="filecatalog")
    assert look(finished) == 1
    assert states(finished)[on_tape] == "finalized"


def test_all_reported_outputs_of_a_job_with_several_must_be_there(finished: Workspace) -> None:
    """The job reports two of the ten outputs that it may make, and a file of another kind."""
    run = min(runs_of_jobs(finished))
    first = max(name for name in rows(finished) if f"-{run:08d}-" in name)
    dbid, _, _, attempt = rows(finished)[first]
    *_, lost, last = names_from(first, 10)
    finished.sql("UPDATE production_jobs SET outputs_per_job = 10 WHERE id = ?", dbid)
    report = "INSERT INTO production_report_outputs (dbid, attempt, lfn, code) VALUES (?, ?, ?, ?)"
    for name, code in ((first, 0), (last, 0), (lost, 30), (f"HIST_{first}", 0)):
        finished.sql(report, dbid, attempt, name, code)
    look(finished)
    assert set(states(finished)) == runs_of_jobs(finished) - {run}
    columns = "runnumber, size, dataset, dsttype, events, status, tag"
    finished.sql(
        f"INSERT INTO datasets (filename, segment, {columns}) SELECT ?, segment + 9, {columns} FROM datasets"  # noqa: S608
        " WHERE filename = ?",
        last,
        first,
        role="filecatalog",
    )
    assert look(finished) == 1
    assert states(finished)[run] == "finalized"


def test_what_people_said_stays(finished: Workspace) -> None:
    run = min(runs_of_jobs(finished))
    finished.ok(
        "data", "set", "invalidated", *DATA[:4], "--dataset", "run3auau", "--runs", run, "--reason", "x", "--yes"
    )
    look(finished)
    assert states(finished)[run] == "invalidated"
    finished.ok("data", "set", "open", *DATA[:4], "--dataset", "run3auau", "--runs", run, "--reason", "x", "--yes")
    look(finished)
    assert states(finished)[run] == "open"


def test_old_ends_are_not_looked_at(finished: Workspace) -> None:
    old = "now() - interval '3 days'" if finished.cluster else "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-3 days')"
    finished.sql(f"UPDATE production_attempts SET finished = {old}")  # noqa: S608
    assert look(finished) == 0


def test_a_few_at_a_time(finished: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prodcli.data_states.finalizing._MOST", 1)
    runs = runs_of_jobs(finished)
    for done in range(1, len(runs) + 1):
        assert look(finished) == 1
        assert len(states(finished)) == done
    assert look(finished) == 0


def test_jobs_at_work_open_data_again(finished: Workspace) -> None:
    look(finished)
    run, other = sorted(runs_of_jobs(finished))[:2]
    finished.ok("validate", *DATA[:4], "--dataset", "run3auau", "--runs", other, "--reason", "x", "--yes")
    finished.sql("UPDATE production_jobs SET status = 'running' WHERE runnumber IN (?, ?)", run, other)
    assert reopen_data_at_work(finished.database()) == 1
    assert (states(finished)[run], states(finished)[other]) == ("open", "validated")
    assert reopen_data_at_work(finished.database()) == 0


def test_erased_outputs_open_data_again(finished: Workspace) -> None:
    look(finished)
    run, other = sorted(runs_of_jobs(finished))[:2]
    finished.ok("validate", *DATA[:4], "--dataset", "run3auau", "--runs", f"{run},{other}", "--reason", "x", "--yes")
    rule = ("-c", finished.folder / "rules/rules.yaml", "-r", "mvtxme")
    finished.ok("remove", *rule, "--runs", run, "--yes")
    assert (states(finished)[run], states(finished)[other]) == ("open", "validated")
    assert finished.json("data", "history", "--runs", run)[-1]["reason"] == "outputs were erased"
