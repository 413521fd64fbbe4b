"""Estimates are kept by harvests, and judged by when their jobs had ended, on both databases."""

from collections.abc import Iterator

import pytest

from prodcli.books.filters import Filters
from prodcli.db import Database
from prodcli.estimates.accuracy import accuracy, in_words
from prodcli.estimates.past import PastEstimate, accuracy_of, keep_estimates, past_estimates
from prodcli.reports.books_report import Question
from tests.support.catalog import Catalog
from tests.support.generated_books import HOUR, time_of
from tests.support.queue_at_work import clock, queue_at_work
from tests.support.report_rows import by_key
from tests.support.workspace import Workspace

RULE = ("ana1_x_v001", "Full_SEED", "d", "DST_TRKR_SEED")


@pytest.fixture
def database(workspace: Workspace) -> Iterator[Database]:
    """Books in a database."""
    workspace.load(Catalog([], [], [], []))
    yield workspace.database()


def kept(database: Database) -> list[PastEstimate]:
    """All estimates that were kept."""
    return database.read(lambda tx: past_estimates(tx, Filters(since=1), 0))


def earlier(workspace: Workspace, hours: int) -> None:
    """Let all that was kept be from some hours ago."""
    now = clock(workspace.database())
    workspace.sql("UPDATE production_estimates SET made = ?", time_of(workspace, now - hours * HOUR))


def test_an_estimate_of_each_rule_is_kept_once_an_hour(workspace: Workspace, database: Database) -> None:
    assert keep_estimates(database) == 0
    queue_at_work(workspace, clock(database))
    assert keep_estimates(database) == 1
    assert keep_estimates(database) == 0
    (one,) = kept(database)
    assert one[:4] == RULE
    assert one.made < one.low < one.middle < one.high
    assert one.ended is None
    earlier(workspace, 2)
    assert keep_estimates(database) == 1
    assert [one.ended for one in kept(database)] == [None, None]


def test_an_estimate_ends_with_the_last_job_that_was_open(workspace: Workspace, database: Database) -> None:
    now = clock(database)
    queue_at_work(workspace, now)
    keep_estimates(database)
    earlier(workspace, 2)
    ended = now - 120  # after those that had ended before
    for number in range(231, 281):  # all that was open; jobs that were submitted later do not count
        workspace.sql("UPDATE production_jobs SET status = 'finished' WHERE id = ?", number)
        workspace.sql(
            "UPDATE production_attempts SET status = 'finished', started = ?, finished = ? WHERE dbid = ?",
            *(time_of(workspace, ended - HOUR - number), time_of(workspace, ended - number + 231), number),
        )
    workspace.sql(
        "UPDATE production_jobs SET status = 'submitted', submitted = ? WHERE id = 1", time_of(workspace, now)
    )
    keep_estimates(database)
    first, second = sorted(kept(database))
    assert (first.ended, second.ended) == (ended, None)


def test_jobs_that_were_all_held_end_now(workspace: Workspace, database: Database) -> None:
    now = clock(database)
    queue_at_work(workspace, now)
    keep_estimates(database)
    earlier(workspace, 2)
    workspace.sql("UPDATE production_jobs SET status = 'held' WHERE status IN ('running', 'submitted')")
    workspace.sql("DELETE FROM production_attempts WHERE finished IS NOT NULL")
    assert keep_estimates(database) == 0
    (one,) = kept(database)
    assert one.ended == pytest.approx(now, abs=60)


def estimate(ended: int | None, rule: str = "r", made: int = 0) -> PastEstimate:
    """An estimate of 80 to 120 seconds from when it was made."""
    return PastEstimate(
        "t", rule, "d", "D", made, made + 80, made + 100, made + 120, None if ended is None else made + ended
    )


def test_how_good_estimates_were() -> None:
    found = accuracy_of([estimate(100), estimate(80), estimate(125), estimate(50), estimate(None)])
    assert (found.estimates, found.ended) == (5, 4)
    assert (found.within_percent, found.earlier_percent, found.later_percent) == (50.0, 25.0, 25.0)
    assert found.error_percent == pytest.approx(12.5)  # the median of 0, 25, -20 and 100 percent
    assert in_words(found) == "past estimates: 50% of 4 ended within the interval, the likely end 12% too late"
    assert in_words(accuracy_of([estimate(None)])) == ""
    assert in_words(accuracy_of([estimate(100)])) == "past estimates: 100% of 1 ended within the interval"


def test_the_report_of_accuracy(workspace: Workspace, database: Database) -> None:
    now = clock(database)
    for number, (rule, ended) in enumerate([("r", 100), ("r", 50), ("s", 125), ("s", None)]):
        one = estimate(ended, rule, now - 1000 - number)
        times = [None if at is None else time_of(workspace, at) for at in one[4:]]
        workspace.sql("INSERT INTO production_estimates VALUES (?, ?, ?, ?, ?, 5, ?, ?, ?, ?)", *one[:4], *times)
    found = by_key(accuracy(database, Question(now=now)), ("rule",))
    assert [(row["estimates"], row["ended"], row["within_percent"]) for row in found.values()] == [
        (2, 2, 50.0),
        (2, 1, 0.0),
    ]
    assert list(by_key(accuracy(database, Question(Filters(rules=["s"]), now=now)), ("rule",))) == [("s",)]
    assert accuracy(database, Question(Filters(("other",)), now=now)).note.startswith("no estimate was kept")
    assert accuracy(database, Question(now=now)).total is not None


def test_a_harvest_keeps_estimates(workspace: Workspace, database: Database) -> None:
    queue_at_work(workspace, clock(database))
    workspace.ok("harvest")
    assert len(kept(database)) == 1
