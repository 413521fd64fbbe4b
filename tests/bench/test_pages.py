"""Pages: a site of 100,000 jobs, and the pages of books of ten million rows that are served one by one."""

import re
import time
import urllib.request

from tests.bench.measure import prodcli, show
from tests.bench.test_query import fill, settle
from tests.support.catalog import Catalog
from tests.support.served_site import served
from tests.support.workspace import Workspace

JOBS = 100_000
_ATTEMPTS = """
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
    workspace.sql(_ATTEMPTS)
    settle(workspace)
    workspace.ok("harvest")
    rows = []
    for _ in range(3):
        took = prodcli(workspace.file, "dashboard", "html", workspace.folder / "site")
        files = [one for one in (workspace.folder / "site").rglob("*") if one.is_file()]
        size = sum(one.stat().st_size for one in files)
        rows.append((took.seconds, took.cpu, took.peak_mb, len(files), size / 1e6))
    kind = "SQLite" if workspace.cluster is None else "PostgreSQL"
    show(f"A site of {JOBS} jobs, {kind}", ("s", "processor s", "peak MB", "files", "MB"), rows)
    assert size <= 5e6


ROWS, STEP, CAMPAIGNS = 10_000_000, 1_000_000, 200
OPEN = 500_000  # of the newest jobs; one of twenty of all others has failed, and the rest is finished
_FILL = f"""
INSERT INTO production_jobs (rulename, tag, dataset, dsttype, filename, runnumber, segment, status, submitted, attempt, execution_node)
SELECT 'r' || n % 10, 'ana' || n / {ROWS // CAMPAIGNS} || '_x_v001', 'run3auau', 'DST_STREAMING_EVENT_ebdc0' || n % 10,
    'f' || lpad(CAST(n AS text), 9, '0'), 66456 + n / 500, n % 500,
    CAST(CASE WHEN n % 20 = 0 THEN 'failed' WHEN n < {ROWS - OPEN} THEN 'finished'
              ELSE (ARRAY['finished', 'finished', 'finished', 'held', 'running', 'submitted', 'submitted'])[1 + n % 7] END AS prodstate),
    CAST('2026-01-01 00:00:00Z' AS timestamptz) + n / 7000 * interval '1 hour', 1, 'spool' || n % 1500 || '.example.org'
FROM generate_series({{first}}, {{last}}) n"""  # noqa: S608


def test_pages_of_large_books(workspace: Workspace) -> None:
    """The index of 200 campaigns, and the other pages, asked for one by one as readers do, each for the first time."""
    if workspace.cluster is None:
        return
    workspace.load(Catalog())
    for low in range(0, ROWS, STEP):
        workspace.sql(_FILL.format(first=low, last=low + STEP - 1))
    workspace.sql(_ATTEMPTS)
    workspace.ok("db", "rebuild-rollup")
    settle(workspace)
    took = []
    with served(workspace, "--keep", 1) as (address, _):
        names = ["index.html", *(name for name in fetched(address, "index.html")[1] if name != "index.html")]
        campaign = next(name for name in names if name.startswith("campaign-"))
        step = next(name for name in fetched(address, campaign)[1] if name.startswith("step-"))
        part = next(name for name in fetched(address, step)[1] if name.startswith("jobs-"))
        chosen = [*(name for name in names if not name.startswith("campaign-")), campaign, step, part]
        for name in chosen:
            time.sleep(2)  # what was kept is old now
            seconds, _, size = fetched(address, name)
            took.append((name.partition("-")[0].removesuffix(".html"), seconds, size / 1e6))
    show(f"Pages of {ROWS} rows, {CAMPAIGNS} campaigns, served from PostgreSQL", ("page", "s", "MB"), took)


def fetched(address: str, name: str) -> tuple[float, list[str], int]:
    """How long a page takes, the pages that it leads to, and its size."""
    began = time.perf_counter()
    with urllib.request.urlopen(address + name, timeout=600) as answer:
        page = answer.read()
    seconds = time.perf_counter() - began
    text = page.decode()
    found = re.findall(r'href="([a-z][^"#]*\.html)', text) + re.findall(r'"((?:jobs|step|campaign)-[^"#]*\.html)', text)
    return seconds, list(dict.fromkeys(found)), len(page)
