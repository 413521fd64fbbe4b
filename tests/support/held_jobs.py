"""Jobs that are held as a starter or a person holds them, or that failed, on whatever batch system."""

import sqlite3
from collections.abc import Collection
from contextlib import closing
from typing import Any

from prodcli.batch import ProcId
from prodcli.batch.htcondor.batch import HTCondorBatch
from tests.support.condor_pool import wait_for
from tests.support.waiting_jobs import JOBS, schedd_of, submit_words
from tests.support.workspace import Workspace

OVER = "Job has gone over cgroup memory limit of 1000 megabytes"


def submitted(workspace: Workspace, **more: Any) -> list[int]:
    """Submit eight jobs, which no policy releases; returns their dbids."""
    workspace.ok(*submit_words(workspace, **{"job_request_memory": "2 GB", **more}))
    found = sorted(places(workspace))
    assert len(found) == JOBS
    return found


def held(workspace: Workspace, queue: Any, dbids: list[int], code: int = 34, subcode: int = 102) -> None:
    """Hold jobs, and bring the books up to date."""
    where = places(workspace)
    wait_for(lambda: set(dbids) <= in_queue(workspace, queue))
    hold(workspace, queue, [where[dbid] for dbid in dbids], code, subcode)
    workspace.ok("harvest", "--sweep")


def failed(workspace: Workspace, queue: Any, dbids: list[int]) -> None:
    """Let jobs be in no queue any more, and failed."""
    where = places(workspace)
    queue.remove(schedd_of(workspace), [where[dbid] for dbid in dbids], "over")
    wait_for(lambda: not {where[dbid] for dbid in dbids} & queue.living(schedd_of(workspace)))
    workspace.ok("harvest", "--sweep")
    for dbid in dbids:
        for table, key in (("production_jobs", "id"), ("production_attempts", "dbid")):
            workspace.sql(f"UPDATE {table} SET substatus = '' WHERE {key} = ?", dbid)  # noqa: S608


def hold(
    workspace: Workspace, queue: Any, ids: Collection[ProcId], code: int = 34, subcode: int = 102, reason: str = OVER
) -> None:
    """Hold jobs for a reason."""
    schedd = schedd_of(workspace)
    queue.hold(schedd, ids, reason)
    if isinstance(queue, HTCondorBatch):
        with queue._client.session(schedd, "test") as session:
            words = [f"{cluster}.{proc}" for cluster, proc in ids]
            session.schedd.edit(words, "HoldReasonCode", str(code))
            session.schedd.edit(words, "HoldReasonSubCode", str(subcode))
        return
    with closing(sqlite3.connect(queue.database)) as connection, connection:
        for cluster, proc in ids:
            connection.execute(
                "UPDATE jobs SET hold_code = ?, hold_subcode = ?, memory_used = 990 WHERE cluster = ? AND proc = ?",
                (code, subcode, cluster, proc),
            )


def places(workspace: Workspace) -> dict[int, ProcId]:
    """Cluster and proc of every row of ours, by dbid."""
    rows = workspace.sql("SELECT id, clusterid, procid FROM production_jobs WHERE schedd IS NOT NULL ORDER BY id")
    return {dbid: (cluster, proc) for dbid, cluster, proc in rows}


def states(workspace: Workspace) -> dict[int, tuple[str, str, int]]:
    """Status, substatus and attempt of every row of ours, by dbid."""
    rows = workspace.sql(
        "SELECT id, CAST(status AS text), substatus, attempt FROM production_jobs WHERE schedd IS NOT NULL ORDER BY id"
    )
    return {dbid: (status, substatus, attempt) for dbid, status, substatus, attempt in rows}


def in_queue(workspace: Workspace, queue: Any) -> set[int]:
    """The rows of this workspace that have a job in the queue."""
    known = places(workspace)
    claims = {claim for (claim,) in workspace.sql("SELECT id FROM production_claims")}
    return {job.dbid for job in queue.ours(schedd_of(workspace))[0] if job.claim in claims and job.dbid in known}
