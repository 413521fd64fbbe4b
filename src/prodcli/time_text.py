"""Times in words for people, with the exact time in UTC, and ages as people type them.

Pure: data in, data out.
"""

from datetime import UTC, datetime, tzinfo
from types import MappingProxyType

_DAY = 86400
_UNITS = MappingProxyType({"m": 60, "h": 3600, "d": _DAY})
_LAST = 253_402_300_799  # the end of the year 9999


def ago(seconds: int, now: int, zone: tzinfo = UTC) -> str:
    """A time as everybody reads it: `4 min ago (02:02 UTC)`, `in 3 days (2026-12-02 14:05 UTC)`; seconds since 1970."""
    if not 0 <= seconds <= _LAST:
        return "at no time that a calendar has"
    length = in_one_unit(abs(now - seconds))
    words = f"{length} ago" if seconds <= now else f"in {length}"
    when, today = datetime.fromtimestamp(seconds, zone), datetime.fromtimestamp(now, zone)
    clock = f"{when:%H:%M %Z}" if when.date() == today.date() else clock_time(seconds, zone)
    return f"{words} ({clock})"


def short_ago(seconds: int, now: int) -> str:
    """`4m ago`, `in 3d`: a time where there is no room for more."""
    length = (
        in_one_unit(abs(now - seconds)).replace(" ", "").replace("days", "d").replace("day", "d").replace("min", "m")
    )
    return f"{length} ago" if seconds <= now else f"in {length}"


def clock_time(seconds: int, zone: tzinfo = UTC) -> str:
    """`2026-11-29 02:02 UTC`, of seconds since 1970."""
    return f"{datetime.fromtimestamp(seconds, zone):%Y-%m-%d %H:%M %Z}"


def in_one_unit(length: int) -> str:
    """A length in its largest unit: `12 s`, `4 min`, `3 h`, `2 days`."""
    if length < 60:
        return f"{length} s"
    if length < 2 * 3600:
        return f"{length // 60} min"
    return f"{length // 3600} h" if length < 2 * _DAY else f"{length // _DAY} days"


def short_length(seconds: float) -> str:
    """`45s`, `14m`, `2h05m`: a length where there is no room for more."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole}s"
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}h{minutes:02}m" if hours else f"{minutes}m"


def lasted(seconds: float) -> str:
    """A length: `120 s`, `14 min`, `2 h 5 min`."""
    whole = int(seconds)
    if abs(whole) < 600:
        return f"{whole} s"
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def parse_age(text: str) -> int | None:
    """`90m`, `36h`, `7d` in seconds; None for anything else."""
    number = text[:-1]
    return int(number) * _UNITS[text[-1]] if text[-1:] in _UNITS and number.isdecimal() and len(number) < 8 else None
