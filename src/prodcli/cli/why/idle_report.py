"""Why idle jobs do not start, as `why --idle` shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from prodcli.cli.options import Style
from prodcli.errors import BatchError, UsageError, one_line
from prodcli.sizes import counted
from prodcli.tables.table import Cell, Column, Kind, Table

if TYPE_CHECKING:
    from prodcli.batch.idle_jobs import IdleGroup, QueueState, UserPriority
    from prodcli.cli.context import Session

_UNITS = {"Memory": " MB", "Disk": " KB"}
_REASONS = 2  # of the negotiator
_USERS = 3


def show_idle(session: Session, tags: Sequence[str], style: Style) -> None:
    """Ask the pool why idle jobs do not start; raises UsageError for a batch system without a pool."""
    look, found, silent = session.batch.idle_jobs, [], []
    if look is None:
        raise UsageError("the local batch has no pool to ask", where="why --idle")
    for schedd in session.batch.schedds():
        try:
            found += look.groups(schedd, tags)
        except BatchError as failure:
            silent.append(failure)
            session.warn(str(failure))
    if silent and len(silent) == len(session.batch.schedds()):
        raise silent[0]
    queues, users = look.queues(session.batch.schedds()), look.priorities()
    if style is Style.JSON:
        session.show_json(_data(found, queues, users))
    elif style is Style.CSV:
        session.show(_rows(found), style)
    else:
        _show(session, found, queues, users)


def _show(
    session: Session, found: Sequence[IdleGroup], queues: Sequence[QueueState], users: Sequence[UserPriority]
) -> None:
    session.show_announcements()
    for one in queues:
        limit = f" of at most {one.most_running}" if one.most_running else ""
        session.show_text(f"{one.schedd}: {counted(one.idle, 'job')} idle, {one.running} running{limit}")
    names = [f"{one.name} {one.priority:.0f} ({one.in_use} slots)" for one in users[:_USERS]]
    if names:
        more = f" and {len(users) - _USERS} more" if len(users) > _USERS else ""
        session.show_text(f"priorities, the smaller the sooner: {', '.join(names)}{more}")
    for group in found:
        session.show_text("")
        session.show(_clauses(group))
    if not found:
        session.show_text("no job of prodcli is idle")


def _clauses(group: IdleGroup) -> Table:
    """The clauses of a kind of jobs by the number of machines that match, and below what could start."""
    asked = ", ".join(f"{name.lower()} {value}{_UNITS.get(name, '')}" for name, value in group.requests.items())
    rows: list[list[Cell]] = [[clause.machines, one_line(clause.text)] for clause in group.clauses]
    rows.append([group.accepting, "the machine accepts the job (START)"])
    columns = (Column("machines", kind=Kind.COUNT), Column("clause"))
    title = f"{counted(group.jobs, 'idle job')} on {group.schedd}, like {group.example}: {asked}"
    return Table(columns, rows, title=one_line(title), note="\n".join(map(one_line, _verdict(group))))


def _verdict(group: IdleGroup) -> list[str]:
    """Whether any machine fits, how many jobs could start, and with which smaller request more of them."""
    none = next((clause for clause in group.clauses if not clause.machines), None)
    if not group.fitting:
        why = f": none has {none.text}" if none else ": the clauses match, but never all of them on one machine"
        lines = [f"none of {counted(group.machines, 'machine')} can ever run them{why}"]
    else:
        lines = [
            f"{group.fitting} of {counted(group.machines, 'machine')} can run them; {group.free} have room now, for "
            f"{group.could_start} of {counted(group.jobs, 'job')}"
        ]
    low, high = group.priorities
    lines += [f"job priority {low}" if low == high else f"job priority {low} to {high}"]
    lines += [f"what if: {one}" for one in group.what_if]
    said = list(group.rejected.items())[:_REASONS]
    return [*lines, *(f"the negotiator said of {counted(count, 'job')}: {reason}" for reason, count in said)]


def _data(found: Sequence[IdleGroup], queues: Sequence[QueueState], users: Sequence[UserPriority]) -> dict[str, Any]:
    return {
        "jobs": [asdict(group) for group in found],
        "schedds": [asdict(one) for one in queues],
        "users": [asdict(one) for one in users],
    }


def _rows(found: Sequence[IdleGroup]) -> Table:
    """A row for each clause of each kind of jobs."""
    keys = ("schedd", "example", "jobs", "fitting", "free", "could_start")
    columns = (*map(Column, keys), Column("machines"), Column("clause"))
    rows: list[list[Cell]] = [
        [*(getattr(group, key) for key in keys), clause.machines, clause.text]
        for group in found
        for clause in group.clauses
    ]
    return Table(columns, rows)
