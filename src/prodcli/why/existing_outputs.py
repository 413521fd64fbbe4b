"""Outputs that exist already: files of the catalog and rows of the books, as the last links of a run, in words.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from prodcli.batch.hold_codes import HoldMeaning, meaning_of
from prodcli.reasons import HELPS, Reason
from prodcli.states import LIVE, Status, Substatus
from prodcli.time_text import ago
from prodcli.why.run_links import Link, LinkState

_GOES_ON = frozenset({*LIVE, Status.SUBMITTING, Status.FINISHED} - {Status.HELD})  # a finished one is to be registered
HeldAdvice = Mapping[tuple[int, int], str]  # what helps by hold code and subcode


@dataclass(frozen=True, slots=True)
class Produced:
    """A row of the file catalog; `path` and `time` (seconds since 1970) if the catalog has the file."""

    filename: str
    status: int | None
    path: str | None
    time: int | None


@dataclass(frozen=True, slots=True)
class Blocking:
    """A row of the books with its newest attempt; times in seconds since 1970, memory in MB."""

    filename: str
    status: str | None
    substatus: str = ""
    since: int | None = None
    cluster: int | None = None
    proc: int | None = None
    schedd: str | None = None
    hold_code: int | None = None
    hold_subcode: int | None = None
    hold_reason: str | None = None
    exit_code: int | None = None
    node: str | None = None
    memory_asked: int | None = None
    memory_used: int | None = None
    err: str | None = None
    phase: str | None = None  # the last one that the job reported
    error: str | None = None  # the same of its messages

    @property
    def place(self) -> str:
        """`cluster.proc@schedd`; empty for a row without a cluster."""
        if self.cluster is None:
            return ""
        return f"{self.cluster}.{self.proc or 0}{f'@{self.schedd}' if self.schedd else ''}"


@dataclass(frozen=True, slots=True)
class BlockedGroup:
    """The number of outputs of a run that are blocked in a state; hold codes for held jobs only."""

    status: str | None
    substatus: str
    hold_code: int | None
    hold_subcode: int | None
    run: int
    count: int


@dataclass(frozen=True, slots=True)
class SeveralOutputs:
    """How many outputs a job makes, and how many jobs have outputs in the file catalog."""

    per_job: int
    produced_jobs: int

    def of(self, jobs: int) -> int:
        """The number of outputs of jobs."""
        return jobs * self.per_job


def state_in_words(row: BlockedGroup | Blocking) -> str:
    """`held, memory (34/102)`, `failed, lost`: the state of a blocking row."""
    hold = _hold(row)
    return ", ".join(filter(None, [row.status or "no state", row.substatus, hold.meaning if hold else ""]))


def _hold(row: BlockedGroup | Blocking) -> HoldMeaning | None:
    """The hold of a row; a group has no common reason."""
    return meaning_of(row.hold_code, row.hold_subcode, row.hold_reason if isinstance(row, Blocking) else None)


def what_helps(row: BlockedGroup | Blocking, advice: HeldAdvice) -> str:
    """The action for a blocking row; for a held job the advice, if there is one for its hold."""
    if row.substatus == "parked":
        return "prodcli unpark, or submit --unblock"
    if row.substatus == "no_output":
        return "read its out file: it ended with 0, and made no output; then prodcli submit --unblock no_output"
    hold = _hold(row)
    if hold is not None:
        return advice.get((row.hold_code or 0, row.hold_subcode or 0), hold.helps)
    return {
        "held": "prodcli held says why; repair it, then prodcli release",
        "evicted": "nothing: HTCondor starts it again",
        "submitting": "prodcli reconcile -n, if it stays so",
        "failed": "read its err file, then prodcli submit --unblock failed",
        "finished": "spider dst or register puts its file into the catalog, --unblock finished makes it again",
    }.get(row.status or "", "wait for it" if row.status else "ask whoever made the row")


def output_links(
    produced: Sequence[Produced],
    blocking: Sequence[Blocking],
    limited: int,
    jobs: int,
    now: int,
    advice: HeldAdvice,
    several: SeveralOutputs | None = None,
) -> list[Link]:
    """The links from the possible outputs to the jobs; `now` in seconds since 1970."""
    rows = sorted({row.filename: row for row in produced}.values(), key=lambda row: row.filename)
    several = several or SeveralOutputs(1, len(rows))
    total = several.of(several.produced_jobs + len(blocking) + limited + jobs)
    links = [_produced_link(rows, total, several, now)] if rows else []
    for words, found in groupby(sorted(blocking, key=_by_state), key=state_in_words):
        same = list(found)
        text = f"{several.of(len(same))} of {total} outputs: {words}{_since(same, now)}{_places(same)}{_more(same[0])}"
        helps, path = what_helps(same[0], advice), (same[0].err or "") if same[0].status == Status.FAILED else ""
        links.append(Link("outputs", state_of(same[0]), text, Reason.BLOCKED, helps, path))
    if limited:
        state = LinkState.PART if jobs else LinkState.BROKEN
        text = f"{several.of(limited)} of {total} outputs have no room in this pass"
        links.append(Link("limit", state, text, Reason.LIMIT, HELPS[Reason.LIMIT]))
    if jobs:
        of_jobs = f", by {jobs} job{'s' if jobs > 1 else ''}" if several.per_job > 1 else ""
        text = f"{several.of(jobs)} of {total} outputs can be submitted now{of_jobs}"
        links.append(Link("jobs", LinkState.OK, text))
    return links


def state_of(row: BlockedGroup | Blocking) -> LinkState:
    """Whether the job of a row goes on by itself, or has a problem."""
    goes_on = row.status in _GOES_ON and row.substatus != Substatus.PARKED
    return LinkState.WAITS if goes_on else LinkState.PROBLEM


def _produced_link(rows: Sequence[Produced], total: int, several: SeveralOutputs, now: int) -> Link:
    """The link of the outputs that the catalog has, and how many of the same jobs it does not have."""
    text, helps = f"{len(rows)} of {total} outputs are produced{_times(rows, now)}", HELPS[Reason.PRODUCED]
    if away := sum(row.status is None or row.status <= 0 for row in rows):
        text += f"; {away} not on disk"
    missing = several.of(several.produced_jobs) - len(rows)
    if missing > 0:
        text += f"; {missing} other outputs of the same jobs are not in the file catalog"
        helps = "nothing, if the run has no events for them; else prodcli spider dst or register, or submit --force"
    return Link("outputs", LinkState.DONE, text, Reason.PRODUCED, helps, rows[0].path or rows[0].filename)


def _by_state(row: Blocking) -> tuple[str, int, str]:
    return state_in_words(row), row.since or 0, row.filename


def _times(rows: Sequence[Produced], now: int) -> str:
    """The times of the oldest and of the newest file."""
    times = sorted(row.time for row in rows if row.time)
    ends = dict.fromkeys(ago(time, now) for time in (times[:1] + times[-1:]))
    return f", {' to '.join(ends)}" if ends else ""


def _since(rows: Sequence[Blocking], now: int) -> str:
    times = [row.since for row in rows if row.since]
    return f", since {ago(min(times), now)}" if times else ""


def _places(rows: Iterable[Blocking]) -> str:
    places = [row.place for row in rows if row.place]
    if not places:
        return ""
    return f"; {', '.join(places[:3])}{f' and {len(places) - 3} more' if len(places) > 3 else ''}"


def _more(row: Blocking) -> str:
    """Details of the first of the outputs."""
    memory = f"asked for {row.memory_asked} MB" if row.memory_asked and row.hold_code else ""
    if memory and row.memory_used:
        memory += f", used {row.memory_used} MB"
    failed = f"exit code {row.exit_code}" if row.status == "failed" and row.exit_code is not None else ""
    node = f"on {row.node}" if row.node and (failed or row.hold_code) else ""
    reason = f'"{row.hold_reason}"' if row.hold_reason and row.hold_code else ""
    reported = [f"last phase {row.phase}" if row.phase else "", f'it reported "{row.error}"' if row.error else ""]
    words = [part for part in (memory, failed, node, *reported, reason) if part]
    return f" ({'; '.join(words)})" if words else ""
