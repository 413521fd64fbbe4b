"""What a batch system itself has ever got, and whether the books tell the same."""

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from prodcli.batch.description import ATTRIBUTES, expand
from prodcli.batch.htcondor.client import Client
from prodcli.states import Queue
from tests.support.workspace import Workspace

Output = tuple[str, int, int]  # dsttype with its leaf, run, segment
_OURS = "SELECT cluster, proc, dbid, status, commands, item FROM jobs JOIN clusters USING (cluster) WHERE claim <> ''"
_ROWS = (
    "SELECT filename, dsttype, runnumber, segment, id, CAST(status AS text), schedd, clusterid, procid, attempt"
    " FROM production_jobs WHERE schedd IS NOT NULL"
)


@dataclass(frozen=True)
class Submitted:
    """A job as its schedd has or had it."""

    output: Output
    dbid: int
    place: tuple[str, int, int]  # schedd, cluster, proc
    queue: Queue


def ever_submitted(workspace: Workspace) -> list[Submitted]:
    """Every job of prodcli that the batch system ever got, by its own record: queue and history."""
    batch = workspace.settings["batch"]
    if batch["system"] == "local":
        return _local(workspace)
    return [one for schedd in batch["schedds"] for one in _htcondor(workspace, schedd)]


def _local(workspace: Workspace) -> list[Submitted]:
    file = workspace.folder / workspace.settings["batch"]["queue"]
    if not file.exists():
        return []
    with closing(sqlite3.connect(file)) as connection:
        rows = connection.execute(_OURS).fetchall()
    return [_local_job(*row) for row in rows]


def _local_job(cluster: int, proc: int, dbid: int, status: int, commands: str, item: str) -> Submitted:
    macros: dict[str, str] = {**json.loads(commands), **json.loads(item)}

    def attribute(name: str) -> str:
        return expand(macros[f"my.{ATTRIBUTES[name]}".casefold()], macros).strip('"')

    output = attribute("dsttype"), int(attribute("run")), int(attribute("segment"))
    return Submitted(output, dbid, ("local", cluster, proc), Queue(status))


def _htcondor(workspace: Workspace, schedd: str) -> list[Submitted]:
    names = ["dbid", "dsttype", "run", "segment"]
    wanted = ["ClusterId", "ProcId", "JobStatus", "Iwd", *(ATTRIBUTES[name] for name in names)]
    with Client("", workspace.settings["batch"]["condor_config"]).session(schedd, "test") as session:
        ours = f"{ATTRIBUTES['claim']} isnt undefined && ProcId isnt undefined"
        ads = {(ad["ClusterId"], ad["ProcId"]): ad for ad in session.queue(ours, wanted)}
        ads |= {(ad["ClusterId"], ad["ProcId"]): ad for ad in session.history(ours, wanted)}
    # a pool serves the workspaces of many tests
    return [_htcondor_job(schedd, ad) for ad in ads.values() if str(ad["Iwd"]).startswith(str(workspace.folder))]


def _htcondor_job(schedd: str, ad: dict[str, Any]) -> Submitted:
    output = ad[ATTRIBUTES["dsttype"]], int(ad[ATTRIBUTES["run"]]), int(ad[ATTRIBUTES["segment"]])
    place = (schedd, int(ad["ClusterId"]), int(ad["ProcId"]))
    return Submitted(output, int(ad[ATTRIBUTES["dbid"]]), place, Queue(ad["JobStatus"]))


def planned(workspace: Workspace, *words: object) -> set[Output]:
    """The outputs that a dry run would submit."""
    jobs = workspace.json("submit", *words, "-n")["jobs"]
    return {(job["dsttype"], job["runnumber"], job["segment"]) for job in jobs}


def agree(workspace: Workspace, wanted: set[Output], states: Sequence[str] = ("submitted",)) -> None:
    """Every wanted output has exactly one job, ever, and one row that knows it; nothing is stuck or half-done.

    `wanted` is what could be submitted when the test began, `states` what its rows may be now.
    """
    dbids = {row[4]: row for row in workspace.sql(_ROWS)}
    jobs = ever_submitted(workspace)
    twice = {output: count for output, count in Counter(job.output for job in jobs).items() if count > 1}
    assert not twice, f"submitted more than once: {twice}"
    assert {job.output for job in jobs} == wanted, "missing in the batch system"
    assert {tuple(row[1:4]) for row in dbids.values()} == wanted, "missing in the books"
    assert len(dbids) == len(wanted), "an output has two rows"
    for job in jobs:
        name, *_, status, schedd, cluster, proc, attempt = dbids[job.dbid]
        assert tuple(dbids[job.dbid][1:4]) == job.output, name
        assert (schedd, cluster, proc) == job.place, name
        assert (status in states, attempt) == (True, 1), (name, status, attempt)
    assert workspace.sql(
        "SELECT COUNT(*) FROM production_jobs WHERE status = 'submitting' AND claim_id IS NOT NULL"
    ) == [(0,)], "rows are stuck"
    assert workspace.sql("SELECT id, host, pid FROM production_claims WHERE state = 'claimed'") == [], "claims are open"
    assert workspace.sql("SELECT COUNT(*), COUNT(DISTINCT dbid) FROM production_attempts") == [(len(wanted),) * 2]
