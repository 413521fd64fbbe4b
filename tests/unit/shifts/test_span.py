"""Shifts by the clock of the site, and the times of digests."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from prodcli.config.shift_hours import ShiftHours, shift_hours
from prodcli.shifts.span import Span, shift_at_work, shift_before

NEW_YORK = ZoneInfo("America/New_York")
HOURS = shift_hours(["day 08:00", "evening 16:00", "owl 0:00"])


def at(text: str) -> int:
    """Seconds of a time by the clock in New York."""
    return int(datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).timestamp())


def test_shifts_are_sorted_by_their_time_of_day() -> None:
    assert [(one.name, one.begins) for one in HOURS] == [("owl", 0), ("day", 480), ("evening", 960)]
    assert shift_hours(["night 20:30"]) == (ShiftHours("night", 1230),)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (["day 25:00"], "'day 25:00' is no name with a time of day"),
        (["day"], "is no name"),
        (["8:00"], "is no name"),
        ([480], "is no name"),
        (["day 8:00", "late 08:00"], "at the same time"),
        ("day 08:00", "a list of names with times is wanted"),
        ({"day": "08:00"}, "a list of names with times is wanted"),
    ],
)
def test_what_is_no_shift_is_named(said: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        shift_hours(said)


@pytest.mark.parametrize(
    ("now", "shift", "since"),
    [
        ("2026-11-29 08:00", "day", "2026-11-29 08:00"),
        ("2026-11-29 15:59", "day", "2026-11-29 08:00"),
        ("2026-11-29 00:00", "owl", "2026-11-29 00:00"),
        ("2026-11-29 23:30", "evening", "2026-11-29 16:00"),
    ],
)
def test_the_shift_at_work_reaches_from_its_begin_to_now(now: str, shift: str, since: str) -> None:
    assert shift_at_work(HOURS, at(now), NEW_YORK) == Span(at(since), at(now), shift)


def test_the_shift_before_is_the_one_that_ended_last() -> None:
    assert shift_before(HOURS, at("2026-11-29 08:05"), NEW_YORK) == Span(
        at("2026-11-29 00:00"), at("2026-11-29 08:00"), "owl"
    )
    assert shift_before(HOURS, at("2026-11-29 07:00"), NEW_YORK).shift == "evening"
    whole_day = shift_hours(["day 08:00"])
    assert shift_before(whole_day, at("2026-11-29 07:00"), NEW_YORK) == Span(
        at("2026-11-27 08:00"), at("2026-11-28 08:00"), "day"
    )


def test_the_shift_in_which_clocks_are_put_back_is_an_hour_longer() -> None:
    owl = shift_before(HOURS, at("2026-11-01 09:00"), NEW_YORK)
    assert (owl.shift, owl.until - owl.since) == ("owl", 9 * 3600)


def test_a_span_in_words_names_its_shift() -> None:
    span = Span(at("2026-11-29 08:00"), at("2026-11-29 16:00"), "day")
    assert span.words(NEW_YORK) == "day shift, 2026-11-29 08:00 EST to 2026-11-29 16:00 EST"
    assert Span(span.since, span.until).words(NEW_YORK).startswith("2026-11-29 08:00 EST to")
