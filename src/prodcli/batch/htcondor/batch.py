"""The HTCondor batch: schedds reached through the Python bindings, `htcondor2`."""

import logging
import math
import warnings
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from prodcli.batch import (
    Changes,
    ClaimedCluster,
    Counted,
    DescribedJob,
    Factory,
    Intake,
    JobEvent,
    ProcId,
    QueuedJob,
    SubmitProcess,
)
from prodcli.batch.htcondor.ads import (
    CLAIM,
    CLUSTER_AD,
    DESCRIBED,
    EVENT,
    FACTORY,
    ID,
    LOAD,
    NOT_COMPLETED,
    OURS,
    QUEUE,
    QUEUED,
    Ad,
    Cursor,
    clusters_by_claim,
    described_jobs,
    events,
    factories,
    in_claims,
    in_clusters,
    in_jobs,
    job_ids,
    jobs_of,
    load,
    plain_reason,
    queued_jobs,
    quote,
    version,
)
from prodcli.batch.htcondor.client import Client, ScheddSession
from prodcli.batch.htcondor.history import left_since
from prodcli.batch.htcondor.node_lists import NodeLists, count_jobs
from prodcli.batch.htcondor.rendered import read_submission
from prodcli.batch.submit_process import OwnProcess
from prodcli.errors import BatchError

log = logging.getLogger(__name__)
_CLAIMS = 200  # claims per question: the schedd's history helper takes 128 kB
_IDS = 5_000  # jobs per action: the schedd does nothing else for half a second
_ADS = 500  # whole ads per question: 5 kB each
_OVERLAP = 120  # seconds that `changes` reads again, as states are written a little after their time
_TRIES = 3
_MAX_PROCS = 20_000  # MAX_JOBS_PER_SUBMISSION, as HTCondor has it by default
# Jobs that a cluster keeps idle: one for every core of the pool, whatever a job asks for, and some more, since held
# jobs count as idle there. Each costs its schedd half a millisecond when it is made, and time in every negotiation.
_MORE_THAN_CORES, _MANY_IDLE = 250, 20_000
_RETRIES_MEMORY = (25, 2, 1)  # an older schedd ignores retry_request_memory without a word
_HISTORY = 100_000  # jobs that a schedd should look through for one question, at least


class HTCondorBatch(NodeLists):
    """Schedds by name, or the local one; nothing is contacted before it is asked for.

    `history_file`: a schedd whose history can be read here is not asked for it.
    """

    system = "htcondor"
    may_hang = True

    def __init__(
        self, schedds: list[str], collector: str = "", condor_config: str = "", history_file: bool = True
    ) -> None:
        self._schedds = list(dict.fromkeys(schedds))
        self._history_file = history_file
        super().__init__(Client(collector, condor_config))

    def schedds(self) -> list[str]:
        """The configured ones, else the local one."""
        if not self._schedds:
            self._schedds = [self._client.local_schedd()]
        return list(self._schedds)

    def loads(self) -> dict[str, float]:
        """The jobs of each schedd as the collector has them (up to some minutes old), materialized or not."""
        known = self._client.schedd_ads((*LOAD, "RecentDaemonCoreDutyCycle"))
        return {
            name: load(known[name]) if name in known and self._answers(name) else math.inf for name in self.schedds()
        }

    def intake(self, schedd: str) -> Intake:
        """What its configuration says; where that is not to be read, what any schedd can do."""
        with self._client.session(schedd, "submission") as session:
            limit = session.setting("MAX_JOBS_PER_SUBMISSION")
            bit_by_bit = session.setting("SCHEDD_ALLOW_LATE_MATERIALIZE").casefold() == "true"
            retries_memory = version(session.place) >= _RETRIES_MEMORY
        max_procs = int(limit) if limit.isdigit() else _MAX_PROCS
        if not bit_by_bit:
            return Intake(max_procs, retries_memory=retries_memory)
        return Intake(max_procs, min(self._client.cores() + _MORE_THAN_CORES, _MANY_IDLE), retries_memory)

    def check(self) -> list[str]:
        """Ask every schedd whether it answers and lets us write; changes nothing."""
        try:
            names = self.schedds()
        except BatchError as err:
            return [str(err)]
        wrong = [line for name in names for line in self._check_schedd(name)]
        try:
            # one ad a machine is enough
            slots = self._client.machines("TotalXferslots > 0 && SlotID == 1 && DynamicSlot isnt true")
        except BatchError as err:
            return [*wrong, str(err)]
        return (
            wrong
            if slots
            else [*wrong, "warning: no machine offers xferslots: jobs with request_xferslots wait for ever"]
        )

    def count(self, batch_name: str) -> Counted:
        """Jobs of a batch name on all schedds; one that is materialized meanwhile counts twice, never not at all."""
        named = f"JobBatchName is {quote(batch_name)}"
        total, silent = 0, {}
        for name in self.schedds():
            try:
                total += self._count(name, named)
            except BatchError as err:
                silent[name] = str(err)
        if len(silent) == len(self.schedds()):
            raise BatchError("; ".join(silent.values()))
        return Counted(total, tuple(silent))

    def submit_process(self) -> AbstractContextManager[SubmitProcess]:
        """A process of its own."""
        return OwnProcess(self, HTCondorBatch.load)

    def load(self) -> None:
        """Load the bindings; raises BatchError."""
        _ = self._client.bindings

    def submit(self, schedd: str, description: Path) -> int:
        """Submit a rendered description in one transaction of the schedd."""
        text, parsed, rows = read_submission(description)
        items = (description.parent / parsed.items_file).absolute()
        with self._client.session(schedd, "submission") as session, warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            try:
                submit = session.bindings.Submit(text)
                result = session.schedd.submit(submit, queue=f"{','.join(parsed.fields)} from {items}")
            except ValueError as err:
                todo = f"condor_submit -dry-run - {description} may say where"
                raise BatchError(f"HTCondor cannot read it: {err}", where=str(description), todo=todo) from err
        for warning in warned:
            log.warning("%s: %s", description, warning.message)
        cluster, procs = int(result.cluster()), int(result.num_procs())
        if (int(result.first_proc()), procs) != (0, rows):
            self._remove_cluster(schedd, cluster)
            raise BatchError(f"HTCondor made {procs} jobs of {rows} items; they were removed", where=str(description))
        return cluster

    def changes(self, schedd: str, cursor: str, sweep: bool = False) -> Iterator[Changes]:
        """What the queue has that changed since the cursor, then what history got, each oldest first.

        All of the queue is read, too, if the schedd's clock was put back, and if its history does not reach back to
        the cursor any more: what left the queue meanwhile can only be found out by what is not there.
        """
        last = Cursor.read(cursor)
        with self._client.session(schedd, "reading the queue") as session:
            sweep = sweep or not 0 < last.clock <= session.clock + _OVERLAP
            present, waiting = _queue(session, 0 if sweep else last.clock - _OVERLAP)
            newest = session.last_left()
            yield Changes(present, factories=waiting, clock=session.clock)
            reached = True
            if newest != last.history:
                file = session.setting("HISTORY") if self._history_file else ""
                reached = yield from left_since(session, last, newest, file)
            if not reached and not sweep:
                (present, waiting), sweep = _queue(session, 0), True
                yield Changes(present, factories=waiting, clock=session.clock)
            yield Changes([], Cursor(session.clock, newest).text(), clock=session.clock, swept=sweep)

    def living(self, schedd: str) -> set[ProcId]:
        """Our jobs in the queue that are not completed, and those that their cluster has yet to materialize."""
        with self._client.session(schedd, "reading the queue") as session:
            # in this order none slips through
            return _waiting(session, OURS) | job_ids(session.queue(f"{OURS} && {NOT_COMPLETED}", ID))

    def in_queue(self, schedd: str) -> set[ProcId]:
        """Every job in the queue that is not completed, of whatever tool and user, and those that wait to be materialized."""
        with self._client.session(schedd, "reading the queue") as session:
            return _waiting(session, "true") | job_ids(session.queue(NOT_COMPLETED, ID))

    def history(self, schedd: str, clusters: Collection[int]) -> list[JobEvent]:
        """Our jobs of these clusters that have left the queue, as far as the schedd's history goes back."""
        wanted = set(clusters)
        if not wanted:
            return []
        with self._client.session(schedd, "reading the history") as session:
            left = events(session.history(f"{OURS} && {in_clusters(wanted)}", EVENT))
        return [event for event in left if event.cluster in wanted]

    def find_claims(self, schedd: str, claims: Collection[str]) -> dict[str, list[ClaimedCluster]]:
        """The clusters that carry claims, from the queue, cluster ads and the whole history."""
        wanted = sorted(claims)
        queue: list[Ad] = []
        history: list[Ad] = []
        with self._client.session(schedd, "looking for claims") as session:
            for start in range(0, len(wanted), _CLAIMS):
                claimed = in_claims(wanted[start : start + _CLAIMS])
                queue += session.queue(claimed, CLAIM, cluster_ads=True)  # first: what leaves it is in the history then
                history += session.history(claimed, CLAIM)
        return clusters_by_claim(wanted, queue, history)

    def ours(self, schedd: str) -> tuple[list[QueuedJob], list[Factory]]:
        """Our jobs in the queue, and what clusters of ours have yet to materialize."""
        with self._client.session(schedd, "reading the queue") as session:
            later = _factories(session, OURS)
            return queued_jobs(session.queue(OURS, QUEUED)), later

    def describe(self, schedd: str, clusters: Collection[int]) -> list[DescribedJob]:
        """Our jobs of these clusters that are in the queue, with what they say of their output."""
        wanted = set(clusters)
        if not wanted:
            return []
        with self._client.session(schedd, "reading the queue") as session:
            found = described_jobs(session.queue(f"{OURS} && {in_clusters(wanted)}", DESCRIBED))
        return [one for one in found if one.event.cluster in wanted]

    def full_ads(self, schedd: str, ids: Collection[ProcId]) -> dict[ProcId, dict[str, Any]]:
        """The whole ads of jobs, expressions as HTCondor writes them in JSON; without what is secret."""
        found: dict[ProcId, dict[str, Any]] = {}
        with self._client.session(schedd, "reading the queue") as session:
            for chunk in _chunks(ids, _ADS):
                found |= dict(jobs_of(session.whole(in_jobs(chunk))))
        return found

    def remove_command(self, schedd: str, cluster: int) -> str:
        """HTCondor's own command."""
        return f"condor_rm -name {schedd} {cluster}"

    def hold(self, schedd: str, ids: Collection[ProcId], reason: str) -> None:
        """Put jobs on hold."""
        self._act(schedd, "Hold", ids, reason)

    def release(self, schedd: str, ids: Collection[ProcId], reason: str) -> None:
        """Release held jobs; others stay as they are."""
        self._act(schedd, "Release", ids, reason)

    def remove(self, schedd: str, ids: Collection[ProcId], reason: str) -> None:
        """Remove jobs from the queue; of those that never materialized no trace is left."""
        self._act(schedd, "Remove", ids, reason)

    def edit_memory(self, schedd: str, ids: Collection[ProcId], memory_mb: int) -> None:
        """Change what jobs ask for; jobs that have left the queue, or are not in it yet, are passed over."""
        self._edit(schedd, ids, "RequestMemory", memory_mb)

    def edit_priority(self, schedd: str, ids: Collection[ProcId], priority: int) -> None:
        """Change JobPrio; jobs that have left the queue, or are not in it yet, are passed over."""
        self._edit(schedd, ids, "JobPrio", priority)

    def _edit(self, schedd: str, ids: Collection[ProcId], attribute: str, value: int) -> None:
        with self._client.session(schedd, f"changing {attribute}") as session:
            for chunk in _chunks(ids):
                _edit(session, chunk, attribute, str(value))

    def _answers(self, schedd: str) -> bool:
        try:
            with self._client.session(schedd, "looking at its load"):
                return True
        except BatchError as err:
            log.info("%s", err)
            return False

    def _count(self, schedd: str, constraint: str) -> int:
        with self._client.session(schedd, "counting jobs") as session:
            return count_jobs(session, constraint)

    def _check_schedd(self, name: str) -> list[str]:
        try:
            with self._client.session(name, "check") as session:
                try:
                    user = session.bindings.ping(session.place, "WRITE").get("MyRemoteUserName")
                except session.bindings.HTCondorException as err:
                    more = f"condor_ping -type schedd -name {name} -verbose WRITE tells more"
                    return [f"schedd {name}: we may not write: {err} ({more})"]
                limit = session.setting("HISTORY_HELPER_MAX_HISTORY")
        except BatchError as err:
            return [str(err)]
        if not isinstance(user, str) or user.startswith("unauthenticated"):
            return [f"schedd {name}: it does not know who we are, so we can read but not submit"]
        if not limit.isdigit() or int(limit) >= _HISTORY:
            return []
        short = f"HISTORY_HELPER_MAX_HISTORY is {limit}: if more jobs end between two harvests, some are not seen"
        return [f"warning: schedd {name}: {short}"]

    def _act(self, schedd: str, action: str, ids: Collection[ProcId], reason: str) -> None:
        """Act on jobs: on those that wait to be materialized by acting on their factory, before it makes them."""
        with self._client.session(schedd, action.lower()) as session:
            _act_on_factories(session, action, set(ids), reason)
            for chunk in _chunks(ids):
                _act(session, action, _words(chunk), reason)

    def _remove_cluster(self, schedd: str, cluster: int) -> None:
        with self._client.session(schedd, "remove") as session:
            _act(session, "Remove", f"ClusterId == {cluster}", "prodcli: not as many jobs as items")


def _queue(session: ScheddSession, since: int) -> tuple[list[JobEvent], tuple[Factory, ...]]:
    """Our jobs in the queue that changed their state at a time of the schedd or later, and what is yet to materialize.

    One query for both, as the schedd goes through all of its queue for each; a cluster comes before its jobs.
    """
    ads = session.queue(f"{OURS} && ({CLUSTER_AD} || EnteredCurrentStatus >= {since})", QUEUE, cluster_ads=True)
    clusters = [ad for ad in ads if "ProcId" not in ad]  # a job's ad has what its cluster's has, and ProcId
    return sorted(events(ads), key=lambda event: event.since), tuple(factories(clusters))


def _factories(session: ScheddSession, constraint: str) -> list[Factory]:
    return factories(session.queue(f"{CLUSTER_AD} && {constraint}", FACTORY, cluster_ads=True))


def _waiting(session: ScheddSession, constraint: str) -> set[ProcId]:
    return set().union(*(one.jobs for one in _factories(session, constraint)))


def _chunks(ids: Collection[ProcId], size: int = _IDS) -> Iterator[list[ProcId]]:
    ordered = sorted(set(ids))
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]


def _words(ids: Collection[ProcId]) -> list[str]:
    return [f"{cluster}.{proc}" for cluster, proc in ids]


def _act(session: ScheddSession, action: str, jobs: list[str] | str, reason: str) -> None:
    """Act on jobs by ids or by constraint; those that are not there are no error. A reason without a code is dropped."""
    totals = session.schedd.act(getattr(session.bindings.JobAction, action), jobs, (plain_reason(reason), 0))
    if totals is None:
        raise session.bindings.HTCondorException("no answer")
    refused, failed = int(totals["TotalPermissionDenied"]), int(totals["TotalError"])
    if refused or failed:
        raise session.bindings.HTCondorException(f"permission denied for {refused} jobs, errors for {failed}")


def _act_on_factories(session: ScheddSession, action: str, ids: set[ProcId], reason: str) -> None:
    """Act on the clusters whose waiting jobs are meant, all or none of each."""
    for one in _factories(session, in_clusters({cluster for cluster, _ in ids})) if ids else []:
        meant = one.jobs & ids
        if not meant:
            continue
        if meant != one.jobs:
            what = f"{len(meant)} of the {len(one.jobs)} jobs that cluster {one.cluster} has yet to materialize"
            raise BatchError(f"cannot {action.lower()} {what}", todo="name all of them, or none")
        _act(session, action, f"ClusterId == {one.cluster} && {CLUSTER_AD}", reason)


def _edit(session: ScheddSession, jobs: list[ProcId], attribute: str, value: str) -> None:
    """Edit jobs; as one that has left the queue undoes the edit of all, those that are still there are tried again."""
    for _ in range(_TRIES):
        try:
            if jobs:
                session.schedd.edit(_words(jobs), attribute, value)
            return
        except session.bindings.HTCondorException:
            there = job_ids(session.queue(in_clusters({cluster for cluster, _ in jobs}), ID))
            left = [job for job in jobs if job in there]
            if len(left) == len(jobs):
                raise
            jobs = left
    raise session.bindings.HTCondorException("jobs leave the queue faster than they can be changed")
