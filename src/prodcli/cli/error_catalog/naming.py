"""What `errors name` and `errors test` do: find clusters of failures, add an entry, and give past failures their names."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.error_catalog.known_error import Category
from prodcli.error_catalog.remedy import Remedy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from prodcli.cli.context import Session
    from prodcli.cli.options import Style
    from prodcli.diagnosis.past_failures import PastFailures
    from prodcli.error_catalog.known_error import KnownError
    from prodcli.error_catalog.new_entry import Naming

Called = Annotated[str, typer.Option("--as", metavar="NAME", help="Name of the error, in words for people.")]
OfCategory = Annotated[Category | None, typer.Option("--category", help="Whose fault it is.")]
Action = Annotated[Remedy, typer.Option("--action", help="What helps.")]
Advice = Annotated[str, typer.Option("--advice", help="What people do about it, in one line.")]
Key = Annotated[str, typer.Option("--key", metavar="KEY", help="Key of the entry; default: from its name.")]
_SECONDS = 20.0  # for reading the ends of err files


def new_entry(
    keys: Sequence[str], key: str, called: str, category: Category | None, action: Remedy, advice: str
) -> Naming:
    """What a person says of errors; raises UsageError for missing words."""
    from prodcli.error_catalog.new_entry import Naming, key_from
    from prodcli.errors import UsageError

    said = {"--as": called, "--category": category, "--advice": advice}
    missing = [option for option, value in said.items() if not value]
    if missing or category is None:
        raise UsageError(
            f"an entry needs {', '.join(missing)}", where="errors name", todo="see prodcli errors name --help"
        )
    made = key or key_from(called)
    if not made:
        raise UsageError("the name gives no key", where=f"errors name --as {called!r:.60}", todo="say --key")
    return Naming(made, called, category, action, advice)


def add(session: Session, keys: Sequence[str], new: Naming, dry_run: bool, style: Style) -> None:
    """Add an entry for clusters to the site's file, and give past failures their names."""
    from prodcli.cli.error_catalog.entry_tables import renamed_table
    from prodcli.diagnosis.past_failures import rename, renamed
    from prodcli.error_catalog.catalog import ErrorCatalog
    from prodcli.error_catalog.new_entry import Cluster, entry_text
    from prodcli.error_catalog.own_file import add_entry, entries_with
    from prodcli.error_catalog.read_catalog import errors_file, read_catalog

    failures = failures_since(session, "")
    chosen = _chosen(failures, keys)
    text = entry_text(new, [Cluster(one.state, one.code, one.text) for one in chosen])
    file = errors_file(session.config)
    own = entries_with(file, text)
    require_quick([entry for entry in own if entry.key == new.key])
    others = [one for one in read_catalog(session.config).entries if one.key not in {entry.key for entry in own}]
    changes = renamed(failures, ErrorCatalog((*own, *others)))
    if not dry_run:
        add_entry(file, text)
        rename(session.database("production"), changes)
    session.show(renamed_table(changes), style)
    session.summarize(f"{'would be ' if dry_run else ''}added to {file}:\n{text}".rstrip())


def name_again(session: Session, dry_run: bool, style: Style) -> None:
    """Give past failures the names that the catalog has for them now."""
    from prodcli.cli.error_catalog.entry_tables import renamed_table
    from prodcli.diagnosis.past_failures import rename, renamed
    from prodcli.error_catalog.read_catalog import read_catalog

    catalog = read_catalog(session.config)
    require_quick([one for one in catalog.entries if not one.is_built_in])
    changes = renamed(failures_since(session, ""), catalog)
    if not dry_run:
        rename(session.database("production"), changes)
    session.show(renamed_table(changes), style)


def failures_since(session: Session, since: str) -> Sequence[PastFailures]:
    """The signatures of failures since a time, of all failures for an empty one; raises UsageError for other text."""
    from prodcli.cli.times import since_of
    from prodcli.db.schema import require_current
    from prodcli.diagnosis.past_failures import past_failures

    database = session.database("production_read", read_only=True)
    require_current(database)
    with session.progress("reading failures"):
        return past_failures(database, (since_of(since) if since else None) or 0)


def ends_of(failures: Sequence[PastFailures]) -> Mapping[str, str]:
    """The ends of the err files of the newest jobs, as far as they are read in time."""
    from prodcli.error_catalog.error_files import ends_of_files

    return ends_of_files({one.err for one in failures if one.err}, time.monotonic() + _SECONDS)


def require_quick(entries: Sequence[KnownError]) -> None:
    """Raise ConfigError for a pattern that takes long on some texts."""
    from prodcli.error_catalog.pattern_speed import slow_patterns
    from prodcli.errors import ConfigError

    patterns = {text.text: entry for entry in entries for signs in entry.signs for text in signs.texts}
    for text, entry in slow_patterns(patterns).items():
        raise ConfigError(
            f"the pattern takes long on some texts: {text!r:.80}", where=f"{entry.origin}: {entry.key}",
            todo="bound its repetitions, like .{0,200}",
        )  # fmt: skip


def _chosen(failures: Sequence[PastFailures], keys: Sequence[str]) -> list[PastFailures]:
    """The failures of clusters, by their key, id, or state and code; raises UsageError for a word that no failure has."""
    from prodcli.errors import UsageError

    by_key: dict[str, list[PastFailures]] = {}
    for one in failures:
        by_key.setdefault(one.key or f"{one.state} {one.code}".rstrip(), []).append(one)
    by_key = {str(one.id): [one] for one in failures} | by_key
    for key in keys:
        if key not in by_key:
            raise UsageError(
                f"no failure has the key {key!r:.60}", where="errors name", todo="see prodcli diagnose, after a harvest"
            )
    return [one for key in keys for one in by_key[key]]
