"""Jobs that go to a real schedd and into the books without rules and catalogs."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from prodcli.batch import Batch
from tests.support.condor_jobs import A, submit
from tests.support.condor_pool import Pool, wait_for
from tests.support.local_jobs import write_description
from tests.support.workspace import Workspace

STATES = (
    "SELECT CAST(status AS text), substatus, COUNT(*) FROM production_jobs GROUP BY status, substatus ORDER BY 1, 2"
)
LONG_AGO = "2026-01-01T00:00:00.000Z"


def states(workspace: Workspace) -> dict[tuple[str, str], int]:
    """How many rows there are in each state."""
    return {(status, substatus): count for status, substatus, count in workspace.sql(STATES)}


def state_of(workspace: Workspace, dbid: int) -> tuple[Any, ...]:
    """The state of a row."""
    return workspace.sql("SELECT CAST(status AS text), substatus FROM production_jobs WHERE id = ?", dbid)[0]


def next_dbid(workspace: Workspace) -> int:
    """The id that the next row gets: one above the highest."""
    return int(workspace.sql("SELECT COALESCE(MAX(id), 0) + 1 FROM production_jobs")[0][0])


def submitted(workspace: Workspace, batch: Batch, pool: Pool, *scripts: str, schedd: str = A, **commands: str) -> int:
    """Submit jobs and book them as if long ago; returns the cluster."""
    claim = str(uuid4())
    cluster = submit(
        batch, pool, *scripts, schedd=schedd, claim=claim, dbid=next_dbid(workspace), attempt="1", **commands
    )
    book(workspace, schedd, cluster, len(scripts), claim)
    return cluster


def submitted_rows(workspace: Workspace, batch: Batch, pool: Pool, rows: int, schedd: str = A, **commands: str) -> int:
    """Submit many jobs of one script and book them, with the claim that keeps their files; returns the cluster."""
    claim, first = str(uuid4()), next_dbid(workspace)
    description = write_description(pool.folder(), ["true"], claim, first, attempt="1", **commands)
    (description.parent / "items.csv").write_text("".join(f"{first + row},0\n" for row in range(rows)))
    cluster = batch.submit(schedd, description)
    book(workspace, schedd, cluster, rows, claim)
    workspace.sql(
        "INSERT INTO production_claims (id, host, pid, boot_id, process_start, started, lease_until, schedd, batch_name,"
        " rule, memory_asked, n, state, folder) VALUES (?, 'h', 1, '', '', ?, ?, ?, 'main.test', 'r', 1000, ?, 'submitted', ?)",
        *(claim, LONG_AGO, LONG_AGO, schedd, rows, str(description.parent)),
    )
    return cluster


def book(workspace: Workspace, schedd: str, cluster: int, rows: int, claim: str) -> None:
    """Write rows as a pass records them; procs in the order of ids."""
    first = next_dbid(workspace)
    values = [
        f"({first + proc}, {cluster}, {proc}, 'r', 'ana537_x_v001', 'run3auau', 'DST_TRKR_MVTXME', 'f{first + proc}',"
        f" 66456, {proc}, 'submitted', '{LONG_AGO}', '{schedd}', '{claim}', 1)"
        for proc in range(rows)
    ]
    workspace.sql(
        "INSERT INTO production_jobs (id, clusterid, procid, rulename, tag, dataset, dsttype, filename, runnumber,"  # noqa: S608
        f" segment, status, submitted, schedd, claim_id, attempt) VALUES {', '.join(values)}"
    )
    workspace.sql(
        "INSERT INTO production_attempts (dbid, attempt, step, claim_id, schedd, clusterid, procid, status)"
        " SELECT id, attempt, 0, claim_id, schedd, clusterid, procid, status FROM production_jobs WHERE claim_id = ?",
        claim,
    )


def gone(batch: Batch, cluster: int, schedd: str = A, procs: Sequence[int] | None = None) -> None:
    """Wait until jobs have left the queue."""

    def left() -> bool:
        there = {job for job in batch.living(schedd) if job[0] == cluster and (procs is None or job[1] in procs)}
        return not there

    wait_for(left)
