"""Other tools write to production_jobs by id alone; a sweep lets each row say what its attempt says."""

import sqlite3
import time
from contextlib import closing
from typing import Any

import pytest

from prodcli.batch.local.batch import SCHEDD, LocalBatch
from prodcli.books.job_events import Harvest
from prodcli.harvest.harvest import Sweeping, harvest
from prodcli.harvest.other_writes import mend_rows
from tests.support.rule_files import write_rules
from tests.support.workspace import World, seeded_catalog


@pytest.fixture
def dbids(world: World) -> list[int]:
    """Jobs that are submitted and harvested."""
    world.load(seeded_catalog(1))
    world.ok("submit", "-c", write_rules(world.folder / "rules"), "-r", "mvtxme")
    (world.folder / "rules" / "run.sh").write_text("#!/bin/sh\ntrue\n")
    swept(world)
    return [row[0] for row in world.sql("SELECT id FROM production_jobs WHERE schedd = 'local' ORDER BY id")]


def queue(world: World) -> LocalBatch:
    """The batch system."""
    return LocalBatch(world.folder / "batch.db")


def swept(world: World) -> Harvest:
    """What a harvest finds that looks at all jobs, also those that were submitted just now."""
    world.sql("UPDATE production_jobs SET submitted = '2026-01-01T00:00:00.000Z' WHERE schedd = 'local'")
    return harvest(world.database(), queue(world), 0, Sweeping(now=True))


def rows(world: World) -> list[tuple[Any, ...]]:
    """All rows of ours."""
    return world.sql(
        "SELECT id, CAST(status AS text), substatus, clusterid, procid, exitcode, finished FROM production_jobs"
        " WHERE schedd = 'local' ORDER BY id"
    )


def write(world: World, dbid: int, text: str) -> None:
    """Write as another tool does."""
    world.sql(f"UPDATE production_jobs SET {text} WHERE id = ?", dbid)  # noqa: S608


@pytest.mark.parametrize(
    "text",
    ["status = 'running'", "status = 'started'", "status = 'failed', exitcode = 9", "status = 'held'", "status = NULL"],
)
def test_a_late_report_on_a_job_that_ended_is_undone(world: World, dbids: list[int], text: str) -> None:
    world.ok("local", "run", "--drain")
    swept(world)
    right = rows(world)
    assert {row[1:3] for row in right} == {("finished", "")}
    write(world, dbids[2], text)
    assert swept(world).mended == 1
    assert rows(world) == right
    assert swept(world).mended == 0


@pytest.mark.parametrize("text", ["status = 'finished'", "status = 'failed'", "status = 'running'", "status = NULL"])
def test_a_late_report_on_a_job_that_is_in_the_queue_is_undone(
    world: World, dbids: list[int], text: str, caplog: pytest.LogCaptureFixture
) -> None:
    right = rows(world)
    write(world, dbids[2], text)
    found = swept(world)
    assert (found.mended, found.lost, found.missing, rows(world)) == (1, 0, 0, right)
    assert f"dbid {dbids[2]}" in caplog.text
    world.ok("local", "run", "--drain")
    swept(world)
    assert {row[1:3] for row in rows(world)} == {("finished", "")}


def test_the_cluster_of_another_tool_is_undone(world: World, dbids: list[int]) -> None:
    right = rows(world)
    write(world, dbids[0], "clusterid = 777, procid = 0")
    write(world, dbids[1], "clusterid = NULL, procid = NULL")  # as prodcli does for a schedd that was installed anew
    assert swept(world).mended == 1
    assert rows(world)[0] == right[0]
    assert rows(world)[1][3:5] == (None, None)


def test_a_cluster_whose_place_is_taken_is_left(world: World, dbids: list[int]) -> None:
    right = rows(world)
    write(world, dbids[0], "clusterid = 777")
    write(world, dbids[1], f"clusterid = {right[0][3]}, procid = {right[0][4]}")
    swept(world)
    swept(world)
    assert rows(world)[1:] == right[1:]
    swept(world)
    assert rows(world) == right


@pytest.mark.parametrize(
    "text", ["status = 'started'", "substatus = 'waiting'", "status = 'submitting', clusterid = NULL, procid = NULL"]
)
def test_what_may_stand_beside_an_attempt_in_the_queue_stays(world: World, dbids: list[int], text: str) -> None:
    write(world, dbids[0], text)
    before = rows(world)
    assert mend_rows(world.database(), SCHEDD, dbids, int(time.time())) == 0
    assert rows(world) == before


def test_a_row_whose_output_was_erased_stays_removed(world: World, dbids: list[int]) -> None:
    world.ok("local", "run", "--drain")
    swept(world)
    write(world, dbids[0], "status = 'failed', substatus = 'removed'")
    before = rows(world)
    assert swept(world).mended == 0
    assert rows(world) == before


def test_an_ended_job_that_another_tool_calls_running_is_not_lost(world: World, dbids: list[int]) -> None:
    world.ok("local", "run", "--drain")
    swept(world)
    right = rows(world)
    with closing(sqlite3.connect(world.folder / "batch.db")) as connection:  # a history that was rotated away
        connection.execute("DELETE FROM jobs")
        connection.commit()
    for _ in range(3):
        write(world, dbids[2], "status = 'running'")
        found = swept(world)
        assert (found.mended, found.missing, found.lost, rows(world)) == (1, 0, 0, right)
    assert world.sql("SELECT DISTINCT CAST(status AS text) FROM production_attempts WHERE claim_id IS NOT NULL") == [
        ("finished",)
    ]


def test_rows_of_other_tools_are_theirs(world: World, dbids: list[int]) -> None:
    theirs = "SELECT id, CAST(status AS text), clusterid FROM production_jobs WHERE schedd IS NULL ORDER BY id"
    before = world.sql(theirs)
    assert before
    assert swept(world).mended == 0
    assert world.sql(theirs) == before
