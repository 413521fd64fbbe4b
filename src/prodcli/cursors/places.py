"""Where a cursor belongs by a plan: at the first run with work left, or at the last run that was submitted.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prodcli.reasons import Reason
from prodcli.sizes import counted

if TYPE_CHECKING:
    from prodcli.planning.plan import Plan

# A run with an output that is left out for one of these has work left: its turn comes, or a person can help.
LEFT = frozenset(
    {
        *(Reason.BLOCKED, Reason.LIMIT, Reason.INPUT_STATE),
        *(Reason.GL1_OFF_DISK, Reason.HOST_OFF_DISK, Reason.INPUT_OFF_DISK),
    }
)
# Runs of which no outputs are wanted, or all are there.
_UNWANTED = frozenset(
    {
        *(Reason.RUN_UNKNOWN, Reason.RUNTYPE, Reason.FEW_EVENTS, Reason.TOO_SHORT, Reason.INVALID),
        *(Reason.SEGMENT_CUT, Reason.MASKED, Reason.PRODUCED),
    }
)
_NAMED = 3  # runs that a line names


@dataclass(frozen=True, order=True)
class Place:
    """A run to which a cursor may go, and why not further."""

    run: int
    why: str


def first_left(plan: Plan, at: int, bounds: tuple[Place, ...] = (), fresh: int | None = None) -> Place:
    """The place of a cursor that stood `at` a run when its runs were planned: the first run with work left.

    `bounds` are runs with work that the plan does not know of. From the `fresh` run on inputs may still come: without
    later outputs nothing passes it.
    """
    return min([*_work(plan), *bounds, _end(plan, at, fresh)], key=lambda place: place.run)


def _work(plan: Plan) -> Iterator[Place]:
    if plan.jobs:
        yield Place(min(job.run for job in plan.jobs), "it has jobs")
    for skipped in plan.skips:
        if skipped.reason in LEFT:
            yield Place(skipped.runs[0], f"{skipped.reason}: {counted(skipped.count, 'output')}")


def _end(plan: Plan, at: int, fresh: int | None) -> Place:
    """Behind the last run with outputs, or at the first fresh run, but within the selected runs."""
    last = max((run for run in _runs_with_outputs(plan)), default=at - 1)
    spans = plan.selection.spans
    behind = spans[-1][1] + 1 if spans else at
    run = max(at, min(max(last + 1, fresh or 0), behind))
    return Place(run, "nothing is left before it")


def _runs_with_outputs(plan: Plan) -> Iterator[int]:
    yield from (job.run for job in plan.jobs)
    for skipped in plan.skips:
        if skipped.reason in (Reason.PRODUCED, Reason.BLOCKED):
            yield skipped.runs[-1]


def last_submitted(plan: Plan) -> int | None:
    """The last run of submitted jobs, but none beyond a run whose jobs a limit left; None without jobs."""
    limits = [skipped.runs[0] for skipped in plan.skips if skipped.reason is Reason.LIMIT]
    return min([max(job.run for job in plan.jobs), *limits]) if plan.jobs else None


def passed_over(plan: Plan, before: int) -> list[str]:
    """The runs before a cursor that have no outputs, by reason: `few_hosts_raw: 69612, 69640 and 10 more`."""
    words = []
    for skipped in plan.skips:
        runs = [run for run in skipped.runs if run < before]
        if runs and skipped.reason not in _UNWANTED:
            more = f" and {len(runs) - _NAMED} more" if len(runs) > _NAMED else ""
            words.append(f"{skipped.reason}: {', '.join(map(str, runs[:_NAMED]))}{more}")
    return words
