"""HTCondor's ads as job events, and constraints for queries.

Pure: an ad is any mapping of plain values; a value that is neither number, text nor truth value (undefined, error)
counts as missing. Numbers that the books cannot hold are unknown. Sources: HTCondor manual, job ClassAd attributes; the
factory's numbers, src/condor_schedd.V6/qmgmt.h.
"""

import json
import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

from prodcli.batch import ClaimedCluster, DescribedJob, Factory, JobEvent, ProcId, QueuedJob
from prodcli.batch.description import ATTRIBUTES
from prodcli.batch.event_limits import AMOUNT, CODE, CPU, EVENTS, INT, TIME, fitting, names_row
from prodcli.states import Queue

Ad = Mapping[str, object]

ID = ("ClusterId", "ProcId")
OURS = f"{ATTRIBUTES['dbid']} isnt undefined"
CLUSTER_AD = "ProcId is undefined"
# A completed job never runs again, even if LeaveJobInQueue keeps it; a removed one is in the queue while it may still run.
NOT_COMPLETED = f"JobStatus isnt {Queue.COMPLETED:d}"
# MemoryUsage is an expression over ResidentSetSize, so that must come along.
EVENT = (
    *ID, ATTRIBUTES["dbid"], ATTRIBUTES["attempt"], ATTRIBUTES["claim"], "JobStatus", "EnteredCurrentStatus",
    "NumJobStarts", "ExitCode", "ExitBySignal", "ExitSignal", "RemoteHost", "LastRemoteHost", "JobStartDate",
    "JobCurrentStartDate", "CompletionDate", "RemoteUserCpu", "RemoteSysCpu", "MemoryUsage", "ResidentSetSize",
    "MemoryProvisioned", "RequestMemory", "DiskUsage", "HoldReason", "HoldReasonCode", "HoldReasonSubCode",
    "RemoveReason", "ChirpProdcliEventsDone", "ChirpProdcliEventsTotal", "ChirpProdcliOutputChanged",
)  # fmt: skip
DESCRIBED = (
    *EVENT, *(ATTRIBUTES[key] for key in ("rule", "tag", "dataset", "dsttype", "run", "segment", "outputs", "mask")),
    "UserLog", "Out", "Err", "RequestDisk", "RequestCpus",
)  # fmt: skip
QUEUED = (*ID, ATTRIBUTES["dbid"], ATTRIBUTES["attempt"], ATTRIBUTES["claim"], "JobStatus", "Owner")
FACTORY = (
    "ClusterId", ATTRIBUTES["claim"], "Owner", "TotalSubmitProcs", "JobMaterializeNextProcId", "JobFactoryPaused",
)  # fmt: skip
QUEUE = (*EVENT, "Owner", "TotalSubmitProcs", "JobMaterializeNextProcId", "JobFactoryPaused")
LOAD = ("TotalIdleJobs", "TotalRunningJobs", "TotalHeldJobs", "JobsUnmaterialized")
CLAIM = (*ID, ATTRIBUTES["claim"], "JobStatus", "TotalSubmitProcs", "JobMaterializeNextProcId", "JobFactoryPaused")

_NUMBERS = MappingProxyType(
    {
        **{"EnteredCurrentStatus": TIME, "JobStartDate": TIME, "JobCurrentStartDate": TIME, "CompletionDate": TIME},
        **{"NumJobStarts": AMOUNT, "MemoryUsage": AMOUNT, "MemoryProvisioned": AMOUNT, "RequestMemory": AMOUNT},
        **{
            "DiskUsage": AMOUNT,
            "ExitCode": CODE,
            "ExitSignal": CODE,
            "HoldReasonCode": CODE,
            "HoldReasonSubCode": CODE,
        },
        **{"RemoteUserCpu": CPU, "RemoteSysCpu": CPU, "ChirpProdcliOutputChanged": TIME},
        **{"ChirpProdcliEventsDone": EVENTS, "ChirpProdcliEventsTotal": EVENTS},
    }
)
_DESCRIBED = MappingProxyType(
    {
        **{ATTRIBUTES["run"]: AMOUNT, ATTRIBUTES["segment"]: AMOUNT, ATTRIBUTES["outputs"]: AMOUNT},
        **{"RequestDisk": AMOUNT, "RequestCpus": AMOUNT},
    }
)
_STATES = frozenset(queue.value for queue in Queue)
# Source: src/condor_utils/classad_helpers, ClassAdPrivateAttrs
_SECRET = re.compile(r"(?i)(capability|(paired)?claimids?|claimidlist|childclaimids|transferkey)$|_condor_priv")
_FACTORY_REMOVED = 3
_VERSION = re.compile(r"\$CondorVersion: (\d+)\.(\d+)\.(\d+)\b")
_OUT_OF_BREATH = 0.98  # of the time a schedd has; at 1 it cannot keep up. Source: HTCondor manual, DaemonCoreDutyCycle
_SIGNAL = 128  # a shell's way to say by which signal a process ended
_LISTED = 500  # clusters; a longer list would make the schedd's history helper slow, and at 128 kB fail to start


@dataclass(frozen=True)
class Cursor:
    """Where `changes` goes on.

    The schedd's clock when its queue was read, and the last jobs of its history, at most two.

    History is read back to that job rather than to a time: history is in order of leaving the queue, and a job may
    leave long after its last change of status (removed, while its node was out of reach).
    """

    clock: int = 0
    history: tuple[str, ...] = ()

    @classmethod
    def read(cls, text: str) -> "Cursor":
        """Read a stored cursor; a cursor of another version starts anew, which costs time and changes nothing."""
        try:
            data = json.loads(text)
            return cls(int(data["clock"]), tuple(map(str, data["history"])))
        except (ValueError, TypeError, KeyError):
            return cls()

    def text(self) -> str:
        """The cursor for storage."""
        return json.dumps(asdict(self))


def event(ad: Ad) -> JobEvent | None:
    """The event of a job's ad; None for a job of another tool, or a state outside of the seven."""
    dbid, cluster, proc, status = (_int(ad, name) for name in (ATTRIBUTES["dbid"], *ID, "JobStatus"))
    attempt = _int(ad, ATTRIBUTES["attempt"]) or 1
    if dbid is None or cluster is None or proc is None or status not in _STATES or not names_row(dbid, attempt):
        return None
    queue = Queue(status)
    known, odd = fitting(ad, _NUMBERS)
    return JobEvent(
        dbid=dbid,
        attempt=attempt,
        claim=_text(ad, ATTRIBUTES["claim"]) or "",
        cluster=cluster,
        proc=proc,
        queue=queue,
        since=known.get("EnteredCurrentStatus", 0),
        num_starts=known.get("NumJobStarts"),
        exit_code=_exit_code(ad, known),
        node=_node(ad),
        started=known.get("JobCurrentStartDate") or known.get("JobStartDate") or None,
        finished=known.get("CompletionDate") or None if queue is Queue.COMPLETED else None,
        user_cpu=known.get("RemoteUserCpu"),
        sys_cpu=known.get("RemoteSysCpu"),
        memory_used=known.get("MemoryUsage") or None,
        memory_provisioned=known.get("MemoryProvisioned") or None,
        memory_asked=known.get("RequestMemory") or None,
        disk_used=known.get("DiskUsage") or None,
        hold_reason=_reason(ad, queue),
        hold_code=known.get("HoldReasonCode") if queue is Queue.HELD else None,
        hold_subcode=known.get("HoldReasonSubCode") if queue is Queue.HELD else None,
        events_done=known.get("ChirpProdcliEventsDone"),
        events_total=known.get("ChirpProdcliEventsTotal"),
        output_changed=known.get("ChirpProdcliOutputChanged"),
        odd=odd,
    )


def events(ads: Iterable[Ad]) -> list[JobEvent]:
    """The events of the ads of prodcli's jobs."""
    return [one for ad in ads if (one := event(ad)) is not None]


def job_ids(ads: Iterable[Ad]) -> set[ProcId]:
    """The jobs among the ads."""
    pairs = ((_int(ad, "ClusterId"), _int(ad, "ProcId")) for ad in ads)
    return {(cluster, proc) for cluster, proc in pairs if cluster is not None and proc is not None}


def factory(ad: Ad) -> Factory | None:
    """The jobs that a cluster ad has yet to materialize.

    None if its factory is removed or done, or it never had one.
    """
    cluster, following, total = (
        _int(ad, name) for name in ("ClusterId", "JobMaterializeNextProcId", "TotalSubmitProcs")
    )
    if cluster is None or following is None or total is None or not following < total <= INT:
        return None
    if _int(ad, "JobFactoryPaused") == _FACTORY_REMOVED:
        return None
    return Factory(cluster, _text(ad, ATTRIBUTES["claim"]) or "", following, total, _text(ad, "Owner") or "")


def factories(ads: Iterable[Ad]) -> list[Factory]:
    """The factories among the ads with jobs to materialize."""
    return [one for ad in ads if (one := factory(ad)) is not None]


def load(ad: Ad) -> float:
    """The jobs in the queue of a schedd by its own ad, materialized or not; infinite if the schedd is overloaded."""
    duty = _number(ad, "RecentDaemonCoreDutyCycle")
    if duty is not None and duty >= _OUT_OF_BREATH:
        return math.inf
    return float(sum(_int(ad, name) or 0 for name in LOAD))


def version(ad: Ad) -> tuple[int, ...]:
    """The release of a daemon by its own ad; empty, which is before all others, if the ad has none."""
    found = _VERSION.match(_text(ad, "CondorVersion") or "")
    return tuple(map(int, found.groups())) if found else ()


def claimed_clusters(queue: Sequence[Ad], history: Sequence[Ad]) -> list[ClaimedCluster]:
    """The clusters of job and cluster ads that carry one claim, in order."""
    procs: dict[int, int] = {}
    living = set()
    for ad in (*queue, *history):
        cluster = _int(ad, "ClusterId")
        if cluster is not None:
            seen = (-1 if (proc := _int(ad, "ProcId")) is None else proc) + 1
            procs[cluster] = max(procs.get(cluster, 0), seen, _int(ad, "TotalSubmitProcs") or 0)
    for ad in queue:
        job = _int(ad, "ProcId") is not None
        if (_int(ad, "JobStatus") not in (Queue.REMOVED, Queue.COMPLETED)) if job else factory(ad):
            living.add(_int(ad, "ClusterId"))
    return [ClaimedCluster(cluster, procs[cluster], cluster in living) for cluster in sorted(procs)]


def clusters_by_claim(
    claims: Collection[str], queue: Sequence[Ad], history: Sequence[Ad]
) -> dict[str, list[ClaimedCluster]]:
    """The clusters that carry each of these claims."""
    queued: dict[str, list[Ad]] = {claim: [] for claim in claims}
    left: dict[str, list[Ad]] = {claim: [] for claim in claims}
    for ads, by_claim in ((queue, queued), (history, left)):
        for ad in ads:
            if (claim := _text(ad, ATTRIBUTES["claim"])) in by_claim:
                by_claim[claim].append(ad)
    return {claim: claimed_clusters(queued[claim], left[claim]) for claim in claims}


def queued_jobs(ads: Iterable[Ad]) -> list[QueuedJob]:
    """The jobs of prodcli that have neither ended nor been removed."""
    return [
        QueuedJob(one.cluster, one.proc, one.dbid, one.attempt, one.claim, one.queue, _text(ad, "Owner") or "")
        for ad in ads
        if (one := event(ad)) is not None and one.queue not in (Queue.REMOVED, Queue.COMPLETED)
    ]


def described_jobs(ads: Iterable[Ad]) -> list[DescribedJob]:
    """Jobs with the attributes of their output; jobs without these attributes are left out."""
    found = []
    for ad in ads:
        one = event(ad)
        words = [_text(ad, ATTRIBUTES[key]) for key in ("rule", "tag", "dataset", "dsttype")]
        numbers, _ = fitting(ad, _DESCRIBED)
        run, segment = (numbers.get(ATTRIBUTES[key]) for key in ("run", "segment"))
        rule, tag, dataset, dsttype = (word or "" for word in words)
        if one is None or run is None or segment is None or not all(words):
            continue
        log, output, error = (_text(ad, key) or "" for key in ("UserLog", "Out", "Err"))
        disk, cpus = (numbers.get(name) or None for name in ("RequestDisk", "RequestCpus"))
        mask, outputs = _text(ad, ATTRIBUTES["mask"]) or "", numbers.get(ATTRIBUTES["outputs"]) or 1
        places = (log, output, error)
        found.append(DescribedJob(one, rule, tag, dataset, dsttype, run, segment, *places, disk, cpus, mask, outputs))
    return found


def in_claims(claims: Collection[str]) -> str:
    """A constraint that holds for the jobs of these claims."""
    return f"member({ATTRIBUTES['claim']}, {{{', '.join(map(quote, sorted(claims)))}}})"


def in_clusters(clusters: Collection[int]) -> str:
    """A constraint for clusters; for many clusters it also holds for the numbers between them."""
    if len(clusters) > _LISTED:
        return f"ClusterId >= {min(clusters)} && ClusterId <= {max(clusters)}"
    return f"member(ClusterId, {{{','.join(map(str, sorted(clusters)))}}})"


def in_jobs(ids: Sequence[ProcId]) -> str:
    """A constraint that holds for these jobs."""
    procs: dict[int, list[str]] = {}
    for cluster, proc in ids:
        procs.setdefault(cluster, []).append(str(proc))
    return " || ".join(
        f"(ClusterId == {cluster} && member(ProcId, {{{','.join(some)}}}))" for cluster, some in procs.items()
    )


def chunks_of_jobs(ids: Collection[ProcId], size: int) -> Iterator[list[ProcId]]:
    """Jobs in order, each once, in chunks."""
    ordered = sorted(set(ids))
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]


def jobs_of(ads: Iterable[dict[str, Any]]) -> Iterator[tuple[ProcId, dict[str, Any]]]:
    """The whole ads of jobs by cluster and proc, without attributes that HTCondor keeps between its daemons."""
    for ad in ads:
        cluster, proc = _int(ad, "ClusterId"), _int(ad, "ProcId")
        if cluster is not None and proc is not None:
            yield (cluster, proc), {name: value for name, value in ad.items() if not _SECRET.match(name)}


def quote(text: str) -> str:
    """A ClassAd string; `classad2.quote` breaks characters beyond ASCII."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def plain_reason(text: str) -> str:
    """A reason that the schedd can store.

    The schedd puts quotes around a hold reason, and loses a reason with quotes in it.
    """
    return "".join(c if c.isprintable() else " " for c in text).replace('"', "'").replace("\\", "/")


def _exit_code(ad: Ad, known: Mapping[str, int]) -> int | None:
    if ad.get("ExitBySignal") is True:
        signal = known.get("ExitSignal")
        return None if signal is None else _SIGNAL + signal
    return known.get("ExitCode")


def _node(ad: Ad) -> str | None:
    slot = _text(ad, "RemoteHost") or _text(ad, "LastRemoteHost")
    return slot.rpartition("@")[2] if slot else None


def _reason(ad: Ad, queue: Queue) -> str | None:
    """The reason why a job is held, or was removed."""
    return _text(ad, {Queue.HELD: "HoldReason", Queue.REMOVED: "RemoveReason"}.get(queue, ""))


def _number(ad: Ad, name: str) -> float | None:
    value = ad.get(name)
    # neither a truth value nor classad2.Value, whose Undefined and Error are ints as well
    return float(value) if type(value) is int or type(value) is float else None


def _int(ad: Ad, name: str) -> int | None:
    value = ad.get(name)
    if type(value) is int:  # what nearly all are, of a dozen for each of a hundred thousand ads
        return value
    return math.ceil(value) if type(value) is float and math.isfinite(value) else None


def _text(ad: Ad, name: str) -> str | None:
    value = ad.get(name)
    return value if isinstance(value, str) else None
