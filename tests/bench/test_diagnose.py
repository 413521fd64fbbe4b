"""Failures by signature on ten million rows with half a million failures, from process start; and writing failures."""

import time

from prodcli.diagnosis.book_failures import book_failures
from prodcli.error_catalog.read_catalog import built_in_catalog
from tests.bench.measure import prodcli, show
from tests.bench.test_query import best, settle
from tests.support.catalog import Catalog
from tests.support.workspace import Workspace

ROWS = 10_000_000
STEP = 1_000_000
SIGNATURES = 40
DUE = 20_000
ALL = ("--since", "2026-01-01")
# 7,000 jobs an hour of ten dsttypes, three days a tag; one job of twenty fails, on 1,500 nodes, 4 facilities and 12 CPU models.
_JOBS = """
INSERT INTO production_jobs (rulename, tag, dataset, dsttype, filename, runnumber, segment, status, submitted, attempt, execution_node)
SELECT 'rule' || n % 10, 'ana' || n / 500000 || '_x_v001', 'run3auau', 'DST_STREAMING_EVENT_ebdc0' || n % 10,
       'f' || lpad(CAST(n AS text), 9, '0'), 66456 + n / 500, n % 500,
       CAST(CASE WHEN abs(hashint4(n)) % 20 = 0 THEN 'failed' ELSE 'finished' END AS prodstate),
       CAST('2026-01-01 00:00:00Z' AS timestamptz) + n / 7000 * interval '1 hour', 1,
       'spool' || abs(hashint4(n + 1)) % 1500 || '.example.org'
FROM generate_series({first}, {last}) n"""
_ATTEMPTS = """
INSERT INTO production_attempts (dbid, attempt, step, memory_asked, memory_used, node, started, finished, exit_code, status, entered)
SELECT id, 1, 0, 2000, 1500, execution_node, submitted, submitted, CASE WHEN status = 'failed' THEN 1 ELSE 0 END, status, submitted
FROM production_jobs"""
_REPORTS = """
INSERT INTO production_reports (dbid, attempt, site, cpu, messages, outputs, staged, read)
SELECT id, 1, 'facility' || abs(hashtext(execution_node)) % 4, 'CPU model ' || abs(hashtext(execution_node)) % 12, 0, 0, 0, submitted
FROM production_jobs WHERE status = 'failed' OR id % 8 = 0"""
_SIGNATURES = f"""
INSERT INTO production_signatures (hash, state, code, text, entry, name, category, first_seen)
SELECT 'h' || n, 'failed', 'exit ' || n, 'Error N of kind ' || n, '', '', 'unknown', now() FROM generate_series(1, {SIGNATURES}) n"""  # noqa: S608
_MACHINES = """
INSERT INTO production_machines (node, site, cpu_model, seen)
SELECT node, 'facility' || abs(hashtext(node)) % 4, 'CPU model ' || abs(hashtext(node)) % 12, now()
FROM (SELECT 'spool' || n || '.example.org' AS node FROM generate_series(0, 1499) n) nodes"""
_FAILURES = f"""
INSERT INTO production_failures (dbid, attempt, step, entered, signature_id, retried, won, runnumber, segment, rulename, tag, dataset,
    dsttype, node, machine_id, hour)
SELECT j.id, 1, 0, j.submitted, 1 + abs(hashint4(j.id + 2)) % {SIGNATURES}, j.id % 2, 0, j.runnumber, j.segment, j.rulename, j.tag, j.dataset,
    j.dsttype, j.execution_node, m.id, CAST(EXTRACT(HOUR FROM j.submitted AT TIME ZONE 'UTC') AS int)
FROM production_jobs j JOIN production_machines m ON m.node = j.execution_node WHERE j.status = 'failed' ORDER BY j.id"""  # noqa: S608


_FEW_DUE = f"DELETE FROM production_failures_due WHERE id <= (SELECT MAX(id) - {DUE} FROM production_failures_due)"  # noqa: S608


def test_diagnose(workspace: Workspace) -> None:
    """All failures, a week of them, and those of a tag; then how fast failures are written."""
    if workspace.cluster is None:
        return
    workspace.load(Catalog())
    for low in range(0, ROWS, STEP):
        workspace.sql(_JOBS.format(first=low, last=min(low + STEP, ROWS) - 1))
    for statement in (_ATTEMPTS, _REPORTS, _SIGNATURES, _MACHINES, _FAILURES, _FEW_DUE):
        workspace.sql(statement)
    settle(workspace)
    ((failures,),) = workspace.sql("SELECT COUNT(*) FROM production_failures")
    rows = []
    for words in (ALL, (*ALL, "--tag", "ana10_x_v001"), ("--since", "2026-02-22"), (*ALL, "--standing-out")):
        found = best(workspace, "diagnose", *words, "--format", "csv", times=5)
        rows.append((" ".join(("diagnose", *words)), found.seconds, found.peak_mb, len(found.out.splitlines()) - 1))
    assert rows[0][-1] == SIGNATURES
    version = min(prodcli(workspace.file, "--version").seconds for _ in range(5))
    show(
        f"diagnose on {ROWS} rows, {failures} failures, {SIGNATURES} signatures",
        ("command", "s", "peak MB", "lines"),
        [*rows, ("--version", version, "", "")],
    )
    began = time.perf_counter()
    written = book_failures(workspace.database(), built_in_catalog(), seconds=600).written
    show("Writing failures", ("failures", "s"), [(written, time.perf_counter() - began)])
