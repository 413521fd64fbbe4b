"""What is wrong now: jobs that are held, failed, or start again and again, by what they have in common.

Pure: data in, data out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from prodcli.batch.hold_codes import is_memory
from prodcli.batch.node_list import node_of
from prodcli.books.job_filter import BookedJob
from prodcli.diagnosis.classifiers import AGAIN, Facts, Remedy
from prodcli.diagnosis.signatures import signature
from prodcli.memory.advice import span
from prodcli.memory.requests import Raise, Step, next_step
from prodcli.states import Status

RESTLESS = 5  # starts of a job that was evicted; one that starts more seldom is left to HTCondor


class Signature(NamedTuple):
    """What jobs have in common that went wrong: `state`, hold codes or exit code, a masked text, and what parts them."""

    state: str
    code: str
    text: str
    fate: str


class Failure(NamedTuple):
    """Failed jobs that are taken for alike before anything is read: what examples say, holds for all."""

    dsttype: str
    exit_code: int | None


@dataclass(frozen=True)
class ErrorText:
    """The end of an error output, and the line of it that tells most."""

    line: str = ""
    end: str = ""


@dataclass(frozen=True, slots=True)
class Retried:
    """A job that went on after it ended so; `won` if it is finished now."""

    state: str
    code: int
    subcode: int
    reason: str
    dsttype: str
    dbid: int
    won: bool


@dataclass
class FailureGroup:
    """Jobs with one signature, what is proposed for them, and how many jobs a retry helped, of how many."""

    signature: Signature
    jobs: list[BookedJob] = field(default_factory=list)
    text: str = ""  # of one of them, as it is
    steps: list[int] = field(default_factory=list)  # the memory that they are to ask for next, in MB
    action: Remedy = Remedy.ASK
    why: str = ""
    won: int = 0
    retried: int = 0
    suspects: Mapping[str, str] = field(
        default_factory=dict
    )  # nodes that make jobs fail, with what speaks against them

    @property
    def kind(self) -> str:
        """`held 34/102`, `failed exit 1`, `lost`."""
        return f"{self.signature.state} {self.signature.code}".rstrip()

    @property
    def nodes(self) -> Counter[str]:
        """How many of them were on which node."""
        return Counter(node_of(job.node) for job in self.jobs if job.node)

    @property
    def accused(self) -> list[str]:
        """The nodes of theirs that make jobs fail."""
        return sorted(node for node in self.nodes if node in self.suspects)

    @property
    def dsttypes(self) -> list[str]:
        """Their dsttypes."""
        return sorted({job.dsttype for job in self.jobs})

    @property
    def asked(self) -> str:
        """The least and the most memory that they ask for, in MB."""
        return span([job.memory_asked for job in self.jobs if job.memory_asked is not None])

    @property
    def used(self) -> str:
        """The least and the most memory that they used, in MB."""
        return span([job.memory_used for job in self.jobs if job.memory_used is not None])

    @property
    def in_queue(self) -> bool:
        """True if they are still in a queue."""
        return self.signature.state in (Status.HELD, Status.EVICTED)

    @property
    def facts(self) -> Facts:
        """What classifiers look at."""
        first = self.jobs[0]
        found: dict[str, Any] = {"state": self.signature.state, "code": first.hold_code, "subcode": first.hold_subcode}
        found |= {"exit_code": first.exit_code, "text": self.text, "fate": self.signature.fate, "jobs": len(self.jobs)}
        found |= {"asked": self.asked, "used": self.used, "next": span(self.steps)}
        return found | {"nodes": self.nodes, "suspects": self.suspects, "starts": max(job.starts for job in self.jobs)}


def restless(job: BookedJob) -> bool:
    """True for a job that is evicted again and again."""
    return job.status == Status.EVICTED and job.starts >= RESTLESS


def failure_of(job: BookedJob) -> Failure | None:
    """The kind of failure of a job that came to an end of its own; None for others."""
    return Failure(job.dsttype, job.exit_code) if job.status == Status.FAILED and not job.substatus else None


def group_failures(jobs: Iterable[BookedJob], said: Mapping[Failure, ErrorText], wanted: Raise) -> list[FailureGroup]:
    """Jobs by signature, the most frequent first."""
    found: dict[Signature, FailureGroup] = {}
    for job in jobs:
        failure = failure_of(job)
        words = (
            said.get(failure, ErrorText()) if failure else ErrorText(signature(job.hold_reason), job.hold_reason or "")
        )
        step = _next(job, wanted)
        key = Signature(_state(job), _code(job), words.line, _fate(job, step))
        group = found.setdefault(key, FailureGroup(key, text=words.end))
        group.jobs.append(job)
        group.steps += [step.memory] if isinstance(step, Step) else []
    return sorted(found.values(), key=lambda one: (-len(one.jobs), one.signature))


def count_retries(found: Iterable[FailureGroup], retried: Iterable[Retried]) -> None:
    """Note how many jobs went on after they ended with a signature, and how many of them finished.

    Of earlier failures nobody knows what they said: these are alike by exit code and dsttype.
    """
    masked: dict[str, str] = {}
    outcomes: dict[tuple[str, str, str], dict[int, bool]] = {}
    for one in retried:
        text = masked.setdefault(one.reason, signature(one.reason)) if one.state == Status.HELD else one.dsttype
        code = f"{one.code}/{one.subcode}" if one.state == Status.HELD else str(one.code)
        outcomes.setdefault((one.state, code, text), {})[one.dbid] = one.won
    for group in found:
        seen: dict[int, bool] = {}
        for key in _keys(group):
            seen |= outcomes.get(key, {})
        group.won, group.retried = sum(seen.values()), len(seen)


def end_of(job: BookedJob) -> dict[str, object]:
    """How a failed job ended, as the query of retries takes it."""
    code = -1 if job.exit_code is None else job.exit_code
    return {"state": _state(job), "code": code, "dsttype": job.dsttype}


def _keys(group: FailureGroup) -> list[tuple[str, str, str]]:
    state, code, text, _ = group.signature
    if state == Status.HELD:
        return [(state, code, text)]
    first = group.jobs[0]
    number = "-1" if first.exit_code is None else str(first.exit_code)
    return [(state, number, dsttype) for dsttype in group.dsttypes]


def _state(job: BookedJob) -> str:
    return job.substatus if job.status == Status.FAILED and job.substatus else job.status


def _code(job: BookedJob) -> str:
    if job.status == Status.HELD:
        return f"{job.hold_code or 0}/{job.hold_subcode or 0}"
    if failure_of(job) is not None:
        return "no exit code" if job.exit_code is None else f"exit {job.exit_code}"
    return ""


def _next(job: BookedJob, wanted: Raise) -> Step | str:
    """The next step of a job that is held for memory, or why there is none; nothing for others."""
    if job.status == Status.HELD and is_memory(job.hold_code, job.hold_subcode):
        return next_step(job, wanted)
    return ""


def _fate(job: BookedJob, step: Step | str) -> str:
    if isinstance(step, Step):
        return step.by
    return step or (AGAIN if failure_of(job) is not None and job.failures > 1 else "")
