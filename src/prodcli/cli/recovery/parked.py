"""prodcli parked."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import options
from prodcli.cli.context import Session, current
from prodcli.cli.hints import hint
from prodcli.cli.recovery import run_verb
from prodcli.cli.recovery.job_options import JobOptions, reports_parked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.recovery.park import Parked, ParkedGroup
    from prodcli.tables.table import Cell, Table

EXAMPLE = "Example: prodcli parked --tag ana537_2025p010_v001"
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="List every job.")]
_FEW = 4  # jobs that a command names one by one
_RUNS = 3  # ranges that a row names


@reports_parked
def parked(context: typer.Context, chosen: JobOptions, verbose: Verbose = False) -> None:
    """Show parked jobs, and how to submit them again."""
    from prodcli.db.schema import require_current
    from prodcli.recovery import park

    session = current(context)
    database = session.database("production", read_only=True)
    require_current(database)
    found = park.parked(database, chosen.wanted)[: chosen.limit]
    if verbose or chosen.style is not options.Style.TABLE:
        session.show(_jobs(found), chosen.style)
    else:
        session.show(_groups(session, park.parked_groups(found, run_verb.family_of(session))), chosen.style)
    hint(session, chosen.wanted, bool(found))


def _groups(session: Session, found: Sequence[ParkedGroup]) -> Table:
    """A row for jobs that one person parked at once for one reason; below it the command that submits them again."""
    from prodcli.tables.table import Column, Kind, Table

    columns = (
        Column("jobs", kind=Kind.COUNT), Column("dsttype"), Column("cause"), Column("by"), Column("when", kind=Kind.AGO),
        Column("runs", level=1), Column("why", drop_empty=True, level=2), Column("command", kind=Kind.COMMAND),
    )  # fmt: skip
    rows: list[list[Cell]] = [
        [
            len(one.jobs),
            one.dsttype,
            one.cause,
            one.account,
            one.when,
            one.runs(_RUNS),
            f'"{one.reason}"' if one.reason else "",
            _command(one),
        ]
        for one in found
    ]
    note = "-v lists every job" if rows else "no job is parked"
    return Table(columns, rows, note=note)


def _command(one: ParkedGroup) -> str:
    """The command that submits these jobs again, with more memory if they lacked some."""
    more = f" --mem {one.enough}MB" if one.enough else ""
    if len(one.jobs) <= _FEW:
        return f"prodcli unpark{more} --dbid {' '.join(str(job.dbid) for job in one.jobs)}"
    code = f" --code {one.code}" if one.code else ""
    return f"prodcli unpark{more} --tag {shlex.quote(one.tag)} --dsttype {one.dsttype}{code} --runs {one.runs()}"


def _jobs(found: Sequence[Parked]) -> Table:
    """A row for each job."""
    from prodcli.tables.table import Column, Kind, Table

    columns = (
        Column("dbid"), Column("tag", shared=True), Column("dsttype", shared=True), Column("run"), Column("segment"),
        Column("asked_mb", "asked", Kind.MEMORY), Column("used_mb", "used", Kind.MEMORY, drop_empty=True),
        Column("code", drop_empty=True), Column("hold_reason", drop_empty=True, level=3), Column("who", level=1),
        Column("when", kind=Kind.AGO, level=2), Column("why", drop_empty=True, level=2), Column("was", level=3),
    )  # fmt: skip
    rows = [_row(one) for one in found]
    return Table(columns, rows, note="" if rows else "no job is parked")


def _row(one: Parked) -> list[Cell]:
    job = one.job
    output: list[Cell] = [job.dbid, job.tag, job.dsttype, job.run, job.segment, job.memory_asked, job.memory_used]
    return [*output, job.code, job.hold_reason, one.account, one.when, one.reason, job.id]
