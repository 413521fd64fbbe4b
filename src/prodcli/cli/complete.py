"""Completion of words from files and databases; never prints, never raises, never takes long."""

import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from prodcli.cli.commands.remembered import place_of, remembered
from prodcli.text_files import read_text

if TYPE_CHECKING:
    from prodcli.config.settings import Config
    from prodcli.db import Database

_PATIENCE = 2.0  # seconds
_MOST_RUNS = 100


def complete_rules(context: typer.Context, incomplete: str) -> list[str]:
    """Rule names of the file given with -c; without a file those of the newest jobs."""
    file = context.params.get("config") or context.params.get("file")
    if not file and not any(one.name == "config" and one.required for one in context.command.params):
        from prodcli.reports import known_names as names_in_books

        return _found(
            context, "rules", incomplete, lambda config: _shell_safe(names_in_books.newest_rules(_database(config)))
        )
    return [name for name in _first_keys(file) if name.startswith(incomplete)]


def complete_tags(context: typer.Context, incomplete: str) -> list[str]:
    """Tags in the overview of the books."""
    from prodcli.reports import known_names as names_in_books

    return _found(context, "tags", incomplete, lambda config: _shell_safe(names_in_books.known_tags(_database(config))))


def complete_production_types(context: typer.Context, incomplete: str) -> list[str]:
    """The production types of the site profile, and `all` where a verb takes it."""
    every = () if context.info_name == "list" else ("all",)
    return [
        *_starting(incomplete, every),
        *_found(context, "types", incomplete, lambda config: list(config.site.production_types)),
    ]


def complete_requests(context: typer.Context, incomplete: str) -> list[str]:
    """Tags of requested campaigns."""

    def tags(config: "Config") -> list[str]:
        from prodcli.campaigns.requests import requests

        return _shell_safe(one.tag for one in requests(_database(config)))

    return _found(context, "requests", incomplete, tags)


def complete_levels(context: typer.Context, incomplete: str) -> list[str]:
    """The levels of productions with so many names, and those right below: a shell then stops at the slash."""

    def addresses(config: "Config") -> list[str]:
        from prodcli.hierarchy.books import trees
        from prodcli.hierarchy.roll_up import addresses_in

        return [str(one) for tree in trees(_database(config)).values() for one in addresses_in(tree)]

    deep = incomplete.count("/")
    return [one for one in _found(context, "levels", incomplete, addresses) if one.count("/") - deep in (0, 1)]


def complete_loops(context: typer.Context, incomplete: str) -> list[str]:
    """Ids, hosts and files of the loops and cron passes in the books."""

    def words(config: "Config") -> list[str]:
        from prodcli.automation.loops_of_books import loops

        found = loops(_database(config))
        files = [one.file.rpartition("/")[2] for one in found]
        return [*(one.id for one in found), *(one.process.host_name for one in found), *_shell_safe(files)]

    return _found(context, "loops", incomplete, words)


def complete_steered_hosts(context: typer.Context, incomplete: str) -> list[str]:
    """The hosts of the steering files that the line has already."""
    files = filter(None, [context.params.get("steering"), *context.args])  # the parser has not read arguments yet
    hosts = [host for file in files for host in _first_keys(file)]
    return _starting(incomplete, _shell_safe(hosts))


def complete_dsttypes(context: typer.Context, incomplete: str) -> list[str]:
    """Dsttypes of the site profile."""
    return _found(context, "dsttypes", incomplete, lambda config: list(config.site.dsttypes))


def complete_hosts(context: typer.Context, incomplete: str) -> list[str]:
    """Hosts and detectors as people say them, and leaves."""

    def names(config: "Config") -> list[str]:
        return list({text for host in config.site.hosts for text in (host.detector, host.spoken, host.leaf)})

    return _found(context, "hosts", incomplete, names)


def complete_schedds(context: typer.Context, incomplete: str) -> list[str]:
    """The configured schedds, and `auto`."""
    return _found(context, "schedds", incomplete, lambda config: ["auto", *map(str, config.get("batch.schedds"))])


def complete_selectors(context: typer.Context, incomplete: str) -> list[str]:
    """`cursor` and the run selectors: built-in, configured and of plugins; after `label:` labels, after a digit runs in trouble."""
    from prodcli.runs.selector import BUILT_IN, CURSOR, GROUP

    if incomplete.startswith("label:"):
        return [f"label:{label}" for label in complete_labels(context, incomplete.removeprefix("label:"))]
    if incomplete[:1].isdigit():
        from prodcli.reports import known_names as names_in_books

        return _found(
            context, "runs", incomplete, lambda config: names_in_books.runs_in_trouble(_database(config))[:_MOST_RUNS]
        )

    def names(config: "Config") -> list[str]:
        from prodcli.runs.plugins import plugin_names

        return [*BUILT_IN, CURSOR, "label:", *config.selectors, *plugin_names(GROUP)]

    return _found(context, "selectors", incomplete, names)


def complete_labels(context: typer.Context, incomplete: str) -> list[str]:
    """The labels that runs have."""

    def names(config: "Config") -> list[str]:
        from prodcli.runs.labels import known_labels

        return known_labels(_database(config))

    return _found(context, "labels", incomplete, names)


def complete_services(context: typer.Context, incomplete: str) -> list[str]:
    """The services of the site, and those of which anything is written."""

    def names(config: "Config") -> list[str]:
        from prodcli.services.booked import known_services

        return sorted({*config.site.services, *known_services(_database(config))})

    return _found(context, "services", incomplete, names)


def complete_notes(context: typer.Context, incomplete: str) -> list[str]:
    """The numbers of masks, or of invalid runs, that have not expired."""
    invalid = "invalid" in context.command_path

    def numbers(config: "Config") -> list[str]:
        from prodcli.exclusions.noted import NoteKind, notes

        found = notes(_database(config), NoteKind.INVALID if invalid else NoteKind.MASKS)
        return [str(one.what.id) for one in found]

    return _found(context, "invalid" if invalid else "masks", incomplete, numbers)


def complete_states(context: typer.Context, incomplete: str) -> list[str]:
    """States of jobs; those of ended jobs for the verbs that take such jobs."""
    from prodcli.books.job_filter import ANY, ENDED, STATES

    if context.info_name in ("jobs", "logs"):
        return _starting(incomplete, ["idle", *ANY])
    ended = ENDED if context.info_name in ("resubmit", "rescue") else ()
    return _starting(incomplete, ["idle", *STATES, *ended])


def complete_conditions(incomplete: str) -> list[str]:
    """The attributes of jobs that `--where` takes, each with its `=`."""
    from prodcli.jobs.attributes import ATTRIBUTES, ERROR

    return _starting(incomplete, (f"{key}=" for key in (*ATTRIBUTES, ERROR)))


def complete_blocking(incomplete: str) -> list[str]:
    """States that block an output."""
    from prodcli.states import Status, Substatus

    return _starting(incomplete, [*Status, *filter(None, Substatus)])


def complete_entries(context: typer.Context, incomplete: str) -> list[str]:
    """The keys of the error catalog."""

    def keys(config: "Config") -> list[str]:
        from prodcli.error_catalog.read_catalog import usable_catalog

        return [entry.key for entry in usable_catalog(config).entries]

    return _found(context, "entries", incomplete, keys)


def complete_rows(context: typer.Context, incomplete: str) -> list[str]:
    """The rows and keys that `rescue` has shown last."""
    return _found(context, "rows", incomplete, lambda _: ["all"])


def complete_columns(context: typer.Context, incomplete: str) -> list[str]:
    """The attributes of jobs; columns of other tables are known when they are made."""
    from prodcli.jobs.attributes import ATTRIBUTES

    return _starting(incomplete, ATTRIBUTES if context.info_name == "jobs" else ())


def complete_codes(incomplete: str) -> list[str]:
    """Hold codes with a known meaning."""
    from prodcli.batch.hold_codes import known_codes

    return _starting(incomplete, known_codes())


def complete_verbs(incomplete: str) -> list[str]:
    """Verbs of the log."""
    from prodcli.verbs import VERBS

    return _starting(incomplete, (one.logged for one in VERBS if " " not in one.logged))


def complete_commands(incomplete: str) -> list[str]:
    """The commands, and `words`."""
    from prodcli.cli.command_groups import ENTRIES

    return _starting(incomplete, [*ENTRIES, "words"])


def complete_zones(incomplete: str) -> list[str]:
    """Time zones."""
    from zoneinfo import available_timezones

    return _starting(incomplete, available_timezones())


def _first_keys(file: object) -> list[str]:
    """The first words of the lines of a YAML file that begin a value; reading all of it takes too long."""
    try:
        lines = read_text(Path(str(file))).splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    return [line.partition(":")[0].strip() for line in lines if line[:1].isalnum() and ":" in line]


def _database(config: "Config") -> "Database":
    from prodcli.db import open_database

    return open_database(config.url("production_read"), read_only=True)


def _shell_safe(words: Iterable[str]) -> list[str]:
    """The words without a special meaning for a shell, which inserts them unquoted."""
    from prodcli.names import TOKEN

    return [word for word in words if TOKEN.fullmatch(word)]


def _found(context: typer.Context, source: str, incomplete: str, find: Callable[["Config"], list[str]]) -> list[str]:
    """The words of a source with this beginning; none if they cannot be read, or not in time."""
    said = context.find_root().params
    place = place_of(said.get("site"), said.get("testbed"))
    patience = threading.Timer(_PATIENCE, os._exit, (0,))  # nothing else ends a driver that waits for a server
    patience.daemon = True
    patience.start()
    try:
        return _starting(incomplete, remembered(source, place, lambda: find(_config(context))))
    except Exception:  # noqa: BLE001 - a shell has no use for it
        return []
    finally:
        patience.cancel()


def _config(context: typer.Context) -> "Config":
    from prodcli.config.find_config import current_folder, find_config
    from prodcli.config.settings import load_config

    parent = context.find_root().params
    here = current_folder()
    return load_config(find_config(parent.get("site"), os.environ, here), here, bool(parent.get("testbed")))


def _starting(incomplete: str, words: Iterable[str]) -> list[str]:
    return sorted({str(word) for word in words if word.startswith(incomplete)})
