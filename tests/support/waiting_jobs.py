"""What tests of reconcile have in common: jobs that wait, and what queue, books and reports have of them."""

from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.support.condor_jobs import NEVER
from tests.support.condor_pool import wait_for
from tests.support.local_jobs import write_description
from tests.support.pass_processes import LONG_AGO
from tests.support.rule_files import STREAMING, rule, write_rules
from tests.support.workspace import COMBINATIONS, Workspace

JOBS = 8  # that the rule makes of the catalog
LOCAL = COMBINATIONS[:2]
CLAIM = (
    "INSERT INTO production_claims (id, host, pid, boot_id, process_start, started, lease_until, schedd, batch_name, rule,"
    " memory_asked, n, state, folder) VALUES (?, 'gone', 1, '', '', ?, ?, ?, 'b', 'r', 1, 1, ?, ?)"
)
ROW = (
    "INSERT INTO production_jobs (rulename, tag, dataset, dsttype, filename, runnumber, segment, status, schedd, claim_id)"
    " VALUES ('r', 't', 'd', 'DST_CALO', ?, 1, ?, 'submitting', ?, ?)"
)


def schedd_of(workspace: Workspace) -> str:
    """The first schedd."""
    return str(workspace.settings["batch"].get("schedds", ["local"])[0])


def submit_words(workspace: Workspace, **more: Any) -> tuple[object, ...]:
    """The command line that submits jobs which never start."""
    never = rule("DST_TRKR_MVTXME", "ana.537", "2025p010", STREAMING, job_requirements=NEVER, **more)
    return ("submit", "-c", write_rules(workspace.folder / "rules", {"mvtxme": never}))


def clear(workspace: Workspace, queue: Any, schedd: str) -> None:
    """Leave nothing of this workspace in a queue that other tests share."""
    claims = {claim for (claim,) in workspace.sql("SELECT id FROM production_claims")} | {"none"}
    jobs, waiting = queue.ours(schedd)
    procs = {(job.cluster, job.proc) for job in jobs if job.claim in claims}
    for later in waiting:
        if later.claim in claims:
            procs |= {(later.cluster, proc) for proc in range(later.following, later.total)}
    queue.remove(schedd, procs, "test is over")


def ours(workspace: Workspace, queue: Any) -> dict[int, int]:
    """How many jobs of this workspace's claims are in the queue, by cluster."""
    claims = {claim for (claim,) in workspace.sql("SELECT id FROM production_claims")}
    found: dict[int, int] = {}
    jobs, waiting = queue.ours(schedd_of(workspace))
    for job in jobs:
        if job.claim in claims:
            found[job.cluster] = found.get(job.cluster, 0) + 1
    for later in waiting:
        if later.claim in claims:
            found[later.cluster] = found.get(later.cluster, 0) + later.total - later.following
    return found


def booked(workspace: Workspace) -> dict[int | None, int]:
    """How many rows of ours there are, by cluster."""
    return dict(
        workspace.sql("SELECT clusterid, COUNT(*) FROM production_jobs WHERE schedd IS NOT NULL GROUP BY clusterid")
    )  # type: ignore[arg-type]


def claims(report: list[dict[str, Any]]) -> list[tuple[str, int]]:
    """Fate and jobs of the claims in a report."""
    return [(line["fate"], line["jobs"]) for line in report if line["what"] == "claim"]


def unbooked(workspace: Workspace, report: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a report has of this workspace's queue; a pool is shared with other tests."""
    known = {claim for (claim,) in workspace.sql("SELECT id FROM production_claims")} | {"none"}
    return [line for line in report if line["what"] != "claim" and line["claim"] in known]


def reconciled(workspace: Workspace, *words: object) -> list[dict[str, Any]]:
    """Reconcile, and return the report."""
    return workspace.json("reconcile", *words)  # type: ignore[no-any-return]


def claimed_factory(workspace: Workspace, queue: Any, rows: int, state: str = "claimed") -> tuple[str, Path]:
    """A claim of many rows, and a description that makes them late; jobs that never start."""
    schedd, claim = schedd_of(workspace), f"factory-{uuid4()}"
    workspace.sql(CLAIM, claim, LONG_AGO, LONG_AGO, schedd, state, str(workspace.folder / "factory"))
    numbers = [{"segment": number} for number in range(rows)]
    workspace.database("production").write(lambda tx: fill(tx, numbers, schedd, claim))
    ids = [
        dbid for (dbid,) in workspace.sql("SELECT id FROM production_jobs WHERE claim_id = ? ORDER BY segment", claim)
    ]
    more = {"requirements": NEVER, "max_idle": "10", "attempt": "1"}
    description = write_description(workspace.folder / "factory", ["true"], claim, 1, **more)
    (description.parent / "items.csv").write_text("".join(f"{dbid},0\n" for dbid in ids))
    return claim, description


def made(workspace: Workspace, queue: Any, cluster: int) -> int:
    """How many jobs of a factory there are by now, once there are ten."""
    known = lambda: len([job for job in queue.ours(schedd_of(workspace))[0] if job.cluster == cluster])  # noqa: E731
    wait_for(lambda: known() >= 10)
    return int(known())


def fill(tx: Any, numbers: list[dict[str, int]], schedd: str, claim: str) -> None:
    """Rows of a claim, as many as there are numbers."""
    common = {"rulename": "r", "tag": "t", "dataset": "d", "submission_host": "h", "intriplet": "", "xferslots": 0}
    common |= {
        "indsttype_str": "",
        "request_memory": [1],
        "request_disk": 1,
        "request_cpus": 1,
        "neventsper": 1,
        "outputs_per_job": 1,
        "mask": None,
    }
    same = {"dsttype": "DST_CALO", "run": 1, "log": "", "stem": "", "eventsinrun": 1, "maxjobsexpected": 1}
    rows = [{**same, **one, "filename": f"{claim}-{one['segment']:05d}"} for one in numbers]
    tx.run("claim_new", rows=rows, claim=claim, schedd=schedd, action="", **common)
