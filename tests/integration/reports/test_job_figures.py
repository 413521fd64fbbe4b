"""The reports of jobs equal what a count by hand finds in generated books, on both databases."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from prodcli.books.filters import Filters
from prodcli.db import Database
from prodcli.reports import job_figures, trouble
from prodcli.reports.books_report import Question
from prodcli.runs.selection import RunSelection
from prodcli.tables.table import Table
from tests.support.catalog import Catalog
from tests.support.generated_books import DSTTYPES, NOW, TAGS, BookedRow, GeneratedBooks, generated_books, write_books
from tests.support.report_rows import PRODUCT, by_key, family, passes
from tests.support.workspace import Workspace

SOME = Filters((TAGS[0],), ["DST_STREAMING_EVENT"], None, RunSelection(((66_456, 66_459),), frozenset()), NOW - 500_000)
FILTERS = (Filters(), SOME)


@pytest.fixture(scope="module")
def books() -> GeneratedBooks:
    """Books of every state."""
    return generated_books(19)


@pytest.fixture
def database(workspace: Workspace, books: GeneratedBooks) -> Iterator[Database]:
    """The books in a database."""
    workspace.load(Catalog([], [], [], []))
    write_books(workspace, books)
    yield workspace.database()


def grouped(jobs: Sequence[BookedRow], key: Callable[[BookedRow], tuple[Any, ...]]) -> dict[Any, list[BookedRow]]:
    """Jobs by a key, and by product with all leaves under one name."""
    found: dict[Any, list[BookedRow]] = defaultdict(list)
    for job in jobs:
        found[*key(job), job.tag, family(job.dsttype), job.dataset].append(job)
    return found


def figures(books: GeneratedBooks, jobs: Sequence[BookedRow]) -> dict[str, Any]:
    """What a report says of some jobs."""

    def states(*names: str) -> int:
        return sum(job.status in names for job in jobs)

    ran = [job.finished - job.started for job in jobs if job.finished and job.started]
    waited = [job.started - job.submitted for job in jobs if job.started and job.submitted]
    reports = [books.report(job.id, job.attempt) for job in jobs]
    events = [one.events_out for one in reports if one is not None and one.events_out is not None]
    starts = [job.started for job in jobs if job.started]
    return {
        "num_jobs": len(jobs),
        "num_submitted": states("submitting", "submitted"),
        "num_running": states("started", "running"),
        "num_held": states("held"),
        "num_evicted": states("evicted"),
        "num_finished": states("finished"),
        "num_failed": states("failed"),
        "avg_time_to_start": pytest.approx(fmean(waited)) if waited else None,
        "avg_job_duration": pytest.approx(fmean(ran)) if ran else None,
        "min_job_duration": min(ran, default=None),
        "max_job_duration": max(ran, default=None),
        "earliest_start": min(starts, default=None),
        "last_start": max(starts, default=None),
        "last_end": max((job.finished for job in jobs if job.finished), default=None),
        "sum_events": sum(events) if events else None,
        "min_run": min(job.runnumber for job in jobs),
        "max_run": max(job.runnumber for job in jobs),
    }


def agree(table: Table, expected: dict[Any, dict[str, Any]], keys: Sequence[str]) -> None:
    """The table has the expected figures, in the order of its keys."""
    found = by_key(table, keys)
    assert list(found) == sorted(expected)
    for key, figures in expected.items():
        assert {name: found[key][name] for name in figures if name in found[key]} == {
            name: value for name, value in figures.items() if name in found[key]
        }, key


@pytest.mark.parametrize("filters", FILTERS, ids=["all", "some"])
def test_started(database: Database, books: GeneratedBooks, filters: Filters) -> None:
    table = job_figures.started(database, Question(filters, name=family))
    jobs = grouped(
        [job for job in [job for job in books.jobs if passes(job, filters, submitted=True)] if job.started],
        lambda _: (),
    )
    agree(table, {key: figures(books, some) for key, some in jobs.items()}, PRODUCT)


@pytest.mark.parametrize("filters", FILTERS, ids=["all", "some"])
def test_runs(database: Database, books: GeneratedBooks, filters: Filters) -> None:
    table = job_figures.runs(database, Question(filters, name=family))
    jobs = grouped([job for job in books.jobs if passes(job, filters, submitted=True)], lambda job: (job.runnumber,))
    agree(table, {key: figures(books, some) for key, some in jobs.items()}, ("run", *PRODUCT))


@pytest.mark.parametrize("every", [False, True])
def test_clusters(database: Database, books: GeneratedBooks, every: bool) -> None:
    table = job_figures.clusters(database, Question(every=every, name=family))
    booked = [job for job in books.jobs if job.clusterid]
    alive = {
        (job.schedd, job.clusterid)
        for job in booked
        if job.status not in ("failed", "finished", None) and job.substatus != "parked"
    }
    jobs = grouped(
        [job for job in booked if every or (job.schedd, job.clusterid) in alive],
        lambda job: (job.schedd, job.clusterid),
    )
    agree(table, {key: figures(books, some) for key, some in jobs.items()}, ("schedd", "cluster", *PRODUCT))


@pytest.mark.parametrize("filters", FILTERS, ids=["all", "some"])
def test_pending(database: Database, books: GeneratedBooks, filters: Filters) -> None:
    table = job_figures.pending(database, Question(filters, name=family))
    jobs = grouped(
        [
            job
            for job in [job for job in books.jobs if passes(job, filters, submitted=True)]
            if job.status in ("submitting", "submitted")
        ],
        lambda _: (),
    )
    expected = {
        key: {
            "num_jobs": len(some),
            "num_submitting": sum(job.status == "submitting" for job in some),
            "num_waiting": sum(job.substatus == "waiting" for job in some),
            "num_submitted": sum(job.status == "submitted" and job.substatus == "" for job in some),
            "min_run": min(job.runnumber for job in some),
        }
        for key, some in jobs.items()
    }
    agree(table, expected, PRODUCT)
    (clock,) = (int(value) for value in database.read(lambda tx: list(tx.column("database_clock"))))
    for key, row in by_key(table, PRODUCT).items():
        since = [job.submitted for job in jobs[key] if job.submitted]
        if since:
            assert row["avg_time_pending"] == pytest.approx(clock - fmean(since), abs=30)
            assert row["max_time_pending"] == pytest.approx(clock - min(since), abs=30)


@pytest.mark.parametrize("filters", FILTERS, ids=["all", "some"])
def test_failed(database: Database, books: GeneratedBooks, filters: Filters) -> None:
    table = trouble.failed(database, Question(filters, name=family))
    found = by_key(table, (*PRODUCT, "substatus", "exit_code"))
    groups: dict[Any, list[BookedRow]] = defaultdict(list)
    for job in [job for job in books.jobs if passes(job, filters, submitted=True)]:
        if job.status == "failed":
            groups[job.tag, family(job.dsttype), job.dataset, job.substatus, job.exitcode].append(job)
    assert {key: (row["num_failed"], row["example"], row["last_end"]) for key, row in found.items()} == {
        key: (
            len(some),
            min(job.filename for job in some),
            max((job.finished for job in some if job.finished), default=None),
        )
        for key, some in groups.items()
    }


@pytest.mark.parametrize("filters", FILTERS, ids=["all", "some"])
def test_held(database: Database, books: GeneratedBooks, filters: Filters) -> None:
    table = trouble.held(database, Question(filters, name=family))
    found = by_key(table, (*PRODUCT, "hold_code", "hold_subcode"))
    groups: dict[Any, list[tuple[BookedRow, Any]]] = defaultdict(list)
    for job in [job for job in books.jobs if passes(job, filters, submitted=True)]:
        if job.status == "held":
            step = books.current(job)
            codes = (step.hold_code, step.hold_subcode) if step else (None, None)
            groups[job.tag, family(job.dsttype), job.dataset, *codes].append((job, step))
    assert {
        key: (row["num_held"], row["num_parked"], row["asked_max"], row["first_held"]) for key, row in found.items()
    } == {
        key: (
            len(some),
            sum(job.substatus == "parked" for job, _ in some),
            max((step.memory_asked for _, step in some if step), default=None),
            min((step.entered for _, step in some if step), default=None),
        )
        for key, some in groups.items()
    }


def test_a_total_stands_below(database: Database, books: GeneratedBooks) -> None:
    table = job_figures.started(database, Question())
    assert table.total is not None
    whole = dict(zip(table.keys, table.total, strict=True))
    started = [job for job in books.jobs if job.started]
    assert whole["tag"] == "total"
    assert {name: whole[name] for name in figures(books, started)} == figures(books, started)
    assert {dsttype for (dsttype,) in by_key(table, ("dsttype",))} <= set(DSTTYPES)


def test_books_without_such_jobs_say_so(workspace: Workspace, tmp_path: Path) -> None:
    workspace.load(Catalog([], [], [], []))
    for report, words in (
        (job_figures.started, "no jobs"),
        (trouble.failed, "no failed jobs"),
        (trouble.held, "no held"),
    ):
        table = report(workspace.database(), Question())
        assert (list(table.rows), table.total) == ([], None)
        assert table.note.startswith(words)
