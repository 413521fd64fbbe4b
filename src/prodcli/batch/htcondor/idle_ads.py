"""Idle jobs beside the machines of the pool, matched by HTCondor's own ClassAd library.

Machines that divide themselves into slots count once: with all that they have for the question whether a job fits at all, and
with what is left for the question whether it could start now.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prodcli.batch.description import ATTRIBUTES
from prodcli.batch.htcondor.ads import OURS, quote
from prodcli.batch.htcondor.client import Client, ScheddSession
from prodcli.batch.idle_jobs import (
    Clause,
    IdleGroup,
    QueueState,
    UserPriority,
    WhatIf,
    clauses_of,
    smaller_requests,
    spoken_clause,
)

_ALIKE = ("ClusterId", "ProcId", "AutoClusterId", "JobPrio", "LastRejMatchReason")
_IDLE = 1  # JobStatus
_MOST = 10  # kinds of jobs of a schedd that are looked at
_REQUEST = "Request"


@dataclass(frozen=True)
class _Machine:
    """A machine as it is, and as it would be without jobs."""

    now: Any
    empty: Any
    open: bool

    def left(self, name: str) -> int:
        """How much of a resource is left."""
        value = self.now.eval(name) if name in self.now else 0
        return int(value) if isinstance(value, int | float) else 0


class IdleAds:
    """What the pool and its schedds say about idle jobs."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._known: list[_Machine] | None = None

    def groups(self, schedd: str, tags: Sequence[str] = ()) -> list[IdleGroup]:
        """The idle jobs of prodcli in a queue, of some tags, by what they ask for; the ten most frequent kinds."""
        of_tags = " || ".join(f"{ATTRIBUTES['tag']} == {quote(tag)}" for tag in tags)
        wanted = f"{OURS} && JobStatus == {_IDLE}" + (f" && ({of_tags})" if of_tags else "")
        machines = self._machines()
        with self._client.session(schedd, "looking at idle jobs") as session:
            kinds: dict[object, list[dict[str, Any]]] = defaultdict(list)
            for row in session.queue(wanted, _ALIKE):
                kinds[row.get("AutoClusterId") or f"cluster {row['ClusterId']}"].append(row)
            largest = sorted(kinds.values(), key=len, reverse=True)[:_MOST]
            return [_group(schedd, rows, _example(session, rows[0]), machines) for rows in largest]

    def queues(self, schedds: Sequence[str]) -> list[QueueState]:
        """The jobs of some schedds, and the most that each of them runs."""
        ads = self._client.schedd_ads(["TotalIdleJobs", "TotalRunningJobs", "MaxJobsRunning"])
        return [_queue(schedd, ads[schedd]) for schedd in schedds if schedd in ads]

    def priorities(self) -> list[UserPriority]:
        """The users of the pool, whose jobs start first before all others."""
        found = [
            UserPriority(str(ad["Name"]), float(ad.get("Priority", 0)), int(ad.get("ResourcesUsed", 0)))
            for ad in self._client.accounting_ads(["Name", "Priority", "ResourcesUsed", "IsAccountingGroup"])
            if "@" in str(ad.get("Name", "")) and not ad.get("IsAccountingGroup")
        ]
        return sorted(found, key=lambda one: one.priority)

    def _machines(self) -> list[_Machine]:
        if self._known is None:
            self._known = [_machine(ad) for ad in self._client.machine_ads()]
        return self._known


def _queue(schedd: str, ad: Mapping[str, Any]) -> QueueState:
    most = ad.get("MaxJobsRunning")
    return QueueState(schedd, int(ad.get("TotalIdleJobs", 0)), int(ad.get("TotalRunningJobs", 0)), most)


def _machine(ad: Any) -> _Machine:
    from classad2 import ClassAd

    empty = ClassAd(str(ad))
    if ad.get("PartitionableSlot"):
        for name in list(ad.keys()):
            if name.startswith("TotalSlot") and name.removeprefix("TotalSlot") in ad:
                empty[name.removeprefix("TotalSlot")] = ad.eval(name)
    return _Machine(ad, empty, str(ad.get("State", "")) == "Unclaimed")


def _example(session: ScheddSession, row: Mapping[str, Any]) -> Any:
    """The whole ad of a job."""
    (ad,) = session.schedd.query(f"ClusterId == {row['ClusterId']} && ProcId == {row['ProcId']}", [])
    return ad


def _group(schedd: str, rows: Sequence[Mapping[str, Any]], ad: Any, machines: Sequence[_Machine]) -> IdleGroup:
    requests = _requests(ad)
    fits = [one for one in machines if one.empty.symmetricMatch(ad)]
    priorities = [int(row.get("JobPrio", 0)) for row in rows]
    rejected = Counter(str(row["LastRejMatchReason"]) for row in rows if row.get("LastRejMatchReason"))
    start = _could_start(ad, requests, machines, len(rows))
    return IdleGroup(
        schedd=schedd,
        jobs=len(rows),
        example=f"{rows[0]['ClusterId']}.{rows[0]['ProcId']}@{schedd}",
        priorities=(min(priorities), max(priorities)),
        requests=requests,
        machines=len(machines),
        clauses=_clauses(ad, requests, machines),
        accepting=sum(ad.matches(one.empty) for one in machines),
        fitting=len(fits),
        free=sum(one.open and one.now.symmetricMatch(ad) for one in machines),
        could_start=start,
        what_if=_what_if(ad, requests, machines, len(rows), start),
        rejected=dict(rejected.most_common()),
    )


def _requests(ad: Any) -> dict[str, int]:
    """The requested resources of a job by name."""
    names = [name for name in ad.keys() if name.startswith(_REQUEST)]  # noqa: SIM118 - iterating reads values
    found = {name.removeprefix(_REQUEST): ad.eval(name) for name in sorted(names)}
    return {name: int(value) for name, value in found.items() if isinstance(value, int | float) and value > 0}


def _clauses(ad: Any, requests: Mapping[str, int], machines: Sequence[_Machine]) -> list[Clause]:
    """The clauses of a job's requirements, the most demanding first."""
    found = []
    for text in clauses_of(str(ad.lookup("Requirements"))):
        alone = _with(ad, {}, text)
        found.append(Clause(spoken_clause(text, requests), sum(one.empty.matches(alone) for one in machines)))
    return sorted(found, key=lambda clause: clause.machines)


def _with(ad: Any, requests: Mapping[str, int], requirements: str = "") -> Any:
    """A job with other requests or requirements."""
    from classad2 import ClassAd, ExprTree

    other = ClassAd(str(ad))
    for name, value in requests.items():
        other[f"{_REQUEST}{name}"] = value
    if requirements:
        other["Requirements"] = ExprTree(requirements)
    return other


def _could_start(ad: Any, requests: Mapping[str, int], machines: Sequence[_Machine], jobs: int) -> int:
    """How many of some jobs would fit on the machines at once, as they are now."""
    room = 0
    for one in machines:
        if room < jobs and one.open and one.now.symmetricMatch(ad):
            counts = [one.left(name) // asked for name, asked in requests.items() if name in one.now]
            room += min(counts, default=1) if one.now.get("PartitionableSlot") else 1
    return min(room, jobs)


def _what_if(ad: Any, requests: Mapping[str, int], machines: Sequence[_Machine], jobs: int, now: int) -> list[WhatIf]:
    """For each resource the largest smaller request that would let more jobs start now, if there is one."""
    found = []
    for name, asked in requests.items():
        best = now
        tried: list[WhatIf] = []
        for less in smaller_requests(asked, [one.left(name) for one in machines if one.open]):
            changed = {**requests, name: less}
            count = _could_start(_with(ad, changed), changed, machines, jobs)
            if count > best:
                best = count
                tried.append(WhatIf(name.lower(), asked, less, count))
        found += tried[-1:]
    return sorted(found, key=lambda one: -one.could_start)
