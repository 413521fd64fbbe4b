"""The keys of recovery verbs: what each does to the jobs of the row under the cursor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from prodcli.recovery.recovery_plan import JobSelection
from prodcli.states import Status, Substatus

if TYPE_CHECKING:
    from prodcli.books.job_filter import JobFilter
    from prodcli.recovery.recovery import Recovery
    from prodcli.recovery.recovery_verb import RecoveryVerb

Make = Callable[["Recovery", int | None], "RecoveryVerb"]  # the largest memory to request in MB, or None


@dataclass(frozen=True)
class VerbKey:
    """A key, the verb in words, how to make the verb, and the states of the jobs that it takes; empty for all in a queue."""

    key: str
    words: str
    make: Make
    states: Sequence[str] = ()

    def selection(self, jobs: JobFilter) -> JobSelection:
        """The jobs of a place that the verb takes."""
        return JobSelection(replace(jobs, states=self.states))


def _release(recovery: Recovery, _: int | None) -> RecoveryVerb:
    from prodcli.recovery import queue_verbs

    return queue_verbs.release(recovery)


def _hold(recovery: Recovery, _: int | None) -> RecoveryVerb:
    from prodcli.recovery import queue_verbs

    return queue_verbs.hold(recovery)


def _kill(recovery: Recovery, _: int | None) -> RecoveryVerb:
    from prodcli.recovery import queue_verbs

    return queue_verbs.kill(recovery)


def _more_memory(recovery: Recovery, most: int | None) -> RecoveryVerb:
    """`resubmit --auto`: the memory by peaks of finished jobs, the ladder, or what held jobs exceeded."""
    from prodcli.memory.requests import Raise
    from prodcli.recovery.resubmit import Resubmit

    return Resubmit(recovery, wanted=Raise(most=most, support={}), parameters={"auto": True})


def _submit_again(recovery: Recovery, _: int | None) -> RecoveryVerb:
    """`resubmit --clone`: failed jobs from their rendered files, but for those that somebody has removed."""
    from prodcli.recovery.resubmit import Resubmit

    return Resubmit(recovery, states=(Status.FAILED, Substatus.LOST, Substatus.NO_OUTPUT), clone=True)


def _park(recovery: Recovery, _: int | None) -> RecoveryVerb:
    from prodcli.recovery.park import Park

    return Park(recovery)


def _unpark(recovery: Recovery, _: int | None) -> RecoveryVerb:
    from prodcli.recovery.unpark import Unpark

    return Unpark(recovery)


VERB_KEYS = (
    VerbKey("r", "release held jobs", _release, (Status.HELD,)),
    VerbKey("m", "give held jobs more memory", _more_memory, (Status.HELD,)),
    VerbKey("s", "submit failed jobs again", _submit_again),
    VerbKey("p", "park held jobs", _park, (Status.HELD,)),
    VerbKey("u", "submit parked jobs again", _unpark),
    VerbKey("h", "hold jobs", _hold),
    VerbKey("k", "kill jobs", _kill),
)
