"""Times in words for people, with the exact time in UTC, and ages as people type them.

Pure: data in, data out.
"""

from datetime import UTC, datetime
from types import MappingProxyType

_DAY = 86400
_UNITS = MappingProxyType({"m": 60, "h": 3600, "d": _DAY})
_LAST = 253_402_300_799  # the end of the year 9999


def said(seconds: int, now: int) -> str:
    """`today 14:05 UTC`, `yesterday ...`, `Tuesday 14:05 UTC (2026-11-24)` within a week, else the date; both in seconds since 1970."""
    if not 0 <= seconds <= _LAST:
        return "at no time that a calendar has"
    when = datetime.fromtimestamp(seconds, UTC)
    days = now // _DAY - seconds // _DAY
    clock, date = f"{when:%H:%M} UTC", f"{when:%Y-%m-%d}"
    if days == 0:
        return f"today {clock} ({date})"
    if days == 1:
        return f"yesterday {clock} ({date})"
    return f"{when:%A} {clock} ({date})" if 1 < days < 7 else f"{date} {clock}"


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
