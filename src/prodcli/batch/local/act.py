"""Changes to jobs in the queue of the local batch."""

from collections.abc import Collection

from prodcli.batch import ProcId
from prodcli.batch.local.left_over import end_without_runner
from prodcli.batch.local.schedd import LocalSchedd, now, require_local

_USER_HOLD = 1

_HOLD = """
    UPDATE jobs SET status = 5, since = max(since, :now), change = :change,
        hold_reason = :reason, hold_code = :code, hold_subcode = 0
    WHERE cluster = :cluster AND proc = :proc AND status IN (1, 2)"""
_RELEASE = """
    UPDATE jobs SET status = 1, since = max(since, :now), change = :change,
        hold_reason = NULL, hold_code = NULL, hold_subcode = NULL
    WHERE cluster = :cluster AND proc = :proc AND status = 5"""
_REMOVE = """
    UPDATE jobs SET status = 3, since = max(since, :now), change = :change
    WHERE cluster = :cluster AND proc = :proc AND status NOT IN (3, 4)"""
_EDIT_MEMORY = """
    UPDATE jobs SET memory_asked = :memory, change = :change
    WHERE cluster = :cluster AND proc = :proc AND status NOT IN (3, 4)"""
_EDIT_PRIORITY = """
    UPDATE jobs SET priority = :priority, change = :change
    WHERE cluster = :cluster AND proc = :proc AND status NOT IN (3, 4)"""


class ActOnQueue(LocalSchedd):
    """Actions on queued jobs."""

    def hold(self, schedd: str, ids: Collection[ProcId], reason: str) -> None:
        """Put jobs on hold; the runner ends those that run."""
        self._update(schedd, _HOLD, ids, reason=reason, code=_USER_HOLD)

    def release(self, schedd: str, ids: Collection[ProcId], reason: str) -> None:
        """Release held jobs; the reason is not kept."""
        self._update(schedd, _RELEASE, ids)

    def remove(self, schedd: str, ids: Collection[ProcId], reason: str) -> None:
        """Remove jobs, which stay as history without the reason.

        The runner ends running ones, or this process if there is none.
        """
        self._update(schedd, _REMOVE, ids)
        if ids:
            end_without_runner(self.database)

    def remove_command(self, schedd: str, cluster: int) -> str:
        """prodcli's own command, as there is no other."""
        return f"prodcli reconcile --remove {cluster}"

    def edit_memory(self, schedd: str, ids: Collection[ProcId], memory_mb: int) -> None:
        """Change the requested memory of jobs from their next start on."""
        self._update(schedd, _EDIT_MEMORY, ids, memory=memory_mb)

    def edit_priority(self, schedd: str, ids: Collection[ProcId], priority: int) -> None:
        """Change which jobs start first."""
        self._update(schedd, _EDIT_PRIORITY, ids, priority=priority)

    def _update(self, schedd: str, statement: str, ids: Collection[ProcId], **values: str | int) -> None:
        require_local(schedd)
        if not ids:
            return
        with self._writing() as (connection, change):
            common = {"now": now(), "change": change, **values}
            connection.executemany(statement, [{"cluster": cluster, "proc": proc, **common} for cluster, proc in ids])
