"""What a recovery verb would do: the jobs that it takes, and the jobs that it leaves with why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prodcli.books.actions import Author, Target
    from prodcli.books.job_filter import BookedJob
    from prodcli.books.verbs import Verb
    from prodcli.recovery.recovery import Outcome, QueueAction

    Act = Callable[[Sequence[Target], Author, Mapping[str, Any]], Outcome]


_PERSON = 1  # the hold code


@dataclass(frozen=True)
class Plan:
    """What a verb would do: jobs with the memory that they shall get (None: as it is), and others with why not.

    `notes` are shown with it. `more` is what is to be done with yet others, `places` where all of them were looked for.
    """

    jobs: Sequence[tuple[BookedJob, int | None]]
    left: Counter[str]
    parameters: Mapping[str, Any]
    notes: Sequence[str] = ()
    more: Sequence[tuple[Plan, Doing]] = ()
    places: Sequence[str] = ("queued",)

    @property
    def total(self) -> int:
        """The jobs with which something is to be done."""
        return len(self.jobs) + sum(len(plan.jobs) for plan, _ in self.more)


@dataclass(frozen=True)
class Doing:
    """A verb: its name, which jobs it takes, and what it asks of a schedd; or `acts`, how it goes about all of it.

    `places` is where the books have such jobs.
    """

    verb: Verb
    plan: Callable[[Sequence[BookedJob]], Plan]
    deed: QueueAction | None = None
    acts: Act | None = None
    places: Sequence[str] = ("queued",)


def leave_out(jobs: Sequence[BookedJob], unfit: Callable[[BookedJob], bool], why: str) -> Plan:
    """A plan of the jobs that are fit for it."""
    fit = [(job, None) for job in jobs if not unfit(job)]
    return Plan(fit, +Counter({why: len(jobs) - len(fit)}), {})


def all_of(jobs: Sequence[BookedJob]) -> Plan:
    """A plan of all jobs."""
    return Plan([(job, None) for job in jobs], Counter(), {})


def held(jobs: Sequence[BookedJob], user_holds: bool) -> Plan:
    """A plan of the held jobs that may be touched: what a person held is that person's, unless `user_holds`."""
    all_held = leave_out(jobs, lambda job: job.status != "held", "not held")
    ours = untouched([job for job, _ in all_held.jobs], user_holds)
    return Plan(ours.jobs, all_held.left + ours.left, {})


def untouched(jobs: Sequence[BookedJob], user_holds: bool) -> Plan:
    """A plan of the jobs that no person has put on hold; of all, if `user_holds`."""

    def theirs(job: BookedJob) -> bool:
        return job.status == "held" and job.hold_code == _PERSON and not user_holds

    return leave_out(jobs, theirs, "a person held them (--user-holds takes them, too)")
