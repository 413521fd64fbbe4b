"""Claiming rows that the books have already: by condition, with a new attempt, and put back as they were if it fails."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from prodcli.batch import Counted, JobEvent
from prodcli.batch.local.batch import LocalBatch
from prodcli.batch.open import open_batch
from prodcli.books.claim_rows import OutputRows, SeenRows
from prodcli.books.claimant import Claimant, myself
from prodcli.books.claims import Books, Claim, ClaimRequest, Seen, Won
from prodcli.books.job_events import book_events
from prodcli.books.queue_limit import QueueLimit
from prodcli.config.settings import load_config
from prodcli.rules.layout import Job, Layout
from prodcli.states import Queue
from tests.support.library_rules import load
from tests.support.local_jobs import submit
from tests.support.pass_processes import LONG_AGO
from tests.support.workspace import Workspace, seeded_catalog

DEAD = Claimant(myself().host, 2**22 + 1, myself().boot_id, "1")  # a process that is no more
JOBS = [Job(66456, segment, 1, 1000) for segment in range(6)]
LAYOUT = Layout(load("mvtxme"))
NAMES = [LAYOUT.filename(job) for job in JOBS]
ATTEMPTS = (
    "SELECT dbid, attempt, step, clusterid, procid, memory_asked, memory_used, node, exit_code, CAST(status AS text),"
    " substatus FROM production_attempts ORDER BY dbid, attempt, step"
)


@pytest.fixture
def books(workspace: Workspace) -> Books:
    """Books without jobs."""
    workspace.load(seeded_catalog(1))
    workspace.sql("DELETE FROM production_jobs")
    return Books(workspace.database())


def older(workspace: Workspace, *names: str, status: str | None = "failed", **columns: object) -> list[Seen]:
    """Rows as an older tool writes them: no schedd, no attempts."""
    values: dict[str, object] = {"rulename": "old", "tag": "t", "dataset": "d", "dsttype": "DST_TRKR_MVTXME"}
    values |= {"runnumber": 66456, "segment": 0, "status": status, "clusterid": 7, "exitcode": 3, "memoryusage": 1500}
    values |= {"execution_node": "n1", "err": "/old.err", "finished": LONG_AGO, "submitted": LONG_AGO, **columns}
    for proc, name in enumerate(names):
        row = {"filename": name, "procid": proc, **values}
        marks = ", ".join("?" * len(row))
        workspace.sql(f"INSERT INTO production_jobs ({', '.join(row)}) VALUES ({marks})", *row.values())  # noqa: S608
    return seen(workspace, *names)


def seen(workspace: Workspace, *names: str) -> list[Seen]:
    """What planning sees of rows now."""
    rows = workspace.sql(
        "SELECT filename, id, CAST(status AS text), substatus, attempt, schedd, clusterid, procid FROM production_jobs"
    )
    found = {row[0]: Seen(*row) for row in rows}
    return [found[name] for name in names]


def room(maxqueued: int, batch_name: str = "main.x") -> Any:
    """What is left where nothing is queued."""
    return QueueLimit(batch_name, lambda: Counted(0), maxqueued).counted


def claim(books: Books, rows: list[Seen], count: int = 6, maxqueued: int = 100, by: Claimant | None = None) -> Any:
    """Claim the first so many jobs, some of which have rows."""
    by_name = {row.filename: row for row in rows}
    outputs = OutputRows(LAYOUT, dict(zip(NAMES[:count], JOBS, strict=False)), by_name)
    return books.claim(request(by or myself()), outputs, room(maxqueued, LAYOUT.batch_name))


def request(claimant: Claimant) -> ClaimRequest:
    """What jobs of the rule are claimed for; their files are nowhere."""
    memory = LAYOUT.rule.job.request_memory[0]
    return ClaimRequest(claimant, "local", LAYOUT.batch_name, LAYOUT.rule.name, memory, Path("/nowhere"))


def won_rows(claim: Claim) -> list[Won]:
    """What a claim has won, in the order of the jobs."""
    return [claim.rows[name] for name in NAMES if name in claim.rows]


def everything(workspace: Workspace) -> list[object]:
    """All rows, and what hangs on them."""
    tables = ("production_jobs", "production_attempts", "production_taken")
    return [workspace.sql(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]  # noqa: S608


def states(workspace: Workspace) -> list[tuple[Any, ...]]:
    """What the books say of the jobs, by file name."""
    return workspace.sql(
        "SELECT CAST(status AS text), substatus, attempt, schedd, clusterid, procid FROM production_jobs ORDER BY filename"
    )


def test_new_rows_and_seen_ones_are_claimed_together(workspace: Workspace, books: Books) -> None:
    rows = older(workspace, *NAMES[1:4])
    won = claim(books, rows)
    assert (len(won.rows), won.tried) == (6, 6)
    assert [one.attempt for one in won_rows(won)] == [1, 2, 2, 2, 1, 1]
    assert [one.dbid for one in won_rows(won)[1:4]] == [row.dbid for row in rows]
    assert states(workspace) == [("submitting", "", n, "local", None, None) for n in (1, 2, 2, 2, 1, 1)]
    assert workspace.sql("SELECT DISTINCT rulename, tag, dataset FROM production_jobs") == [
        ("mvtxme", "ana537_2025p010_v001", "run3auau")
    ]
    # the outcome of the old attempt stays until the new one is recorded
    assert workspace.sql("SELECT exitcode, execution_node FROM production_jobs WHERE attempt = 2 LIMIT 1") == [
        (3, "n1")
    ]
    assert workspace.sql("SELECT n FROM production_claims") == [(6,)]


def test_a_row_that_changed_is_not_won(workspace: Workspace, books: Books) -> None:
    rows = older(workspace, *NAMES[:4])
    workspace.sql("UPDATE production_jobs SET status = 'finished' WHERE id = ?", rows[0].dbid)
    workspace.sql("UPDATE production_jobs SET attempt = 2 WHERE id = ?", rows[1].dbid)
    workspace.sql("UPDATE production_jobs SET substatus = 'removed' WHERE id = ?", rows[2].dbid)
    won = claim(books, rows, 4)
    assert [one.dbid for one in won_rows(won)] == [rows[3].dbid]
    assert claim(books, rows, 4).rows == {}  # what another pass has won is not won again


def test_a_row_without_a_state_can_be_claimed(workspace: Workspace, books: Books) -> None:
    rows = older(workspace, NAMES[0], status=None)
    assert len(claim(books, rows, 1).rows) == 1
    assert claim(books, rows, 1).rows == {}


def test_rows_without_a_seen_one_are_not_touched(workspace: Workspace, books: Books) -> None:
    older(workspace, NAMES[0])
    before = everything(workspace)
    assert claim(books, [], 1).rows == {}
    assert everything(workspace) == before


def test_a_claim_that_is_given_up_leaves_the_books_as_before(workspace: Workspace, books: Books) -> None:
    older(workspace, *NAMES[:2])
    older(workspace, NAMES[2], status="held", clusterid=8, schedd="local", claim_id="c", substatus="parked", attempt=3)
    older(workspace, NAMES[3], status=None, clusterid=9)
    before = everything(workspace)
    won = claim(books, seen(workspace, *NAMES[:4]))
    assert len(won.rows) == 6
    assert books.release(won.id, myself()) == 6
    assert everything(workspace) == before
    workspace.ok("db", "check")
    again = claim(books, seen(workspace, *NAMES[:4]))
    assert [one.attempt for one in won_rows(again)] == [2, 2, 4, 2, 1, 1]


def test_what_is_recorded_begins_anew_and_the_old_attempt_is_kept(workspace: Workspace, books: Books) -> None:
    rows = older(workspace, *NAMES[:3])
    workspace.sql("UPDATE production_jobs SET status = 'running' WHERE id = ?", rows[2].dbid)
    rows = seen(workspace, *NAMES[:3])
    won = claim(books, rows, 4)
    ids = [one.dbid for one in won_rows(won)]
    assert books.record(won.id, 12, ids[:1] + ids[2:]) == {0, 1, 2}
    assert workspace.sql(ATTEMPTS) == sorted(
        [
            (ids[0], 1, 0, 7, 0, None, 1500, "n1", 3, "failed", ""),
            (ids[0], 2, 0, 12, 0, 2048, None, None, None, "submitted", ""),
            (ids[2], 1, 0, 7, 2, None, 1500, "n1", 3, "failed", "lost"),  # nobody knows how it ended
            (ids[2], 2, 0, 12, 1, 2048, None, None, None, "submitted", ""),
            (ids[3], 1, 0, 12, 2, 2048, None, None, None, "submitted", ""),
        ]
    )
    outcome = "exitcode, execution_node, memoryusage, finished, started, jobstarts"
    assert workspace.sql(f"SELECT DISTINCT {outcome} FROM production_jobs WHERE clusterid = 12") == [(None,) * 6]  # noqa: S608
    # what is not in the cluster is put back
    assert books.drop_rest(won.id) == 1
    assert states(workspace)[1] == ("failed", "", 1, None, 7, 1)
    assert workspace.sql("SELECT exitcode FROM production_jobs WHERE id = ?", ids[1]) == [(3,)]
    assert workspace.sql("SELECT COUNT(*) FROM production_taken") == [(0,)]
    workspace.ok("db", "check")


def event(dbid: int, attempt: int, cluster: int, queue: Queue, since: int = 2_000_000_000, **more: Any) -> JobEvent:
    """A report of a job of the local batch."""
    return JobEvent(dbid, attempt, "c", cluster, 0, queue, since, **more)


def test_a_late_report_of_the_old_attempt_changes_the_new_one_never(workspace: Workspace, books: Books) -> None:
    won = claim(books, [], 1)
    dbid = won_rows(won)[0].dbid
    books.record(won.id, 5, [dbid])
    workspace.sql("UPDATE production_jobs SET status = 'failed', substatus = 'lost'")
    workspace.sql("UPDATE production_attempts SET status = 'failed', substatus = 'lost'")
    again = claim(books, seen(workspace, NAMES[0]), 1)
    books.record(again.id, 6, [dbid])
    late = event(dbid, 1, 5, Queue.COMPLETED, exit_code=0, node="n9")
    book_events(books.database, "local", [late])
    assert states(workspace) == [("submitted", "", 2, "local", 6, 0)]
    assert [row[9] for row in workspace.sql(ATTEMPTS)] == ["finished", "submitted"]
    book_events(books.database, "local", [event(dbid, 2, 6, Queue.HELD, hold_code=34), late])
    assert states(workspace)[0][0] == "held"


def test_a_report_that_comes_during_the_claim_is_not_lost_with_it(workspace: Workspace, books: Books) -> None:
    won = claim(books, [], 1)
    dbid = won_rows(won)[0].dbid
    books.record(won.id, 5, [dbid])
    for table in ("production_jobs", "production_attempts"):
        workspace.sql(f"UPDATE {table} SET status = 'failed', substatus = 'lost'")  # noqa: S608
    again = claim(books, seen(workspace, NAMES[0]), 1)
    book_events(books.database, "local", [event(dbid, 1, 5, Queue.COMPLETED, exit_code=0)])
    assert states(workspace)[0][:3] == ("submitting", "", 2)
    books.release(again.id, myself())
    assert states(workspace) == [("finished", "", 1, "local", 5, 0)]
    assert workspace.sql("SELECT exitcode FROM production_jobs") == [(0,)]


def test_rows_that_an_older_tool_left_twice_are_no_trouble_for_a_harvest(workspace: Workspace, books: Books) -> None:
    (row,) = older(workspace, NAMES[0], status=None)
    workspace.sql(
        "INSERT INTO production_attempts (dbid, attempt, step, status, substatus) VALUES (?, -9, 0, 'failed', 'duplicate')",
        row.dbid,
    )
    won = claim(books, [row], 1)
    books.record(won.id, 12, [row.dbid])
    book_events(books.database, "local", [event(row.dbid, 2, 12, Queue.RUNNING)])
    assert states(workspace)[0][0] == "running"


def test_room_holds_for_both_together(workspace: Workspace, books: Books) -> None:
    rows = older(workspace, *NAMES[3:])
    won = claim(books, rows, maxqueued=4)
    assert ([one.attempt for one in won_rows(won)], won.tried) == ([1, 1, 1, 2], 4)
    assert claim(books, rows, maxqueued=4).tried == 0  # what is being submitted counts
    assert states(workspace)[4:] == [("failed", "", 1, None, 7, 1), ("failed", "", 1, None, 7, 2)]


def test_numbers_that_a_new_cluster_took_meanwhile_are_not_given_back(workspace: Workspace, books: Books) -> None:
    first = claim(books, [], 1)
    books.record(first.id, 5, [won_rows(first)[0].dbid])
    workspace.sql("UPDATE production_jobs SET status = 'failed'")
    again = claim(books, seen(workspace, NAMES[0]), 1)
    outputs = OutputRows(LAYOUT, {NAMES[1]: JOBS[1]})
    other = books.claim(request(myself()), outputs, room(100, LAYOUT.batch_name))
    books.record(other.id, 5, [won_rows(other)[0].dbid])  # of a schedd that was installed anew
    assert books.release(again.id, myself()) == 1
    assert states(workspace) == [("failed", "", 1, "local", None, None), ("submitted", "", 1, "local", 5, 0)]


def test_rows_are_claimed_again_without_a_layout(workspace: Workspace, books: Books) -> None:
    rows = older(workspace, *NAMES[:3])
    wanted = ClaimRequest(myself(), "local", "main.x", "old", 4096, Path("/kept"))
    none = books.claim(wanted, SeenRows(rows), room(0))
    assert (none.rows, none.tried) == ({}, 0)
    before = everything(workspace)
    won = books.claim(wanted, SeenRows([replace(rows[0], attempt=9), *rows[1:]]), room(3))
    assert (won.rows, won.tried) == ({row.filename: (row.dbid, 2) for row in rows[1:]}, 3)
    assert workspace.sql("SELECT folder, batch_name, n FROM production_claims") == [(f"/kept/{won.id}", "main.x", 2)]
    assert workspace.sql("SELECT DISTINCT rulename, err, attempt FROM production_jobs ORDER BY attempt") == [
        ("old", "/old.err", 1),
        ("old", "/old.err", 2),
    ]
    books.release(won.id, myself())
    assert everything(workspace) == before
    won = books.claim(wanted, SeenRows(rows[1:]), room(3))
    books.record(won.id, 12, [row.dbid for row in rows[1:]])
    assert [row[5] for row in workspace.sql(ATTEMPTS) if row[1] == 2] == [4096, 4096]


def test_reconcile_puts_back_what_never_reached_a_schedd(workspace: Workspace, books: Books) -> None:
    rows = older(workspace, *NAMES[:2])
    before = everything(workspace)
    claim(books, rows, 4, by=DEAD)
    (line,) = workspace.json("reconcile")
    assert (line["fate"], line["jobs"]) == ("released", 4)
    assert everything(workspace) == before


def test_reconcile_adopts_a_new_attempt(workspace: Workspace, books: Books) -> None:
    rows = older(workspace, *NAMES[:2])
    won = claim(books, rows, 2, by=DEAD)
    queue = open_batch(load_config(workspace.file, workspace.folder))
    assert isinstance(queue, LocalBatch)
    dbids = [one.dbid for one in won_rows(won)]
    workspace.sql("UPDATE production_claims SET folder = ?", str(workspace.folder / "s"))
    cluster = submit(queue, workspace.folder / "s", "true", claim=won.id, dbid=dbids[0], attempt="2")
    (line,) = workspace.json("reconcile")
    assert (line["fate"], line["jobs"], line["cluster"]) == ("adopted", 1, cluster)
    assert states(workspace) == [("submitted", "", 2, "local", cluster, 0), ("failed", "", 1, None, 7, 1)]
    assert workspace.json("reconcile") == []
    queue.remove("local", [(cluster, 0)], "over")
    workspace.ok("harvest")
    assert states(workspace)[0][:3] == ("failed", "removed", 2)
