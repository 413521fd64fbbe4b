"""The data of figures equal a count by hand in generated books, on both databases."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from prodcli.books.filters import Filters
from prodcli.db import Database
from prodcli.estimates.estimate_table import estimates
from prodcli.plots.durations import WIDER, durations
from prodcli.plots.event_profile import events
from prodcli.plots.figure import Figure, Series, Shape
from prodcli.plots.memory_use import HELD, memory
from prodcli.plots.progress import progress
from prodcli.plots.slots import slots
from prodcli.plots.throughput import throughput
from prodcli.reports.books_report import Question
from prodcli.runs.selection import RunSelection
from prodcli.tables.table import Table
from tests.support.catalog import Catalog
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
from tests.support.queue_at_work import clock, queue_at_work
from tests.support.report_rows import family, passes
from tests.support.workspace import Workspace

SOME = Filters((TAGS[0],), ["DST_STREAMING_EVENT"], None, RunSelection(((66_456, 66_460),), frozenset()), NOW - 5 * DAY)
FILTERS = pytest.mark.parametrize("filters", [Filters(), SOME], ids=["all", "some"])
MEMORY_HOLDS = ((34, 102), (21, 102))
FIGURES = (progress, throughput, memory, slots, durations, events)


@pytest.fixture(scope="module")
def books() -> GeneratedBooks:
    """Books of every state."""
    return generated_books(29, jobs=500)


@pytest.fixture
def empty(workspace: Workspace) -> Database:
    """Books without jobs."""
    workspace.load(Catalog([], [], [], []))
    return workspace.database()


@pytest.fixture
def database(workspace: Workspace, empty: Database, books: GeneratedBooks) -> Database:
    """The books in a database."""
    write_books(workspace, books)
    return empty


def question(filters: Filters, by: str | None = None) -> Question:
    """A question with all leaves under the name of their dsttype."""
    return Question(filters, name=family, now=NOW, by=by)


def points(figure: Figure) -> dict[str, dict[float, float]]:
    """The points of each series, by name."""
    return {one.name: dict(zip(one.x, one.y, strict=True)) for one in figure.series}


def series(figure: Figure, name: str) -> Series:
    """The series of a name."""
    return next(one for one in figure.series if one.name == name)


def ended(books: GeneratedBooks, filters: Filters, age: int) -> list[tuple[BookedAttempt, BookedRow]]:
    """Attempts with a begin and an end since the time that was asked for, with their jobs."""
    since = NOW - age if filters.since is None else filters.since
    return [
        (one, job)
        for one in books.attempts
        if one.finished is not None and one.finished >= since and one.started is not None
        if passes(job := books.job(one.dbid), filters)
    ]


@FILTERS
def test_progress_counts_finished_jobs_back_from_now(
    database: Database, books: GeneratedBooks, filters: Filters
) -> None:
    figure = progress(database, question(filters))
    mine = [job for job in books.jobs if passes(job, filters)]
    done = [job for job in mine if job.status == "finished"]
    assert figure.title == f"{len(done)} of {len(mine)} jobs done"
    assert [level.y for level in figure.levels] == [len(mine)]
    ends = [current.finished for job in done if (current := books.current(job)) is not None and current.finished]
    drawn = points(figure)["done"]
    assert drawn[NOW] == len(done)
    for moment, left in drawn.items():
        assert left == len(done) - sum(end >= moment for end in ends), moment
    assert min(drawn) >= (filters.since or NOW - 7 * DAY) // HOUR * HOUR
    held = sum(job.status == "held" and job.substatus != "parked" for job in mine)
    assert (f"{held} held" in figure.note) == bool(held)


def within_a_second(make: Callable[[], Figure], tell: Callable[[], Table]) -> tuple[Figure, Table]:
    """A figure, and a table that was the same before and after: the ages of running jobs grow by the database's clock."""
    while (before := tell()).rows:
        figure, after = make(), tell()
        if before.rows == after.rows:
            return figure, after
    raise AssertionError("there is no estimate")


def test_the_forecast_is_the_estimate(workspace: Workspace, empty: Database) -> None:
    now = clock(empty)
    queue_at_work(workspace, now)
    figure, table = within_a_second(
        lambda: progress(empty, Question(now=now)), lambda: estimates(empty, Question(now=now))
    )
    rows = [dict(zip(table.keys, row, strict=True)) for row in table.rows]
    (campaign,) = [row for row in rows if row["scope"] == "campaign"]
    done = points(figure)["done"][now]
    likely = series(figure, "likely")
    assert likely.shape is Shape.DASHED
    assert (list(likely.x), list(likely.y)) == ([now, campaign["end"]], [done, done + campaign["left"]])
    (band,) = figure.bands
    assert list(band.x) == [now, campaign["end_low"], campaign["end_high"]]
    assert (band.low[0], band.high[0]) == (done, done)
    assert band.high[1] == band.high[2] == band.low[2] == done + campaign["left"]
    assert done < band.low[1] < band.high[1]


@FILTERS
def test_throughput_is_that_of_the_report(database: Database, books: GeneratedBooks, filters: Filters) -> None:
    since = filters.since or NOW - 3 * DAY
    figure = throughput(database, question(replace(filters, since=since)))
    counts: dict[str, Counter[int]] = defaultdict(Counter)
    for one in books.attempts:
        if one.status in ("finished", "failed") and one.substatus != "duplicate" and (one.finished or 0) >= since:
            if passes(books.job(one.dbid), filters):
                counts[str(one.status)][(one.finished or 0) // HOUR * HOUR] += 1
    for name, drawn in points(figure).items():
        assert {hour: ends for hour, ends in drawn.items() if ends} == counts[name]
    assert figure.step == HOUR


@FILTERS
def test_memory_counts_finished_jobs_by_group_and_held_ones(
    database: Database, books: GeneratedBooks, filters: Filters
) -> None:
    figure = memory(database, question(filters))
    jobs: Counter[str] = Counter()
    for job in books.jobs:
        current = books.current(job)
        if current is None or not passes(job, filters, submitted=True):
            continue
        held = (job.status == "held" or (job.status, job.substatus) == ("failed", "removed")) and (
            (current.hold_code, current.hold_subcode) in MEMORY_HOLDS
        )
        used = job.memoryusage if current.memory_used is None else current.memory_used
        if (job.status == "finished" or held) and current.memory_asked and used:
            jobs[HELD if held else family(job.dsttype)] += 1
    assert {one.name.partition(" ")[2]: sum(one.sizes) for one in figure.series} == jobs
    assert all(one.name.startswith(f"{sum(one.sizes)} ") for one in figure.series)


@FILTERS
@pytest.mark.parametrize("by", ["rule", "tag"])
@pytest.mark.parametrize("until", [None, NOW - DAY - 777])
def test_slots_are_the_mean_number_of_jobs_that_ran(
    database: Database, books: GeneratedBooks, filters: Filters, by: str, until: int | None
) -> None:
    since, end = filters.since or NOW - 4 * DAY + 123, until or NOW
    figure = slots(database, question(replace(filters, since=since), by), until)
    used: Counter[str] = Counter()
    parts: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    step = int(figure.step)
    for key, begin, left in occupied(books, filters, by, end):
        for start in range(since, end, step):
            stop = min(start + step, end)
            overlap = max(0, min(left, stop) - max(begin, start))
            parts[key][start] += overlap / (stop - start)
            used[key] += overlap
    whole = used.total()
    assert figure.title == f"{whole / (end - since):.4g} slots at a time"
    for one in figure.series:
        share, _, name = one.name.partition("% ")
        if name != "others":
            assert int(share) == round(100 * used[name] / whole)
            assert list(one.y) == pytest.approx([parts[name][int(start)] for start in one.x], abs=1e-6)
    assert sum(sum(one.y) for one in figure.series) == pytest.approx(sum(sum(one.values()) for one in parts.values()))


def occupied(books: GeneratedBooks, filters: Filters, by: str, end: int) -> Iterator[tuple[str, int, int]]:
    """Who took a slot, from when to when."""
    for one in books.attempts:
        job = books.job(one.dbid)
        if one.started is None or not passes(job, filters):
            continue
        key = job.rulename if by == "rule" else job.tag
        if one.finished is not None:
            yield key, one.started, one.finished
        elif one == books.current(job) and job.status in ("started", "running"):
            yield key, one.started, end
        elif one == books.current(job) and job.status == "held" and one.entered is not None:
            yield key, one.started, one.entered


@FILTERS
def test_durations_are_those_of_ended_jobs(database: Database, books: GeneratedBooks, filters: Filters) -> None:
    figure = durations(database, question(filters))
    found: dict[str, list[int]] = defaultdict(list)
    for one, job in ended(books, filters, 7 * DAY):
        if one.substatus == "" and one.finished is not None and one.started is not None:
            found[family(job.dsttype)].append(one.finished - one.started)
    counts = {one.name.partition(" ")[2]: sum(one.y) for one in figure.series}
    assert counts == {name: len(lengths) for name, lengths in found.items()}
    for one in figure.series:
        lengths = found[one.name.partition(" ")[2]]
        assert (one.y[0], one.y[-1]) == (0, 0)
        assert one.x[1] / 1.1 <= max(min(lengths), 1) <= one.x[2] * 1.1
        assert one.x[-1] / WIDER**2 <= max(lengths) <= one.x[-1] * 1.1


@FILTERS
@pytest.mark.parametrize("by", ["run", "segment"])
def test_events_are_those_that_finished_jobs_reported(
    database: Database, books: GeneratedBooks, filters: Filters, by: str
) -> None:
    figure = events(database, question(filters, by))
    counts: dict[str, Counter[float]] = defaultdict(Counter)
    jobs = 0
    for job in books.jobs:
        report = books.report(job.id, job.attempt)
        if job.status != "finished" or not report or report.events_out is None:
            continue
        if passes(job, filters, submitted=True):
            counts[family(job.dsttype)][job.runnumber if by == "run" else job.segment] += report.events_out
            jobs += 1
    assert points(figure) == counts
    assert figure.title == f"{sum(one.total() for one in counts.values())} events, written by {jobs} jobs"


def test_empty_books_give_figures_without_points(empty: Database) -> None:
    for made in FIGURES:
        figure = made(empty, question(Filters()))
        assert figure.is_empty, made
        assert figure.empty
