"""The reports of ends, of progress and of weeks equal what a count by hand finds in generated books, on both databases."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from prodcli.books import rollup
from prodcli.books.filters import Filters
from prodcli.db import Database, absent_database
from prodcli.errors import ConfigError
from prodcli.reports import ends, run_progress, weekly
from prodcli.reports.books_report import Question
from prodcli.runs.selection import RunSelection
from tests.support.catalog import Catalog, File
from tests.support.generated_books import (
    DAY,
    HOUR,
    NOW,
    TAGS,
    BookedAttempt,
    BookedRow,
    GeneratedBooks,
    generated_books,
    write_books,
)
from tests.support.report_rows import PRODUCT, by_key, family, passes
from tests.support.workspace import Workspace

WEEK = 7 * DAY
MONDAY = 1_779_667_200 // DAY * DAY  # 2026-05-25
SOME = Filters((TAGS[0],), ["DST_STREAMING_EVENT"], None, RunSelection(((66_456, 66_460),), frozenset()), NOW - 5 * DAY)
FILTERS = (Filters(), SOME)
Pairs = list[tuple[BookedAttempt, BookedRow]]


@pytest.fixture(scope="module")
def books() -> GeneratedBooks:
    """Books of every state."""
    return generated_books(20, jobs=500)


@pytest.fixture
def database(workspace: Workspace, books: GeneratedBooks) -> Iterator[Database]:
    """The books in a database."""
    workspace.load(Catalog([], [], [], []))
    write_books(workspace, books)
    yield workspace.database()


def question(filters: Filters, every: bool = False) -> Question:
    """A question with all leaves under the name of their dsttype."""
    return Question(filters, every, family, NOW)


def ended(books: GeneratedBooks, filters: Filters, age: int) -> Pairs:
    """Attempts that ended since the time that was asked for, with their jobs."""
    since = NOW - age if filters.since is None else filters.since
    return [
        (one, job)
        for one in books.attempts
        if one.finished is not None and one.finished >= since and one.status in ("finished", "failed")
        if passes(job := books.job(one.dbid), filters)
    ]


def grouped(pairs: Pairs) -> dict[Any, Pairs]:
    """Attempts by product."""
    found: dict[Any, Pairs] = defaultdict(list)
    for one, job in pairs:
        found[job.tag, family(job.dsttype), job.dataset].append((one, job))
    return found


def cpu(books: GeneratedBooks, one: BookedAttempt, job: BookedRow) -> float | None:
    """The CPU seconds of an attempt."""
    report = books.report(one.dbid, one.attempt)
    if report is not None and report.user_cpu is not None:
        return report.user_cpu + (report.sys_cpu or 0.0)
    if one.attempt != job.attempt or job.remoteusercpu is None:
        return None
    return job.remoteusercpu + (job.remotesyscpu or 0.0)


def total(values: Sequence[float | None]) -> Any:
    """The sum of known values; None without any."""
    known = [value for value in values if value is not None]
    return pytest.approx(sum(known)) if known else None


@pytest.mark.parametrize("filters", FILTERS, ids=["all", "some"])
def test_throughput(database: Database, books: GeneratedBooks, filters: Filters) -> None:
    table = ends.throughput(database, question(filters, every=True))
    first = (filters.since or NOW - 23 * HOUR) // HOUR * HOUR
    pairs = ended(books, filters, NOW % HOUR + 23 * HOUR)
    expected = {
        (hour,): {
            "finished": sum(one.status == "finished" and one.finished // HOUR * HOUR == hour for one, _ in pairs),
            "failed": sum(one.status == "failed" and one.finished // HOUR * HOUR == hour for one, _ in pairs),
            "wall_hours": total(
                [
                    (one.finished - one.started) / HOUR
                    for one, _ in pairs
                    if one.finished // HOUR * HOUR == hour and one.started
                ]
            ),
        }
        for hour in range(first, NOW + 1, HOUR)
    }
    found = by_key(table, ("hour",))
    assert {key: {name: found[key][name] for name in expected[key]} for key in found} == expected
    later = by_key(ends.throughput(database, question(filters)), ("hour",))
    busy = [hour for hour, row in found.items() if row["ends"]]
    assert list(later.items()) == [(hour, row) for hour, row in found.items() if hour >= min(busy)]
    assert sum(row["ends"] for row in found.values()) == len([one for one, _ in pairs if one.finished <= NOW]) > 0


@pytest.mark.parametrize("filters", FILTERS, ids=["all", "some"])
def test_waste(database: Database, books: GeneratedBooks, filters: Filters) -> None:
    table = ends.waste(database, question(filters))
    since = NOW - WEEK if filters.since is None else filters.since
    spent: dict[Any, list[tuple[str, float, float | None]]] = defaultdict(list)
    for one, job in ended(books, filters, WEEK):
        if one.started is not None and one.finished is not None:
            fate = "removed" if one.substatus in ("removed", "lost") else str(one.status)
            spent[job.tag, family(job.dsttype), job.dataset].append(
                (fate, one.finished - one.started, cpu(books, one, job))
            )
    for job in books.jobs:
        step = books.current(job)
        if (
            job.status == "held"
            and step
            and step.entered
            and step.started
            and step.entered >= since
            and passes(job, filters)
        ):
            spent[job.tag, family(job.dsttype), job.dataset].append(
                ("held", step.entered - step.started, cpu(books, step, job))
            )
    expected = {
        key: {
            "attempts": len(some),
            "lost": sum(fate != "finished" for fate, *_ in some),
            "failed": sum(fate == "failed" for fate, *_ in some),
            "removed": sum(fate == "removed" for fate, *_ in some),
            "held": sum(fate == "held" for fate, *_ in some),
            "wall_hours": pytest.approx(sum(wall for _, wall, _ in some) / HOUR),
            "lost_wall_hours": pytest.approx(sum(wall for fate, wall, _ in some if fate != "finished") / HOUR),
            "cpu_hours": total([None if used is None else used / HOUR for *_, used in some]),
            "lost_cpu_hours": total(
                [None if used is None else used / HOUR for fate, _, used in some if fate != "finished"]
            ),
        }
        for key, some in spent.items()
    }
    found = by_key(table, PRODUCT)
    assert {key: {name: found[key][name] for name in expected[key]} for key in found} == expected
    assert len(found) > 1


@pytest.mark.parametrize("filters", FILTERS, ids=["all", "some"])
def test_waste_by_phase(database: Database, books: GeneratedBooks, filters: Filters) -> None:
    since = NOW - WEEK if filters.since is None else filters.since
    lost = [(one, job, one.finished) for one, job in ended(books, filters, WEEK) if one.status != "finished"]
    for job in books.jobs:
        step = books.current(job)
        if job.status == "held" and step and step.entered and step.entered >= since and passes(job, filters):
            lost.append((step, job, step.entered))
    spent: dict[Any, list[tuple[bool, float, float | None]]] = defaultdict(list)
    for one, job, end in lost:
        if one.started is None or end is None:
            continue
        product = (job.tag, family(job.dsttype), job.dataset)
        phases = [phase for phase in books.phases if (phase.dbid, phase.attempt) == (one.dbid, one.attempt)]
        for phase in phases:
            used = None if phase.user_cpu is None or phase.sys_cpu is None else phase.user_cpu + phase.sys_cpu
            spent[(*product, phase.name)].append((phase is phases[-1], phase.wall or 0.0, used))
        if not phases:
            spent[(*product, "not reported")].append((True, end - one.started, cpu(books, one, job)))
    expected = {
        key: {
            "lost": sum(last for last, *_ in some),
            "lost_wall_hours": pytest.approx(sum(wall for _, wall, _ in some) / HOUR),
            "lost_cpu_hours": total([None if used is None else used / HOUR for *_, used in some]),
        }
        for key, some in spent.items()
    }
    by_phase = replace(question(filters), by="phase")
    found = by_key(ends.waste(database, by_phase), (*PRODUCT, "phase"))
    assert {key: {name: found[key][name] for name in expected[key]} for key in found} == expected
    whole = by_key(ends.waste(database, question(filters)), PRODUCT)
    assert sum(row["lost"] for row in found.values()) == sum(row["lost"] for row in whole.values()) > 0


@pytest.mark.parametrize("filters", FILTERS, ids=["all", "some"])
def test_efficiency(database: Database, books: GeneratedBooks, filters: Filters) -> None:
    table = ends.efficiency(database, question(filters))
    expected = {}
    for key, pairs in grouped(
        [(one, job) for one, job in ended(books, filters, WEEK) if one.status == "finished"]
    ).items():
        walls = [one.finished - one.started for one, _ in pairs if one.finished and one.started]
        used = [
            (cpu(books, one, job), (one.finished - one.started) * (job.request_cpus or 1))
            for one, job in pairs
            if one.finished and one.started
        ]
        timed = [(seconds, wall) for seconds, wall in used if seconds is not None]
        sized = [
            (one.memory_used, one.memory_asked) for one, _ in pairs if one.memory_used is not None and one.memory_asked
        ]
        expected[key] = {
            "jobs": len(walls),
            "avg_job_duration": pytest.approx(sum(walls) / len(walls)),
            "cpu_percent": pytest.approx(100 * sum(a for a, _ in timed) / sum(b for _, b in timed)) if timed else None,
            "memory_percent": pytest.approx(100 * sum(a for a, _ in sized) / sum(b for _, b in sized))
            if sized
            else None,
            "max_memory_used": max((one.memory_used for one, _ in pairs if one.memory_used is not None), default=None),
        }
    found = by_key(table, PRODUCT)
    assert {key: {name: found[key][name] for name in expected[key]} for key in found} == expected
    assert len(found) > 1


@pytest.mark.parametrize("filters", FILTERS, ids=["all", "some"])
def test_restarts(database: Database, books: GeneratedBooks, filters: Filters) -> None:
    table = ends.restarts(database, question(filters))
    pairs = [(one, job) for one, job in ended(books, filters, WEEK) if one.attempt == job.attempt]
    pairs += [
        (step, job)
        for job in books.jobs
        if job.status not in ("failed", "finished", "submitting", None)
        and passes(job, filters)
        and (step := books.current(job))
    ]
    expected = {
        key: {
            "jobs": len(some),
            "restarted": sum((job.jobstarts or 0) > 1 for _, job in some),
            "restarts": sum(job.jobstarts - 1 for _, job in some if job.jobstarts and job.jobstarts > 1),
            "max_starts": max((job.jobstarts for _, job in some if job.jobstarts is not None), default=None),
            "evicted": sum(job.status == "evicted" for _, job in some),
            "resubmitted": sum(job.attempt > 1 for _, job in some),
            "climbed": sum(one.step > 0 for one, _ in some),
        }
        for key, some in grouped(pairs).items()
    }
    found = by_key(table, PRODUCT)
    assert {key: {name: found[key][name] for name in expected[key]} for key in found} == expected
    assert len(found) > 1


@pytest.mark.parametrize("filters", FILTERS, ids=["all", "some"])
def test_progress(database: Database, books: GeneratedBooks, filters: Filters) -> None:
    groups: dict[Any, list[BookedRow]] = defaultdict(list)
    for job in books.jobs:
        if passes(job, filters, submitted=True):
            groups[job.runnumber, job.tag, family(job.dsttype), job.dataset].append(job)
    expected = {
        key: {
            "jobs": len(some),
            "done": sum(job.status == "finished" for job in some),
            "done_percent": pytest.approx(100 * sum(job.status == "finished" for job in some) / len(some)),
            "running": sum(job.status in ("started", "running") for job in some),
            "idle": sum(job.status in ("submitting", "submitted", "evicted") for job in some),
            "held": sum(job.status == "held" for job in some),
            "failed": sum(job.status == "failed" for job in some),
        }
        for key, some in groups.items()
    }
    every = by_key(run_progress.progress(database, question(filters, every=True)), ("run", *PRODUCT))
    assert {key: {name: every[key][name] for name in expected[key]} for key in every} == expected
    some = run_progress.progress(database, question(filters))
    shown = by_key(some, ("run", *PRODUCT))
    assert shown == {key: row for key, row in every.items() if row["done"] < row["jobs"]}
    hidden = len(every) - len(shown)
    assert list(some.hints) == ([f"{hidden} rows all done are hidden: --all"] if hidden else [])


@pytest.mark.parametrize("filters", [Filters(), Filters((TAGS[0],)), SOME], ids=["rollup", "tag", "counted"])
def test_weekly(database: Database, books: GeneratedBooks, filters: Filters) -> None:
    rollup.fold(database)
    table = weekly.weekly(database, question(filters))
    periods = {
        "this week": lambda at: at is not None and at >= MONDAY,
        "last week": lambda at: at is not None and MONDAY - WEEK <= at < MONDAY,
        "to date": lambda _: True,
    }
    expected: dict[Any, dict[str, Any]] = {}
    for period, within in periods.items():
        groups: dict[Any, list[BookedRow]] = defaultdict(list)
        for job in books.jobs:
            if passes(job, filters, submitted=True) and within(job.submitted):
                groups[family(job.dsttype), job.dataset].append(job)
        for key in sorted(groups):
            some = groups[key]
            held = sum(job.status == "held" for job in some)
            expected[period, *key] = {
                "nsubmitted": len(some),
                "nrunning": sum(job.status in ("started", "running") for job in some),
                "nfinished": sum(job.status == "finished" for job in some),
                "nfailed": sum(job.status == "failed" for job in some),
                "nheld": held,
                "nheld_percent": pytest.approx(100 * held / len(some)),
            }
    found = by_key(table, ("period", "dsttype", "dataset"))
    assert list(found) == list(expected)
    assert {key: {name: found[key][name] for name in expected[key]} for key in found} == expected


@pytest.mark.parametrize("filters", [Filters(), replace(SOME, since=None)], ids=["all", "some"])
def test_outputs(workspace: Workspace, books: GeneratedBooks, filters: Filters) -> None:
    many = {job.id: 1 + job.id % 3 for job in books.jobs}
    files = [
        File(f"{job.id}-{n}", job.runnumber, job.id, 1, job.dataset, job.dsttype, 1, 1, job.tag)
        for job in books.jobs
        if job.status == "finished" and job.id % 4
        for n in range(many[job.id])
    ]
    others = [File(f"x{n}", 66_456, n, 1, "run3auau", "DST_OTHER", 1, 1, TAGS[0]) for n in range(3)]
    workspace.load(Catalog([], [], [*files, *others], []))
    write_books(workspace, books)
    workspace.sql("UPDATE production_jobs SET outputs_per_job = 1 + id % 3")
    expected: dict[Any, dict[str, int]] = defaultdict(
        lambda: dict.fromkeys(("jobs", "expected", "due", "registered"), 0)
    )
    for job in books.jobs:
        if passes(job, filters):
            row = expected[job.tag, family(job.dsttype), job.dataset]
            row["jobs"] += 1
            row["expected"] += many[job.id]
            row["due"] += many[job.id] * (job.status == "finished")
            row["registered"] += sum(file.segment == job.id for file in files)
    for row in expected.values():
        row["lacking"] = row["due"] - row["registered"]
    database, catalog = workspace.database(), workspace.database("filecatalog")
    table = run_progress.outputs(database, question(filters), catalog)
    found = by_key(table, PRODUCT)
    assert {key: {name: found[key][name] for name in expected[key]} for key in found} == expected
    assert table.total is not None
    assert list(table.total[3:]) == [sum(row[name] for row in expected.values()) for name in table.keys[3:]]
    absent = run_progress.outputs(database, question(filters), absent_database(ConfigError("no catalog")))
    assert {row["registered"] for row in by_key(absent, PRODUCT).values()} == {None}
    assert absent.note == "registered outputs are not known: no catalog"
