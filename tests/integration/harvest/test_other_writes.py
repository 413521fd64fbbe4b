"""Other tools write to production_jobs by id alone; a sweep lets each row say what its attempt says."""

import sqlite3
import time
from contextlib import closing
from typing import Any

import pytest

from prodcli.batch.local.batch import SCHEDD, LocalBatch
from prodcli.harvest.harvest import Harvest, Sweeping, harvest
from prodcli.harvest.other_writes import mend_rows
from tests.support.rule_files import write_rules
from tests.support.workspace import Workspace, seeded_catalog


@pytest.fixture
def dbids(workspace: Workspace) -> list[int]:
    """Jobs that are submitted and harvested."""
    workspace.load(seeded_catalog(1))
    workspace.ok("submit", "-c", write_rules(workspace.folder / "rules"), "-r", "mvtxme")
    (workspace.folder / "rules" / "run.sh").write_text("#!/bin/sh\ntrue\n")
    swept(workspace)
    return [row[0] for row in workspace.sql("SELECT id FROM production_jobs WHERE schedd = 'local' ORDER BY id")]


def queue(workspace: Workspace) -> LocalBatch:
    """The batch system."""
    return LocalBatch(workspace.folder / "batch.db")


def swept(workspace: Workspace) -> Harvest:
    """What a harvest finds that looks at all jobs, also those that were submitted just now."""
    workspace.sql("UPDATE production_jobs SET submitted = '2026-01-01T00:00:00.000Z' WHERE schedd = 'local'")
    return harvest(workspace.database(), queue(workspace), 0, Sweeping(now=True))


def rows(workspace: Workspace) -> list[tuple[Any, ...]]:
    """All rows of ours."""
    return workspace.sql(
        "SELECT id, CAST(status AS text), substatus, clusterid, procid, exitcode, finished FROM production_jobs"
        " WHERE schedd = 'local' ORDER BY id"
    )


def write(workspace: Workspace, dbid: int, text: str) -> None:
    """Write as another tool does."""
    workspace.sql(f"UPDATE production_jobs SET {text} WHERE id = ?", dbid)  # noqa: S608


@pytest.mark.parametrize(
    "text",
    ["status = 'running'", "status = 'started'", "status = 'failed', exitcode = 9", "status = 'held'", "status = NULL"],
)
def test_a_late_report_on_a_job_that_ended_is_undone(workspace: Workspace, dbids: list[int], text: str) -> None:
    workspace.ok("local", "run", "--drain")
    swept(workspace)
    right = rows(workspace)
    assert {row[1:3] for row in right} == {("finished", "")}
    write(workspace, dbids[2], text)
    assert swept(workspace).mended == 1
    assert rows(workspace) == right
    assert swept(workspace).mended == 0


@pytest.mark.parametrize("text", ["status = 'finished'", "status = 'failed'", "status = 'running'", "status = NULL"])
def test_a_late_report_on_a_job_that_is_in_the_queue_is_undone(
    workspace: Workspace, dbids: list[int], text: str, caplog: pytest.LogCaptureFixture
) -> None:
    right = rows(workspace)
    write(workspace, dbids[2], text)
    found = swept(workspace)
    assert (found.mended, found.lost, found.missing, rows(workspace)) == (1, 0, 0, right)
    assert f"dbid {dbids[2]}" in caplog.text
    workspace.ok("local", "run", "--drain")
    swept(workspace)
    assert {row[1:3] for row in rows(workspace)} == {("finished", "")}


def test_the_cluster_of_another_tool_is_undone(workspace: Workspace, dbids: list[int]) -> None:
    right = rows(workspace)
    write(workspace, dbids[0], "clusterid = 777, procid = 0")
    write(
        workspace, dbids[1], "clusterid = NULL, procid = NULL"
    )  # as prodcli does for a schedd that was installed anew
    assert swept(workspace).mended == 1
    assert rows(workspace)[0] == right[0]
    assert rows(workspace)[1][3:5] == (None, None)


def test_a_cluster_whose_place_is_taken_is_left(workspace: Workspace, dbids: list[int]) -> None:
    right = rows(workspace)
    write(workspace, dbids[0], "clusterid = 777")
    write(workspace, dbids[1], f"clusterid = {right[0][3]}, procid = {right[0][4]}")
    swept(workspace)
    swept(workspace)
    assert rows(workspace)[1:] == right[1:]
    swept(workspace)
    assert rows(workspace) == right


@pytest.mark.parametrize(
    "text", ["status = 'started'", "substatus = 'waiting'", "status = 'submitting', clusterid = NULL, procid = NULL"]
)
def test_what_may_stand_beside_an_attempt_in_the_queue_stays(workspace: Workspace, dbids: list[int], text: str) -> None:
    write(workspace, dbids[0], text)
    before = rows(workspace)
    assert mend_rows(workspace.database(), SCHEDD, dbids, int(time.time())) == 0
    assert rows(workspace) == before


def test_a_row_whose_output_was_erased_stays_removed(workspace: Workspace, dbids: list[int]) -> None:
    workspace.ok("local", "run", "--drain")
    swept(workspace)
    write(workspace, dbids[0], "status = 'failed', substatus = 'removed'")
    before = rows(workspace)
    assert swept(workspace).mended == 0
    assert rows(workspace) == before


def test_an_ended_job_that_another_tool_calls_running_is_not_lost(workspace: Workspace, dbids: list[int]) -> None:
    workspace.ok("local", "run", "--drain")
    swept(workspace)
    right = rows(workspace)
    with closing(sqlite3.connect(workspace.folder / "batch.db")) as connection:  # a history that was rotated away
        connection.execute("DELETE FROM jobs")
        connection.commit()
    for _ in range(3):
        write(workspace, dbids[2], "status = 'running'")
        found = swept(workspace)
        assert (found.mended, found.missing, found.lost, rows(workspace)) == (1, 0, 0, right)
    assert workspace.sql(
        "SELECT DISTINCT CAST(status AS text) FROM production_attempts WHERE claim_id IS NOT NULL"
    ) == [("finished",)]


def test_rows_of_other_tools_are_theirs(workspace: Workspace, dbids: list[int]) -> None:
    theirs = "SELECT id, CAST(status AS text), clusterid FROM production_jobs WHERE schedd IS NULL ORDER BY id"
    before = workspace.sql(theirs)
    assert before
    assert swept(workspace).mended == 0
    assert workspace.sql(theirs) == before
