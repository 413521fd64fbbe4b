"""How a file was made, as a page; and what differs between two, as a table."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prodcli.cli.options import Style
from prodcli.cli.tables.view import View
from prodcli.errors import UsageError
from prodcli.provenance.compare import lines_of
from prodcli.sizes import counted
from prodcli.tables.faces import exact_time
from prodcli.tables.table import Column, Kind, Table
from prodcli.time_text import ago

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import tzinfo

    from prodcli.cli.context import Session
    from prodcli.provenance.compare import Compared
    from prodcli.provenance.how_made import HowMade, Parents
    from prodcli.provenance.stored import Record, StoredCode
    from prodcli.tables.table import Cell

_DIGITS = 12  # of a hash or a commit that people see
_NAMED = 5  # changed files
_FILES = (Column("file"), Column("size", kind=Kind.BYTES), Column("sha256"))
_PARENTS = (
    *(Column("inputs", kind=Kind.COUNT), Column("first_input", kind=Kind.PATH), Column("dbid")),
    *(Column("rule"), Column("tag", level=1), Column("commits"), Column("prodcli", level=2)),
    *(Column("submitted", kind=Kind.AGO, level=1), Column("actor", level=2)),
)
_DIFFERENCES = (Column("product", shared=True), Column("part"), Column("item"), Column("a", "A"), Column("b", "B"))
_NO_RECORD = "not on record: submitted by another tool, or before records were kept"


def show_page(session: Session, made: HowMade, inputs: Sequence[Parents] | None, folder: Path, style: Style) -> None:
    """Show how a file was made; raises UsageError for a format that a page does not have."""
    if style is Style.JSON:
        session.show_json(_data(made, inputs, folder))
    elif style is Style.TABLE:
        session.show_announcements()
        session.show_text("\n".join(_head(made, session, folder)))
        if made.files:
            rows: list[list[Cell]] = [[one.name, one.size, one.sha256[:_DIGITS]] for one in made.files]
            session.show(Table(_FILES, rows, title="payload"), View(pager=False))
        if inputs is not None:
            session.show(_parents_table(inputs), View(pager=False))
        if made.again:
            session.show_text("\n".join(["to make it again:", *made.again]))
    else:
        raise UsageError("a page has no such format", where="--format", todo="--format json")


def _head(made: HowMade, session: Session, folder: Path) -> Iterator[str]:
    """What is known of the job, in lines of which paths can be copied."""
    job, record, now = made.job, made.record, int(time.time())
    place = f" ({job['job']}@{job['schedd']})" if job["job"] else ""
    if job["file"]:
        yield str(job["file"])
    yield f"job {job['dbid']}{place}, attempt {job['attempt'] or 1}"
    yield f"rule {job['rule']}, tag {job['tag']}"
    if record is None:
        if made.claim is not None:
            yield f"submitted {ago(made.claim.started, now, session.zone)} by {made.claim.account or 'unknown'}"
        yield _NO_RECORD
        return
    who = record.actor if record.actor == record.account else f"{record.actor} ({record.account})"
    yield f"submitted {ago(record.made, now, session.zone)} by {who} on {record.host}, prodcli {record.version}"
    yield f"rule     {record.rule_file}" if record.rule_file else "rule     not on record"
    for name, text in (("written ", record.written), ("resolved", record.resolved)):
        if text:
            yield f"{name} {folder}/{text}.yaml"
    for code in record.code:
        yield from _code(code, folder)
    if record.kit:
        yield f"kit      {record.kit}"
    yield f"command  {record.command}"


def _code(code: StoredCode, folder: Path) -> Iterator[str]:
    yield f"code     {code.folder}"
    if code.commit:
        where = f"on {code.pushed}" if code.pushed else "on no remote"
        of = f" of {code.remote}" if code.remote else ""
        yield f"         commit {code.commit[:_DIGITS]}, {code.branch or 'detached HEAD'}, {where}{of}"
    if code.changed:
        more = f" and {len(code.changed) - _NAMED} more" if len(code.changed) > _NAMED else ""
        yield f"         {counted(len(code.changed), 'file')} changed: {', '.join(code.changed[:_NAMED])}{more}"
    if code.diff:
        yield f"diff     {folder}/{code.diff}.diff"
    if code.note:
        yield f"         {code.note}"


def _parents_table(inputs: Sequence[Parents]) -> Table:
    """A line for inputs that were made alike."""
    rows: list[list[Cell]] = []
    for one in inputs:
        record = one.record
        about: list[Cell] = [len(one.files), one.files[0], one.dbid]
        if record is None:
            rows.append([*about, "not on record", None, None, None, None, None])
        else:
            said: list[Cell] = [record.rule, record.tag, _commits(record), record.version, record.made, record.actor]
            rows.append([*about, *said])
    return Table(_PARENTS, rows, title="inputs", note="" if rows else "no inputs with a record: raw files, or none")


def _commits(record: Record) -> str:
    return ", ".join(f"{code.commit[:_DIGITS]}{'+' if code.changed else ''}" for code in record.code if code.commit)


def _data(made: HowMade, inputs: Sequence[Parents] | None, folder: Path) -> dict[str, Any]:
    """The page as data; times as tables have them."""
    job = {
        key: made.job[key]
        for key in ("dbid", "job", "schedd", "file", "attempt", "rule", "tag", "run", "segment", "claim")
    }
    return {
        **job,
        "record": None if made.record is None else _record(made.record),
        "folder": str(folder),
        "payload": [{"file": one.name, "size": one.size, "sha256": one.sha256} for one in made.files],
        "again": list(made.again),
        **({} if inputs is None else {"inputs": [_parent(one) for one in inputs]}),
    }


def _record(record: Record) -> dict[str, Any]:
    return {**asdict(record), "made": exact_time(record.made)}


def _parent(one: Parents) -> dict[str, Any]:
    return {"files": list(one.files), "dbid": one.dbid, "record": None if one.record is None else _record(one.record)}


def difference_table(compared: Compared, a: str, b: str, zone: tzinfo, for_people: bool) -> Table:
    """A line for each difference; people see the beginning of hashes."""
    rows: list[list[Cell]] = [
        [product, one.part, one.item, *(_short(one.part, value, for_people) for value in (one.a, one.b))]
        for product, one in lines_of(compared)
    ]
    now, notes = int(time.time()), []
    for letter, word, records in zip("AB", (a, b), compared.records, strict=True):
        newest = max(records, key=lambda record: record.made)
        notes.append(f"{letter} = {word}, submitted {ago(newest.made, now, zone)} by {newest.actor}")
    if not rows:
        notes.insert(0, "all alike: rule, commits, payload, worker kit, prodcli")
    return Table(_DIFFERENCES, rows, note="\n".join(notes))


def _short(part: str, value: str, for_people: bool) -> str:
    return value[:_DIGITS] if for_people and part in ("payload", "kit") else value
