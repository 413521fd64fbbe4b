"""prodcli parked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from prodcli.cli.context import current
from prodcli.cli.hints import hint
from prodcli.cli.recovery.job_options import JobOptions, reports_parked
from prodcli.cli.times import said

if TYPE_CHECKING:
    from prodcli.recovery.park import Parked
    from prodcli.tables.table import Cell

EXAMPLE = "Example: prodcli parked --tag ana537_2025p010_v001"
_COLUMNS = (
    *("dbid", "tag", "dsttype", "run", "segment", "asked MB", "used MB", "code", "hold reason", "who", "when", "why"),
    "was",
)


@reports_parked
def parked(context: typer.Context, chosen: JobOptions) -> None:
    """List parked jobs: memory, hold reason, and who parked them."""
    from prodcli.db.schema import require_current
    from prodcli.recovery import park
    from prodcli.tables.table import Table

    session = current(context)
    database = session.database("production_read", read_only=True)
    require_current(database)
    rows = [_row(one) for one in park.parked(database, chosen.wanted)[: chosen.limit]]
    hint(session, chosen.wanted, bool(rows))
    narrow, shared = frozenset({"used MB", "code", "hold reason", "why"}), frozenset({"tag", "dsttype"})
    session.show(
        Table(_COLUMNS, rows, note="" if rows else "no job is parked", narrow=narrow, shared=shared), chosen.style
    )


def _row(one: Parked) -> list[Cell]:
    job = one.job
    code = "" if job.hold_code is None else f"{job.hold_code}/{job.hold_subcode or 0}"
    memory: list[Cell] = [job.memory_asked, job.memory_used]
    output: list[Cell] = [job.dbid, job.tag, job.dsttype, job.run, job.segment]
    return [*output, *memory, code, job.hold_reason, one.account, said(one.when), one.reason, job.id]
