"""Whose fault failures with one signature are, and what to do about them.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from prodcli.diagnosis.outages_met import OutageMet
from prodcli.diagnosis.standing_out import StandOut
from prodcli.error_catalog.known_error import Category, KnownError
from prodcli.error_catalog.remedy import Remedy
from prodcli.sizes import counted
from prodcli.states import Status, Substatus

_ENOUGH = 10  # retries to judge by
_HELPS, _FAILS = 0.8, 0.2  # of retries
_FAULTS: Mapping[Category, str] = {
    Category.SERVICE: "a service",
    Category.CODE: "the experiment's code",
    Category.DATA: "the data",
    Category.RESOURCE: "resources",
    Category.BATCH: "the batch system",
    Category.USER: "a person",
}
_TOO_LITTLE = "too little requested"
_MOST = 0.5  # of the failures
_NOT_OF_SERVICES = (Category.CODE, Category.RESOURCE, Category.USER)
_NOT_OF_NODES = (Category.RESOURCE, Category.USER)
_RETRIED = (Status.FAILED, Substatus.LOST)  # whose first failure is tried again
_ALIKE = 10  # failures that tell whether all jobs of a rule fail


class Ground(StrEnum):
    """What a verdict rests on."""

    CATALOG = "error catalog"
    NODES = "nodes"
    OUTAGE = "outage"
    RETRIES = "retries"
    JOBS_BESIDE = "jobs beside"


@dataclass(frozen=True, slots=True)
class FaultVerdict:
    """Whose fault it is, the action, and why."""

    fault: str
    action: Remedy
    why: str
    ground: Ground = Ground.CATALOG


@dataclass(frozen=True, slots=True)
class JobsBeside:
    """Failures with a signature, their nodes, and about how many jobs of their rules run or finished among them."""

    failures: int
    nodes: int
    well: int

    @property
    def all_fail(self) -> bool:
        """True if so many fail alike on several nodes, and hardly any job beside them is well."""
        return self.failures >= _ALIKE and self.nodes > 1 and self.well < _FAILS * (self.failures + self.well)


def may_be_all(category: Category, entry: KnownError | None, failures: int, won: int) -> bool:
    """True if jobs beside the failures tell whether a retry makes sense: an error of the code that no retry has helped.

    What a site says of its own errors holds.
    """
    of_code = entry is not None and entry.is_built_in and entry.action is Remedy.RETRY and category is Category.CODE
    return of_code and failures >= _ALIKE and not won


def fault_of(
    state: str,
    category: Category,
    entry: KnownError | None,
    retried: int,
    won: int,
    outs: Sequence[StandOut],
    outages: Sequence[OutageMet] = (),
    beside: JobsBeside | None = None,
) -> FaultVerdict:
    """The verdict on failures with a signature: by the catalog, what stands out, outages, earlier retries, and jobs beside."""
    nodes = [one for one in outs if one.attribute == "node"]
    if category not in _NOT_OF_NODES and sum(one.share for one in nodes) >= _MOST:
        names = ", ".join(one.value for one in nodes)
        return FaultVerdict(
            "the node" if len(nodes) == 1 else "the nodes", Remedy.NODE, f"they end on {names}", Ground.NODES
        )
    tried = f"a retry helped {won} of {retried}"
    proven, hopeless = retried >= _ENOUGH and won >= _HELPS * retried, retried >= _ENOUGH and won < _FAILS * retried
    explained = next((one for one in outages if one.explains), None)
    if explained is not None and category not in _NOT_OF_SERVICES and not hopeless:
        return FaultVerdict(
            f"service {explained.outage.service}", Remedy.RETRY, retry_in_words(explained), Ground.OUTAGE
        )
    if category is Category.UNKNOWN or entry is None:
        return _of_unknown(state, [one for one in outs if one.attribute == "hour"], tried, (proven, hopeless))
    if entry.action is Remedy.RETRY and hopeless:
        return FaultVerdict(_FAULTS[category], Remedy.ASK, f"{entry.advice}; but {tried}", Ground.RETRIES)
    if beside is not None and beside.all_fail and may_be_all(category, entry, beside.failures, won):
        return FaultVerdict(_FAULTS[category], Remedy.ASK, _all_fail_in_words(beside), Ground.JOBS_BESIDE)
    fault = _TOO_LITTLE if entry.action is Remedy.MEMORY else _FAULTS[category]
    return FaultVerdict(fault, entry.action, entry.advice)


def retry_in_words(met: OutageMet) -> str:
    """When a retry is safe after an outage."""
    if met.over:
        return f"most began in the {met.word}, which is over: a retry is safe"
    return f"most began in the {met.word}, which lasts: retry when {met.outage.service} is up again"


def _all_fail_in_words(beside: JobsBeside) -> str:
    """Why a retry fails again."""
    well = (
        f"about {beside.well} others of their rules run or have"
        if beside.well
        else "no other of their rules runs or has"
    )
    fail = f"{beside.failures} jobs fail alike on {beside.nodes} nodes, and {well} finished"
    return f"{fail}: repair the code before any retry; --bisect says what changed"


def _of_unknown(state: str, hours: Sequence[StandOut], tried: str, of_retries: tuple[bool, bool]) -> FaultVerdict:
    """The verdict on failures that no entry of the catalog fits; `of_retries` says whether they help, and whether they do not."""
    proven, hopeless = of_retries
    if hopeless:
        return FaultVerdict("code or data", Remedy.ASK, tried, Ground.RETRIES)
    if sum(one.share for one in hours) >= _MOST:
        return FaultVerdict("a service?", Remedy.RETRY, f"most came in {counted(len(hours), 'hour')} of the day")
    if proven:
        return FaultVerdict("it passes", Remedy.RETRY, tried, Ground.RETRIES)
    return FaultVerdict(
        "unknown", Remedy.RETRY if state in _RETRIED else Remedy.ASK, "no entry of the error catalog fits"
    )
