"""The differences between a plan and the jobs of another tool: each has one reason.

Pure: data in, data out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from prodcli.reasons import HELPS, Level, Reason, Skipped

if TYPE_CHECKING:
    from prodcli.planning.plan import Plan
    from prodcli.productions.shadow import OtherJob
    from prodcli.rules.layout import Job
    from prodcli.runs.selection import RunSelection

_EXAMPLES = 3


class Side(StrEnum):
    """Where outputs are: in the plan and in the books of the other tool, or in one of them."""

    BOTH = "both"
    HERE = "here only"
    THERE = "there only"


class Difference(StrEnum):
    """The reasons of differences that the reasons of plans do not know."""

    SAME = "same"
    OTHER_NAME = "other_name"
    NOT_SELECTED = "not_selected"
    SEGMENT_NOT_SELECTED = "segment_not_selected"
    NO_CANDIDATE = "no_candidate"
    NOTHING_THERE = "nothing_there"
    NOT_YET_THERE = "not_yet_there"
    OTHER_SEGMENTS = "other_segments"
    OTHER_HOSTS = "other_hosts"
    MASKED_HERE = "masked_here"
    RUN_NOT_THERE = "run_not_there"


WORDS = {
    Difference.SAME: "the other tool has submitted what prodcli plans",
    Difference.OTHER_NAME: "both have the run and segment, under two names: compare dataset, tag and dsttype",
    Difference.NOT_SELECTED: "the run is not among the runs that steering selects here",
    Difference.SEGMENT_NOT_SELECTED: "the segment is not among those that steering selects here",
    Difference.NO_CANDIDATE: "the catalogs have no such input now: prodcli why for the run",
    Difference.NOTHING_THERE: "the other tool has submitted nothing of this rule in these days",
    Difference.NOT_YET_THERE: "the run is newer than the newest that the other tool has submitted",
    Difference.OTHER_SEGMENTS: "the other tool has submitted other segments of the run, not this one",
    Difference.OTHER_HOSTS: "the other tool has submitted other hosts of the run, not this one",
    Difference.MASKED_HERE: "hosts of the run are masked here; the other tool waits for them",
    Difference.RUN_NOT_THERE: "the other tool has submitted nothing of the run: compare its cuts and its run list",
}


@dataclass(frozen=True)
class ShadowLine:
    """Outputs of a rule on one side, with one reason: how many, and some of their names."""

    rule: str
    tag: str
    side: Side
    reason: str
    count: int
    examples: tuple[str, ...]

    @property
    def words(self) -> str:
        """What the reason says, or what helps."""
        return WORDS[Difference(self.reason)] if self.reason in set(Difference) else HELPS[Reason(self.reason)]


@dataclass(frozen=True)
class Comparison:
    """A plan beside the jobs of another tool."""

    plan: Plan
    theirs: Sequence[OtherJob]
    segments: RunSelection | None = None

    def lines(self) -> Iterator[ShadowLine]:
        """A line for each side and reason, the largest first."""
        found: dict[tuple[Side, str], list[str]] = defaultdict(list)
        for name in self.names:
            side, why = self._here(name)
            found[side, str(why)].append(name)
        for job in self.theirs:
            if job.filename not in self.names:
                found[Side.THERE, str(self._there(job))].append(job.filename)
        sides = list(Side)
        for (side, reason), names in sorted(found.items(), key=lambda one: (sides.index(one[0][0]), -len(one[1]))):
            rule = self.plan.rule
            yield ShadowLine(rule.name, rule.outtriplet, side, reason, len(names), tuple(sorted(names)[:_EXAMPLES]))

    @cached_property
    def names(self) -> Mapping[str, Job]:
        """The jobs of the plan by the name of their output."""
        return {self.plan.layout.filename(job): job for job in self.plan.jobs}

    def _here(self, name: str) -> tuple[Side, Difference]:
        """Where an output of the plan is, and why it is not there, if it is not."""
        job, there = self.names[name], self._there_by
        if name in there.names:
            return Side.BOTH, Difference.SAME
        if not self.theirs:
            return Side.HERE, Difference.NOTHING_THERE
        if self._place(job) in there.places:
            return Side.HERE, Difference.OTHER_NAME
        if job.run > there.newest:
            return Side.HERE, Difference.NOT_YET_THERE
        if job.run in there.runs:
            return Side.HERE, Difference.OTHER_HOSTS if job.leaf else Difference.OTHER_SEGMENTS
        return Side.HERE, Difference.MASKED_HERE if job.mask else Difference.RUN_NOT_THERE

    def _there(self, job: OtherJob) -> Reason | Difference:
        """Why an output of the other tool is not in the plan."""
        if (job.run, job.segment, job.dsttype) in self._here_places:
            return Difference.OTHER_NAME
        for one in self._skips.get(job.run, ()):
            if self._is_about(one, job):
                return one.reason
        if job.run not in self.plan.selection:
            return Difference.NOT_SELECTED
        if self.segments is not None and job.segment not in self.segments:
            return Difference.SEGMENT_NOT_SELECTED
        return Difference.NO_CANDIDATE

    def _is_about(self, skipped: Skipped, job: OtherJob) -> bool:
        """True if what was left out is this output: its run, its host, or its segment."""
        if skipped.level is Level.RUN:
            return True
        details = {str(one).split(" ")[0] for one in skipped.details.get(job.run, ())}
        return bool(details & {str(job.segment), self._hosts.get(job.dsttype, "")})

    @cached_property
    def _hosts(self) -> Mapping[str, str]:
        """The host of each dsttype of a combining rule, as the catalog calls it."""
        dsttype = self.plan.rule.dsttype
        return {f"{self.plan.rule.params.dsttype}_{host.leaf}": host.name for host in dsttype.hosts}

    @cached_property
    def _skips(self) -> Mapping[int, Sequence[Skipped]]:
        """What the plan leaves out, by run."""
        found: dict[int, list[Skipped]] = defaultdict(list)
        for one in self.plan.skipped:
            for run in one.runs:
                found[run].append(one)
        return found

    def _place(self, job: Job) -> tuple[int, int, str]:
        layout = self.plan.layout
        return job.run, layout.first_output(job.segment), layout.booked_dsttype(job)

    @cached_property
    def _here_places(self) -> Collection[tuple[int, int, str]]:
        return {self._place(job) for job in self.plan.jobs}

    @cached_property
    def _there_by(self) -> _There:
        return _There(
            frozenset(job.filename for job in self.theirs),
            frozenset((job.run, job.segment, job.dsttype) for job in self.theirs),
            frozenset(job.run for job in self.theirs),
            max((job.run for job in self.theirs), default=0),
        )


@dataclass(frozen=True)
class _There:
    """The jobs of the other tool by name, place and run; the newest run."""

    names: frozenset[str] = field(default_factory=frozenset)
    places: frozenset[tuple[int, int, str]] = field(default_factory=frozenset)
    runs: frozenset[int] = field(default_factory=frozenset)
    newest: int = 0
