"""What the file catalog proves, at 10k and 100k jobs that failed; and the reports of jobs that ended, beside none."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from prodcli.batch import JobEvent
from prodcli.books.job_events import book_events
from prodcli.db import Database
from prodcli.job_reports.read_reports import ReportsRead, read_reports
from prodcli.states import Queue
from tests.bench.measure import prodcli, show
from tests.support.catalog import Catalog
from tests.support.job_reports import REPORT
from tests.support.postgres_server import Cluster
from tests.support.workspace import Workspace, make_workspace

SIZES = (10_000, 100_000)
REPORTS = 10_000
CLAIM = """
INSERT INTO production_claims (id, host, pid, boot_id, process_start, started, lease_until, schedd, batch_name, memory_asked, rule, n,
    state, folder, reports, registers)
VALUES ('{claim}', 'h', 1, 'b', '0', now(), now(), 'local', 'main.r', 1000, 'r', 1, 'submitted', '/kept', {reports}, {registers});
"""
FILL = """
INSERT INTO production_jobs (clusterid, procid, rulename, tag, dataset, dsttype, filename, runnumber, segment, status, submitted,
    schedd, claim_id, attempt, out)
SELECT {cluster}, n, 'r', 'ana537_x_v001', 'run3auau', 'DST_CALO', 'DST_CALO_run3auau_ana537_x_v001-' || lpad(CAST({cluster} AS text), 8, '0')
    || '-' || lpad(CAST(n AS text), 5, '0') || '.root', {cluster}, n, '{status}', '2026-01-01', 'local', '{claim}', 1,
    '{folder}/' || n || '.out'
FROM generate_series(0, {rows} - 1) n;
INSERT INTO production_attempts (dbid, attempt, step, claim_id, schedd, clusterid, procid, status, entered, exit_code)
SELECT id, attempt, 0, claim_id, schedd, clusterid, procid, status, '2026-01-02', 1 FROM production_jobs WHERE clusterid = {cluster};
ANALYZE production_jobs; ANALYZE production_attempts;
"""
DUE = """
INSERT INTO production_due (dbid, attempt, what, since, due)
SELECT id, 1, 'output', now(), now() FROM production_jobs WHERE clusterid = {cluster};
"""
REGISTER = """
INSERT INTO datasets (filename, runnumber, segment, dataset, status)
SELECT 'DST_CALO_run3auau_ana537_x_v001-' || lpad(CAST({cluster} AS text), 8, '0') || '-' || lpad(CAST(n AS text), 5, '0') || '.root',
    {cluster}, n, 'run3auau', 1 FROM generate_series(0, {rows} - 1) n;
INSERT INTO files (lfn, full_host_name, full_file_path, time, md5)
SELECT filename, 'lustre', '/big/' || filename, '2026-01-03', 'abc' FROM datasets WHERE runnumber = {cluster};
ANALYZE datasets; ANALYZE files;
"""


@pytest.fixture
def workspace(cluster: Cluster, tmp_path: Path) -> Iterator[Workspace]:
    """Empty books and catalogs."""
    made = make_workspace(tmp_path, cluster)
    made.load(Catalog())
    yield made
    made.drop()


def name_of(workspace: Workspace, role: str) -> str:
    """The name of a database of the workspace."""
    return workspace.settings["databases"][role].partition("DATABASE=")[2].partition(";")[0]


def fill(workspace: Workspace, role: str, sql: str, **values: object) -> None:
    """Run SQL on a database of the workspace."""
    assert workspace.cluster is not None
    workspace.cluster.psql(name_of(workspace, role), sql.format(**values))


def test_jobs_that_an_output_proves(workspace: Workspace) -> None:
    """A harvest of a process of its own, with nothing else to do; and one that finds nothing new in the catalog."""
    table = []
    for number, size in enumerate(SIZES, start=1):
        claim = f"claim-{number}"
        fill(workspace, "production", CLAIM, claim=claim, reports=0, registers=1)
        values = {"cluster": number, "rows": size, "claim": claim, "status": "failed", "folder": "/nowhere"}
        fill(workspace, "production", FILL, **values)
        fill(workspace, "production", DUE, cluster=number)
        none = prodcli(workspace.file, "harvest")
        fill(workspace, "filecatalog", REGISTER, cluster=number, rows=size)
        workspace.sql("UPDATE production_due SET due = now()")
        took = prodcli(workspace.file, "harvest")
        ((done,),) = workspace.sql(
            "SELECT COUNT(*) FROM production_jobs WHERE status = 'finished' AND clusterid = ? AND exitcode IS NULL",
            number,
        )
        assert done == size
        table.append([size, took.seconds, took.peak_mb, none.seconds])
    show("Jobs finished by evidence", ("failed jobs", "harvest s", "peak MB", "nothing registered s"), table)
    assert table[-1][1] < 10


def write_reports(workspace: Workspace, cluster: int, folder: Path) -> None:
    """The reports of all jobs of a cluster."""
    folder.mkdir()
    for dbid, out in workspace.sql("SELECT id, out FROM production_jobs WHERE clusterid = ?", cluster):
        Path(out.removesuffix(".out") + ".report.json").write_text(json.dumps({**REPORT, "dbid": dbid, "attempt": 1}))


def booked(database: Database, workspace: Workspace, cluster: int) -> float:
    """How long it takes to book the ends of the jobs of a cluster, as a harvest does."""
    rows = workspace.sql("SELECT id, procid FROM production_jobs WHERE clusterid = ? ORDER BY id", cluster)
    ends = [
        JobEvent(
            dbid=dbid,
            attempt=1,
            claim="",
            cluster=cluster,
            proc=proc,
            queue=Queue.COMPLETED,
            since=1_800_000_000,
            exit_code=0,
        )
        for dbid, proc in rows
    ]
    began = time.perf_counter()
    for start in range(0, len(ends), 5_000):
        book_events(database, "local", ends[start : start + 5_000])
    return time.perf_counter() - began


def test_reports_of_jobs_that_ended(workspace: Workspace, tmp_path: Path) -> None:
    """Books and reading of 10,000 ends, of jobs that write reports and of jobs that do not; the files are on local disk."""
    database, table = workspace.database(), []
    for number, reports in enumerate((0, 1, 0, 1), start=1):
        claim, folder = f"claim-{number}", tmp_path / f"log{number}"
        fill(workspace, "production", CLAIM, claim=claim, reports=reports, registers=0)
        values = {"cluster": number, "rows": REPORTS, "claim": claim, "status": "running", "folder": folder}
        fill(workspace, "production", FILL, **values)
        if reports:
            write_reports(workspace, number, folder)
        booking = booked(database, workspace, number)
        began = time.perf_counter()
        assert read_reports(database) == ReportsRead(read=REPORTS * reports)
        table.append(["yes" if reports else "no", booking, time.perf_counter() - began])
    show(f"{REPORTS} ended jobs with and without reports", ("reports", "ends booked s", "reports read s"), table)
