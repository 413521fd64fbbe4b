"""What estimates are made from equals a count by hand in generated books, on both databases; and the report of estimates."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from prodcli.books.filters import Filters
from prodcli.db import Database
from prodcli.estimates.estimate_table import estimates
from prodcli.estimates.finish_times import finish_times, interval
from prodcli.estimates.paces import Knowledge, Rule, read_knowledge
from prodcli.reports.books_report import Question
from prodcli.runs.selection import RunSelection
from tests.support.catalog import Catalog
from tests.support.generated_books import (
    DAY,
    HOUR,
    TAGS,
    BookedRow,
    GeneratedBooks,
    generated_books,
    time_of,
    write_books,
)
from tests.support.queue_at_work import clock, queue_at_work
from tests.support.report_rows import by_key, family, passes
from tests.support.workspace import Workspace

IDLE = ("submitting", "submitted", "evicted")
RUNNING = ("started", "running")
FILTERS = (Filters(), Filters((TAGS[0],), ["DST_STREAMING_EVENT"]))


@pytest.fixture
def database(workspace: Workspace) -> Iterator[Database]:
    """Books in a database."""
    workspace.load(Catalog([], [], [], []))
    yield workspace.database()


def known(
    workspace: Workspace, database: Database, filters: Filters, by_run: bool = False
) -> tuple[GeneratedBooks, int, Knowledge]:
    """Generated books of the last days, and what estimates know of them."""
    now = clock(database)
    books = generated_books(23, jobs=400, now=now - 600)
    write_books(workspace, books)
    return books, now, database.read(lambda tx: read_knowledge(tx, filters, family, now, by_run))


def rule_of(job: BookedRow) -> Rule:
    """The rule of a job."""
    return Rule(job.tag, job.rulename, job.dataset, family(job.dsttype))


def open_jobs(books: GeneratedBooks, filters: Filters) -> list[BookedRow]:
    """The jobs that are idle, running or held."""
    return [job for job in books.jobs if job.status in (*IDLE, *RUNNING, "held") and passes(job, filters)]


@pytest.mark.parametrize("by_run", [False, True], ids=["rules", "runs"])
@pytest.mark.parametrize("filters", FILTERS, ids=["all", "some"])
def test_open_jobs(workspace: Workspace, database: Database, filters: Filters, by_run: bool) -> None:
    books, now, found = known(workspace, database, filters, by_run)
    groups: dict[Any, list[BookedRow]] = defaultdict(list)
    queues: dict[Any, list[int]] = defaultdict(list)
    for job in open_jobs(books, filters):
        groups[rule_of(job), job.runnumber if by_run else None].append(job)
        if job.status in IDLE:
            queues[job.tag, job.rulename, job.dataset].append(job.id)
    assert set(found.backlogs) == set(groups)
    for (rule, run), jobs in groups.items():
        backlog = found.backlogs[rule, run]
        idle = [job.id for job in jobs if job.status in IDLE]
        running = [job for job in jobs if job.status in RUNNING]
        assert (backlog.idle, backlog.running, backlog.held) == (
            len(idle),
            len(running),
            sum(job.status == "held" for job in jobs),
        )
        queue = sorted(queues[rule[:3]])
        assert backlog.ahead == (queue.index(max(idle)) + 1 if idle else 0)
        for age in backlog.ages:
            assert any(
                0.9 * (now - job.started) - 60 <= age <= now - job.started + 60 for job in running if job.started
            )


@pytest.mark.parametrize("filters", FILTERS, ids=["all", "some"])
def test_paces(workspace: Workspace, database: Database, filters: Filters) -> None:
    books, now, found = known(workspace, database, filters)
    ended = [
        (one, job)
        for one in books.attempts
        if one.finished is not None and one.started is not None and passes(job := books.job(one.dbid), filters)
    ]
    assert found.paces
    for rule, pace in found.paces.items():
        own = [one for one, job in ended if rule_of(job) == rule and one.finished >= now - DAY]
        if own:
            assert pace.ends == len(own)
            assert 0 < pace.hours <= 24
            assert sum(pace.hourly) <= pace.ends
        seen = [
            one.finished - one.started
            for one, job in ended
            if family(job.dsttype) == rule.dsttype and one.finished >= now - 7 * DAY and one.substatus == ""
        ]
        assert sum(pace.durations.values()) == len(seen)
        assert sum(seconds * jobs for seconds, jobs in pace.durations.items()) == pytest.approx(sum(seen), rel=0.1)


def test_the_report_of_a_queue_at_work(workspace: Workspace, database: Database) -> None:
    now = clock(database)
    queue_at_work(workspace, now)
    campaign, rule = by_key(estimates(database, Question(now=now)), ("scope", "rule", "left")).values()
    assert (rule["left"], rule["running"], rule["held"]) == (50, 10, 3)
    assert rule["ends_per_hour"] == pytest.approx(9.7, abs=0.6)
    assert rule["end_low"] < rule["end"] < rule["end_high"]
    assert rule["end"] - now == pytest.approx(
        5 * HOUR, rel=0.25
    )  # 40 starts take four hours, the last one an hour more
    assert (rule["in_low"], rule["in_high"]) == (rule["end_low"] - now, rule["end_high"] - now)
    assert (campaign["scope"], campaign["rule"], campaign["tag"]) == ("campaign", "all tracking", "ana1_x_v001")
    assert campaign["end"] == rule["end"]
    assert rule["expected_end"] is None


def test_a_campaign_is_compared_with_its_expected_end(workspace: Workspace, database: Database) -> None:
    now = clock(database)
    queue_at_work(workspace, now)
    for hours, least, most in ((2, 0, 5), (48, 99, 100)):
        workspace.sql("UPDATE production_overview SET expected_end = ?", time_of(workspace, now + hours * HOUR))
        (campaign,) = [
            row
            for row in by_key(estimates(database, Question(now=now)), ("scope",)).values()
            if row["scope"] == "campaign"
        ]
        assert campaign["expected_end"] == now + hours * HOUR
        assert least <= campaign["in_time_percent"] <= most


def test_runs_end_in_the_order_of_their_submission(workspace: Workspace, database: Database) -> None:
    now = clock(database)
    queue_at_work(workspace, now)
    first, second = by_key(estimates(database, Question(now=now, by="run")), ("run",)).values()
    assert (first["run"], second["run"], first["left"] + second["left"]) == (5, 6, 50)
    assert first["end"] < second["end"]
    chosen = Question(Filters(runs=RunSelection(((6, 6),), frozenset())), now=now)
    assert by_key(estimates(database, chosen), ("run",)) == {(6,): second}


def test_nothing_known_is_said(workspace: Workspace, database: Database) -> None:
    now = clock(database)
    assert estimates(database, Question(now=now)).note == "no job is idle or running"
    queue_at_work(workspace, now)
    workspace.sql("DELETE FROM production_attempts")
    table = estimates(database, Question(now=now))
    assert {row["end"] for row in by_key(table, ("scope",)).values()} == {None}
    assert "nothing of this dsttype ended" in table.note


def test_the_estimate_is_that_of_its_backlog_and_pace(workspace: Workspace, database: Database) -> None:
    now = clock(database)
    queue_at_work(workspace, now)
    found = database.read(lambda tx: read_knowledge(tx, Filters(), str, now, False))
    ((rule, _),) = found.backlogs
    sample = finish_times(found.backlogs[rule, None], found.paces[rule])
    assert sample is not None
    row = by_key(estimates(database, Question(now=now)), ("scope",))["rule",]
    assert row["end"] - now == pytest.approx(
        interval(sample, 0).middle, rel=0.05
    )  # other outcomes of the same distribution
