"""The jobs that a recovery verb takes, and the reasons why it leaves others alone.

Pure: data in, data out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from prodcli.books.job_filter import BookedJob
from prodcli.states import Status, Substatus

_PERSON = 1  # the hold code of condor_hold


@dataclass(frozen=True, slots=True)
class JobChoice:
    """The jobs that a verb takes; and the number of others that are left alone, by reason."""

    jobs: Sequence[BookedJob]
    left: Counter[str] = field(default_factory=Counter)

    def without(self, unfit: Callable[[BookedJob], bool], why: str) -> JobChoice:
        """The choice without unfit jobs."""
        fit = [job for job in self.jobs if not unfit(job)]
        return JobChoice(fit, self.left + Counter({why: len(self.jobs) - len(fit)}))

    def among(self, dbids: Collection[int], why: str) -> JobChoice:
        """The choice with only the jobs of some rows."""
        return self.without(lambda job: job.dbid not in dbids, why)

    def held(self, user_holds: bool) -> JobChoice:
        """The held jobs; jobs held by a person only with `user_holds`."""
        every = self.without(lambda job: job.status != Status.HELD, "not held")
        return every.not_held_by_persons(user_holds)

    def held_or_stalled(self, user_holds: bool) -> JobChoice:
        """The held jobs, as `held` takes them, and stalled jobs."""
        every = self.without(lambda job: job.status != Status.HELD and not job.stalled, "neither held nor stalled")
        return every.not_held_by_persons(user_holds)

    def not_held_by_persons(self, user_holds: bool) -> JobChoice:
        """The jobs that no person has put on hold; with `user_holds` all jobs."""

        def held_by_person(job: BookedJob) -> bool:
            return job.status == Status.HELD and job.hold_code == _PERSON and not user_holds

        return self.without(held_by_person, "held by a person (--user-holds includes them)")

    def not_held(self) -> JobChoice:
        """The jobs that are not on hold."""
        return self.without(lambda job: job.status == Status.HELD, "already held")

    def materialized(self, why: str) -> JobChoice:
        """The materialized jobs; `why` is the reason for leaving the others alone."""
        return self.without(lambda job: job.substatus == Substatus.WAITING, why)
