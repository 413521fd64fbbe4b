"""The queues and histories of schedds."""

from collections.abc import Collection, Iterator
from typing import Any

from prodcli.batch import Changes, ClaimedCluster, Counted, DescribedJob, Factory, JobEvent, ProcId, QueuedJob
from prodcli.batch.htcondor.ads import (
    CLAIM,
    CLUSTER_AD,
    DESCRIBED,
    EVENT,
    ID,
    NOT_COMPLETED,
    OURS,
    QUEUE,
    QUEUED,
    Ad,
    Cursor,
    chunks_of_jobs,
    clusters_by_claim,
    described_jobs,
    events,
    factories,
    in_claims,
    in_clusters,
    in_jobs,
    job_ids,
    jobs_of,
    queued_jobs,
    quote,
)
from prodcli.batch.htcondor.client import ScheddSession
from prodcli.batch.htcondor.history import left_since
from prodcli.batch.htcondor.node_lists import count_jobs
from prodcli.batch.htcondor.schedds import Schedds
from prodcli.errors import BatchError

_CLAIMS = 200  # claims per question: the schedd's history helper takes 128 kB
_ADS = 500  # whole ads per question: 5 kB each
_OVERLAP = 120  # seconds that `changes` reads again, as states are written a little after their time
_HISTORY = 100_000  # jobs that a schedd should look through for one question, at least


class AskSchedds(Schedds):
    """Questions to schedds; they change nothing."""

    def check(self) -> list[str]:
        """Ask every schedd whether it answers and lets the account write; changes nothing."""
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
        """Count the jobs of a batch name on all schedds; raises BatchError if no schedd answers.

        A job that is materialized during the count counts twice, never not at all.
        """
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

    def changes(self, schedd: str, cursor: str, sweep: bool = False) -> Iterator[Changes]:
        """The jobs in the queue that changed since the cursor, then new jobs of the history, each oldest first.

        The whole queue is read if the schedd's clock was put back, and if the history does not reach back to the
        cursor: then only missing jobs tell what left the queue.
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
        """The jobs of prodcli in the queue that are not completed, with those that are not materialized yet."""
        with self._client.session(schedd, "reading the queue") as session:
            # in this order none slips through
            return _waiting(session, OURS) | job_ids(session.queue(f"{OURS} && {NOT_COMPLETED}", ID))

    def in_queue(self, schedd: str) -> set[ProcId]:
        """Every job in the queue that is not completed, of any tool and user, with those not materialized yet."""
        with self._client.session(schedd, "reading the queue") as session:
            return _waiting(session, "true") | job_ids(session.queue(NOT_COMPLETED, ID))

    def ours(self, schedd: str) -> tuple[list[QueuedJob], list[Factory]]:
        """The jobs of prodcli in the queue, and those that its clusters have yet to materialize."""
        with self._client.session(schedd, "reading the queue") as session:
            later = session.factories(OURS)
            return queued_jobs(session.queue(OURS, QUEUED)), later

    def describe(self, schedd: str, clusters: Collection[int]) -> list[DescribedJob]:
        """The jobs of these clusters that are in the queue, with the attributes of their output."""
        wanted = set(clusters)
        if not wanted:
            return []
        with self._client.session(schedd, "reading the queue") as session:
            found = described_jobs(session.queue(f"{OURS} && {in_clusters(wanted)}", DESCRIBED))
        return [one for one in found if one.event.cluster in wanted]

    def full_ads(self, schedd: str, ids: Collection[ProcId]) -> dict[ProcId, dict[str, Any]]:
        """The whole ads of jobs, expressions as HTCondor writes them in JSON; without secret attributes."""
        found: dict[ProcId, dict[str, Any]] = {}
        with self._client.session(schedd, "reading the queue") as session:
            for chunk in chunks_of_jobs(ids, _ADS):
                found |= dict(jobs_of(session.whole(in_jobs(chunk))))
        return found

    def history(self, schedd: str, clusters: Collection[int]) -> list[JobEvent]:
        """The jobs of these clusters that have left the queue, as far as the schedd's history goes back."""
        wanted = set(clusters)
        if not wanted:
            return []
        with self._client.session(schedd, "reading the history") as session:
            left = events(session.history(f"{OURS} && {in_clusters(wanted)}", EVENT))
        return [event for event in left if event.cluster in wanted]

    def find_claims(self, schedd: str, claims: Collection[str]) -> dict[str, list[ClaimedCluster]]:
        """The clusters of claims, from the queue, cluster ads and the whole history."""
        wanted = sorted(claims)
        queue: list[Ad] = []
        history: list[Ad] = []
        with self._client.session(schedd, "looking for claims") as session:
            for start in range(0, len(wanted), _CLAIMS):
                claimed = in_claims(wanted[start : start + _CLAIMS])
                queue += session.queue(claimed, CLAIM, cluster_ads=True)  # first: what leaves it is in the history then
                history += session.history(claimed, CLAIM)
        return clusters_by_claim(wanted, queue, history)

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


def _queue(session: ScheddSession, since: int) -> tuple[list[JobEvent], tuple[Factory, ...]]:
    """The jobs of prodcli that changed their state since a time of the schedd, and the jobs yet to materialize.

    One query for both, as the schedd goes through all of its queue for each; a cluster comes before its jobs.
    """
    ads = session.queue(f"{OURS} && ({CLUSTER_AD} || EnteredCurrentStatus >= {since})", QUEUE, cluster_ads=True)
    clusters = [ad for ad in ads if "ProcId" not in ad]  # a job's ad has what its cluster's has, and ProcId
    return sorted(events(ads), key=lambda event: event.since), tuple(factories(clusters))


def _waiting(session: ScheddSession, constraint: str) -> set[ProcId]:
    return set().union(*(one.jobs for one in session.factories(constraint)))
