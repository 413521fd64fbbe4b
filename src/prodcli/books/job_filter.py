"""The jobs that a recovery verb acts on: the options of the command line as a filter.

Pure: data in, data out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from prodcli.books.filters import names_of
from prodcli.errors import UsageError
from prodcli.runs.selection import ALL_RUNS, RunSelection
from prodcli.states import LIVE, Status, Substatus, known_states

_CODE = re.compile(r"([0-9]{1,9})(?:/([0-9]{1,9}))?")
_CLUSTER = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,9}))?(?:@(\S+))?")
_LIKE = re.compile(r"[!%_]")
STATES: tuple[str, ...] = (*LIVE, Substatus.WAITING, Substatus.TRANSFERRING, Substatus.SUSPENDED, Substatus.STALLED)
ENDED: tuple[str, ...] = (Status.FAILED, Substatus.REMOVED, Substatus.LOST, Substatus.NO_OUTPUT)
ANY: tuple[str, ...] = (Status.SUBMITTING, *STATES, Substatus.PARKED, *ENDED, Status.FINISHED)


@dataclass(frozen=True, slots=True)
class BookedJob:
    """A job of the books that is in a queue, or failed; memory in MB, `entered` and `since` in seconds since 1970.

    `entered` is 0 for a job without any report; then `since` is its time of submission. A stalled job lacks a sign of life
    `since` then. `ladder` is the memory that its rule requests, step by step. Over all attempts and steps, `memory_most` is
    the largest requested memory, and `memory_exceeded` the largest memory that the job is known to exceed: its used memory,
    and its slot when it was held for memory. `failures` counts failed attempts, `starts` the starts of the current attempt.
    `err` is the path of its stderr. `stalled` is what a stalled job shows no more of, `no CPU`, and `stalls` counts the
    attempts that were stalled.
    """

    dbid: int
    attempt: int
    step: int
    schedd: str
    cluster: int
    proc: int
    status: Status
    substatus: Substatus
    entered: int
    since: int
    memory_asked: int | None
    memory_used: int | None
    ladder: tuple[int, ...]
    hold_reason: str | None
    hold_code: int | None
    hold_subcode: int | None
    node: str | None
    rule: str
    tag: str
    dsttype: str
    run: int
    segment: int | None
    exit_code: int | None = None
    err: str | None = None
    starts: int = 0
    failures: int = 0
    memory_most: int | None = None
    memory_exceeded: int = 0
    stalled: str = ""
    stalls: int = 0

    @property
    def id(self) -> str:
        """The id of the job as users of HTCondor write it."""
        return f"{self.cluster}.{self.proc}@{self.schedd}"

    @property
    def code(self) -> str:
        """The hold code with its subcode; empty without."""
        return "" if self.hold_code is None else f"{self.hold_code}/{self.hold_subcode or 0}"

    @property
    def state(self) -> str:
        """The substatus of the job, else its status."""
        return self.substatus or self.status

    @property
    def climbs_from(self) -> int | None:
        """The largest memory that the job ever requested, in MB; its next step must be larger."""
        return max((size for size in (self.memory_asked, self.memory_most) if size is not None), default=None)


@dataclass(frozen=True)
class JobFilter:
    """The conditions on jobs; None and empty mean any.

    `older` is the least time in the current state, in seconds; `since` is the earliest begin of the current state, in
    seconds since 1970. `signatures` are the ids of those that failures of jobs in trouble have.
    """

    tags: Sequence[str] = ()
    dataset: str | None = None
    dsttypes: Sequence[str] = ()
    rules: Sequence[str] = ()
    runs: RunSelection = ALL_RUNS
    segments: RunSelection | None = None
    states: Sequence[str] = ()
    hold_reason: str | None = None
    codes: Sequence[dict[str, int | None]] = field(default_factory=list)
    signatures: Sequence[int] = ()
    clusters: Sequence[dict[str, int | str | None]] = field(default_factory=list)
    dbids: Sequence[int] = ()
    nodes: Sequence[str] = ()
    older: int | None = None
    since: int | None = None

    def values(self) -> dict[str, object]:
        """The bound values of the query of jobs."""
        reason = self.hold_reason
        return {
            "any_tag": int(not self.tags),
            "tags": list(self.tags),
            "dataset": self.dataset,
            **names_of(self.dsttypes, self.rules),
            "all_runs": int(self.runs == ALL_RUNS),
            "spans": [{"low": low, "high": high} for low, high in self.runs.spans],
            "all_segments": int(self.segments is None),
            "segments": [{"low": low, "high": high} for low, high in (self.segments.spans if self.segments else [])],
            "all_states": int(not self.states),
            "states": list(self.states),
            "hold_reason": None if reason is None else f"%{escaped(reason)}%",
            "all_codes": int(not self.codes),
            "codes": list(self.codes),
            "any_signature": int(not self.signatures),
            "signatures": list(self.signatures),
            "all_clusters": int(not self.clusters),
            "clusters": list(self.clusters),
            "all_dbids": int(not self.dbids),
            "dbids": list(self.dbids),
            "any_node": int(not self.nodes),
            "nodes": [{"name": escaped(node)} for node in self.nodes],
            "older": self.older,
            "since": self.since,
        }


def parse_states(words: Sequence[str], known: Sequence[str] = STATES) -> tuple[str, ...]:
    """Some of the known states of jobs; raises UsageError for other words."""
    fault = "no job in a queue has the state" if known is STATES else "there is no state"
    return known_states(words, known, "--state", fault)


def parse_codes(words: Sequence[str]) -> list[dict[str, int | None]]:
    """Hold codes like `34` or `34/102`; raises UsageError for other text."""
    return [
        {"code": int(found[1]), "subcode": None if found[2] is None else int(found[2])}
        for found in _matches(_CODE, words, "--code", "like 34 or 34/102")
    ]


def parse_clusters(words: Sequence[str], where: str = "--cluster") -> list[dict[str, int | str | None]]:
    """Clusters and jobs like `12`, `12.3` or `12.3@schedd`; raises UsageError for other text."""
    return [
        {"cluster": int(found[1]), "proc": None if found[2] is None else int(found[2]), "schedd": found[3]}
        for found in _matches(
            _CLUSTER, words, where, "jobs are 12.3, 12.3@schedd or clusters like 12; tags follow --tag, runs --runs"
        )
    ]


def _matches(pattern: re.Pattern[str], words: Sequence[str], where: str, todo: str) -> list[re.Match[str]]:
    found = []
    for word in filter(None, ",".join(words).split(",")):
        match = pattern.fullmatch(word)
        if match is None:
            raise UsageError(f"{word!r:.60} is not understood", where=where, todo=todo)
        found.append(match)
    return found


def escaped(text: str) -> str:
    """A text for LIKE with the escape `!`."""
    return _LIKE.sub(r"!\g<0>", text)
