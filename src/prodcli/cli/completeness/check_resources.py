"""What `check` is made of: the rule, the catalogs, the notes of the books, and what compares files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from prodcli.cli.context import Session
from prodcli.errors import UsageError

if TYPE_CHECKING:
    from prodcli.catalogs.catalogs import Catalogs
    from prodcli.completeness.check import Check
    from prodcli.completeness.file_checks import FileChecks
    from prodcli.exclusions.noted import Exclusions
    from prodcli.rules.model import Rule
    from prodcli.runs.selection import RunSelection


@dataclass(frozen=True)
class Looks:
    """How a check looks: masked hosts, the ratio of events, whether at the disk, whether at checksums."""

    mask: Sequence[str] | None
    ratio: float
    disk: bool
    deep: bool


def rule_of(session: Session, config: Path | None, name: str | None, lenient: bool) -> Rule:
    """The rule of a file; raises UsageError if no file is named."""
    from prodcli.rules.load import load_rule

    if config is None:
        raise UsageError("no rule file is named", where="check", todo="-c rules.yaml")
    return load_rule(config, name, session.site, lenient=lenient)


def check_of(session: Session, rule: Rule, runs: RunSelection, segments: list[str] | None, looks: Looks) -> Check:
    """The check of a rule's production."""
    from prodcli.completeness.check import Check
    from prodcli.runs.selection import parse_segments

    chosen = parse_segments(segments or ())
    return Check(
        rule=rule,
        catalogs=_catalogs(session),
        runs=runs,
        segments=chosen,
        exclusions=_exclusions(session, looks.mask),
        ratio=looks.ratio,
        files=_files(session, rule, chosen, looks),
        templates=session.config.templates,
        progress=session.progress,
    )


def _catalogs(session: Session) -> Catalogs:
    from prodcli.catalogs.catalogs import Catalogs

    return Catalogs(*map(session.catalog, ("daq", "raw", "filecatalog")))


def _exclusions(session: Session, names: Sequence[str] | None) -> Exclusions:
    """The notes of the books, and the mask of this command."""
    from prodcli.exclusions.masks import Mask, masked_hosts
    from prodcli.exclusions.noted import active

    noted = active(session.database("production_read", read_only=True))
    own = (Mask(masked_hosts(session.site, names, "--mask")),) if names else ()
    return replace(noted, masks=own + noted.masks)


def _files(session: Session, rule: Rule, segments: RunSelection | None, looks: Looks) -> FileChecks:
    """What compares catalog, disk and books; stderr tells what cannot be looked at from here."""
    from prodcli.completeness.file_checks import FileChecks
    from prodcli.db.schema import readable

    books = session.database("production_read", read_only=True)
    current_books = readable(books)
    if not current_books:
        session.warn(f"{books.where}: the books are not looked at; run prodcli db upgrade")
    files = FileChecks(
        rule=rule,
        books=books if current_books else None,
        segments=segments,
        disk=looks.disk,
        deep=looks.deep,
        progress=session.progress,
    )
    missing = files.unseen_roots() if looks.disk else []
    if missing:
        session.say(f"the files are not looked at: there is no {missing[0]} on this host")
    return replace(files, disk=looks.disk and not missing)
