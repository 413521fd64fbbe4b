"""`submit --unblock`: outputs whose rows are in the named states, and whose jobs are gone, are claimed again."""

from typing import Any

import pytest

from prodcli.batch import whole
from prodcli.batch.local.batch import SCHEDD, LocalBatch
from prodcli.batch.open import open_batch
from prodcli.config.settings import load_config
from prodcli.errors import BatchError
from tests.support.pass_processes import killed
from tests.support.rule_files import write_rules
from tests.support.snapshots import campaign
from tests.support.workspace import Workspace, seeded_catalog

ROWS = "SELECT id, filename, CAST(status AS text), substatus, attempt FROM production_jobs WHERE schedd = 'local' ORDER BY 2"


def words(workspace: Workspace) -> tuple[object, ...]:
    """The rule."""
    return "submit", "-c", workspace.folder / "rules/rules.yaml", "-r", "mvtxme"


@pytest.fixture
def queue(workspace: Workspace) -> LocalBatch:
    """The queue of a workspace in which twelve jobs are submitted."""
    workspace.load(seeded_catalog(1))
    workspace.sql("DELETE FROM production_jobs")
    write_rules(workspace.folder / "rules")
    batch = open_batch(load_config(workspace.file, workspace.folder))
    assert isinstance(batch, LocalBatch)
    workspace.ok(*words(workspace))
    assert len(batch.living(SCHEDD)) == 12
    return batch


def killed_jobs(workspace: Workspace, count: int) -> list[int]:
    """Jobs that a person removed; the dbids."""
    dbids = [row[0] for row in workspace.sql(ROWS)][:count]
    workspace.ok("kill", "--dbid", *dbids, "--yes")
    return dbids


def everything(workspace: Workspace, queue: LocalBatch) -> list[object]:
    """All that a dry run might touch."""
    tables = ("production_jobs", "production_attempts", "production_taken", "production_actions", "production_claims")
    books = [workspace.sql(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]  # noqa: S608
    return [books, whole(queue.changes(SCHEDD, "")).events, campaign(workspace)]


def test_what_failed_is_made_again_and_what_is_in_a_queue_is_not(workspace: Workspace, queue: LocalBatch) -> None:
    dbids = killed_jobs(workspace, 3)
    workspace.ok("hold", "--dbid", workspace.sql(ROWS)[3][0], "--yes")
    assert workspace.json(*words(workspace))["submitted"] == []
    asked = (*words(workspace), "--unblock", "failed", "held", "submitted")
    before, names = everything(workspace, queue), [row[1] for row in workspace.sql(ROWS) if row[0] in dbids]
    plan = workspace.json(*asked, "--dry-run")
    assert (len(plan["jobs"]), plan["unblocked"]["dbids"]) == (3, dbids)
    assert plan["unblocked"]["left"] == {"in a queue (prodcli clear-held or prodcli kill removes them)": 9}
    assert "again: 3 failed/removed" in workspace.run(*asked, "--dry-run", quiet=False).out
    refused = workspace.run(*asked)
    assert refused.code == 2
    assert f"Claim again 3 failed/removed: {', '.join(sorted(names))}: needs a terminal or --yes" in refused.err
    assert "seen_jobs" in workspace.ok(*asked, "--print-query").out
    assert everything(workspace, queue) == before
    answer = workspace.run(*asked, "--yes", "--reason", "node was bad", "--format", "json")
    assert answer.code == 0, answer
    assert [one["jobs"] for one in answer.data["submitted"]] == [3]
    assert "9 outputs stay blocked: in a queue" not in answer.out
    rows = {row[0]: row[2:] for row in workspace.sql(ROWS)}
    assert [rows[dbid] for dbid in dbids] == [("submitted", "", 2)] * 3
    assert len(queue.living(SCHEDD)) == 12
    assert {event.attempt for event in whole(queue.changes(SCHEDD, "")).events if event.dbid in dbids} == {1, 2}
    (line,) = workspace.json("log", "--verb", "submit --unblock")
    assert (line["jobs"], line["state"], line["result"], line["reason"]) == (
        *(3, "done", "3 of 3 outputs changed"),
        "node was bad",
    )
    assert len(workspace.json("log", "--dbid", dbids[0])) == 2
    workspace.ok("db", "check")
    workspace.ok("harvest", "--sweep")
    assert workspace.json("reconcile") == []


@pytest.mark.parametrize(
    ("state", "jobs"),
    [("removed", 3), ("lost", 1), ("failed", 4), ("held", 0), ("finished", 0), ("none", 1), ("parked", 1)],
)
def test_a_state_is_one_of_the_books_or_what_refines_it(
    workspace: Workspace, queue: LocalBatch, state: str, jobs: int
) -> None:
    killed_jobs(workspace, 6)
    dbids = [row[0] for row in workspace.sql(ROWS)]
    for table, key in (("production_jobs", "id"), ("production_attempts", "dbid")):
        workspace.sql(f"UPDATE {table} SET substatus = 'lost' WHERE {key} = ?", dbids[3])  # noqa: S608
        workspace.sql(f"UPDATE {table} SET status = 'held', substatus = 'parked' WHERE {key} = ?", dbids[4])  # noqa: S608
    workspace.sql("UPDATE production_jobs SET status = NULL, substatus = '' WHERE id = ?", dbids[5])
    assert len(workspace.json(*words(workspace), "--unblock", state, "-n")["jobs"]) == jobs


def test_bad_states_are_told(workspace: Workspace, queue: LocalBatch) -> None:
    answer = workspace.run(*words(workspace), "--unblock", "faild")
    assert (answer.code, "there is no state 'faild'" in answer.err) == (2, True)


def test_what_is_produced_stays_so(workspace: Workspace, queue: LocalBatch) -> None:
    killed_jobs(workspace, 12)
    name = workspace.sql(ROWS)[0][1]
    workspace.sql("INSERT INTO datasets (filename, dataset, status) VALUES (?, 'd', 0)", name, role="filecatalog")
    plan = workspace.json(*words(workspace), "--unblock", "failed", "-n")
    assert (len(plan["jobs"]), name in {job["filename"] for job in plan["jobs"]}) == (11, False)


def test_maxjobs_holds_for_them(workspace: Workspace, queue: LocalBatch) -> None:
    killed_jobs(workspace, 5)
    answer = workspace.json(*words(workspace), "--unblock", "failed", "--maxjobs", 2, "--yes")
    assert [one["jobs"] for one in answer["submitted"]] == [2]
    assert {one["reason"]: one["count"] for one in answer["skipped"]}["limit"] == 3
    assert [line["jobs"] for line in workspace.json("log", "--verb", "submit --unblock")] == [2]
    assert len([row for row in workspace.sql(ROWS) if row[4] == 2]) == 2


def test_a_silent_schedd_unblocks_nothing(
    workspace: Workspace, queue: LocalBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_jobs(workspace, 2)

    def living(*_: object) -> Any:
        raise BatchError("it does not answer")

    monkeypatch.setattr(LocalBatch, "living", living)
    before = workspace.sql(ROWS)
    answer = workspace.run(*words(workspace), "--unblock", "failed", "--yes")
    assert (answer.code, "not all outputs are unblocked" in answer.err) == (6, True)
    assert "2 outputs stay blocked: schedd local does not answer" in answer.err
    assert workspace.sql(ROWS) == before


@pytest.mark.parametrize(("step", "attempt"), [("submit.claimed", 1), ("submit.renewed", 1), ("submit.submitted", 2)])
def test_a_kill_leaves_old_rows_or_new_jobs(workspace: Workspace, queue: LocalBatch, step: str, attempt: int) -> None:
    dbids = killed_jobs(workspace, 3)
    asked = (*words(workspace), "--unblock", "failed", "--yes")
    killed(workspace, step, *asked)
    assert workspace.json("log", "--verb", "submit --unblock")[0]["state"] == "intended"
    workspace.ok("reconcile")
    rows = {row[0]: row[2:] for row in workspace.sql(ROWS)}
    state = ("failed", "removed", 1) if attempt == 1 else ("submitted", "", 2)
    assert [rows[dbid] for dbid in dbids] == [state] * 3
    (line,) = workspace.json("log", "--verb", "submit --unblock")
    assert line["result"] == f"interrupted: {0 if attempt == 1 else 3} of 3 outputs changed"
    workspace.ok(*asked)
    assert len(queue.living(SCHEDD)) == 12
    assert [row[4] for row in workspace.sql(ROWS) if row[0] in dbids] == [2] * 3


def test_what_an_open_action_is_about_is_left_to_it(workspace: Workspace, queue: LocalBatch) -> None:
    dbids = killed_jobs(workspace, 2)
    workspace.sql(
        "INSERT INTO production_actions (id, verb, account, host, pid, boot_id, process_start, started, reason, state, jobs,"
        " parameters, result) SELECT 'a', 'remove', 'x', 'elsewhere', 1, '', '', harvested, '', 'intended', 1, '{}', ''"
        " FROM production_harvest"
    )
    name = workspace.sql("SELECT filename FROM production_jobs WHERE id = ?", dbids[0])[0][0]
    workspace.sql("INSERT INTO production_action_outputs VALUES ('a', ?, ?, 1, 'failed')", name, dbids[0])
    workspace.ok(*words(workspace), "--unblock", "failed", "--yes")
    rows = {row[0]: row[4] for row in workspace.sql(ROWS)}
    assert [rows[dbid] for dbid in dbids] == [1, 2]
