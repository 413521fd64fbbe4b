"""Reconcile on real parts: what a pass leaves behind when it is killed or stopped, and what a person did by hand."""

from pathlib import Path
from typing import Any

import pytest

from prodcli.batch.htcondor.batch import HTCondorBatch
from prodcli.batch.local.batch import LocalBatch
from prodcli.books.claimant import myself
from prodcli.books.claims import Books
from prodcli.errors import BatchError
from prodcli.reconcile.settle_claims import settle_dead_claims
from tests.support.condor_pool import wait_for
from tests.support.local_jobs import write_description
from tests.support.pass_processes import LONG_AGO, elsewhere, end, killed, start, stopped
from tests.support.snapshots import books, campaign
from tests.support.waiting_jobs import (
    CLAIM,
    JOBS,
    LOCAL,
    ROW,
    booked,
    claimed_factory,
    claims,
    made,
    ours,
    reconciled,
    schedd_of,
    submit_words,
    unbooked,
)
from tests.support.workspace import COMBINATIONS, Workspace, seeded_catalog


@pytest.fixture
def words(real: Workspace) -> tuple[object, ...]:
    """The command line that submits jobs which never start."""
    return submit_words(real)


@pytest.fixture
def untouchable(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No batch system can be changed."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a dry run changes the queue")

    for kind in (LocalBatch, HTCondorBatch):
        for verb in ("submit", "hold", "release", "remove", "edit_memory"):
            monkeypatch.setattr(kind, verb, refuse)
    return monkeypatch


def state_of(workspace: Workspace) -> list[object]:
    """Everything that a dry run might touch."""
    leases = workspace.sql("SELECT id, host, pid, lease_until FROM production_claims ORDER BY id")
    return [books(workspace), leases, campaign(workspace), sorted((workspace.folder / "logs").glob("*"))]


@pytest.mark.parametrize(("database", "batch"), COMBINATIONS)
def test_a_killed_pass_that_submitted_nothing_is_released(
    real: Workspace, queue: Any, words: tuple[object, ...], untouchable: pytest.MonkeyPatch
) -> None:
    killed(real, "submit.rendered", *words)
    assert booked(real) == {None: JOBS}
    before = state_of(real)
    for line in (reconciled(real, "--dry-run"), reconciled(real, "--dry-run")):
        assert claims(line) == [("released", JOBS)]
        assert line[0]["state"] == "dead: the process is no more"
    assert state_of(real) == before
    assert claims(reconciled(real)) == [("released", JOBS)]
    assert booked(real) == {}
    assert campaign(real) == []  # nobody can submit it by hand any more
    assert claims(reconciled(real)) == []
    untouchable.undo()
    assert sum(one["jobs"] for one in real.json(*words)["submitted"]) == JOBS
    assert list(ours(real, queue).values()) == [JOBS]


@pytest.mark.parametrize(("database", "batch"), COMBINATIONS)
def test_a_killed_pass_that_submitted_is_adopted(
    real: Workspace, queue: Any, words: tuple[object, ...], untouchable: pytest.MonkeyPatch
) -> None:
    killed(real, "submit.submitted", *words)
    ((cluster, count),) = ours(real, queue).items()
    before = state_of(real)
    assert claims(reconciled(real, "-n")) == [("adopted", JOBS)]
    assert state_of(real) == before
    (line,) = [line for line in reconciled(real) if line["what"] == "claim"]
    assert (line["fate"], line["jobs"], line["cluster"]) == ("adopted", JOBS, cluster)
    assert booked(real) == {cluster: count}
    assert unbooked(real, reconciled(real)) == []
    untouchable.undo()
    assert real.json(*words)["submitted"] == []


@pytest.mark.parametrize(("database", "batch"), LOCAL)
@pytest.mark.parametrize("step", ["submit.claimed", "submit.rendered", "submit.renewed", "submit.submitted"])
def test_a_live_claimant_is_left_alone(real: Workspace, queue: Any, words: tuple[object, ...], step: str) -> None:
    with stopped(real, step, *words) as process:
        before = state_of(real)
        (line,) = reconciled(real, "-n")
        assert (line["fate"], line["state"]) == ("left open", "alive: the process runs on this host")
        assert unbooked(real, reconciled(real)) == []  # jobs that are being recorded are no orphans
        real.ok("harvest")
        assert state_of(real)[:3] == before[:3]
    assert end(process).code == 0
    assert list(booked(real).values()) == list(ours(real, queue).values()) == [JOBS]


@pytest.mark.parametrize(("database", "batch"), [*LOCAL, COMBINATIONS[3]])
@pytest.mark.parametrize("step", ["submit.claimed", "submit.rendered", "submit.renewed"])
def test_who_sleeps_past_the_lease_before_submitting_submits_nothing(
    real: Workspace, queue: Any, words: tuple[object, ...], step: str
) -> None:
    with stopped(real, step, *words) as process:
        assert claims(elsewhere(real, "reconcile", "--format", "json").data) == [("released", JOBS)]
        assert booked(real) == {}
    answer = end(process)
    assert answer.code != 0
    assert "Traceback" not in answer.err
    assert ours(real, queue) == booked(real) == {}
    assert sum(one["jobs"] for one in real.json(*words)["submitted"]) == JOBS
    assert list(booked(real).values()) == list(ours(real, queue).values()) == [JOBS]


@pytest.mark.parametrize(("database", "batch"), LOCAL)
@pytest.mark.parametrize("step", ["submit.claimed", "submit.rendered"])
def test_rows_that_another_host_has_taken_over_are_not_released_by_who_wakes_up(
    real: Workspace, queue: Any, words: tuple[object, ...], step: str
) -> None:
    with stopped(real, step, *words) as process:
        real.sql("UPDATE production_claims SET host = 'elsewhere'")
    answer = end(process)
    assert (answer.code, "took the claim over" in answer.err) == (1, True)
    assert booked(real) == {None: JOBS}
    rendered = [file for file in campaign(real) if "/lists/" not in file]
    assert len(rendered) == 2
    assert real.sql("SELECT host, state FROM production_claims") == [("elsewhere", "claimed")]
    assert ours(real, queue) == {}


@pytest.mark.parametrize(("database", "batch"), [*LOCAL, COMBINATIONS[3]])
def test_who_sleeps_past_the_lease_after_submitting_removes_nothing_that_was_adopted(
    real: Workspace, queue: Any, words: tuple[object, ...]
) -> None:
    with stopped(real, "submit.submitted", *words) as process:
        assert claims(elsewhere(real, "reconcile", "--format", "json").data) == [("adopted", JOBS)]
        before = ours(real, queue)
        assert booked(real) == before
    answer = end(process)
    assert (answer.code, "removing" in answer.err) == (0, False)
    assert ours(real, queue) == booked(real) == before
    assert real.sql("SELECT DISTINCT status FROM production_jobs WHERE schedd IS NOT NULL") == [("submitted",)]


@pytest.mark.parametrize(("database", "batch"), LOCAL)
def test_who_submits_after_a_takeover_removes_what_he_submitted(
    real: Workspace, queue: Any, words: tuple[object, ...]
) -> None:
    """Between the renewal and the schedd's commit nothing can hold a claimant back; it is the record that does."""
    with stopped(real, "submit.submitted", *words) as process:
        (claim,) = real.sql("SELECT id FROM production_claims")[0]
        real.sql("DELETE FROM production_jobs WHERE claim_id = ?", claim)  # as if the schedd had had nothing yet
        real.sql("UPDATE production_claims SET state = 'released'")
        real.settings["campaigns"] = "other"  # its lock is held
        real.write()
        assert sum(one["jobs"] for one in real.json(*words)["submitted"]) == JOBS  # the outputs were free
        (second,) = booked(real)
    answer = end(process)
    assert "removing 8 jobs" in answer.err
    assert "submitted 0 jobs" in answer.out
    assert ours(real, queue) == booked(real) == {second: JOBS}


@pytest.mark.parametrize(("database", "batch"), LOCAL)
def test_hosts_that_reconcile_at_once_settle_each_claim_once(real: Workspace, queue: Any, tmp_path: Path) -> None:

    for number in range(60):
        claim, folder = f"c{number}", tmp_path / f"f{number}"
        real.sql(CLAIM, claim, LONG_AGO, LONG_AGO, "local", "claimed", str(folder))
        real.sql(ROW, f"out{number}", number, "local", claim)
        ((dbid,),) = real.sql("SELECT id FROM production_jobs WHERE claim_id = ?", claim)
        description = write_description(folder, ["true"], claim, dbid)
        if number % 2:
            queue.submit("local", description)
    answers = [end(one) for one in [start(real, "reconcile", "--format", "json") for _ in range(3)]]
    assert [answer.code for answer in answers] == [0, 0, 0], answers
    assert real.sql("SELECT state, COUNT(*) FROM production_claims GROUP BY state ORDER BY state") == [
        ("released", 30),
        ("submitted", 30),
    ]
    assert sorted(booked(real)) == sorted(ours(real, queue))
    assert len(booked(real)) == len(real.sql("SELECT dbid FROM production_attempts")) == 30
    fates = [line["fate"] for answer in answers for line in answer.data if line["what"] == "claim"]
    assert (fates.count("adopted"), fates.count("released")) == (30, 30)


@pytest.mark.parametrize(("database", "batch"), LOCAL)
@pytest.mark.parametrize("left", ["submit.rendered", "submit.submitted"])
@pytest.mark.parametrize("step", ["reconcile.taken", "reconcile.found", "reconcile.recorded"])
def test_a_reconciliation_that_is_killed_is_done_by_the_next_one(
    real: Workspace, queue: Any, words: tuple[object, ...], left: str, step: str
) -> None:
    killed(real, left, *words)
    killed(real, step, "reconcile")
    reconciled(real)
    assert booked(real) == ours(real, queue)
    assert real.sql("SELECT COUNT(*) FROM production_claims WHERE state = 'claimed'") == [(0,)]
    assert reconciled(real) == []
    real.json(*words)
    assert list(booked(real).values()) == list(ours(real, queue).values()) == [JOBS]


@pytest.mark.parametrize(("database", "batch"), LOCAL)
@pytest.mark.parametrize("left", ["submit.rendered", "submit.submitted"])
@pytest.mark.parametrize("step", ["reconcile.taken", "reconcile.found", "reconcile.recorded"])
def test_a_reconciliation_that_sleeps_past_its_lease_changes_nothing_of_what_another_host_did(
    real: Workspace, queue: Any, words: tuple[object, ...], left: str, step: str
) -> None:
    killed(real, left, *words)
    with stopped(real, step, "reconcile") as process:
        assert elsewhere(real, "reconcile").code == 0
        real.settings["campaigns"] = "other"
        real.write()
        real.json(*words)
        before = state_of(real)[:3]
    assert end(process).code == 0
    assert state_of(real)[:3] == before
    assert list(booked(real).values()) == list(ours(real, queue).values()) == [JOBS]


@pytest.mark.parametrize(("database", "batch"), LOCAL)
def test_a_schedd_that_is_not_ours_is_left(real: Workspace, words: tuple[object, ...]) -> None:
    real.sql(CLAIM, "far", LONG_AGO, LONG_AGO, "other@schedd", "claimed", "/x")
    real.sql(ROW, "out", 0, "other@schedd", "far")
    (line,) = reconciled(real)
    assert (line["fate"], line["why"]) == ("left open", "schedd other@schedd is not in this configuration")
    assert real.ok("harvest").err == ""  # its own host settles it, and cron would send mail from every other one
    assert real.sql("SELECT state FROM production_claims") == [("claimed",)]


@pytest.mark.parametrize(("database", "batch"), [COMBINATIONS[3]])
def test_a_silent_schedd_leaves_its_claims_open(real: Workspace, words: tuple[object, ...], queue: Any) -> None:
    killed(real, "submit.submitted", *words)
    nobody = "c@pool.prodcli.test"
    real.sql(CLAIM, "far", LONG_AGO, LONG_AGO, nobody, "claimed", "/x")
    real.settings["batch"]["schedds"].append(nobody)
    real.write()
    for more in (("-n",), ()):
        answer = real.run("reconcile", *more)
        assert (answer.code, "no answer" in answer.out) == (6, True)
        assert f"schedd {nobody}" in answer.err
    assert sorted(real.sql("SELECT schedd, state, host FROM production_claims"))[1] == (nobody, "claimed", "gone")
    assert list(booked(real).values()) == [JOBS]
    real.settings["batch"]["schedds"] = [nobody]
    real.write()
    assert real.run("reconcile").code == 5


@pytest.mark.parametrize(("database", "batch"), LOCAL)
@pytest.mark.parametrize("step", ["submit.rendered", "submit.submitted"])
@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE production_claims SET state = 'submitted'",
        "UPDATE production_claims SET state = 'released'",
        "DELETE FROM production_claims",
    ],
)
def test_rows_whose_claim_is_closed_or_gone_are_settled_by_the_same_evidence(
    real: Workspace, queue: Any, words: tuple[object, ...], step: str, damage: str
) -> None:
    real.sql("INSERT INTO production_jobs (rulename, tag, dataset, dsttype, filename, runnumber, status)"
             " VALUES ('old', 't', 'd', 'DST_CALO', 'of another tool', 1, 'submitting')")  # fmt: skip
    killed(real, step, *words)
    there = [job.cluster for job in queue.ours("local")[0]]
    real.sql(damage)
    fate = "adopted" if there else "released"
    assert claims(reconciled(real, "-n")) == [(fate, JOBS)]
    assert claims(reconciled(real)) == [(fate, JOBS)]
    assert booked(real) == ({there[0]: JOBS} if there else {})
    assert claims(reconciled(real)) == []
    assert real.sql("SELECT status FROM production_jobs WHERE rulename = 'old'") == [("submitting",)]


@pytest.mark.parametrize(("database", "batch"), LOCAL)
def test_a_claim_without_rows_is_closed_and_its_jobs_are_orphans(
    real: Workspace, queue: Any, words: tuple[object, ...]
) -> None:
    killed(real, "submit.submitted", *words)
    real.sql("DELETE FROM production_jobs WHERE schedd IS NOT NULL")
    report = reconciled(real)
    assert claims(report) == [("adopted", 0)]
    assert [(line["what"], line["jobs"], line["why"]) for line in report[1:]] == [("orphan", JOBS, "no row")]
    assert real.sql("SELECT state FROM production_claims") == [("submitted",)]
    ((_, count),) = ours(real, queue).items()
    assert count == JOBS


@pytest.mark.parametrize(("database", "batch"), LOCAL)
def test_a_cluster_can_be_adopted_from_its_jobs_where_its_files_are_out_of_reach(
    real: Workspace, queue: Any, words: tuple[object, ...]
) -> None:
    killed(real, "submit.submitted", *words)
    real.sql("UPDATE production_claims SET folder = '/not/on/this/host'")
    assert claims(reconciled(real)) == [("adopted", JOBS)]
    assert booked(real) == ours(real, queue)


@pytest.mark.parametrize(("database", "batch"), LOCAL)
def test_an_adopted_job_is_booked_as_it_is_now(real: Workspace, queue: Any, words: tuple[object, ...]) -> None:
    """A harvest between crash and adoption has passed over the reports of jobs that nobody knew."""
    killed(real, "submit.submitted", *words)
    ((cluster, _),) = ours(real, queue).items()
    queue.hold("local", [(cluster, 0)], "by hand")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("prodcli.harvest.harvest_pass.settle_dead_claims", lambda *_: [])
        real.ok("harvest")
    reconciled(real)
    assert real.sql("SELECT status FROM production_jobs WHERE procid = 0 AND schedd IS NOT NULL") == [("held",)]


@pytest.mark.parametrize(("database", "batch"), LOCAL)
def test_a_pass_asks_once_if_nothing_is_open(real: Workspace, queue: Any, words: tuple[object, ...]) -> None:
    real.json(*words)
    database = real.database("production")
    asked: list[str] = []
    database.trace = lambda query, _: asked.append(query)
    assert settle_dead_claims(Books(database), queue, myself()) == []
    assert asked == ["open_claims"]
    if database.dialect == "sqlite":
        query = database.read(lambda tx: tx.named("open_claims"))
        plan = real.sql(f"EXPLAIN QUERY PLAN {query.sql}", *query.bind({"schedds": ["a"]}))
        assert not [step for *_, step in plan if step.split()[:2] == ["SCAN", "j"]]


@pytest.mark.htcondor
@pytest.mark.parametrize(("database", "batch"), COMBINATIONS[2:])
def test_a_factory_that_was_removed_half_made_is_adopted_whole(real: Workspace, queue: Any) -> None:
    rows, schedd = 3000, schedd_of(real)
    claim, description = claimed_factory(real, queue, rows)
    cluster = queue.submit(schedd, description)
    assert made(real, queue, cluster) < 100
    queue.remove(schedd, [(cluster, proc) for proc in range(rows)], "by hand")
    wait_for(lambda: not [job for job in queue.in_queue(schedd) if job[0] == cluster])
    report = reconciled(real)
    assert claims(report) == [("adopted", rows)]
    assert booked(real) == {cluster: rows}
    real.settings["lost_grace"] = 0
    real.write()
    real.sql("UPDATE production_jobs SET submitted = ? WHERE schedd IS NOT NULL", LONG_AGO)
    for _ in range(2):
        real.ok("harvest", "--sweep")
    ended = dict(
        real.sql("SELECT substatus, COUNT(*) FROM production_jobs WHERE claim_id = ? GROUP BY substatus", claim)
    )
    assert sum(ended.values()) == rows
    assert ended["removed"] >= 10
    assert ended["lost"] == rows - ended["removed"]


def test_a_queue_that_cannot_be_read_is_no_empty_one(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace.load(seeded_catalog(1))
    workspace.sql(CLAIM, "c", LONG_AGO, LONG_AGO, "local", "claimed", "/x")
    workspace.sql(ROW, "out", 0, "local", "c")

    def silent(*_: object) -> None:
        raise BatchError("nobody there", where="local")

    for verb in ("find_claims", "ours"):
        monkeypatch.setattr(LocalBatch, verb, silent)
    answer = workspace.run("reconcile")
    assert (answer.code, "no schedd answers" in answer.err) == (5, True)
    assert workspace.sql("SELECT state, host FROM production_claims") == [("claimed", "gone")]
    monkeypatch.undo()
    assert claims(reconciled(workspace)) == [("released", 1)]
