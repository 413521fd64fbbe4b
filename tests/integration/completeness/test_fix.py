"""`check --fix` and `unregister`: verbs that help, as a curator would type them, asked for and run."""

from typing import Any

import pytest

from tests.integration.completeness.test_files import found
from tests.support.held_jobs import held, states, submitted
from tests.support.seeds import RUN, Place, name, words
from tests.support.snapshots import one_line
from tests.support.waiting_jobs import LOCAL
from tests.support.workspace import Workspace

RULE = f"-r seed --runs={RUN}"


def proposals(workspace: Workspace, *more: object) -> list[tuple[str, int, str]]:
    """What a dry run proposes: verb, outputs, and the words behind the rule file."""
    answer = workspace.run("check", *words(workspace, "--fix", "--dry-run", "--format", "json", *more))
    assert answer.code == 0, answer.err
    fixes = [(one["fix"], one["outputs"], one["command"]) for one in answer.data["fixes"]]
    return [(verb, count, command.partition("rules.yaml ")[2] or command) for verb, count, command in fixes]


@pytest.fixture
def broken(made: Workspace, place: Place) -> Workspace:
    """A production with a lost file, a file that nobody registered, and a job that failed without an output."""
    place(name(0)).unlink()
    made.sql("DELETE FROM datasets WHERE filename = ?", name(1), role="filecatalog")
    made.sql("DELETE FROM files WHERE lfn = ?", name(1), role="filecatalog")
    made.sql("DELETE FROM datasets WHERE filename = ?", name(2), role="filecatalog")
    made.sql("DELETE FROM files WHERE lfn = ?", name(2), role="filecatalog")
    place(name(2)).unlink()
    made.sql("UPDATE production_jobs SET status = 'failed' WHERE segment = 2")
    return made


def test_a_dry_run_proposes_and_changes_nothing(broken: Workspace) -> None:
    assert proposals(broken) == [
        ("unregister", 1, RULE),
        ("register", 1, RULE),
    ]
    assert found(broken) == [("no_file", 0), ("unregistered", 1)]
    answer = broken.run("check", *words(broken, "--fix", "--dry-run"))
    assert f"prodcli unregister -c {broken.folder}/rules/rules.yaml {RULE}" in answer.out
    assert answer.out.endswith("dry run: nothing was changed\n")


def test_fixes_are_run_after_yes(broken: Workspace) -> None:
    no_terminal = broken.run("check", *words(broken, "--fix"))
    assert (no_terminal.code, "needs a terminal or --yes" in no_terminal.err) == (2, True)
    answer = broken.run("check", *words(broken, "--fix", "--yes"), quiet=False)
    assert answer.code == 0, answer.err
    assert answer.out.endswith("check --fix: done; check again\n")
    assert found(broken) == [("finished_without_file", 0)]
    assert proposals(broken) == [("submit", 2, f"{RULE} --unblock failed,finished")]
    broken.ok("check", *words(broken, "--fix", "--yes"))
    assert found(broken) == []  # what was lost is in a queue
    states = broken.sql("SELECT segment, CAST(status AS text), attempt FROM production_jobs ORDER BY segment")
    assert states == [(0, "submitted", 2), (1, "finished", 1), (2, "submitted", 2), (3, "finished", 1)]
    assert broken.run("check", *words(broken, "--report", "missing_output")).out == f"{RUN} 0\n{RUN} 2\n"
    assert proposals(broken) == []  # they wait


def test_what_loses_something_is_left_to_people(made: Workspace, place: Place) -> None:
    place(name(1)).write_text("longer than it was")
    made.sql("UPDATE datasets SET events = 10 WHERE filename = ?", name(3), role="filecatalog")
    assert proposals(made) == [("submit", 2, f"{RULE} --segments=1,3 --force")]
    answer = made.run("check", *words(made, "--fix", "--yes"))
    assert answer.code == 1
    assert answer.err.endswith("1 findings: 1 size_differs: nothing that --fix could run helps\n")


def test_staged_files_and_new_segments(made: Workspace, place: Place) -> None:
    made.sql("DELETE FROM production_jobs WHERE segment = 3")
    for table, column in (("datasets", "filename"), ("files", "lfn")):
        made.sql(f"DELETE FROM {table} WHERE {column} IN (?, ?)", name(2), name(3), role="filecatalog")  # noqa: S608
    place(name(3)).unlink()
    md5 = "0" * 32
    place(name(2)).rename(place(f"{name(2)}:nevents:1000:first:1:last:1000:md5:{md5}:size:8:ctime:1:dbid:3"))
    assert proposals(made) == [("spider dst", 1, RULE)]
    made.ok("check", *words(made, "--fix", "--yes"))
    assert proposals(made) == [("submit", 1, RULE)]


def test_registered_outputs_finish_their_jobs(made: Workspace) -> None:
    made.sql("UPDATE production_jobs SET status = 'failed', submitted = '2025-01-01T00:00:00.000Z' WHERE segment = 2")
    assert proposals(made) == [("finish", 1, RULE)]
    made.ok("check", *words(made, "--fix", "--yes"))
    assert found(made, code=0) == []


def test_a_held_job_whose_output_is_registered_is_cleared_and_named_once(made: Workspace) -> None:
    """It waits in no queue here; the books say so of a job that another tool submitted."""
    made.sql("UPDATE production_jobs SET status = 'held' WHERE segment = 2")
    ((dbid,),) = made.sql("SELECT id FROM production_jobs WHERE segment = 2")
    assert found(made) == [("held_with_file", 2)]
    assert proposals(made) == [("clear-held", 1, f"prodcli clear-held --runs={RUN} --dbid {dbid}")]
    for state, substatus in (("held", "parked"), ("failed", "removed")):  # what a person decided
        made.sql("UPDATE production_jobs SET status = ?, substatus = ? WHERE segment = 2", state, substatus)
        assert found(made, code=0) == []


@pytest.mark.parametrize(("database", "batch"), LOCAL)
def test_a_held_job_in_a_queue_is_named_until_it_is_cleared(real: Workspace, queue: Any) -> None:
    first, second, *_ = submitted(real)
    held(real, queue, [first, second])
    ((name, run, segment, tag, dataset, dsttype),) = real.sql(
        "SELECT filename, runnumber, segment, tag, dataset, dsttype FROM production_jobs WHERE id = ?", first
    )
    real.sql(
        "INSERT INTO datasets (filename, runnumber, segment, tag, dataset, dsttype, status) VALUES (?, ?, ?, ?, ?, ?, 1)",
        *(name, run, segment, tag, dataset, dsttype),
        role="filecatalog",
    )
    check = ("check", "-c", real.folder / "rules/rules.yaml", "-r", "mvtxme", "--no-disk", "--format", "json")

    def named() -> list[str]:
        return [one["filename"] for one in real.run(*check).data["findings"] if one["kind"] == "held_with_file"]

    assert named() == [name]
    (fix,) = [one for one in real.run(*check, "--fix", "-n").data["fixes"] if one["fix"] == "clear-held"]
    assert fix["command"].endswith(f" --dbid {first}")
    real.ok(*check[:-2], "--fix", "--yes")
    assert (named(), states(real)[first][:2]) == ([], ("failed", "removed"))
    assert states(real)[second][0] == "held"


def test_quarantine_waits_for_a_decision(made: Workspace) -> None:
    made.sql("UPDATE datasets SET status = -1 WHERE filename = ?", name(1), role="filecatalog")
    command = f"prodcli quarantine list --runs={RUN} --tag ana537_2025p010_v001"
    assert proposals(made) == [("quarantine list", 1, command)]
    made.ok(*command.split()[1:])


def test_unregister_takes_only_what_is_gone(made: Workspace, place: Place) -> None:
    place(name(0)).unlink()
    place(name(1)).unlink()
    made.sql("UPDATE files SET full_file_path = '/elsewhere/x' WHERE lfn = ?", name(3), role="filecatalog")
    some = words(made, "--segments", 1, 3)
    table = made.ok("unregister", *some, "--dry-run", "--format", "json").data
    assert [(one["filename"], one["path"]) for one in table] == [(name(1), str(place(name(1))))]
    one_line(made.run("unregister", *some, "--format", "json"), 2, "needs a terminal or --yes")
    made.ok("unregister", *some, "--yes")
    left = made.sql(
        "SELECT filename FROM datasets WHERE dsttype = 'DST_TRKR_SEED' ORDER BY filename", role="filecatalog"
    )
    assert [row[0] for row in left] == [name(0), name(2), name(3)]
    assert made.sql("SELECT COUNT(*) FROM files WHERE lfn LIKE '%SEED%'", role="filecatalog") == [(3,)]
    assert "there is nothing to unregister" in made.run("unregister", *some, quiet=False).out
    one_line(made.run("unregister", "-c", made.folder / "rules/rules.yaml", "-r", "seed"), 2, "no runs are named")


def test_nothing_is_unregistered_where_the_disk_is_not_mounted(made: Workspace) -> None:
    for kind in ("outdir", "finaldir"):
        made.settings["roots"][kind] = str(made.folder / "not mounted")
    made.write()
    answer = made.run("unregister", *words(made), "--yes", quiet=False)
    assert (answer.code, "4 places are not looked at" in answer.out) == (0, True)
    assert made.sql("SELECT COUNT(*) FROM files", role="filecatalog") == [(4,)]
