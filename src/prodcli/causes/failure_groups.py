"""Held, stalled and failed jobs, and jobs that start again and again, grouped by cause.

Pure: data in, data out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from prodcli.batch.hold_codes import is_memory
from prodcli.batch.node_list import node_of
from prodcli.books.job_filter import BookedJob
from prodcli.causes.classifiers import AGAIN, Facts
from prodcli.diagnosis.failed_step import RESTLESS, FailureSignature
from prodcli.diagnosis.signatures import signature
from prodcli.diagnosis.verdict import FailedAlike, FaultVerdict, Ground
from prodcli.error_catalog.catalog import Match
from prodcli.error_catalog.known_error import Symptom
from prodcli.error_catalog.remedy import Remedy
from prodcli.memory.advice import span
from prodcli.memory.requests import Raise, Step, next_step
from prodcli.states import Status, Substatus


class Signature(NamedTuple):
    """The common cause of jobs: `state`, hold codes, exit code or sign that is missing, a masked text, and a part that separates actions."""

    state: str
    code: str
    text: str
    fate: str
    entry: str = ""  # the key in the error catalog


@dataclass(frozen=True, slots=True)
class JobCause:
    """The signature of a job in trouble, its id in the books (None if it is not there yet), and the text as it is, if known."""

    signature: FailureSignature
    id: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Retried:
    """A job that went on after such an end; `won` if it is finished now."""

    state: str
    code: int
    subcode: int
    reason: str
    dsttype: str
    dbid: int
    won: bool


@dataclass
class FailureGroup:
    """Jobs with one signature, the proposal for them, the number of retried jobs, and how many of those finished.

    `key` is the id of the signature in the books, None if it is not there yet or has none. `verdict` says whose fault it is.
    """

    signature: Signature
    jobs: list[BookedJob] = field(default_factory=list)
    key: int | None = None
    text: str = ""  # of one of them, as it is where that is known
    steps: list[int] = field(default_factory=list)  # the memory that they are to ask for next, in MB
    action: Remedy = Remedy.ASK
    why: str = ""
    match: Match | None = None  # the entry of the error catalog that fits
    verdict: FaultVerdict | None = None
    what: str = ""  # the telling words of the text
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
    def error(self) -> str:
        """The name of the error in the catalog; empty for an unknown error."""
        return self.match.entry.name if self.match else ""

    @property
    def always_fails(self) -> bool:
        """True if all jobs like these fail: what changed has to be found first."""
        return self.verdict is not None and self.verdict.ground is Ground.JOBS_BESIDE

    @property
    def nodes(self) -> Counter[str]:
        """The number of jobs by node."""
        return Counter(node_of(job.node) for job in self.jobs if job.node)

    @property
    def accused(self) -> list[str]:
        """The black holes on which the jobs ended."""
        return sorted(node for node in self.nodes if node in self.suspects)

    @property
    def dsttypes(self) -> list[str]:
        """The dsttypes of the jobs."""
        return sorted({job.dsttype for job in self.jobs})

    @property
    def asked(self) -> str:
        """The least and the largest requested memory, in MB."""
        return span([job.memory_asked for job in self.jobs if job.memory_asked is not None])

    @property
    def used(self) -> str:
        """The least and the largest used memory, in MB."""
        return span([job.memory_used for job in self.jobs if job.memory_used is not None])

    @property
    def in_queue(self) -> bool:
        """True if the jobs are still in a queue."""
        return self.stays_in_queue or self.signature.state == Substatus.STALLED

    @property
    def stays_in_queue(self) -> bool:
        """True if the jobs go on as the same jobs of their queue; stalled jobs have to leave it."""
        return self.signature.state in (Status.HELD, Status.EVICTED)

    @property
    def symptom(self) -> Symptom:
        """The symptom of the jobs for the error catalog; the node counts where all of them were on one."""
        one = symptom_of(self.jobs[0], self.text)
        return one if len(self.nodes) == 1 else replace(one, node="")

    @property
    def failed(self) -> FailedAlike | None:
        """What the jobs have in common, as `diagnose` looks at it; None for stalled jobs, which have not failed yet."""
        if self.signature.state == Substatus.STALLED:
            return None
        entry = self.match.entry if self.match else None
        return FailedAlike(self.signature.state, self.signature.code, entry, self.retried, self.won)

    @property
    def facts(self) -> Facts:
        """The facts for the classifiers."""
        first = self.jobs[0]
        found: dict[str, Any] = {"state": self.signature.state, "code": first.hold_code, "subcode": first.hold_subcode}
        found |= {
            "exit_code": first.exit_code,
            "match": self.match,
            "verdict": self.verdict,
            "failed": self.failed,
            "fate": self.signature.fate,
            "missing": first.stalled,
            "jobs": len(self.jobs),
        }
        found |= {"asked": self.asked, "used": self.used, "next": span(self.steps)}
        return found | {"nodes": self.nodes, "suspects": self.suspects, "starts": max(job.starts for job in self.jobs)}


def restless(job: BookedJob) -> bool:
    """True for a job that is evicted again and again."""
    return job.status == Status.EVICTED and job.starts >= RESTLESS


def has_failed(job: BookedJob) -> bool:
    """True for a job that ended by itself with a failure."""
    return job.status == Status.FAILED and not job.substatus


def group_failures(jobs: Iterable[BookedJob], causes: Mapping[int, JobCause], wanted: Raise) -> list[FailureGroup]:
    """Jobs by signature, the most frequent first; `causes` by dbid."""
    found: dict[Signature, FailureGroup] = {}
    for job in jobs:
        cause, step = causes[job.dbid], _next(job, wanted)
        one = cause.signature
        key = Signature(one.state, one.code, one.text, _fate(job, step), one.entry)
        group = found.setdefault(key, FailureGroup(key, text=cause.text))
        group.key = group.key or cause.id
        group.jobs.append(job)
        group.steps += [step.memory] if isinstance(step, Step) else []
    return sorted(found.values(), key=lambda one: (-len(one.jobs), one.signature))


def symptom_of(job: BookedJob, text: str) -> Symptom:
    """What the error catalog looks at of a job with a text."""
    hold = (job.hold_code, job.hold_subcode) if job.status == Status.HELD else (None, None)
    return Symptom(state_of(job), job.exit_code, None, *hold, text, node_of(job.node or ""))


def state_of(job: BookedJob) -> str:
    """The substatus of a job that failed or is stalled, else its status."""
    return job.state if job.status == Status.FAILED or job.stalled else job.status


def count_retries(found: Iterable[FailureGroup], retried: Iterable[Retried]) -> None:
    """Count the jobs that went on after they ended with a signature, and how many of them finished.

    The err files of earlier failures are not read: such failures are alike by exit code and dsttype.
    """
    masked: dict[str, str] = {}
    outcomes: dict[tuple[str, str, str], dict[int, bool]] = {}
    for one in retried:
        text = masked.setdefault(one.reason, signature(one.reason)) if one.reason else one.dsttype
        code = f"{one.code}/{one.subcode}" if one.state == Status.HELD else str(one.code)
        outcomes.setdefault((one.state, code, text), {})[one.dbid] = one.won
    for group in found:
        seen: dict[int, bool] = {}
        for key in _keys(group):
            seen |= outcomes.get(key, {})
        group.won, group.retried = sum(seen.values()), len(seen)


def end_of(job: BookedJob) -> dict[str, object]:
    """The end of a failed job, as the query of retries takes it."""
    code = -1 if job.exit_code is None else job.exit_code
    return {"state": state_of(job), "code": code, "dsttype": job.dsttype}


def _keys(group: FailureGroup) -> list[tuple[str, str, str]]:
    state, code, text = group.signature[:3]
    if state == Status.HELD:
        return [(state, code, text)]
    if state == Substatus.STALLED:
        return [(state, "0", code)]
    first = group.jobs[0]
    number = "-1" if first.exit_code is None else str(first.exit_code)
    return [(state, number, dsttype) for dsttype in group.dsttypes]


def code_of(job: BookedJob) -> str:
    """`34/102` of a hold, `exit 1` of a failure, the missing sign of a stalled job, else empty."""
    if job.status == Status.HELD:
        return f"{job.hold_code or 0}/{job.hold_subcode or 0}"
    if has_failed(job):
        return "no exit code" if job.exit_code is None else f"exit {job.exit_code}"
    return job.stalled


def _next(job: BookedJob, wanted: Raise) -> Step | str:
    """The next step of a job held for memory, or the reason why there is none; None for other jobs."""
    if job.status == Status.HELD and is_memory(job.hold_code, job.hold_subcode):
        return next_step(job, wanted)
    return ""


def _fate(job: BookedJob, step: Step | str) -> str:
    if isinstance(step, Step):
        return step.by
    ended = has_failed(job) or job.state == Substatus.NO_OUTPUT
    again = job.failures > 1 if ended else job.stalls > 1
    return step or (AGAIN if again else "")
