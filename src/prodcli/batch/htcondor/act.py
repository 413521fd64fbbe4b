"""Changes to jobs in the queue of a schedd."""

from collections.abc import Collection

from prodcli.batch import ProcId
from prodcli.batch.htcondor.ads import CLUSTER_AD, ID, chunks_of_jobs, in_clusters, job_ids, plain_reason
from prodcli.batch.htcondor.client import ScheddSession
from prodcli.batch.htcondor.schedds import Schedds
from prodcli.errors import BatchError

_IDS = 5_000  # jobs per action: the schedd does nothing else for half a second
_TRIES = 3


class ActOnSchedds(Schedds):
    """Actions on queued jobs."""

    def hold(self, schedd: str, ids: Collection[ProcId], reason: str) -> None:
        """Put jobs on hold."""
        self._act(schedd, "Hold", ids, reason)

    def release(self, schedd: str, ids: Collection[ProcId], reason: str) -> None:
        """Release held jobs; other jobs stay as they are."""
        self._act(schedd, "Release", ids, reason)

    def remove(self, schedd: str, ids: Collection[ProcId], reason: str) -> None:
        """Remove jobs from the queue; jobs that were never materialized leave no trace."""
        self._act(schedd, "Remove", ids, reason)

    def remove_command(self, schedd: str, cluster: int) -> str:
        """The `condor_rm` command for a cluster."""
        return f"condor_rm -name {schedd} {cluster}"

    def edit_memory(self, schedd: str, ids: Collection[ProcId], memory_mb: int) -> None:
        """Change the requested memory; jobs outside of the queue, or not in it yet, are passed over."""
        self._edit(schedd, ids, "RequestMemory", memory_mb)

    def edit_priority(self, schedd: str, ids: Collection[ProcId], priority: int) -> None:
        """Change JobPrio; jobs outside of the queue, or not in it yet, are passed over."""
        self._edit(schedd, ids, "JobPrio", priority)

    def _act(self, schedd: str, action: str, ids: Collection[ProcId], reason: str) -> None:
        """Act on jobs; for waiting jobs on their factory, before it makes them."""
        with self._client.session(schedd, action.lower()) as session:
            _act_on_factories(session, action, set(ids), reason)
            for chunk in chunks_of_jobs(ids, _IDS):
                act_on(session, action, _words(chunk), reason)

    def _edit(self, schedd: str, ids: Collection[ProcId], attribute: str, value: int) -> None:
        with self._client.session(schedd, f"changing {attribute}") as session:
            for chunk in chunks_of_jobs(ids, _IDS):
                _edit(session, chunk, attribute, str(value))


def _words(ids: Collection[ProcId]) -> list[str]:
    return [f"{cluster}.{proc}" for cluster, proc in ids]


def act_on(session: ScheddSession, action: str, jobs: list[str] | str, reason: str) -> None:
    """Act on jobs by ids or by constraint; missing jobs are no error. A reason without a code is dropped."""
    totals = session.schedd.act(getattr(session.bindings.JobAction, action), jobs, (plain_reason(reason), 0))
    if totals is None:
        raise session.bindings.HTCondorException("no answer")
    refused, failed = int(totals["TotalPermissionDenied"]), int(totals["TotalError"])
    if refused or failed:
        raise session.bindings.HTCondorException(f"permission denied for {refused} jobs, errors for {failed}")


def _act_on_factories(session: ScheddSession, action: str, ids: set[ProcId], reason: str) -> None:
    """Act on the clusters of the waiting jobs, all or none of each."""
    for one in session.factories(in_clusters({cluster for cluster, _ in ids})) if ids else []:
        meant = one.jobs & ids
        if not meant:
            continue
        if meant != one.jobs:
            what = f"{len(meant)} of the {len(one.jobs)} jobs that cluster {one.cluster} has yet to materialize"
            raise BatchError(f"cannot {action.lower()} {what}", todo="name all of them, or none")
        act_on(session, action, f"ClusterId == {one.cluster} && {CLUSTER_AD}", reason)


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
