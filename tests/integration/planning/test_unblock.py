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
from tests.support.workspace import World, seeded_catalog

ROWS = "SELECT id, filename, CAST(status AS text), substatus, attempt FROM production_jobs WHERE schedd = 'local' ORDER BY 2"


def words(world: World) -> tuple[object, ...]:
    """The rule."""
    return "submit", "-c", world.folder / "rules/rules.yaml", "-r", "mvtxme"


@pytest.fixture
def queue(world: World) -> LocalBatch:
    """The queue of a workspace in which twelve jobs are submitted."""
    world.load(seeded_catalog(1))
    world.sql("DELETE FROM production_jobs")
    write_rules(world.folder / "rules")
    batch = open_batch(load_config(world.file, world.folder))
    assert isinstance(batch, LocalBatch)
    world.ok(*words(world))
    assert len(batch.living(SCHEDD)) == 12
    return batch


def killed_jobs(world: World, count: int) -> list[int]:
    """Jobs that a person removed; the dbids."""
    dbids = [row[0] for row in world.sql(ROWS)][:count]
    world.ok("kill", "--dbid", *dbids, "--yes")
    return dbids


def everything(world: World, queue: LocalBatch) -> list[object]:
    """All that a dry run might touch."""
    tables = ("production_jobs", "production_attempts", "production_taken", "production_actions", "production_claims")
    books = [world.sql(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]  # noqa: S608
    return [books, whole(queue.changes(SCHEDD, "")).events, campaign(world)]


def test_what_failed_is_made_again_and_what_is_in_a_queue_is_not(world: World, queue: LocalBatch) -> None:
    dbids = killed_jobs(world, 3)
    world.ok("hold", "--dbid", world.sql(ROWS)[3][0], "--yes")
    assert world.json(*words(world))["submitted"] == []
    asked = (*words(world), "--unblock", "failed", "held", "submitted")
    before, names = everything(world, queue), [row[1] for row in world.sql(ROWS) if row[0] in dbids]
    plan = world.json(*asked, "--dry-run")
    assert (len(plan["jobs"]), plan["unblocked"]["dbids"]) == (3, dbids)
    assert plan["unblocked"]["left"] == {"in a queue (prodcli clear-held or prodcli kill removes them)": 9}
    assert "again: 3 failed/removed" in world.run(*asked, "--dry-run", quiet=False).out
    refused = world.run(*asked)
    assert refused.code == 2
    assert f"claim again 3 failed/removed: {', '.join(sorted(names))}?: nobody can be asked here" in refused.err
    assert "seen_jobs" in world.ok(*asked, "--print-query").out
    assert everything(world, queue) == before
    answer = world.run(*asked, "--yes", "--reason", "node was bad", "--format", "json")
    assert answer.code == 0, answer
    assert [one["jobs"] for one in answer.data["submitted"]] == [3]
    assert "9 outputs stay blocked: in a queue" not in answer.out
    rows = {row[0]: row[2:] for row in world.sql(ROWS)}
    assert [rows[dbid] for dbid in dbids] == [("submitted", "", 2)] * 3
    assert len(queue.living(SCHEDD)) == 12
    assert {event.attempt for event in whole(queue.changes(SCHEDD, "")).events if event.dbid in dbids} == {1, 2}
    (line,) = world.json("log", "--verb", "submit --unblock")
    assert (line["jobs"], line["state"], line["result"], line["reason"]) == (
        *(3, "done", "3 of 3 outputs changed"),
        "node was bad",
    )
    assert len(world.json("log", "--dbid", dbids[0])) == 2
    world.ok("db", "check")
    world.ok("harvest", "--sweep")
    assert world.json("reconcile") == []


@pytest.mark.parametrize(
    ("state", "jobs"),
    [("removed", 3), ("lost", 1), ("failed", 4), ("held", 0), ("finished", 0), ("none", 1), ("parked", 1)],
)
def test_a_state_is_one_of_the_books_or_what_refines_it(world: World, queue: LocalBatch, state: str, jobs: int) -> None:
    killed_jobs(world, 6)
    dbids = [row[0] for row in world.sql(ROWS)]
    for table, key in (("production_jobs", "id"), ("production_attempts", "dbid")):
        world.sql(f"UPDATE {table} SET substatus = 'lost' WHERE {key} = ?", dbids[3])  # noqa: S608
        world.sql(f"UPDATE {table} SET status = 'held', substatus = 'parked' WHERE {key} = ?", dbids[4])  # noqa: S608
    world.sql("UPDATE production_jobs SET status = NULL, substatus = '' WHERE id = ?", dbids[5])
    assert len(world.json(*words(world), "--unblock", state, "-n")["jobs"]) == jobs


def test_bad_states_are_told(world: World, queue: LocalBatch) -> None:
    answer = world.run(*words(world), "--unblock", "faild")
    assert (answer.code, "there is no state 'faild'" in answer.err) == (2, True)


def test_what_is_produced_stays_so(world: World, queue: LocalBatch) -> None:
    killed_jobs(world, 12)
    name = world.sql(ROWS)[0][1]
    world.sql("INSERT INTO datasets (filename, dataset, status) VALUES (?, 'd', 0)", name, role="filecatalog")
    plan = world.json(*words(world), "--unblock", "failed", "-n")
    assert (len(plan["jobs"]), name in {job["filename"] for job in plan["jobs"]}) == (11, False)


def test_maxjobs_holds_for_them(world: World, queue: LocalBatch) -> None:
    killed_jobs(world, 5)
    answer = world.json(*words(world), "--unblock", "failed", "--maxjobs", 2, "--yes")
    assert [one["jobs"] for one in answer["submitted"]] == [2]
    assert {one["reason"]: one["count"] for one in answer["skipped"]}["limit"] == 3
    assert [line["jobs"] for line in world.json("log", "--verb", "submit --unblock")] == [2]
    assert len([row for row in world.sql(ROWS) if row[4] == 2]) == 2


def test_a_silent_schedd_unblocks_nothing(world: World, queue: LocalBatch, monkeypatch: pytest.MonkeyPatch) -> None:
    killed_jobs(world, 2)

    def living(*_: object) -> Any:
        raise BatchError("it does not answer")

    monkeypatch.setattr(LocalBatch, "living", living)
    before = world.sql(ROWS)
    answer = world.run(*words(world), "--unblock", "failed", "--yes")
    assert (answer.code, "not all is unblocked" in answer.err) == (6, True)
    assert "2 outputs stay blocked: schedd local does not answer" in answer.err
    assert world.sql(ROWS) == before


@pytest.mark.parametrize(("step", "attempt"), [("submit.claimed", 1), ("submit.renewed", 1), ("submit.submitted", 2)])
def test_a_kill_leaves_old_rows_or_new_jobs(world: World, queue: LocalBatch, step: str, attempt: int) -> None:
    dbids = killed_jobs(world, 3)
    asked = (*words(world), "--unblock", "failed", "--yes")
    killed(world, step, *asked)
    assert world.json("log", "--verb", "submit --unblock")[0]["state"] == "intended"
    world.ok("reconcile")
    rows = {row[0]: row[2:] for row in world.sql(ROWS)}
    state = ("failed", "removed", 1) if attempt == 1 else ("submitted", "", 2)
    assert [rows[dbid] for dbid in dbids] == [state] * 3
    (line,) = world.json("log", "--verb", "submit --unblock")
    assert line["result"] == f"interrupted: {0 if attempt == 1 else 3} of 3 outputs changed"
    world.ok(*asked)
    assert len(queue.living(SCHEDD)) == 12
    assert [row[4] for row in world.sql(ROWS) if row[0] in dbids] == [2] * 3


def test_what_an_open_action_is_about_is_left_to_it(world: World, queue: LocalBatch) -> None:
    dbids = killed_jobs(world, 2)
    world.sql(
        "INSERT INTO production_actions (id, verb, account, host, pid, boot_id, process_start, started, reason, state, jobs,"
        " parameters, result) SELECT 'a', 'remove', 'x', 'elsewhere', 1, '', '', harvested, '', 'intended', 1, '{}', ''"
        " FROM production_harvest"
    )
    name = world.sql("SELECT filename FROM production_jobs WHERE id = ?", dbids[0])[0][0]
    world.sql("INSERT INTO production_action_outputs VALUES ('a', ?, ?, 1, 'failed')", name, dbids[0])
    world.ok(*words(world), "--unblock", "failed", "--yes")
    rows = {row[0]: row[4] for row in world.sql(ROWS)}
    assert [rows[dbid] for dbid in dbids] == [1, 2]
