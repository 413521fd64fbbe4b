"""Whose fault failures with one signature are, and what to do about them.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from prodcli.batch.hold_codes import is_memory, is_of_person
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
    Category.UNKNOWN: "unknown",
}
_TOO_LITTLE = "too little requested"
_MOST = 0.5  # of the failures
_NOT_OF_SERVICES = (Category.CODE, Category.RESOURCE, Category.USER)
_NOT_OF_NODES = (Category.RESOURCE, Category.USER)
_RETRIED = (Status.FAILED, Substatus.LOST)  # whose first failure is tried again
_MAY_PASS = (*_RETRIED, Status.HELD)
_UNKNOWN = "no entry of the error catalog fits"
_ALIKE = 10  # failures that tell whether all jobs of a rule fail
_ELSEWHERE = "where no job starts any more"


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
class FailedAlike:
    """Failures with one signature: what they have in common, and how many retries there were and helped.

    `code` is that of the signature: `34/102` of a hold. `entry` is the one of the error catalog that fits.
    """

    state: str
    code: str
    entry: KnownError | None
    retried: int = 0
    won: int = 0

    @property
    def category(self) -> Category:
        """Whose fault the entry says that it is."""
        return self.entry.category if self.entry else Category.UNKNOWN

    @property
    def of_person(self) -> bool:
        """True for jobs that a person put on hold: nobody else releases them."""
        return self.state == Status.HELD and is_of_person(_numbers(self.code)[0])

    @property
    def for_memory(self) -> bool:
        """True for jobs that are held for memory."""
        return self.state == Status.HELD and is_memory(*_numbers(self.code))

    @property
    def hopeless(self) -> bool:
        """True if retries hardly ever help."""
        return hopeless(self.retried, self.won)

    @property
    def tried(self) -> str:
        """What became of retries, in words."""
        return f"a retry helped {self.won} of {self.retried}"


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


def may_be_all(entry: KnownError | None, failures: int, won: int) -> bool:
    """True if jobs beside the failures tell whether a retry makes sense: an error of the code that no retry has helped.

    What a site says of its own errors holds.
    """
    if entry is None or not entry.is_built_in or failures < _ALIKE or won:
        return False
    return entry.action is Remedy.RETRY and entry.category is Category.CODE


def hopeless(retried: int, won: int) -> bool:
    """True if so many retries, of which some helped, tell that a retry hardly ever helps."""
    return retried >= _ENOUGH and won < _FAILS * retried


def action_of(failed: FailedAlike) -> Remedy | None:
    """What a verb can do about failures that the catalog knows: the action of the entry, or what comes next to that.

    No entry tells that a node is at fault: its jobs are counted for that. So `other node` is a retry here. None for an
    unknown error.
    """
    entry = failed.entry
    if failed.of_person:
        return Remedy.ASK
    if failed.for_memory and (entry is None or entry.is_built_in):
        return Remedy.MEMORY
    if entry is None:
        return None
    if failed.state == Substatus.LOST and entry.is_built_in:
        return Remedy.RETRY  # a reason that such a job has is that of an earlier hold
    if entry.action is Remedy.NODE:
        return Remedy.RETRY
    held = failed.state == Status.HELD
    if (entry.action is Remedy.PARK and not held) or (entry.action is Remedy.MEMORY and held and not failed.for_memory):
        return Remedy.ASK  # no verb does so
    return entry.action


def fault_of(
    failed: FailedAlike,
    outs: Sequence[StandOut] = (),
    outages: Sequence[OutageMet] = (),
    beside: JobsBeside | None = None,
    excluded: Container[str] = (),
) -> FaultVerdict:
    """The verdict on failures with a signature: by the catalog, what stands out, outages, earlier retries, and jobs beside.

    `excluded` are those of the nodes that stand out on which no job starts any more.
    """
    found = _fault_of(failed, outs, outages, beside, excluded)
    if failed.state == Status.EVICTED and found.action is not Remedy.ASK:
        return replace(found, action=Remedy.ASK, why=f"{found.why}; their jobs start again by themselves")
    return found


def _fault_of(
    failed: FailedAlike,
    outs: Sequence[StandOut],
    outages: Sequence[OutageMet],
    beside: JobsBeside | None,
    excluded: Container[str],
) -> FaultVerdict:
    category, entry, action = failed.category, failed.entry, action_of(failed)
    if failed.of_person:
        return FaultVerdict(_FAULTS[Category.USER], Remedy.ASK, entry.advice if entry else "ask who held it")
    nodes = [one for one in outs if one.attribute == "node"]
    if category not in _NOT_OF_NODES and action is not Remedy.MEMORY and _share(nodes) >= _MOST:
        return _of_nodes(nodes, excluded)
    explained = next((one for one in outages if one.explains), None)
    passing = category not in _NOT_OF_SERVICES and action is not Remedy.MEMORY and not failed.hopeless
    if explained is not None and passing:
        return FaultVerdict(
            f"service {explained.outage.service}", Remedy.RETRY, retry_in_words(explained), Ground.OUTAGE
        )
    if entry is None and action is Remedy.MEMORY:
        return FaultVerdict(_TOO_LITTLE, action, "held for memory")
    if entry is None or action is None:
        return _of_unknown(failed, [one for one in outs if one.attribute == "hour"])
    if action is Remedy.RETRY and failed.hopeless:
        return FaultVerdict(_FAULTS[category], Remedy.ASK, f"{entry.advice}; but {failed.tried}", Ground.RETRIES)
    if beside is not None and beside.all_fail and may_be_all(entry, beside.failures, failed.won):
        return FaultVerdict(_FAULTS[category], Remedy.ASK, _all_fail_in_words(beside), Ground.JOBS_BESIDE)
    fault = _TOO_LITTLE if action is Remedy.MEMORY else _FAULTS[category]
    return FaultVerdict(fault, action, entry.advice)


def _of_nodes(nodes: Sequence[StandOut], excluded: Container[str]) -> FaultVerdict:
    """The verdict on failures most of which are on some nodes: another node, unless no job starts there any more."""
    names = ", ".join(one.value for one in nodes)
    fault = "the node" if len(nodes) == 1 else "the nodes"
    if _share([one for one in nodes if one.value not in excluded]) >= _MOST:
        return FaultVerdict(fault, Remedy.NODE, f"they end on {names}", Ground.NODES)
    return FaultVerdict(fault, Remedy.RETRY, f"they end on {names}, {_ELSEWHERE}", Ground.NODES)


def _share(outs: Sequence[StandOut]) -> float:
    """The part of the failures with these values."""
    return sum(one.share for one in outs)


def _numbers(code: str) -> tuple[int, int]:
    """The code and subcode of a hold."""
    first, _, second = code.partition("/")
    return int(first or 0), int(second or 0)


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


def _of_unknown(failed: FailedAlike, hours: Sequence[StandOut]) -> FaultVerdict:
    """The verdict on failures that no entry of the catalog fits."""
    if failed.hopeless:
        return FaultVerdict("code or data", Remedy.ASK, failed.tried, Ground.RETRIES)
    if failed.state not in _MAY_PASS:
        return FaultVerdict("unknown", Remedy.ASK, _UNKNOWN)
    if _share(hours) >= _MOST:
        return FaultVerdict("a service?", Remedy.RETRY, f"most came in {counted(len(hours), 'hour')} of the day")
    if failed.retried >= _ENOUGH and failed.won >= _HELPS * failed.retried:
        return FaultVerdict("it passes", Remedy.RETRY, failed.tried, Ground.RETRIES)
    action = Remedy.RETRY if failed.state in _RETRIED else Remedy.ASK
    return FaultVerdict("unknown", action, _UNKNOWN)
