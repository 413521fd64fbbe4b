"""Plan a pass: the outputs that can be submitted now, and one reason for each output that cannot.

rule + runs -> daq -> minus invalid -> catalogs -> match, without masked hosts -> minus produced -> minus blocked ->
jobs, newest first. Generated jobs have no run in daq and no inputs, and skip these steps.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import blake2b

from prodcli.books.claims import Booked, Books, Seen
from prodcli.catalogs.catalogs import Catalogs
from prodcli.catalogs.rows import Run, SegmentInputs
from prodcli.config.profile import Match
from prodcli.data_states.required import inputs_in_state
from prodcli.db import chunks_of
from prodcli.exclusions.invalid_runs import invalid_segments, without_invalid
from prodcli.exclusions.masks import AppliedMask, applied_masks, mask_bits
from prodcli.names import MOST_SEGMENT
from prodcli.planning.by_query import queried
from prodcli.planning.generate import generated
from prodcli.planning.host_requirements import HostRequirements
from prodcli.planning.input_states import with_required_state
from prodcli.planning.match import MatchLimits, combine, downstream
from prodcli.planning.plan_request import PlanRequest
from prodcli.planning.run_cuts import select_runs
from prodcli.planning.unblock import Unblocked
from prodcli.progress import Progress, silent
from prodcli.reasons import Level, Reason, Skipped, Skips
from prodcli.rules.layout import Job, Layout
from prodcli.rules.model import Rule
from prodcli.rules.required_files import fits
from prodcli.runs.selection import RunSelection

_OUTPUTS = 100_000  # whose names are made at a time; a multiple of what one statement asks for


@dataclass(frozen=True)
class Plan:
    """The jobs of a pass in order, and everything left out; `runs` passed the cuts of the rule and are not invalid."""

    layout: Layout
    selection: RunSelection
    runs: int
    jobs: tuple[Job, ...]
    skips: Skips
    masks: tuple[AppliedMask, ...] = ()
    unblocked: Unblocked = field(default_factory=Unblocked)
    rest: tuple[Callable[[], "Plan"], ...] = ()  # each waits for a plan of older runs

    @property
    def rule(self) -> Rule:
        """The rule of the plan."""
        return self.layout.rule

    def layout_of(self, job: Job) -> Layout:
        """The layout of jobs with the mask of this job, which is a job of the plan."""
        return self._layouts[job.mask]

    @cached_property
    def _layouts(self) -> dict[int, Layout]:
        return {mask: Layout(self.rule, mask) for mask in {job.mask for job in self.jobs}}

    @property
    def skipped(self) -> list[Skipped]:
        """Everything left out, in the order of reasons."""
        return list(self.skips)

    def followed_by(self, selection: RunSelection, rest: "tuple[Callable[[], Plan], ...]") -> "Plan":
        """The first part of a plan, with the parts that follow."""
        return replace(self, selection=selection, rest=rest)

    def grown(self) -> "Plan":
        """The plan with the next part, which is waited for."""
        part = self.rest[0]()
        counts = Counter({one.mask: one.runs for one in self.masks})
        counts.update({one.mask: one.runs for one in part.masks})
        masks = tuple(AppliedMask(mask, runs) for mask, runs in counts.items())
        runs, jobs, skips = self.runs + part.runs, self.jobs + part.jobs, self.skips.plus(part.skips)
        return replace(self, runs=runs, jobs=jobs, skips=skips, masks=masks, rest=self.rest[1:])

    def whole(self) -> "Plan":
        """The plan with all parts."""
        plan = self
        while plan.rest:
            plan = plan.grown()
        return plan

    def skipping(self, skips: Skips) -> "Plan":
        """The plan with more skips."""
        return replace(self, skips=self.skips.plus(skips))

    def limited(self, most: int) -> "Plan":
        """The plan with at most this many jobs; the others are skipped as `limit`."""
        return replace(self, jobs=self.jobs[:most]).skipping(beyond_limit(self.layout, self.jobs[most:]))

    def drawn(self, count: int) -> "Plan":
        """The plan with so many jobs, drawn by run, segment and host, so the same ones each time; others as `limit`."""
        drawn = frozenset(sorted(self.jobs, key=_lot)[:count])
        left = [job for job in self.jobs if job not in drawn]
        jobs = tuple(job for job in self.jobs if job in drawn)
        return replace(self, jobs=jobs).skipping(beyond_limit(self.layout, left))

    def again(self) -> dict[str, Seen]:
        """The rows of jobs that are to be claimed again."""
        if not self.unblocked.rows:
            return {}
        return self.unblocked.of([self.layout.filename(job) for job in self.jobs])


def _lot(job: Job) -> bytes:
    return blake2b(repr((job.run, job.segment, job.leaf, job.columns)).encode()).digest()


def beyond_limit(layout: Layout, jobs: Iterable[Job]) -> Skips:
    """Jobs that are skipped as `limit`."""
    skips = Skips()
    for job in jobs:
        skips.add(Reason.LIMIT, Level.OUTPUT, job.run, layout.called(job))
    return skips


def make_plan(
    wanted: PlanRequest,
    catalogs: Catalogs,
    books: Books,
    progress: Progress = silent,
    unblocking: Callable[[Sequence[str]], Unblocked] | None = None,
) -> Plan:
    """Plan a pass; reads only, with a fixed number of statements plus one per 20,000 outputs."""
    rule, layout, skips = wanted.rule, Layout(wanted.rule), Skips()
    masks: tuple[AppliedMask, ...] = ()
    if rule.by_query:
        with progress("asking for inputs"):
            count, candidates = queried(wanted, catalogs, skips)
    elif rule.generated:
        count, candidates = generated(wanted, skips)
    else:
        runs, candidates = _matched(wanted, catalogs, books, skips, progress)
        count, masks = len(runs), applied_masks(rule, wanted.exclusions.masks, [run.number for run in runs])
    with progress("looking for existing outputs"):
        jobs, unblocked = _without_existing(layout, candidates, catalogs, books, skips, unblocking)
    return Plan(layout, wanted.runs, count, tuple(jobs), skips, masks, unblocked)


def _matched(
    wanted: PlanRequest, catalogs: Catalogs, books: Books, skips: Skips, progress: Progress
) -> tuple[list[Run], list[Job]]:
    """The runs that pass the cuts and are not invalid, and the jobs that match."""
    rule = wanted.rule
    with progress("reading runs"):
        runs = select_runs(catalogs.runs(wanted.runs), wanted.runs, rule.input, skips)
        runs = without_invalid(rule, runs, wanted.exclusions.invalid, skips)
    with progress("matching inputs"):
        return runs, _candidates(wanted, runs, catalogs, books, skips)


def _candidates(wanted: PlanRequest, runs: Sequence[Run], catalogs: Catalogs, books: Books, skips: Skips) -> list[Job]:
    if not runs:
        return []
    rule = wanted.rule
    numbers = sorted(run.number for run in runs)
    masks = mask_bits(rule, wanted.exclusions.masks, numbers)
    limits = MatchLimits(wanted.input_segments, masks, invalid_segments(rule, wanted.exclusions.invalid, numbers))
    if rule.dsttype.match is Match.COMBINING:
        return combine(rule, runs, catalogs.raw_hosts(rule, numbers), skips, limits)
    raw = catalogs.raw_masks(rule, numbers) if rule.dsttype.requirement(rule.input.physicsmode).of_raw else {}
    needs = HostRequirements.of(rule)
    short = [run for run in numbers if not needs.among(Reason.FEW_HOSTS_RAW, raw.get(run, 0), masks.get(run, 0)).met]
    read = sorted(set(numbers).difference(short))
    inputs = catalogs.segment_inputs(rule, read) if read else []
    # of a run that was taken without a host it matters only whether it has any inputs; its files are many
    inputs += [SegmentInputs(run, (), 1, 1) for run in (catalogs.with_inputs(rule, short) if short else ())]
    jobs = downstream(rule, runs, raw, inputs, skips, limits)
    if rule.input.require_state is None or not jobs:
        return jobs
    good = inputs_in_state(books.database, rule, sorted({job.run for job in jobs}))
    return with_required_state(jobs, inputs, good, skips)


def _without_existing(
    layout: Layout,
    candidates: Sequence[Job],
    catalogs: Catalogs,
    books: Books,
    skips: Skips,
    unblocking: Callable[[Sequence[str]], Unblocked] | None,
) -> tuple[list[Job], Unblocked]:
    """Leave out jobs with an output in the file catalog or in the books, in any state, unless they are unblocked.

    Names are made of some jobs at a time, as those of a million take much memory; what unblocks outputs is asked once.
    """
    jobs: list[Job] = []
    if unblocking is not None:
        existing = _existing(layout, candidates, catalogs, books, unblocking)
        return _left(layout, candidates, existing, skips), existing.unblocked
    for some in chunks_of(candidates, max(1, _OUTPUTS // layout.outputs_per_job)):
        jobs += _left(layout, some, _existing(layout, some, catalogs, books), skips)
    return jobs, Unblocked()


@dataclass(frozen=True)
class _Existing:
    """What there is of jobs, by name: the names, numbers of produced outputs, blocking rows, and rows that may be unblocked."""

    names: Sequence[str]
    produced: Mapping[str, int]
    blocking: Mapping[str, Booked]
    unblocked: Unblocked


def _existing(
    layout: Layout,
    jobs: Sequence[Job],
    catalogs: Catalogs,
    books: Books,
    unblocking: Callable[[Sequence[str]], Unblocked] | None = None,
) -> _Existing:
    names = [layout.filename(job) for job in jobs]
    jobs_of = _jobs_of_outputs(layout, jobs, names)
    produced = Counter(map(jobs_of.__getitem__, catalogs.produced(list(jobs_of))))
    open_outputs = [output for output, name in jobs_of.items() if name not in produced]
    booked = books.booked(open_outputs, layout.rule.input.status_query_constraints)
    unblocked = Unblocked() if unblocking is None else unblocking([name for name in names if name not in produced])
    blocking = {jobs_of[output]: row for output, row in booked.items() if output not in unblocked.rows}
    return _Existing(names, produced, blocking, unblocked)


def _left(layout: Layout, candidates: Sequence[Job], existing: _Existing, skips: Skips) -> list[Job]:
    """The jobs of which nothing exists."""
    largest = (MOST_SEGMENT + 1) // layout.outputs_per_job - 1
    produced, blocking = existing.produced, existing.blocking
    jobs, done = [], defaultdict(list)
    for job, name in zip(candidates, existing.names, strict=True):
        if not fits(name) or job.segment > largest:
            fault = "segment that is too large" if fits(name) else "name that is too long"
            skips.add(Reason.BAD_CATALOG_ROW, Level.OUTPUT, job.run, f"{layout.called(job)} has a {fault}")
        elif name in produced:
            done[job.run].append(_produced(layout, job, produced[name]))
        elif name in blocking:
            skips.add(Reason.BLOCKED, Level.OUTPUT, job.run, f"{layout.called(job)} {blocking[name].status or 'NULL'}")
        else:
            jobs.append(job)
    for run, whats in done.items():
        skips.add_each(Reason.PRODUCED, Level.OUTPUT, run, whats)
    return jobs


def _jobs_of_outputs(layout: Layout, jobs: Sequence[Job], names: Sequence[str]) -> dict[str, str]:
    """The name of the job of each output, which is the name of its first."""
    if layout.outputs_per_job == 1:
        return dict(zip(names, names, strict=True))
    return {output: name for job, name in zip(jobs, names, strict=True) for output in layout.filenames(job)}


def _produced(layout: Layout, job: Job, count: int) -> str | int:
    """A job in the file catalog; with the number of its outputs there, if some are not."""
    several = layout.outputs_per_job
    return layout.called(job) if count >= several else f"{layout.called(job)} {count} of {several} outputs"
