"""Failures by signature and digests on ten million rows with half a million failures, from process start; and writing failures.

On SQLite, which smaller sites use, two million rows with a hundred thousand failures.
"""

import time

from prodcli.diagnosis.book_failures import book_failures
from prodcli.error_catalog.read_catalog import built_in_catalog
from tests.bench.measure import prodcli, show
from tests.bench.test_query import best, settle
from tests.support.catalog import Catalog
from tests.support.workspace import Workspace

ROWS, ROWS_OF_SQLITE = 10_000_000, 2_000_000
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
SELECT 'h' || n, 'failed', 'exit 1', 'Error N of kind ' || n, '', '', 'unknown', now() FROM generate_series(1, {SIGNATURES}) n"""  # noqa: S608
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


# The same for SQLite; a number of a job is mixed by a large prime.
_SERIES = "WITH RECURSIVE s(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM s WHERE n < {last})"
_JOBS_OF_SQLITE = """
INSERT INTO production_jobs (rulename, tag, dataset, dsttype, filename, runnumber, segment, status, submitted, attempt, execution_node)
{series}
SELECT 'rule' || (n % 10), 'ana' || (n / 500000) || '_x_v001', 'run3auau', 'DST_STREAMING_EVENT_ebdc0' || (n % 10),
       'f' || printf('%09d', n), 66456 + n / 500, n % 500,
       CASE WHEN n * 2654435761 % 4294967291 % 20 = 0 THEN 'failed' ELSE 'finished' END,
       strftime('%Y-%m-%dT%H:%M:%fZ', '2026-01-01', (n / 7000) || ' hours'), 1,
       'spool' || ((n + 1) * 40503 % 65521 % 1500) || '.example.org' FROM s"""
_REPORTS_OF_SQLITE = """
INSERT INTO production_reports (dbid, attempt, site, cpu, messages, outputs, staged, read)
SELECT id, 1, 'facility' || (length(execution_node) % 4), 'CPU model ' || substr(execution_node, 6, 1), 0, 0, 0, '2026-01-01T00:00:00.000Z'
FROM production_jobs WHERE status = 'failed' OR id % 8 = 0"""
_SIGNATURES_OF_SQLITE = f"""
INSERT INTO production_signatures (hash, state, code, text, entry, name, category, first_seen)
{_SERIES.format(first=1, last=SIGNATURES)}
SELECT 'h' || n, 'failed', 'exit 1', 'Error N of kind ' || n, '', '', 'unknown', '2026-01-01T00:00:00.000Z' FROM s"""  # noqa: S608
_MACHINES_OF_SQLITE = f"""
INSERT INTO production_machines (node, site, cpu_model, seen)
{_SERIES.format(first=0, last=1499)}
SELECT 'spool' || n || '.example.org', 'facility' || (length(n) % 4), 'CPU model ' || substr(n, 1, 1), '2026-01-01T00:00:00.000Z' FROM s"""  # noqa: S608
_FAILURES_OF_SQLITE = f"""
INSERT INTO production_failures (dbid, attempt, step, entered, signature_id, retried, won, runnumber, segment, rulename, tag, dataset,
    dsttype, node, machine_id, hour)
SELECT j.id, 1, 0, j.submitted, 1 + j.id * 40503 % 65521 % {SIGNATURES}, j.id % 2, 0, j.runnumber, j.segment, j.rulename,
    j.tag, j.dataset, j.dsttype, j.execution_node, m.id, CAST(substr(j.submitted, 12, 2) AS int)
FROM production_jobs j JOIN production_machines m ON m.node = j.execution_node WHERE j.status = 'failed' ORDER BY j.id"""  # noqa: S608
_FEW_DUE = f"DELETE FROM production_failures_due WHERE id <= (SELECT MAX(id) - {DUE} FROM production_failures_due)"  # noqa: S608
# So many of the failed jobs are known to a schedd, and `rescue` has them in a row for each signature.
RESCUED = 20_000
_OF_A_SCHEDD = f"""
UPDATE production_jobs SET schedd = 'local', clusterid = id, procid = 0
WHERE id IN (SELECT dbid FROM production_failures ORDER BY dbid DESC LIMIT {RESCUED})"""  # noqa: S608
# Jobs of the newest tag that are in queues: 8,000 run, 8,000 wait, 3,000 are held; 1,000 are parked.
_AT_WORK = """
UPDATE production_jobs SET status = CAST(CASE WHEN n % 20 < 8 THEN 'running' WHEN n % 20 < 16 THEN 'submitted' ELSE 'held' END AS prodstate),
    substatus = CASE WHEN n % 20 = 19 THEN 'parked' ELSE '' END
FROM (SELECT id, row_number() OVER (ORDER BY id DESC) AS n FROM production_jobs ORDER BY id DESC LIMIT 20000) newest
WHERE newest.id = production_jobs.id"""
NEWEST = f"ana{(ROWS - 1) // 500_000}_x_v001"


def make_books(workspace: Workspace) -> int:
    """Fill the books; returns the number of jobs."""
    workspace.load(Catalog())
    if workspace.cluster is None:
        jobs, rows = _JOBS_OF_SQLITE, ROWS_OF_SQLITE
        others = (_ATTEMPTS, _REPORTS_OF_SQLITE, _SIGNATURES_OF_SQLITE, _MACHINES_OF_SQLITE, _FAILURES_OF_SQLITE)
    else:
        jobs, rows = _JOBS, ROWS
        others = (_ATTEMPTS, _REPORTS, _SIGNATURES, _MACHINES, _FAILURES)
    for low in range(0, rows, STEP):
        span = {"first": low, "last": min(low + STEP, rows) - 1}
        workspace.sql(jobs.format(series=_SERIES.format(**span), **span))
    for statement in (*others, _FEW_DUE, _OF_A_SCHEDD):
        workspace.sql(statement)
    return rows


def test_diagnose(workspace: Workspace) -> None:
    """All failures, a week of them, and those of a tag; then how fast failures are written."""
    jobs = make_books(workspace)
    settle(workspace)
    ((failures,),) = workspace.sql("SELECT COUNT(*) FROM production_failures")
    rows = []
    week = ("--since", "2026-02-22" if workspace.cluster else "2026-01-05")
    tag = "ana10_x_v001" if workspace.cluster else "ana2_x_v001"
    for words in (ALL, (*ALL, "--tag", tag), week, (*ALL, "--standing-out")):
        found = best(workspace, "diagnose", *words, "--format", "csv", times=5)
        rows.append((" ".join(("diagnose", *words)), found.seconds, found.peak_mb, len(found.out.splitlines()) - 1))
    assert rows[0][-1] == SIGNATURES
    latest = ("--since", "2026-02-28" if workspace.cluster else "2026-01-11")
    for words in (
        (12, "--bisect", *latest),
        ("--bisect", *latest, "--tag", NEWEST if workspace.cluster else "ana3_x_v001"),
    ):
        found = best(workspace, "diagnose", *words, "--format", "csv", times=1)
        rows.append(
            (" ".join(map(str, ("diagnose", *words))), found.seconds, found.peak_mb, len(found.out.splitlines()) - 1)
        )
    found = best(workspace, "rescue", *ALL, "--dry-run", "--format", "csv", times=3)
    rows.append((f"rescue of {RESCUED} jobs", found.seconds, found.peak_mb, len(found.out.splitlines()) - 1))
    version = min(prodcli(workspace.file, "--version").seconds for _ in range(5))
    show(
        f"diagnose on {jobs} rows, {failures} failures, {SIGNATURES} signatures",
        ("command", "s", "peak MB", "lines"),
        [*rows, ("--version", version, "", "")],
    )
    began = time.perf_counter()
    written = book_failures(workspace.database(), built_in_catalog(), seconds=600).written
    show("Writing failures", ("failures", "s"), [(written, time.perf_counter() - began)])
    if workspace.cluster is not None:
        _digests(workspace, week)


def _digests(workspace: Workspace, week: tuple[str, str]) -> None:
    """Digests of a week without and with ends of jobs, with jobs in queues."""
    workspace.sql(_AT_WORK)
    settle(workspace)
    rows = []
    for words in (("--since", "7d"), ("--since", "7d", "--tag", NEWEST), week):
        found = best(workspace, "digest", *words, "--dry-run", times=5)
        rows.append((" ".join(("digest", *words)), found.seconds, found.peak_mb, len(found.out.splitlines())))
    assert f"{8_000:,} running, {8_000:,} idle, {3_000:,} held, {1_000:,} parked" in found.out
    show(f"digest on {ROWS} rows", ("command", "s", "peak MB", "lines"), rows)
