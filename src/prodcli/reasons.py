"""The reasons why an output is not submitted: one vocabulary for the summary and JSON; docs/guide.md explains each.

Pure: data in, data out.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """The reasons in order: the first that applies counts."""

    RUN_UNKNOWN = "run_unknown"
    BAD_CATALOG_ROW = "bad_catalog_row"
    RUN_NOT_ENDED = "run_not_ended"
    RUNTYPE = "runtype"
    FEW_EVENTS = "few_events"
    TOO_SHORT = "too_short"
    INVALID = "invalid"
    NO_GL1 = "no_gl1"
    GL1_OFF_DISK = "gl1_off_disk"
    HOST_OFF_DISK = "host_off_disk"
    NO_INPUTS = "no_inputs"
    FEW_HOSTS_RAW = "few_hosts_raw"
    FEW_HOSTS_PRODUCED = "few_hosts_produced"
    HOST_NOT_PRODUCED = "host_not_produced"
    SEGMENT_INCOMPLETE = "segment_incomplete"
    INPUT_OFF_DISK = "input_off_disk"
    SEGMENT_CUT = "segment_cut"
    MASKED = "masked"
    INPUT_STATE = "input_state"
    PRODUCED = "produced"
    BLOCKED = "blocked"
    LIMIT = "limit"


# What helps, in a few words; the guide has more.
HELPS = {
    Reason.RUN_UNKNOWN: "check the number; a new run may not have reached the replica yet",
    Reason.BAD_CATALOG_ROW: "have the value corrected in the catalog",
    Reason.RUN_NOT_ENDED: "wait until the run has ended",
    Reason.RUNTYPE: "--physics-mode TYPE, if you want such runs",
    Reason.FEW_EVENTS: "a lower min_run_events; try --assume-min-events N",
    Reason.TOO_SHORT: "a lower min_run_time; try --assume-min-time SECONDS",
    Reason.INVALID: "nothing; after a mark by mistake, prodcli runs invalid remove",
    Reason.NO_GL1: "ask whether the trigger wrote files; combining needs them",
    Reason.GL1_OFF_DISK: "have the files staged from tape; with --onlyseg0 segment 0 is enough",
    Reason.HOST_OFF_DISK: "have the files staged from tape; with --onlyseg0 segment 0 is enough",
    Reason.NO_INPUTS: "prodcli why for the rule of the previous step; was its output registered?",
    Reason.FEW_HOSTS_RAW: "mask the hosts, if the detector was off",
    Reason.FEW_HOSTS_PRODUCED: "finish and register the previous step, or mask the hosts",
    Reason.HOST_NOT_PRODUCED: "finish and register the previous step, or mask the hosts",
    Reason.SEGMENT_INCOMPLETE: "prodcli why for the rule of the previous step",
    Reason.INPUT_OFF_DISK: "have the files staged from tape",
    Reason.SEGMENT_CUT: "nothing: the rule wants this",
    Reason.MASKED: "nothing; after a mask by mistake, prodcli mask remove",
    Reason.INPUT_STATE: "validate the inputs, if they are good: prodcli validate; prodcli data list has the states",
    Reason.PRODUCED: "nothing: the output exists",
    Reason.BLOCKED: "act on its state: see prodcli held and prodcli rescue",
    Reason.LIMIT: "the next pass takes it",
}


class Level(StrEnum):
    """The level of a skipped thing: a whole run, one host of it, a segment, or an output."""

    RUN = "run"
    HOST = "host"
    SEGMENT = "segment"
    OUTPUT = "output"


@dataclass(frozen=True, slots=True)
class Skipped:
    """Everything skipped for one reason; `details` lists per run the hosts, segments, or a hint."""

    reason: Reason
    level: Level
    count: int
    runs: tuple[int, ...]
    details: dict[int, list[str | int]]


class Skips:
    """Collects everything that a plan leaves out."""

    def __init__(self) -> None:
        self._details: dict[tuple[Reason, Level], dict[int, list[str | int | None]]] = defaultdict(dict)

    def add(self, reason: Reason, level: Level, run: int, detail: str | int | None = None) -> None:
        """Note one skipped thing."""
        self._details[reason, level].setdefault(run, []).append(detail)

    def add_each(self, reason: Reason, level: Level, run: int, details: Iterable[str | int | None]) -> None:
        """Note several skipped things of a run."""
        self._details[reason, level].setdefault(run, []).extend(details)

    def plus(self, others: "Skips") -> "Skips":
        """The skips of both; neither of them changes."""
        both = Skips()
        for one in (self, others):
            for (reason, level), by_run in one._details.items():
                for run, details in by_run.items():
                    both.add_each(reason, level, run, details)
        return both

    def __iter__(self) -> Iterator[Skipped]:
        order = list(Reason)
        for reason, level in sorted(self._details, key=lambda key: (order.index(key[0]), key[1])):
            by_run = self._details[reason, level]
            details = {run: [item for item in found if item is not None] for run, found in by_run.items()}
            count = sum(map(len, by_run.values()))
            yield Skipped(reason, level, count, tuple(sorted(details)), details)
