"""prodcli held, which is prodcli mark-held, too."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import options
from prodcli.cli.context import current
from prodcli.cli.recovery.job_options import JobOptions, chooses_reports
from prodcli.states import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.causes.advice import Scope
    from prodcli.causes.failure_groups import FailureGroup
    from prodcli.cli.context import Session
    from prodcli.tables.table import Cell, Table

EXAMPLE = "Example: prodcli held --tag ana537_2025p010_v001"
_MOST = 10  # causes that are shown
Every = Annotated[bool, typer.Option("--verbose", "-v", help="Show every cause.")]


@chooses_reports
def held(context: typer.Context, chosen: JobOptions, verbose: Every = False) -> None:
    """Harvest, then show held jobs by hold reason, and what helps.

    Hold reasons that differ only in numbers, hosts and paths are one cause. Each cause has its jobs, the requested and
    used memory, the reason of one of them, and the command that `rescue` proposes.
    """
    session = current(context)
    found = _held(session, chosen)
    _show(session, found, chosen, verbose)


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


def _show(session: Session, found: Sequence[FailureGroup], chosen: JobOptions, every: bool) -> None:
    """A few lines for each cause; data formats have a row each."""
    from prodcli.causes.advice import Scope
    from prodcli.cli.diagnosis.cause_table import details_of

    scope = Scope(chosen.wanted)
    if chosen.style is not options.Style.TABLE:
        session.show(_data(found, scope), chosen.style)
        return
    session.show_announcements()
    shown = len(found) if every else _MOST
    lines = details_of(session, found, scope, range(1, len(found[:shown]) + 1))
    lines += [f"and {len(found) - shown} more causes (-v)"] if len(found) > shown else []
    lines += [] if found else ["no job is held"]
    lines += ["dry run: the books as they are"] if chosen.dry_run else []
    session.show_text("\n".join(lines))


def _data(found: Sequence[FailureGroup], scope: Scope) -> Table:
    """A row for each cause."""
    from prodcli.causes.advice import what_helps
    from prodcli.cli.diagnosis.cause_table import memory_of
    from prodcli.tables.table import Column, Kind, Table

    columns = (
        *map(Column, ("jobs", "code", "meaning", "reason")),
        *(Column(key, kind=Kind.MEMORY) for key in ("asked_min_mb", "asked_max_mb", "used_min_mb", "used_max_mb")),
        *(Column("nodes"), Column("since", kind=Kind.TIME), *map(Column, ("example", "action", "what_helps"))),
    )
    rows = []
    for one in found:
        sizes = memory_of(one)
        memory = [sizes[column.key] for column in columns if column.key in sizes]
        rows.append([*_cause(one), *memory, *_where(one), str(one.action), what_helps(one, found, scope)])
    return Table(columns, rows)


def _cause(one: FailureGroup) -> list[Cell]:
    """Jobs, code, meaning and masked reason of a cause."""
    from prodcli.batch.hold_codes import meaning_of

    first = one.jobs[0]
    hold = meaning_of(first.hold_code, first.hold_subcode, first.hold_reason)
    meaning = hold.meaning.rpartition(" (")[0] if hold else "no code"
    return [len(one.jobs), one.signature.code, meaning, one.signature.text]


def _where(one: FailureGroup) -> list[Cell]:
    """Nodes, the time since when, and a job."""
    nodes = ", ".join(f"{node} {count}" for node, count in one.nodes.most_common())
    return [nodes, min(job.since for job in one.jobs), one.jobs[0].id]
