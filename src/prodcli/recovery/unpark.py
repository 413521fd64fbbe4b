"""Submit parked jobs again, as new attempts, from the books."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from prodcli.books.actions import Author
from prodcli.books.job_filter import BookedJob
from prodcli.books.queue_limit import MAXQUEUED
from prodcli.memory.requests import unchanged_note
from prodcli.recovery.job_choice import JobChoice
from prodcli.recovery.recovery import PlanWork
from prodcli.recovery.recovery_plan import RecoveryPlan
from prodcli.recovery.recovery_verb import RecoveryVerb
from prodcli.recovery.resubmit_description import Resources
from prodcli.recovery.stored_submissions import dbids_of, in_books, with_kits
from prodcli.recovery.submit_again import Resubmitter
from prodcli.verbs import UNPARK, Verb

NOT_KEPT = "no stored description"


@dataclass(frozen=True)
class Unpark(RecoveryVerb):
    """Submit parked jobs again, on their own schedds or on one, with other resources if needed.

    `memory` is a size in MB, or a factor of the largest memory that each job ever requested.
    """

    verb: Verb = UNPARK
    memory: int | float | None = None
    requests: Resources = field(default_factory=Resources)
    schedd: str = ""
    maxqueued: int = MAXQUEUED
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def plan_for(self, jobs: Sequence[BookedJob]) -> RecoveryPlan:
        """The jobs whose description is in the books, with their memory."""
        there = in_books(self.recovery.database, [job.dbid for job in jobs])
        stored, no_kit = with_kits(there)
        fit = JobChoice(jobs).among(dbids_of(there), NOT_KEPT).among(dbids_of(stored), no_kit)
        plan = RecoveryPlan(self.verb, [(job, self._asked(job)) for job in fit.jobs], fit.left, self.parameters)
        return replace(
            plan, notes=[unchanged_note(fit.jobs)] if fit.jobs and self.memory is None else [], stored=stored
        )

    def work(self, part: RecoveryPlan, author: Author) -> PlanWork:
        """The submission from the books."""
        return Resubmitter(self.recovery, self.schedd, self.requests, self.maxqueued).unpark(part)

    def _asked(self, job: BookedJob) -> int | None:
        if isinstance(self.memory, float):
            return None if job.climbs_from is None else math.ceil(job.climbs_from * self.memory)
        return job.climbs_from if self.memory is None else self.memory
