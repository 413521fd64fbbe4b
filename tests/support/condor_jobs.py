"""Small submissions for the HTCondor batch, and what the schedd has of them."""

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from prodcli.batch import Batch, JobEvent, whole
from prodcli.batch.htcondor.batch import HTCondorBatch
from prodcli.states import Queue
from tests.support.condor_pool import Pool, wait_for
from tests.support.local_jobs import write_description

A, B = "a@pool.prodcli.test", "b@pool.prodcli.test"
NEVER = "TARGET.nobody_has_it"  # requirements of jobs that must not start


def ads(batch: HTCondorBatch, cluster: int, *attributes: str, schedd: str = A) -> list[dict[str, Any]]:
    """What the schedd has of a cluster's jobs, by proc."""
    with batch._client.session(schedd, "test") as session:
        found = session.queue(f"ClusterId == {cluster}", ["ProcId", *attributes])
    return sorted(found, key=lambda ad: int(ad["ProcId"]))


def jobs(batch: Batch, cluster: int, schedd: str = A) -> dict[int, JobEvent]:
    """The jobs of a cluster as they are now, by proc."""
    return {event.proc: event for event in whole(batch.changes(schedd, "")).events if event.cluster == cluster}


def wait_until(batch: Batch, cluster: int, queue: Queue, proc: int = 0) -> JobEvent:
    """Wait for a job to come into a state."""

    def ask() -> JobEvent | None:
        found = jobs(batch, cluster).get(proc)
        return found if found is not None and found.queue is queue else None

    found = wait_for(ask)
    assert found is not None
    return found


def submit(
    batch: Batch, pool: Pool, *scripts: str, claim: str = "", dbid: int = 1, schedd: str = A, **commands: str
) -> int:
    """Submit a job for each script; returns the cluster."""
    return batch.submit(schedd, write_description(pool.folder(), scripts, claim or str(uuid4()), dbid, **commands))


def submit_rows(batch: Batch, pool: Pool, rows: int, claim: str = "", **commands: str) -> int:
    """Submit many jobs that never start."""
    description = write_description(pool.folder(), ["true"], claim or str(uuid4()), 1, requirements=NEVER, **commands)
    (description.parent / "items.csv").write_text("".join(f"{row},0\n" for row in range(rows)))
    return batch.submit(A, description)


def remove_all(batch: Batch, cluster: int, procs: Iterable[int]) -> None:
    """Leave nothing behind."""
    batch.remove(A, {(cluster, proc) for proc in procs}, "test is over")
