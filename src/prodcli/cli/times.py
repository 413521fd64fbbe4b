"""Times on the command line: a day, a time, or an age like `36h`."""

from datetime import UTC, datetime

from prodcli.errors import UsageError
from prodcli.time_text import parse_age


def parse_time(text: str, option: str) -> int:
    """A day or a time in seconds since 1970, UTC without a zone; raises UsageError for other text."""
    try:
        when = datetime.fromisoformat(text)
        return int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        raise UsageError(f"{text!r} is not a time", where=option, todo="like 2026-01-31, 36h or 7d") from None


def since_of(text: str | None, option: str = "--since") -> int | None:
    """Seconds since 1970 of a day, a time, or an age; raises UsageError for other text."""
    if text is None:
        return None
    age = parse_age(text)
    return parse_time(text, option) if age is None else int(datetime.now(UTC).timestamp()) - age
