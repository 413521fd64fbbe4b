"""Times of services on the command line: `14:02`, a day or a time, or an age."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from prodcli.cli.times import parse_time
from prodcli.errors import UsageError
from prodcli.time_text import parse_age

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


def span_of(since: str | None, until: str | None) -> tuple[int, int | None]:
    """Begin and end of a state in seconds since 1970; ages of the begin are ago, those of the end from now.

    Raises UsageError for other text, and for an end that is not after the begin.
    """
    now = datetime.now(UTC)
    begins = moment(since, "--since", now, -1) if since is not None else int(now.timestamp())
    ends = moment(until, "--until", now, 1) if until is not None else None
    if ends is not None and ends <= begins:
        raise UsageError("the state ends before it begins", where="--until", todo="give a later time, like 2h")
    return begins, ends


def moment(text: str, option: str, now: datetime, sign: int) -> int:
    """A time in seconds since 1970, UTC without a zone; a clock time is the nearest one. Raises UsageError for other text."""
    if clock := _CLOCK.fullmatch(text):
        today = now.replace(hour=int(clock[1]), minute=int(clock[2]), second=0, microsecond=0)
        nearest = min((today + timedelta(days) for days in (-1, 0, 1)), key=lambda one: abs(one - now))
        return int(nearest.timestamp())
    age = parse_age(text)
    return parse_time(text, option) if age is None else int(now.timestamp()) + sign * age
