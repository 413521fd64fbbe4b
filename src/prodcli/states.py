"""Job states: HTCondor's seven, the books' eight, and how one becomes the other.

Source of the numbers: HTCondor manual, job ClassAd attribute JobStatus. The mapping: docs/operations.md, States.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from types import MappingProxyType

from prodcli.errors import UsageError
from prodcli.names import did_you_mean


class Queue(IntEnum):
    """HTCondor's JobStatus."""

    IDLE = 1
    RUNNING = 2
    REMOVED = 3
    COMPLETED = 4
    HELD = 5
    TRANSFERRING_OUTPUT = 6
    SUSPENDED = 7


class Status(StrEnum):
    """`production_jobs.status`, in order; every one of them blocks a new submission of the same output."""

    SUBMITTING = "submitting"
    SUBMITTED = "submitted"
    STARTED = "started"
    RUNNING = "running"
    HELD = "held"
    EVICTED = "evicted"
    FAILED = "failed"
    FINISHED = "finished"


class Substatus(StrEnum):
    """`production_jobs.substatus`, which refines a status; empty without refinement."""

    NONE = ""
    WAITING = "waiting"
    TRANSFERRING = "transferring"
    SUSPENDED = "suspended"
    STALLED = "stalled"
    PARKED = "parked"
    REMOVED = "removed"
    LOST = "lost"
    NO_OUTPUT = "no_output"


# Jobs that the batch system may still know: what a sweep for lost jobs looks at.
LIVE = (Status.SUBMITTED, Status.STARTED, Status.RUNNING, Status.HELD, Status.EVICTED)


# HTCondor's words and letters for states that the books call by another word, or by two.
_CONDOR_WORDS = MappingProxyType(
    {
        "i": (Status.SUBMITTED, Status.EVICTED),
        "idle": (Status.SUBMITTED, Status.EVICTED),
        "pending": (Status.SUBMITTED, Status.EVICTED),
        "r": (Status.STARTED, Status.RUNNING),
        "run": (Status.STARTED, Status.RUNNING),
        "h": (Status.HELD,),
        "hold": (Status.HELD,),
        "x": (Substatus.REMOVED,),
        "c": (Status.FINISHED,),
        "completed": (Status.FINISHED,),
        "done": (Status.FINISHED,),
        "fail": (Status.FAILED,),
        "s": (Substatus.SUSPENDED,),
        "<": (Substatus.TRANSFERRING,),
        ">": (Substatus.TRANSFERRING,),
        "transferring_output": (Substatus.TRANSFERRING,),
    }
)


def states_called(word: str, known: Collection[str]) -> tuple[str, ...]:
    """The known states that a word of the books or of HTCondor means, in any letters; empty for another word."""
    lower = word.lower()
    if lower in known:
        return (lower,)
    return tuple(state for state in _CONDOR_WORDS.get(lower, ()) if state in known)


def known_states(
    words: Iterable[str], known: Collection[str], where: str, fault: str = "there is no state"
) -> tuple[str, ...]:
    """The known states that words mean; raises UsageError for a word without meaning."""
    meant = {word: states_called(word, known) for word in words}
    for word, states in meant.items():
        if not states:
            raise UsageError(f"{fault} {word!r:.60}{did_you_mean(word, known)}", where=where)
    return tuple(state for states in meant.values() for state in states)


@dataclass(frozen=True, slots=True)
class State:
    """A state in the books and since when (seconds since 1970, UTC; 0 = never heard of)."""

    status: Status
    substatus: Substatus = Substatus.NONE
    since: int = 0

    @property
    def ended(self) -> bool:
        """True if no later report can change it; `lost` may still be disproved.

        A parked job has left the queue, and only comes back as another attempt.
        """
        if self.substatus is Substatus.PARKED:
            return True
        return self.status in (Status.FINISHED, Status.FAILED) and self.substatus is not Substatus.LOST


def state_of(queue: Queue, num_starts: int, exit_code: int | None, since: int) -> State:
    """Map HTCondor's state of a job to the books' state."""
    match queue:
        case Queue.IDLE:
            return State(Status.EVICTED if num_starts else Status.SUBMITTED, Substatus.NONE, since)
        case Queue.RUNNING:
            return State(Status.RUNNING, Substatus.NONE, since)
        case Queue.TRANSFERRING_OUTPUT:
            return State(Status.RUNNING, Substatus.TRANSFERRING, since)
        case Queue.SUSPENDED:
            return State(Status.RUNNING, Substatus.SUSPENDED, since)
        case Queue.HELD:
            return State(Status.HELD, Substatus.NONE, since)
        case Queue.COMPLETED:
            return State(Status.FINISHED if exit_code == 0 else Status.FAILED, Substatus.NONE, since)
        case Queue.REMOVED:
            return State(Status.FAILED, Substatus.REMOVED, since)


def advances(old: State, new: State) -> bool:
    """True if `new`, reported for the same attempt, is later than `old` and a legal move from it.

    Order within an attempt is `since`; of two reports for the same second the one that arrives later
    counts, as the queue only ever tells the present. A finished, failed or removed attempt has ended, whatever
    the times say: nothing comes back from an end. A lost one may become whatever evidence proves.
    """
    if old.ended or (new.status, new.substatus, new.since) == (old.status, old.substatus, old.since):
        return False
    if old.substatus is Substatus.LOST:
        return new.substatus is not Substatus.LOST
    return new.ended or new.since >= old.since


def finished_by_output(old: State, made: int) -> State | None:
    """The state that a registered output proves, made at a time by the same attempt; None if it changes nothing.

    Exit codes do not tell the truth: a job with an output has finished, whatever else the books believe. What a person
    removed, holds or parked stays so, and an attempt that has not been submitted cannot have made anything.
    """
    if old.substatus in (Substatus.REMOVED, Substatus.PARKED):
        return None
    if old.status in (Status.SUBMITTING, Status.HELD, Status.FINISHED):
        return None
    return State(Status.FINISHED, Substatus.NONE, made)


def failed_without_output(old: State, exit_code: int | None) -> State | None:
    """The state of an attempt that ended with 0 and made no output; None if nothing says that one was to be expected."""
    if old.status is not Status.FINISHED or exit_code != 0:
        return None
    return State(Status.FAILED, Substatus.NO_OUTPUT, old.since)


NO_ROW = -1
