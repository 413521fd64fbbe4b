"""Harvest on real books: what the batch system says arrives once, in time order, and never by half."""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from prodcli.batch import Changes, JobEvent, whole
from prodcli.batch.local.batch import LocalBatch
from prodcli.books.job_events import Booking, book_events
from prodcli.errors import BatchError
from prodcli.harvest.harvest import Sweeping, harvest
from prodcli.states import Queue
from tests.support.rule_files import write_rules
from tests.support.snapshots import one_line
from tests.support.workspace import Workspace, seeded_catalog

STATES = "SELECT status, substatus, COUNT(*) FROM production_jobs WHERE schedd IS NOT NULL GROUP BY status, substatus ORDER BY 1, 2"
BOOKS = (
    "SELECT id, status, substatus, started, finished, exitcode, execution_node, jobstarts, memoryusage, remoteusercpu"
    " FROM production_jobs WHERE schedd IS NOT NULL ORDER BY id"
)


@pytest.fixture
def rules(workspace: Workspace) -> Path:
    """A rule file; eight jobs of it are submitted."""
    workspace.load(seeded_catalog(1))
    file = write_rules(workspace.folder / "rules")
    workspace.ok("submit", "-c", file, "-r", "mvtxme")
    return file


def states(workspace: Workspace) -> list[tuple[Any, ...]]:
    """The submitted rows by state."""
    return workspace.sql(STATES)


def script(workspace: Workspace, text: str) -> None:
    """What the jobs do; they get the run as $5 and the segment as $6."""
    (workspace.folder / "rules" / "run.sh").write_text("#!/bin/sh\n" + text)


def event(workspace: Workspace, queue: Queue, since: int, **more: Any) -> JobEvent:
    """A report on the first submitted row."""
    dbid, cluster, proc = workspace.sql(
        "SELECT id, clusterid, procid FROM production_jobs WHERE schedd IS NOT NULL ORDER BY id"
    )[0]
    return JobEvent(
        **{
            "dbid": dbid,
            "attempt": 1,
            "claim": "",
            "cluster": cluster,
            "proc": proc,
            "queue": queue,
            "since": since,
            **more,
        }
    )


def book(workspace: Workspace, *events: JobEvent) -> Booking:
    """Book reports as a harvest does."""
    return book_events(workspace.database(), "local", events)


class Broken(LocalBatch):
    """A batch system that fails when it has told of three jobs."""

    def changes(self, schedd: str, cursor: str, sweep: bool = False) -> Iterator[Changes]:
        told = whole(super().changes(schedd, cursor, sweep))
        yield Changes(told.events[:3])
        raise BatchError("gone", where=f"schedd {schedd}")


def test_what_was_told_in_part_is_booked_and_told_again(workspace: Workspace, rules: Path) -> None:
    script(workspace, "true")
    workspace.ok("local", "run", "--drain")
    found = harvest(workspace.database(), Broken(workspace.folder / "batch.db"), 600)
    assert (found.silent, found.swept) == ({"local": "schedd local: gone"}, [])
    assert sorted(states(workspace)) == [("finished", "", 3), ("submitted", "", 5)]
    assert workspace.sql("SELECT COUNT(*) FROM production_harvest") == [(0,)]  # where to go on is not known
    found = harvest(workspace.database(), LocalBatch(workspace.folder / "batch.db"), 600)
    assert found.moves == {("finished", ""): 5}
    assert states(workspace) == [("finished", "", 8)]


def first_state(workspace: Workspace) -> tuple[Any, ...]:
    """The books of that row."""
    return workspace.sql("SELECT status, substatus FROM production_jobs WHERE schedd IS NOT NULL ORDER BY id")[0]


def test_ends_arrive_with_what_they_used(workspace: Workspace, rules: Path) -> None:
    script(workspace, 'test "$6" = 1 && exit 3\necho done\n')
    workspace.ok("local", "run", "--drain")
    workspace.ok("harvest")
    found = {(status, sub): count for status, sub, count in states(workspace)}
    failed = workspace.sql("SELECT COUNT(*) FROM production_jobs WHERE schedd IS NOT NULL AND segment = 1")[0][0]
    assert found == {("failed", ""): failed, ("finished", ""): 8 - failed}
    for status, code in (("failed", 3), ("finished", 0)):
        rows = workspace.sql(
            "SELECT exitcode, jobstarts, execution_node IS NULL, started IS NULL, finished IS NULL, remoteusercpu IS NULL"
            " FROM production_jobs WHERE schedd IS NOT NULL AND CAST(status AS text) = ?",
            status,
        )
        assert {tuple(map(int, row)) for row in rows} == {(code, 1, 0, 0, 0, 0)}
    assert workspace.sql("SELECT COUNT(*) FROM production_attempts WHERE exit_code = 3") == [(failed,)]


def test_totals_and_changes_are_told_apart(workspace: Workspace, rules: Path) -> None:
    workspace.ok("local", "run", "--drain")
    ((before,),) = workspace.sql("SELECT COUNT(*) FROM production_jobs WHERE status = 'finished'")
    ((failed,),) = workspace.sql("SELECT COUNT(*) FROM production_jobs WHERE status = 'failed'")
    line = workspace.run("harvest", quiet=False).out.splitlines()[-1]
    ((done,),) = workspace.sql("SELECT COUNT(*) FROM production_jobs WHERE status = 'finished'")
    ((fail,),) = workspace.sql("SELECT COUNT(*) FROM production_jobs WHERE status = 'failed'")
    assert f"done {done} (+{done - before})" in line
    assert f"fail {fail}{f' (+{fail - failed})' if fail > failed else ''}" in line
    again = workspace.run("harvest", quiet=False).out.splitlines()
    assert again == ["nothing new", re.sub(r" \([+-]\d+\)", "", line)]


def test_totals_of_the_rollup_are_those_of_the_rows(workspace: Workspace, rules: Path) -> None:
    workspace.ok("local", "run", "--drain")
    for line in workspace.json("harvest"):
        assert set(line) == {"now", "detail", "jobs", "total"}
        counted = workspace.sql(
            "SELECT COUNT(*) FROM production_jobs WHERE CAST(status AS text) = ? AND substatus = ?",
            line["now"],
            line["detail"],
        )
        assert counted == [(line["total"],)]


def test_twice_changes_nothing(workspace: Workspace, rules: Path) -> None:
    workspace.ok("local", "run", "--drain")
    workspace.ok("harvest")
    before = workspace.sql(BOOKS)
    assert workspace.json("harvest") == []
    workspace.sql("DELETE FROM production_harvest")  # everything is read again
    assert workspace.json("harvest") == []
    assert workspace.sql(BOOKS) == before


def test_killed_in_the_middle_it_is_made_good(
    workspace: Workspace, rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.ok("local", "run", "--drain")
    monkeypatch.setattr("prodcli.harvest.harvest._ROWS", 3)
    real, calls = book_events, []

    def dies(*args: Any) -> Booking:
        calls.append(1)
        if len(calls) == 2:
            raise SystemError("killed")
        return real(*args)

    monkeypatch.setattr("prodcli.harvest.harvest.book_events", dies)
    with pytest.raises(SystemError):
        harvest(workspace.database(), LocalBatch(workspace.folder / "batch.db"), 600)
    monkeypatch.undo()
    assert sorted(states(workspace)) == [("finished", "", 3), ("submitted", "", 5)]
    workspace.ok("harvest")
    assert states(workspace) == [("finished", "", 8)]


def test_late_reports_never_turn_back_what_ended(workspace: Workspace, rules: Path) -> None:
    book(workspace, event(workspace, Queue.COMPLETED, 2000, exit_code=0, num_starts=1))
    book(
        workspace,
        event(workspace, Queue.RUNNING, 1000, num_starts=1),
        event(workspace, Queue.RUNNING, 3000, num_starts=1),
    )
    assert first_state(workspace) == ("finished", "")


@pytest.mark.parametrize(
    ("reports", "state"),
    [
        ([(Queue.IDLE, 100, 0)], ("submitted", "")),
        ([(Queue.RUNNING, 100, 1)], ("running", "")),
        ([(Queue.SUSPENDED, 100, 1)], ("running", "suspended")),
        ([(Queue.TRANSFERRING_OUTPUT, 100, 1)], ("running", "transferring")),
        ([(Queue.RUNNING, 100, 1), (Queue.IDLE, 200, 1)], ("evicted", "")),
        ([(Queue.RUNNING, 100, 1), (Queue.IDLE, 200, 1), (Queue.RUNNING, 300, 2)], ("running", "")),
        ([(Queue.HELD, 100, 1)], ("held", "")),
        ([(Queue.HELD, 100, 0), (Queue.IDLE, 200, 0)], ("submitted", "")),
        ([(Queue.HELD, 200, 0), (Queue.IDLE, 100, 0)], ("held", "")),
        ([(Queue.REMOVED, 100, 1)], ("failed", "removed")),
        ([(Queue.COMPLETED, 100, 1)], ("failed", "")),
    ],
)
def test_every_state_has_its_place(
    workspace: Workspace, rules: Path, reports: Sequence[tuple[Queue, int, int]], state: tuple[str, str]
) -> None:
    for queue, since, starts in reports:
        book(
            workspace,
            event(workspace, queue, since, num_starts=starts, exit_code=1 if queue is Queue.COMPLETED else None),
        )
    assert first_state(workspace) == state


def test_a_hold_keeps_its_reason(workspace: Workspace, rules: Path) -> None:
    hostile = 'over 2048 MB\'; DROP TABLE production_jobs; -- "$(x)" ü\n[red]' + "x" * 1000
    held = event(workspace, Queue.HELD, 100, hold_reason=hostile, hold_code=34, hold_subcode=102, memory_used=2100)
    book(workspace, held)
    rows = workspace.sql(
        "SELECT hold_reason, hold_code, hold_subcode, memory_used FROM production_attempts WHERE dbid = ?", held.dbid
    )
    assert rows == [(hostile, 34, 102, 2100)]


def test_reports_of_other_jobs_touch_nothing(workspace: Workspace, rules: Path) -> None:
    """An old attempt, another cluster, another row: none of them may speak for this one."""
    before = workspace.sql(BOOKS)
    good = event(workspace, Queue.COMPLETED, 100, exit_code=0)
    for change in ({"attempt": 2}, {"cluster": good.cluster + 1}, {"proc": good.proc + 1}, {"dbid": 10**6}):
        assert book(workspace, event(workspace, Queue.COMPLETED, 100, exit_code=0, **change)).strangers == 1
    assert workspace.sql(BOOKS) == before


def test_an_old_attempt_never_overwrites_the_new_one(workspace: Workspace, rules: Path) -> None:
    old = event(workspace, Queue.COMPLETED, 100, exit_code=1, num_starts=1)
    workspace.sql("UPDATE production_jobs SET attempt = 2, status = 'submitted' WHERE id = ?", old.dbid)
    book(workspace, old)
    assert first_state(workspace) == ("submitted", "")
    assert workspace.sql("SELECT status FROM production_attempts WHERE dbid = ? AND attempt = 1", old.dbid) == [
        ("failed",)
    ]


def test_lost_needs_two_answers_a_grace_time_apart(workspace: Workspace, rules: Path) -> None:
    workspace.sql("UPDATE production_jobs SET submitted = '2026-01-01T00:00:00.000Z' WHERE schedd IS NOT NULL")
    with closing(sqlite3.connect(workspace.folder / "batch.db")) as queue:
        queue.execute("DELETE FROM jobs")
        queue.commit()
    batch = LocalBatch(workspace.folder / "batch.db")
    sweep = Sweeping(every=0)
    assert harvest(workspace.database(), batch, 600, sweep).missing == 8
    again = harvest(workspace.database(), batch, 600, sweep)
    assert (again.missing, again.lost) == (8, 0)
    workspace.sql("UPDATE production_missing SET first_missed = '2026-01-01T00:00:00.000Z'")
    assert harvest(workspace.database(), batch, 600, sweep).lost == 8
    assert states(workspace) == [("failed", "lost", 8)]
    book(workspace, event(workspace, Queue.COMPLETED, 100, exit_code=0))  # evidence turns up after all
    assert first_state(workspace) == ("finished", "")


def test_a_silent_schedd_loses_nothing(workspace: Workspace, rules: Path) -> None:
    workspace.settings["batch"]["queue"] = "no/such/folder/batch.db"
    workspace.write()
    (workspace.folder / "no").write_text("a file where a folder should be")
    before = workspace.sql(BOOKS)
    answer = workspace.run("harvest")
    assert answer.code in (0, 5)
    assert workspace.sql(BOOKS) == before


def test_no_job_is_lost_with_the_file_of_the_local_queue(workspace: Workspace, rules: Path) -> None:
    queue = workspace.folder / "batch.db"
    before = states(workspace)
    for harvested in (False, True):
        if harvested:
            workspace.ok("harvest")
        queue.rename(workspace.folder / "away.db")
        for _ in range(3):
            workspace.sql("UPDATE production_missing SET first_missed = '2026-01-01T00:00:00.000Z'")
            answer = workspace.run("harvest", "--sweep")
            if harvested:
                one_line(answer, 5, "the queue's file is missing")
        assert states(workspace) == before
        (workspace.folder / "away.db").rename(queue)
    workspace.ok("local", "run", "--drain")
    workspace.ok("harvest")
    assert states(workspace) == [("finished", "", 8)]
