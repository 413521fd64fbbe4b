"""Time zones by name, and the clock of a file catalog whose times have none."""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo


def zone_named(name: str) -> tzinfo:
    """A time zone, like UTC or America/New_York; raises ValueError for a name that this host does not know."""
    if name == "UTC":
        return UTC
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"no time zone is called {name!r}; one is called America/New_York") from None


@dataclass(frozen=True, slots=True)
class CatalogClock:
    """What hands of a clock in a zone say; databases take them for UTC. All times are in seconds since 1970."""

    zone: tzinfo = UTC

    def read(self, hands: int | None) -> int | None:
        """The time that the hands mean; in an hour that comes twice a year, the first."""
        if hands is None or self.zone is UTC:
            return hands
        try:
            return int(datetime.fromtimestamp(hands, UTC).replace(tzinfo=self.zone).timestamp())
        except (ValueError, OverflowError, OSError):  # no calendar has that year
            return hands

    def hands(self, time: int) -> int:
        """What the hands say at a time."""
        if self.zone is UTC:
            return time
        return int(datetime.fromtimestamp(time, self.zone).replace(tzinfo=UTC).timestamp())
