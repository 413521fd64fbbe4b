"""The time zone of the times that people see."""

from datetime import tzinfo

from prodcli.config.settings import Config
from prodcli.config.zones import zone_named
from prodcli.errors import ConfigError


def zone_of(config: Config) -> tzinfo:
    """The time zone of a configuration; raises ConfigError for a name that this host does not know."""
    found = config.values["time_zone"]
    try:
        return zone_named(found.value)
    except ValueError as failure:
        raise ConfigError(f"time_zone: {failure}", where=found.origin) from None
