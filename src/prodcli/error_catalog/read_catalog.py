"""Read the error catalog: the file and the profile of the site, plug-ins, and the built-in entries."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from prodcli.config.yaml_files import read_yaml
from prodcli.error_catalog.catalog import ErrorCatalog
from prodcli.error_catalog.entry_form import known_errors
from prodcli.error_catalog.known_error import BUILT_IN
from prodcli.errors import ConfigError, ProdError
from prodcli.resources import error_files
from prodcli.runs.plugins import call_plugin, plugin_names

if TYPE_CHECKING:
    from prodcli.config.settings import Config
    from prodcli.error_catalog.known_error import KnownError

log = logging.getLogger(__name__)
GROUP = "prodcli.errors"  # entry points of plug-ins: each returns a mapping of keys to entries


def read_catalog(config: Config) -> ErrorCatalog:
    """The catalog of a site; raises ConfigError for a malformed entry, and ProdError for a plug-in that fails."""
    own = [*site_entries(config), *plugin_entries(), *built_in_catalog().entries]
    return ErrorCatalog(_first_of_each(own))


def usable_catalog(config: Config) -> ErrorCatalog:
    """The catalog of a site; if it cannot be read, the built-in entries alone, with a warning."""
    try:
        return read_catalog(config)
    except ProdError as failure:
        log.warning("the error catalog is that of prodcli alone: %s", failure)
        return built_in_catalog()


def site_entries(config: Config) -> list[KnownError]:
    """The entries of the site's file, then those of its profile; raises ConfigError for a malformed entry."""
    file = errors_file(config)
    return [
        *(file_entries(file) if file.exists() else []),
        *known_errors(config.site.errors, f"site profile {config.site.name}"),
    ]


def errors_file(config: Config) -> Path:
    """The file of the site's own entries; it need not exist."""
    return config.path(config.get("errors"))


def file_entries(file: Path) -> list[KnownError]:
    """The entries of a file; raises ConfigError if it cannot be read or an entry is malformed."""
    return known_errors(read_yaml(file, ConfigError), str(file))


def plugin_entries() -> list[KnownError]:
    """The entries that installed packages add; raises ProdError with the package's name for a plug-in that fails."""
    return [
        entry for name in plugin_names(GROUP) for entry in known_errors(call_plugin(GROUP, name), f"plug-in {name}")
    ]


@cache
def built_in_catalog() -> ErrorCatalog:
    """The built-in entries, file by file in the order of their names."""
    entries = [
        entry for file in error_files() for entry in known_errors(read_yaml(file, ConfigError), BUILT_IN, proven=True)
    ]
    return ErrorCatalog(tuple(entries))


def _first_of_each(entries: Iterable[KnownError]) -> tuple[KnownError, ...]:
    """The first entry of each key: a site's entry replaces the built-in one of its key."""
    found: dict[str, KnownError] = {}
    for entry in entries:
        found.setdefault(entry.key, entry)
    return tuple(found.values())
