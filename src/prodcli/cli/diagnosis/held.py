"""prodcli held, which is prodcli mark-held, too."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from prodcli.cli import options
from prodcli.cli.context import current
from prodcli.cli.recovery.job_options import JobOptions, chooses_reports
from prodcli.cli.times import said
from prodcli.states import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.cli.context import Session
    from prodcli.diagnosis.failure_groups import FailureGroup
    from prodcli.tables.table import Cell, Table

EXAMPLE = "Example: prodcli held --tag ana537_2025p010_v001"
_COLUMNS = ("jobs", "code", "meaning", "reason", "asked MB", "used MB", "nodes", "since", "example")
_NARROW = frozenset({"used MB", "nodes"})
_NODES = 2  # nodes that a line names


@chooses_reports
def held(context: typer.Context, chosen: JobOptions) -> None:
    """Harvest, then show held jobs by hold reason, and what helps.

    Hold reasons that differ only in numbers, hosts and paths share a line. The line shows memory requested and used,
    and the action that `rescue` proposes.
    """
    session = current(context)
    found = _held(session, chosen)
    session.show(_table(found, chosen), chosen.style)


def _held(session: Session, chosen: JobOptions) -> Sequence[FailureGroup]:
    """The chosen held jobs, by cause."""
    from prodcli.cli.recovery.rescue import find

    states = chosen.wanted.states
    if states and Status.HELD not in states:
        return []
    held = replace(chosen.selection, wanted=replace(chosen.wanted, states=[Status.HELD]))
    found = find(session, chosen, held)
    if found.silence is not None:
        session.warn(str(found.silence))
    return found.groups


def _table(found: Sequence[FailureGroup], chosen: JobOptions) -> Table:
    """The advice stands below the numbered rows; in JSON and CSV in a column."""
    from prodcli.cli.diagnosis.cause_table import advice_lines
    from prodcli.diagnosis.advice import Scope, what_helps
    from prodcli.tables.table import Table

    rows, scope = [_row(one) for one in found], Scope(chosen.wanted)
    if chosen.style is not options.Style.TABLE:
        rows = [[*row, one.action, what_helps(one, found, scope)] for row, one in zip(rows, found, strict=True)]
        return Table((*_COLUMNS, "action", "what helps"), rows)
    notes = [] if rows else ["no job is held"]
    notes += ["dry run: the books as they are"] if chosen.dry_run else []
    numbered: list[list[Cell]] = [[number, *row] for number, row in enumerate(rows, start=1)]
    note = "\n".join([*advice_lines(found, scope), *notes])
    return Table(("no", *_COLUMNS), numbered, note=note, narrow=_NARROW)


def _row(one: FailureGroup) -> list[Cell]:
    from prodcli.batch.hold_codes import meaning_of

    first = one.jobs[0]
    hold = meaning_of(first.hold_code, first.hold_subcode, first.hold_reason)
    meaning = hold.meaning.rpartition(" (")[0] if hold else "no code"
    oldest = min(job.since for job in one.jobs)
    had = (one.asked, one.used, _nodes(one))
    return [len(one.jobs), one.signature.code, meaning, one.signature.text, *had, said(oldest), first.id]


def _nodes(one: FailureGroup) -> str:
    known = one.nodes.most_common()
    more = f", {len(known) - _NODES} more" if len(known) > _NODES else ""
    return ", ".join(f"{node} {count}" for node, count in known[:_NODES]) + more
