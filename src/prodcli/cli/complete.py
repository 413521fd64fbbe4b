"""Completion of words from files and databases; never prints, never raises, never takes long."""

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from prodcli.text_files import read_text

if TYPE_CHECKING:
    from prodcli.config.settings import Config

_PATIENCE = 2.0  # seconds


def complete_rules(context: typer.Context, incomplete: str) -> list[str]:
    """Rule names of the file given with -c."""
    file = context.params.get("config") or context.params.get("file")
    try:
        lines = read_text(Path(str(file))).splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    names = [line.partition(":")[0].strip() for line in lines if line[:1].isalnum() and ":" in line]
    return [name for name in names if name.startswith(incomplete)]


def complete_tags(context: typer.Context, incomplete: str) -> list[str]:
    """Tags in the overview of the books.

    Only tags without a special meaning for a shell, which inserts them unquoted.
    """
    from prodcli.db import open_database
    from prodcli.names import TOKEN
    from prodcli.reports.known_names import known_tags

    def tags() -> list[str]:
        database = open_database(_config(context).url("production_read"), read_only=True)
        return [tag for tag in known_tags(database) if TOKEN.fullmatch(tag)]

    return _starting(incomplete, tags)


def complete_dsttypes(context: typer.Context, incomplete: str) -> list[str]:
    """Dsttypes of the site profile."""
    return _starting(incomplete, lambda: list(_config(context).site.dsttypes))


def complete_hosts(context: typer.Context, incomplete: str) -> list[str]:
    """Hosts and detectors as people say them, and leaves."""

    def names() -> set[str]:
        return {text for host in _config(context).site.hosts for text in (host.detector, host.spoken, host.leaf)}

    return _starting(incomplete, lambda: sorted(names()))


def complete_schedds(context: typer.Context, incomplete: str) -> list[str]:
    """The configured schedds, and `auto`."""
    return _starting(incomplete, lambda: ["auto", *map(str, _config(context).get("batch.schedds"))])


def complete_selectors(context: typer.Context, incomplete: str) -> list[str]:
    """The run selectors: built-in, configured and of plugins; after `label:` the labels of runs."""
    from prodcli.db import open_database
    from prodcli.runs.labels import LABEL, known_labels
    from prodcli.runs.plugins import plugin_names
    from prodcli.runs.selector import BUILT_IN, GROUP

    def names() -> list[str]:
        if incomplete.startswith(LABEL):
            books = open_database(_config(context).url("production"), read_only=True)
            return [LABEL + label for label in known_labels(books)]
        return [*BUILT_IN, LABEL, *_config(context).selectors, *plugin_names(GROUP)]

    return _starting(incomplete, names)


def _config(context: typer.Context) -> "Config":
    from prodcli.config.settings import current_folder, find_config, load_config

    parent = context.find_root().params
    here = current_folder()
    return load_config(find_config(parent.get("site"), os.environ, here), here, bool(parent.get("testbed")))


def _starting(incomplete: str, words: Callable[[], list[str]]) -> list[str]:
    """The words with this beginning; none if they cannot be read, or not in time."""
    patience = threading.Timer(_PATIENCE, os._exit, (0,))  # nothing else ends a driver that waits for a server
    patience.daemon = True
    patience.start()
    try:
        return sorted(word for word in words() if word.startswith(incomplete))
    except Exception:  # noqa: BLE001 - a shell has no use for it
        return []
    finally:
        patience.cancel()
