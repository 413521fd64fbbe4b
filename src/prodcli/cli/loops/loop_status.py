"""The loops of all hosts on the command line: what they do, and what they are asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prodcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.automation.loops_of_books import BookedLoop
    from prodcli.cli.context import Session
    from prodcli.cli.options import Style
    from prodcli.tables.table import Cell, Table


def show_loops(session: Session, words: Sequence[str], style: Style) -> None:
    """Show loops and cron passes; raises UsageError for a word that means none."""
    from prodcli.automation.loops_of_books import loops
    from prodcli.db.schema import require_current

    database = session.database("production", read_only=True)
    require_current(database)
    session.show(_table(_chosen(loops(database), words)), style)


def _chosen(found: Sequence[BookedLoop], words: Sequence[str]) -> list[BookedLoop]:
    for word in words:
        if not any(one.answers_to(word) for one in found):
            raise UsageError(f"no loop has this id, host or file: {word}", todo="prodcli loop status lists them")
    return [one for one in found if not words or any(one.answers_to(word) for word in words)]


def _table(found: Sequence[BookedLoop]) -> Table:
    from prodcli.books.claimant import myself
    from prodcli.tables.table import Column, Kind, Table

    me = myself()
    columns = (
        Column("id"),
        Column("kind", level=2),
        Column("host"),
        Column("file", kind=Kind.PATH),
        Column("account", level=2),
        Column("state"),
        Column("doing", level=1),
        Column("until", kind=Kind.AGO, level=1, drop_empty=True),
        Column("heard", kind=Kind.AGO),
        Column("queue", level=2, drop_empty=True),
        Column("trouble", kind=Kind.DETAIL, style="red", drop_empty=True),
    )
    rows: list[list[Cell]] = []
    for one in found:
        silent = one.silent(me)
        state = "SILENT" if silent else one.now.state
        errors = [f"{rule['rule']}: {rule['error']}" for rule in one.now.rules if rule.get("error")]
        trouble = "; ".join(filter(None, [one.now.trouble, *errors]))
        place: list[Cell] = [one.id, one.kind, one.process.host_name, one.file, one.account]
        rows.append([*place, state, one.now.doing, one.now.until, one.heartbeat, one.now.queue, trouble])
    notes = ["no loop runs"] if not found else []
    notes += [one.silence + f" (prodcli loop stop {one.id} forgets it)" for one in found if one.silent(me)]
    return Table(columns, rows, note="\n".join(notes), marks={"SILENT": "bold red", "paused": "yellow"})


def order_loops(session: Session, words: Sequence[str], wanted: str, seconds: int) -> None:
    """Ask something of loops; raises UsageError if no loop is meant, or none is named and there are several."""
    from prodcli.automation.loops_of_books import Kind, Order, forget, loops, order
    from prodcli.books.claimant import account, myself, short_host
    from prodcli.db.schema import require_current

    database = session.database("production")
    require_current(database)
    every = [one for one in loops(database) if one.kind is Kind.LOOP or (words and wanted == Order.STOP)]
    found = _chosen(every, words)
    if not found:
        session.summarize("no loop runs")
    if not words and len(found) > 1:
        raise UsageError(f"{len(found)} loops run", where=f"loop {wanted}", todo="name some by id, host or file")
    me = myself()
    gone = [one for one in found if one.silent(me)]
    here = [one for one in found if one not in gone]
    order(database, [one.id for one in here], Order(wanted), seconds, f"{account()}@{short_host()}")
    for one in here:
        session.summarize(f"{one.place}: asked to {wanted}; it hears within seconds")
    if wanted == Order.STOP:
        forget(database, [one.id for one in gone])
    for one in gone:
        done = "is forgotten" if wanted == Order.STOP else "does not hear"
        session.summarize(f"{one.silence}, and {done}")
