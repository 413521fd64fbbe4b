"""Failures in the books: which jobs are looked at, what is written of them, and when it is corrected."""

from pathlib import Path
from typing import Any

import pytest

from prodcli.diagnosis import book_failures as module
from prodcli.diagnosis.book_failures import FailuresBooked, book_failures
from prodcli.error_catalog.catalog import ErrorCatalog
from prodcli.error_catalog.entry_form import known_errors
from tests.support.catalog import Catalog
from tests.support.workspace import Workspace

AT = "2026-03-01T12:00:00.000Z"
LATER = "2026-03-01T13:00:00.000Z"
OVER = "Error from slot1@spool0301.example.org: memory usage exceeded request_memory"
CATALOG = ErrorCatalog(
    tuple(
        known_errors(
            {
                "database-down": {
                    "name": "the database was down",
                    "category": "service",
                    "action": "retry",
                    "advice": "wait for the database",
                    "text": "connection refused",
                }
            },
            "test",
        )
    )
)
FAILURES = """
SELECT f.dbid, f.attempt, f.step, s.state, s.code, s.text, s.entry, f.retried, f.won
FROM production_failures f JOIN production_signatures s ON s.id = f.signature_id ORDER BY 1, 2, 3
"""


def job(workspace: Workspace, dbid: int, status: str, attempt: int = 1, **more: Any) -> None:
    """Write a job whose newest attempt has a status."""
    row = {
        "id": dbid,
        "rulename": "r",
        "tag": "ana537_x_v001",
        "dataset": "run3auau",
        "dsttype": "DST_CALO",
        "filename": f"f{dbid}",
    }
    row |= {"runnumber": 66456, "segment": dbid, "status": status, "submitted": AT, "attempt": attempt, **more}
    insert(workspace, "production_jobs", row)


def step(workspace: Workspace, dbid: int, status: str, attempt: int = 1, number: int = 0, **more: Any) -> None:
    """Write a step of an attempt."""
    row = {
        "dbid": dbid,
        "attempt": attempt,
        "step": number,
        "status": status,
        "entered": AT,
        "node": "slot1@Spool0301",
        **more,
    }
    insert(workspace, "production_attempts", row)


def insert(workspace: Workspace, table: str, row: dict[str, Any]) -> None:
    """Insert a row."""
    workspace.sql(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", *row.values())  # noqa: S608


def booked(workspace: Workspace) -> FailuresBooked:
    """Write what is due."""
    return book_failures(workspace.database(), CATALOG)


def failures(workspace: Workspace) -> list[tuple[Any, ...]]:
    """All failures with their signatures."""
    return workspace.sql(FAILURES)


@pytest.fixture
def books(workspace: Workspace) -> Workspace:
    """Empty books."""
    workspace.load(Catalog())
    return workspace


def err(tmp_path: Path, text: str) -> dict[str, str]:
    """The column of a job with an err file."""
    file = tmp_path / "job.err"
    file.write_text(text)
    return {"err": str(file)}


def test_each_kind_of_trouble_is_a_failure(books: Workspace, tmp_path: Path) -> None:
    job(books, 1, "held")
    step(books, 1, "held", hold_code=34, hold_subcode=102, hold_reason=OVER)
    job(books, 2, "failed", **err(tmp_path, "start\npsql: error: connection refused by 10.0.0.1\ncleaning up\n"))
    step(books, 2, "failed", exit_code=1)
    for dbid, substatus in enumerate(("lost", "removed", "no_output"), start=3):
        job(books, dbid, "failed", substatus=substatus)
        step(books, dbid, "failed", substatus=substatus)
    job(books, 6, "evicted", jobstarts=5)
    step(books, 6, "evicted")
    for dbid, status in enumerate(("submitted", "running", "finished"), start=7):
        job(books, dbid, status)
        step(books, dbid, status)
    job(books, 10, "evicted", jobstarts=4)
    step(books, 10, "evicted")
    assert booked(books) == FailuresBooked(6)
    assert failures(books) == [
        (1, 1, 0, "held", "34/102", "Error from HOST: memory usage exceeded request_memory", "", 0, 0),
        (2, 1, 0, "failed", "exit 1", "psql: error: connection refused by HOST", "database-down", 0, 0),
        (3, 1, 0, "lost", "", "", "", 0, 0),
        (4, 1, 0, "removed", "", "", "", 0, 0),
        (5, 1, 0, "no_output", "", "", "", 0, 0),
        (6, 1, 0, "evicted", "", "", "", 0, 0),
    ]
    assert booked(books) == FailuresBooked()
    assert books.sql("SELECT DISTINCT node FROM production_failures") == [("spool0301",)]


def test_what_became_of_a_job_is_written_when_it_has_ended(books: Workspace) -> None:
    job(books, 1, "failed")
    step(books, 1, "failed", exit_code=1)
    booked(books)
    books.sql("UPDATE production_jobs SET attempt = 2, status = 'submitted' WHERE id = 1")
    step(books, 1, "submitted", attempt=2)
    booked(books)
    assert [row[-2:] for row in failures(books)] == [(0, 0)]
    books.sql("UPDATE production_jobs SET status = 'finished' WHERE id = 1")
    books.sql("UPDATE production_attempts SET status = 'finished' WHERE dbid = 1 AND attempt = 2")
    assert booked(books) == FailuresBooked(1)
    assert [row[-2:] for row in failures(books)] == [(1, 1)]


def test_a_job_that_fails_again_was_tried_again_and_not_won(books: Workspace) -> None:
    job(books, 1, "failed", attempt=2)
    step(books, 1, "failed", exit_code=1)
    step(books, 1, "failed", attempt=2, exit_code=2)
    booked(books)
    assert [(row[1], row[4], *row[-2:]) for row in failures(books)] == [(1, "exit 1", 1, 0), (2, "exit 2", 0, 0)]


def test_a_hold_that_is_over_keeps_its_time(books: Workspace) -> None:
    job(books, 1, "held")
    step(books, 1, "held", hold_code=34, hold_subcode=102, hold_reason=OVER)
    booked(books)
    books.sql("UPDATE production_jobs SET status = 'finished' WHERE id = 1")
    books.sql("UPDATE production_attempts SET status = 'finished', entered = ? WHERE dbid = 1", LATER)
    booked(books)
    assert [(row[3], *row[-2:]) for row in failures(books)] == [("held", 1, 1)]
    assert books.sql("SELECT COUNT(*) FROM production_failures WHERE entered = ?", AT) == [(1,)]


def test_a_lost_job_that_is_found_is_no_failure(books: Workspace) -> None:
    job(books, 1, "failed", substatus="lost")
    step(books, 1, "failed", substatus="lost")
    booked(books)
    books.sql("UPDATE production_jobs SET status = 'finished', substatus = '' WHERE id = 1")
    books.sql("UPDATE production_attempts SET status = 'finished', substatus = '' WHERE dbid = 1")
    assert booked(books) == FailuresBooked()
    assert failures(books) == []


def test_a_signature_stays_when_the_file_is_gone(books: Workspace, tmp_path: Path) -> None:
    job(books, 1, "failed", **err(tmp_path, "Fatal: no such branch\n"))
    step(books, 1, "failed", exit_code=1)
    booked(books)
    (tmp_path / "job.err").unlink()
    books.sql("UPDATE production_attempts SET entered = ? WHERE dbid = 1", LATER)
    assert booked(books) == FailuresBooked(1)
    assert [row[5] for row in failures(books)] == ["Fatal: no such branch"]


def test_what_a_job_reported_tells_more_than_a_silent_file(books: Workspace, tmp_path: Path) -> None:
    job(books, 1, "failed", **err(tmp_path, "done 17 events\n"))
    step(books, 1, "failed", exit_code=1)
    message = {"dbid": 1, "attempt": 1, "number": 0, "at": AT, "level": "error", "text": "calibration 17 is missing"}
    insert(books, "production_messages", message)
    booked(books)
    assert [row[5] for row in failures(books)] == ["calibration N is missing"]


def test_files_that_are_not_reached_in_time_are_read_by_the_next_pass(books: Workspace, tmp_path: Path) -> None:
    job(books, 1, "failed", **err(tmp_path, "Fatal: no such branch\n"))
    step(books, 1, "failed", exit_code=1)
    assert book_failures(books.database(), CATALOG, seconds=-1) == FailuresBooked(0, left=True)
    assert failures(books) == []
    assert booked(books) == FailuresBooked(1)


def test_the_newest_are_written_first_and_a_pass_goes_on_with_the_others(
    books: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_ROWS", 2)
    for dbid in range(1, 6):
        job(books, dbid, "failed", substatus="lost")
        step(books, dbid, "failed", substatus="lost")
    assert book_failures(books.database(), CATALOG, seconds=-1) == FailuresBooked(2, left=True)
    assert [row[0] for row in failures(books)] == [4, 5]
    assert booked(books) == FailuresBooked(3)
    assert books.sql("SELECT COUNT(*) FROM production_failures_due") == [(0,)]


def test_books_from_before_are_filled_by_the_next_harvest(books: Workspace) -> None:
    job(books, 1, "failed")
    step(books, 1, "failed", exit_code=1)
    booked(books)
    for table in ("production_failures", "production_signatures", "production_failures_due"):
        books.sql(f"DROP TABLE {table}")  # noqa: S608
    for trigger in ("prodcli_failure_insert", "prodcli_failure_update"):
        books.sql(f"DROP TRIGGER {trigger}" + (" ON production_attempts" if books.cluster else ""))
    books.sql("DELETE FROM prodcli_schema WHERE version = 28")
    books.ok("db", "upgrade")
    books.ok("harvest")
    assert [row[:5] for row in failures(books)] == [(1, 1, 0, "failed", "exit 1")]
