"""The time zone of the times that people see."""

from datetime import UTC, tzinfo

from prodcli.config.settings import Config
from prodcli.errors import ConfigError


def zone_named(name: str) -> tzinfo:
    """A time zone, like UTC or America/New_York; raises ValueError for a name that this host does not know."""
    if name == "UTC":
        return UTC
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"no time zone is called {name!r}; one is called America/New_York") from None


def zone_of(config: Config) -> tzinfo:
    """The time zone of a configuration; raises ConfigError for a name that this host does not know."""
    found = config.values["time_zone"]
    try:
        return zone_named(found.value)
    except ValueError as failure:
        raise ConfigError(f"time_zone: {failure}", where=found.origin) from None
