"""Whose fault failures with one signature are, and what to do about them.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class FaultVerdict:
    """Whose fault it is, the action, and why."""

    fault: str
    action: Remedy
    why: str


def fault_of(
    state: str,
    category: Category,
    entry: KnownError | None,
    retried: int,
    won: int,
    outs: Sequence[StandOut],
    outages: Sequence[OutageMet] = (),
) -> FaultVerdict:
    """The verdict on failures with a signature: by the entry of the catalog, what stands out, outages, and earlier retries."""
    nodes = [one for one in outs if one.attribute == "node"]
    if category not in _NOT_OF_NODES and sum(one.share for one in nodes) >= _MOST:
        names = ", ".join(one.value for one in nodes)
        return FaultVerdict("the node" if len(nodes) == 1 else "the nodes", Remedy.NODE, f"they end on {names}")
    tried = f"a retry helped {won} of {retried}"
    proven, hopeless = retried >= _ENOUGH and won >= _HELPS * retried, retried >= _ENOUGH and won < _FAILS * retried
    explained = next((one for one in outages if one.explains), None)
    if explained is not None and category not in _NOT_OF_SERVICES and not hopeless:
        return FaultVerdict(f"service {explained.outage.service}", Remedy.RETRY, retry_in_words(explained))
    if category is Category.UNKNOWN or entry is None:
        return _of_unknown(state, [one for one in outs if one.attribute == "hour"], tried, (proven, hopeless))
    if entry.action is Remedy.RETRY and hopeless:
        return FaultVerdict(_FAULTS[category], Remedy.ASK, f"{entry.advice}; but {tried}")
    fault = _TOO_LITTLE if entry.action is Remedy.MEMORY else _FAULTS[category]
    return FaultVerdict(fault, entry.action, entry.advice)


def retry_in_words(met: OutageMet) -> str:
    """When a retry is safe after an outage."""
    if met.over:
        return f"most began in the {met.word}, which is over: a retry is safe"
    return f"most began in the {met.word}, which lasts: retry when {met.outage.service} is up again"


def _of_unknown(state: str, hours: Sequence[StandOut], tried: str, of_retries: tuple[bool, bool]) -> FaultVerdict:
    """The verdict on failures that no entry of the catalog fits; `of_retries` says whether they help, and whether they do not."""
    proven, hopeless = of_retries
    if hopeless:
        return FaultVerdict("code or data", Remedy.ASK, tried)
    if sum(one.share for one in hours) >= _MOST:
        return FaultVerdict("a service?", Remedy.RETRY, f"most came in {counted(len(hours), 'hour')} of the day")
    if proven:
        return FaultVerdict("it passes", Remedy.RETRY, tried)
    return FaultVerdict(
        "unknown", Remedy.RETRY if state in _RETRIED else Remedy.ASK, "no entry of the error catalog fits"
    )
