"""Results of `submit`: the jobs, and the reasons for everything that is left out."""

from collections.abc import Iterable
from dataclasses import dataclass

from prodcli.cli.context import Session
from prodcli.cli.options import Style
from prodcli.cli.submission.job_tables import describe, jobs_table, runs_table
from prodcli.exclusions.masks import masks_in_words
from prodcli.planning.plan import Plan
from prodcli.planning.unblock import in_words
from prodcli.reasons import Skipped
from prodcli.rules.layout import Job
from prodcli.sizes import counted
from prodcli.submission.submitter import Outcome, Submitted
from prodcli.tables.table import Cell, Column, Kind, Table

_CLUSTER = (
    *(Column("schedd"), Column("cluster"), Column("jobs", kind=Kind.COUNT), Column("first_run"), Column("last_run")),
    Column("folder", kind=Kind.PATH),
)
_LEFT_OUT = (Column("left_out", style="yellow"), Column("level", level=1), Column("count", kind=Kind.COUNT))
_RUNS_SHOWN = 6
_FEW_DETAILS, _DETAILS_SHOWN = 3, 12  # of a run: one line of them, unless every job is listed


@dataclass(frozen=True)
class SubmitReport:
    """The terminal and the style in which plans and results are shown."""

    session: Session
    style: Style
    verbose: bool
    every_job: bool = False

    def show_plan(self, plan: Plan) -> None:
        """Show a dry run."""
        session = self.session
        _say_masks(session, plan)
        if self.style is Style.JSON:
            session.show_json({"jobs": _described(plan), **_left_out(plan)})
            return
        if self.style is Style.CSV:
            session.summarize_table(jobs_table(plan), self.style)
            return
        _say_unblocked(session, plan)
        _announce(session)
        session.summarize(
            f"{_heading(plan)}\nwould submit {counted(len(plan.jobs), 'job')}{_span(plan.jobs)}{_again(plan)}"
        )
        if self.verbose and plan.jobs:
            session.summarize_table(jobs_table(plan) if self.every_job else runs_table(plan))
        _show_skipped(session, plan, self.verbose, _DETAILS_SHOWN if self.every_job else _FEW_DETAILS)

    def show_outcome(self, outcome: Outcome) -> None:
        """Show the result of a pass."""
        session, plan = self.session, outcome.plan
        _say_masks(session, plan)
        clusters = [_submitted(one) for one in outcome.submitted]
        if self.style is Style.JSON:
            session.show_json({"submitted": clusters, **_left_out(plan)})
            return
        table = Table(_CLUSTER, [list(one.values()) for one in clusters])
        if self.style is Style.CSV:
            session.summarize_table(table, self.style)
            return
        _say_unblocked(session, plan)
        _announce(session)
        session.summarize(f"{_heading(plan)}\nsubmitted {counted(outcome.jobs, 'job')}{_clusters(outcome)}")
        if clusters and self.verbose:
            session.summarize_table(table)
        _show_skipped(session, plan, self.verbose, _DETAILS_SHOWN if self.every_job else _FEW_DETAILS)


def _announce(session: Session) -> None:
    """Show announcements above what people see."""
    if not session.quiet:
        session.show_announcements()


def _submitted(one: Submitted) -> dict[str, Cell]:
    first, last = one.runs
    values: tuple[Cell, ...] = (one.schedd, one.cluster, one.jobs, first, last, str(one.folder))
    return {column.key: value for column, value in zip(_CLUSTER, values, strict=True)}


def _left_out(plan: Plan) -> dict[str, object]:
    return {"skipped": skipped(plan.skipped), "masks": masks(plan), **_unblocked(plan)}


def skipped(reasons: Iterable[Skipped]) -> list[dict[str, object]]:
    """Everything left out, for `--format json`."""
    return [
        {"reason": one.reason.value, "level": one.level.value, "count": one.count, "runs": list(one.runs)}
        for one in reasons
    ]


def masks(plan: Plan) -> list[dict[str, object]]:
    """The masks that removed hosts from the rule, for `--format json`; a mask of the command line has no id."""
    return [
        {"id": one.mask.id or None, "hosts": list(one.mask.hosts), "reason": one.mask.reason, "runs": one.runs}
        for one in plan.masks
    ]


def _say_masks(session: Session, plan: Plan) -> None:
    if plan.masks:
        session.say(masks_in_words(plan.rule.site, plan.masks))


def _unblocked(plan: Plan) -> dict[str, object]:
    """Unblocked outputs, and outputs that stay blocked, for `--format json`; empty without --unblock."""
    rows, left = plan.again(), plan.unblocked.left
    if not rows and not left:
        return {}
    return {"unblocked": {"dbids": sorted(row.dbid for row in rows.values()), "left": dict(left)}}


def _say_unblocked(session: Session, plan: Plan) -> None:
    for why, count in sorted(plan.unblocked.left.items()):
        session.warn(f"{count} outputs stay blocked: {why}")


def _again(plan: Plan) -> str:
    rows = plan.again()
    return f"; again: {in_words(rows)}" if rows else ""


def _described(plan: Plan) -> list[dict[str, object]]:
    return [describe(plan.layout_of(job), job) for job in plan.jobs]


def _heading(plan: Plan) -> str:
    rule = plan.rule
    passed = "1 run passes" if plan.runs == 1 else f"{plan.runs} runs pass"
    return f"{rule.name}  {rule.outtriplet} {rule.booked_dataset}\nof runs {plan.selection}, {passed} the cuts"


def _span(jobs: Iterable[Job]) -> str:
    runs = {job.run for job in jobs}
    if not runs:
        return ""
    return f", run {min(runs)}" if len(runs) == 1 else f", {len(runs)} runs from {max(runs)} down to {min(runs)}"


def _clusters(outcome: Outcome) -> str:
    if not outcome.submitted:
        return ""
    newest = max(one.runs[1] for one in outcome.submitted)
    oldest = min(one.runs[0] for one in outcome.submitted)
    runs = f"run {newest}" if newest == oldest else f"runs {newest} down to {oldest}"
    places = ", ".join(f"{one.cluster}@{one.schedd}" for one in outcome.submitted[:3])
    return f", {runs}, in cluster {places}{' ...' if len(outcome.submitted) > 3 else ''}"


def _show_skipped(session: Session, plan: Plan, verbose: bool, most: int) -> None:
    if not plan.skipped:
        return
    if verbose:
        rows = [
            [one.reason.value, one.level.value, len(details) or 1, run, _listed(details, most)]
            for one in plan.skipped
            for run, details in sorted(one.details.items(), reverse=True)
        ]
        session.summarize_table(Table((*_LEFT_OUT, Column("run"), Column("what")), rows))
        return
    rows = [
        [one.reason.value, one.level.value, one.count, _listed(one.runs[::-1], _RUNS_SHOWN)] for one in plan.skipped
    ]
    session.summarize_table(Table((*_LEFT_OUT, Column("runs")), rows, note="-v lists all of it"))


def _listed(items: Iterable[object], most: int) -> str:
    words = [str(item) for item in items]
    more = len(words) - most
    return ", ".join(words[:most]) + (f" and {more} more" if more > 0 else "")
