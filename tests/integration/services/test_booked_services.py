"""States of services and announcements in the books, on every database."""

import pytest

from prodcli.db import Database
from prodcli.services import announcements
from prodcli.services.booked import Outages, services_now, set_states, spells_between
from prodcli.services.states import Outage, Spell
from tests.support.catalog import Catalog
from tests.support.workspace import Workspace


@pytest.fixture
def books(workspace: Workspace) -> Database:
    """Books without jobs."""
    workspace.load(Catalog())
    return workspace.database()


def said(
    books: Database, state: str, since: int, until: int | None = None, service: str = "database", note: str = ""
) -> None:
    """Write a state, in minutes from now."""
    now = clock(books)
    set_states(
        books,
        [
            Spell(
                service=service,
                state=state,
                since=now + 60 * since,
                until=None if until is None else now + 60 * until,
                note=note,
            )
        ],
    )


def clock(books: Database) -> int:
    """The time of the books, the same for all calls of a minute."""
    now, _ = services_now(books)
    return now // 60 * 60


def history(books: Database) -> list[tuple[str, int, int | None]]:
    """The states of the database, in minutes from now."""
    now = clock(books)
    found = spells_between(books, now - 86_400, now + 86_400)
    return [(one.state, (one.since - now) // 60, one.until and (one.until - now) // 60) for one in found]


def test_states_follow_each_other(books: Database) -> None:
    for state, since in (("up", -90), ("down", -60), ("up", -31)):
        said(books, state, since)
    assert history(books) == [("up", -90, -60), ("down", -60, -31), ("up", -31, None)]
    now = clock(books)
    assert Outages(books).between(now - 3600, now) == (Outage("database", "down", now - 3600, now - 1860),)
    assert Outages(books).between(now - 1860, now) == ()


def test_an_earlier_time_corrects_a_later_word(books: Database) -> None:
    said(books, "up", -90)
    said(books, "down", -60)
    said(books, "down", -70)
    assert history(books) == [("up", -90, -70), ("down", -70, None)]


def test_the_last_word_of_a_moment_holds(books: Database) -> None:
    said(books, "down", -60)
    said(books, "up", -60)
    assert history(books) == [("up", -60, None)]


def test_a_window_to_come_is_no_state_of_now(books: Database) -> None:
    said(books, "up", -90)
    said(books, "maintenance", 60, 120, note="new disks")
    now, found = services_now(books)
    assert [(one.state, one.since) for one in found] == [("up", clock(books) - 5400)]
    assert [(one.state, one.note) for one in Outages(books).to_come(now, 7200)] == [("maintenance", "new disks")]
    assert history(books) == [("up", -90, 60), ("maintenance", 60, 120), ("up", 120, None)]


def test_a_word_within_a_window_ends_it(books: Database) -> None:
    said(books, "up", -90)
    said(books, "maintenance", -60, 60)
    said(books, "up", -10)
    assert history(books) == [("up", -90, -60), ("maintenance", -60, -10), ("up", -10, None)]


def test_a_window_of_the_past_covers_what_was_said_of_it(books: Database) -> None:
    said(books, "up", -90)
    said(books, "down", -50, -40)
    said(books, "up", -30)
    said(books, "degraded", -60, -20)
    assert history(books) == [("up", -90, -60), ("degraded", -60, -20), ("up", -20, None)]


def test_a_service_of_past_outages_is_up(books: Database) -> None:
    said(books, "down", -60, -50, service="lustre")
    _, found = services_now(books)
    assert [(one.service, one.state, one.since) for one in found] == [("lustre", "up", clock(books) - 3000)]


def test_announcements_stand_until_their_end(books: Database) -> None:
    now, _ = services_now(books)
    announcements.announce(books, "no submissions tonight", "anna", None)
    announcements.announce(books, "shift meeting at three", "ben", now + 3600)
    announcements.announce(books, "past", "ben", now - 1)
    found = announcements.standing(books)
    assert [(one.text, one.author, one.until) for one in found] == [
        ("no submissions tonight", "anna", None),
        ("shift meeting at three", "ben", now + 3600),
    ]
    assert announcements.end(books, [found[0].id, 999]) == 1
    assert [one.text for one in announcements.standing(books)] == ["shift meeting at three"]
