"""Pages: a site of 100,000 jobs, and the pages of books of ten million rows that are served one by one."""

from tests.bench.measure import prodcli, show
from tests.bench.test_query import fill, settle
from tests.support.catalog import Catalog
from tests.support.workspace import Workspace

JOBS = 100_000
_HELD_AND_FAILED = """
INSERT INTO production_attempts (dbid, attempt, step, memory_asked, memory_used, node, started, finished, exit_code, hold_code, hold_subcode,
    hold_reason, status, entered)
SELECT id, 1, 0, 2000, 1500 + id % 700, 'spool' || (id % 1500) || '.example.org', submitted,
    CASE WHEN status IN ('finished', 'failed') THEN submitted END, CASE WHEN status = 'failed' THEN 1 + id % 5 END,
    CASE WHEN status = 'held' THEN 34 END, CASE WHEN status = 'held' THEN 102 END,
    CASE WHEN status = 'held' THEN 'Error from slot1_' || (id % 40) || '@spool' || (id % 1500) || '.example.org: memory usage of '
        || (id % 3000) || ' MB exceeded the limit' END, status, submitted
FROM production_jobs"""


def test_a_site_of_many_jobs(workspace: Workspace) -> None:
    """One campaign, two jobs of seven held or failed: how long its site takes, and how large the site is."""
    workspace.load(Catalog())
    fill(workspace, "sqlite" if workspace.cluster is None else "postgresql", 0, JOBS)
    workspace.sql("UPDATE production_jobs SET attempt = 1, execution_node = 'spool' || (id % 1500) || '.example.org'")
    workspace.sql(_HELD_AND_FAILED)
    settle(workspace)
    workspace.ok("harvest")
    rows = []
    for _ in range(3):
        took = prodcli(workspace.file, "dashboard", "html", workspace.folder / "site")
        files = [one for one in (workspace.folder / "site").rglob("*") if one.is_file()]
        size = sum(one.stat().st_size for one in files)
        rows.append((took.seconds, took.cpu, took.peak_mb, len(files), size / 1e6))
    largest = sorted(files, key=lambda one: -one.stat().st_size)[:5]
    print([(one.name, one.stat().st_size) for one in largest])
    kind = "SQLite" if workspace.cluster is None else "PostgreSQL"
    show(f"A site of {JOBS} jobs, {kind}", ("s", "processor s", "peak MB", "files", "MB"), rows)
    assert size <= 5e6
