"""The cuts of a rule on runs: which of the selected runs are matched.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from prodcli.catalogs.rows import Run
from prodcli.reasons import Level, Reason, Skips
from prodcli.runs.selection import RunSelection

if TYPE_CHECKING:
    from prodcli.rules.model import Input


def select_runs(runs: Iterable[Run], selection: RunSelection, cuts: Input, skips: Skips) -> list[Run]:
    """Keep the runs that pass the cuts of a rule, and note the reason for the others."""
    kept, seen = [], set()
    for run in runs:
        seen.add(run.number)
        reasons = run_reasons(run, cuts)
        if reasons:
            skips.add(reasons[0], Level.RUN, run.number, run.odd or None)
        else:
            kept.append(run)
    for number in sorted(selection.named - seen):
        skips.add(Reason.RUN_UNKNOWN, Level.RUN, number)
    return kept


def run_reasons(run: Run, cuts: Input) -> list[Reason]:
    """Every cut that a run does not pass, in order."""
    if run.odd:
        return [Reason.BAD_CATALOG_ROW]
    if run.seconds is None:
        return [Reason.RUN_NOT_ENDED]
    asked = (
        (Reason.RUNTYPE, run.runtype != cuts.physicsmode),
        (Reason.FEW_EVENTS, run.events < cuts.min_run_events),
        (Reason.TOO_SHORT, run.seconds < cuts.min_run_time),
    )
    return [reason for reason, failed in asked if failed]
