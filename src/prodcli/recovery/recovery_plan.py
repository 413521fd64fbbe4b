"""The plan of a recovery verb: jobs that it takes, and jobs that it leaves alone, by reason."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any

from prodcli.books.job_filter import JobFilter
from prodcli.recovery.job_choice import JobChoice
from prodcli.recovery.preview import Family, PartPreview, PlannedJob, Preview, groups_of
from prodcli.recovery.stored_submissions import StoredSubmission
from prodcli.sizes import counted, left_out
from prodcli.verbs import QUEUED, Verb


@dataclass(frozen=True, slots=True)
class JobSelection:
    """The jobs for a verb: jobs of a filter, at most `limit`; with `sample` only this fraction of the jobs that fit.

    With `as_booked` the books are taken as they are, without a harvest; nothing is written.
    """

    wanted: JobFilter
    limit: int | None = None
    as_booked: bool = False
    sample: float | None = None


@dataclass(frozen=True)
class RecoveryPlan:
    """The jobs of a verb; the number of other jobs left alone, by reason; and `more` plans for further jobs.

    `places` is where the books were searched, `stored` the stored submissions of the jobs, if the verb needs them, `over`
    the number of jobs that a limit keeps out. `lacks` says which services are not up that the jobs need.
    """

    verb: Verb
    jobs: Sequence[PlannedJob] = ()
    left: Counter[str] = field(default_factory=Counter)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    notes: Sequence[str] = ()
    more: Sequence[RecoveryPlan] = ()
    places: Sequence[str] = (QUEUED,)
    stored: Sequence[StoredSubmission] = ()
    over: int = 0
    lacks: Sequence[str] = ()

    @property
    def parts(self) -> dict[str, RecoveryPlan]:
        """This plan and `more` plans, by the shown name; the first by its name in the log."""
        return {self.verb.logged: self, **{part.verb.name: part for part in self.more}}

    @property
    def total(self) -> int:
        """The number of jobs of all parts."""
        return sum(len(part.jobs) for part in self.parts.values())

    def preview(self, family: Family = str) -> Preview:
        """The preview for the question; `family` names a dsttype without its host."""
        nowhere = f"no {' or '.join(self.places)} job matches"
        nothing = [] if self.total else ["nothing to do" if self.left else nowhere]
        left = [left_out(count, why) for why, count in self.left.most_common()]
        parts = [PartPreview(part.verb, groups_of(part.jobs, family)) for part in self.parts.values()]
        return Preview(parts, self.over, [*nothing, *self.lacks, *self.notes, *left])

    def sampled(self, fraction: float | None) -> RecoveryPlan:
        """The plan for a random sample of the jobs of each part; the whole plan without a fraction."""
        if fraction is None or not self.total:
            return self
        more = [replace(part, jobs=sample_of(part.jobs, fraction)) for part in self.more]
        plan = replace(self, jobs=sample_of(self.jobs, fraction), more=more)
        note = f"sample: {plan.total} of {counted(self.total, 'job')}, drawn by row number, so the same jobs each time"
        return replace(plan, notes=[note, *self.notes], parameters={**self.parameters, "sample": fraction})

    def limited(self, limit: int | None) -> RecoveryPlan:
        """The plan for at most this many jobs, the first part first."""
        over = self.total - limit if limit else 0
        if over <= 0:
            return self
        room, more = limit or 0, []
        for part in self.parts.values():
            more.append(replace(part, jobs=part.jobs[: max(0, room)]))
            room -= len(part.jobs)
        return replace(more[0], over=over, more=more[1:])


def sample_of(jobs: Sequence[PlannedJob], fraction: float) -> list[PlannedJob]:
    """A fraction of the jobs, rounded up, in their order.

    Each row number of the books has a fixed lot, and the jobs with the smallest lots are drawn. So a second look draws the
    same jobs, and a larger fraction draws these and others.
    """
    drawn = sorted(jobs, key=lambda planned: _lot(planned[0].dbid))[: math.ceil(len(jobs) * fraction)]
    chosen = {job.dbid for job, _ in drawn}
    return [planned for planned in jobs if planned[0].dbid in chosen]


def _lot(dbid: int) -> bytes:
    return blake2b(str(dbid).encode(), digest_size=8).digest()


def finished_instead(count: int, dry_run: bool) -> list[str]:
    """The line about failed jobs that are not redone; none if there are none."""
    if not count:
        return []
    will = "would be booked" if dry_run else "booked"
    return [f"{counted(count, 'failed job')} {will} as finished: outputs are registered"]


def plan_of(verb: Verb, choice: JobChoice, parameters: Mapping[str, Any] | None = None) -> RecoveryPlan:
    """A plan for the jobs of a choice, with unchanged memory."""
    return RecoveryPlan(verb, [(job, None) for job in choice.jobs], choice.left, parameters or {})
