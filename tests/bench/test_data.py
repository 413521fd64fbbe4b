"""Finding files, adding up space and finalizing data, on PostgreSQL."""

import time

import pytest

from prodcli.data_states.finalizing import finalize_data, reopen_data_at_work
from tests.bench.measure import prodcli, show
from tests.support.catalog import Catalog
from tests.support.workspace import Workspace

TAG = "ana537_2025p010_v001"
DSTTYPES, SEGMENTS = 50, 100  # of a run
POSTGRESQL = pytest.mark.parametrize("workspace", ["postgresql"], indirect=True)
_FILES = """
INSERT INTO datasets (filename, runnumber, segment, size, dataset, dsttype, events, status, tag)
SELECT 'DST_' || k || '_run3auau_{tag}-' || lpad(CAST(r AS text), 8, '0') || '-' || lpad(CAST(s AS text), 5, '0') || '.root',
       r, s, 900000, 'run3auau', 'DST_' || k, 1000, CASE WHEN s % 50 = 0 THEN 0 ELSE 1 END, '{tag}'
FROM generate_series(66000, 66000 + {runs} - 1) r, generate_series(0, {segments} - 1) s, generate_series(0, {dsttypes} - 1) k"""
_PLACES = """
INSERT INTO files (lfn, full_host_name, full_file_path, time, size, md5)
SELECT filename, 'lustre', '/sphenix/lustre01/sphnxpro/production/' || dsttype || '/' || filename,
       now() - random() * 100 * interval '1 day', size, '' FROM datasets"""
_JOBS = """
INSERT INTO production_jobs (rulename, tag, dataset, dsttype, filename, runnumber, segment, status, schedd, claim_id, finished)
SELECT 'r', tag, dataset, dsttype, filename, runnumber, segment, CAST('finished' AS prodstate), 's', 'c', now()
FROM (SELECT 'DST_' || k || '_run3auau_{tag}-' || lpad(CAST(r AS text), 8, '0') || '-' || lpad(CAST(s AS text), 5, '0') || '.root'
             AS filename, r AS runnumber, s AS segment, 'run3auau' AS dataset, 'DST_' || k AS dsttype, '{tag}' AS tag
      FROM generate_series(66000, 66000 + {runs} - 1) r, generate_series(0, {segments} - 1) s,
           generate_series(0, {dsttypes} - 1) k) made"""
_ATTEMPTS = """
INSERT INTO production_attempts (dbid, attempt, step, claim_id, schedd, finished, status)
SELECT id, attempt, 0, claim_id, schedd,
       CASE WHEN runnumber >= {recent} THEN now() - interval '1 hour' ELSE now() - interval '9 days' END, 'finished'
FROM production_jobs WHERE schedd = 's'"""


def fill(workspace: Workspace, statement: str, rows: int, role: str, **more: int) -> None:
    """Run a statement that makes rows, and let the server count them."""
    runs = rows // (DSTTYPES * SEGMENTS)
    text = statement.format(tag=TAG, runs=runs, segments=SEGMENTS, dsttypes=DSTTYPES, **more)
    workspace.sql(text, role=role)
    workspace.sql("ANALYZE", role=role)


@POSTGRESQL
@pytest.mark.parametrize("rows", [1_000_000, 10_000_000])
def test_files(workspace: Workspace, rows: int) -> None:
    """`files` and `usage` on a file catalog of this size, from process start."""
    workspace.load(Catalog())
    for statement in (_FILES, _PLACES):
        fill(workspace, statement, rows, "filecatalog")
    asked = {
        "files --runs 66100": ("files", "--runs", 66100, "--limit", 0),
        "files --runs 66100 --dsttype DST_7": ("files", "--runs", 66100, "--dsttype", "DST_7"),
        "files --runs 66000-66099 --dsttype DST_7 --status tape": (
            *("files", "--runs", "66000-66099", "--dsttype", "DST_7", "--status", "tape"),
        ),
        "files --dsttype DST_7 (first 1,000)": ("files", "--dsttype", "DST_7"),
        "files --dsttype DST_7 --paths": ("files", "--dsttype", "DST_7", "--paths"),
        "usage": ("usage",),
    }
    figures = []
    for what, words in asked.items():
        first, second = (prodcli(workspace.file, *words) for _ in range(2))
        figures.append((what, len(second.out.splitlines()), min(first.seconds, second.seconds), second.peak_mb))
    show(f"Files in a catalog of {rows}", ("command", "lines", "s", "peak MB"), figures)


@POSTGRESQL
@pytest.mark.parametrize("rows", [100_000, 1_000_000])
def test_finalizing(workspace: Workspace, rows: int) -> None:
    """What a sweep costs more for the states of data: books of this size, 100,000 jobs of them ended lately."""
    workspace.load(Catalog())
    runs = rows // (DSTTYPES * SEGMENTS)
    fill(workspace, _JOBS, rows, "production")
    fill(workspace, _ATTEMPTS, rows, "production", recent=66000 + max(0, runs - 20))
    fill(workspace, _FILES, rows, "filecatalog")
    workspace.sql("UPDATE datasets SET status = 1", role="filecatalog")
    figures = []
    for turn in range(3):
        began = time.perf_counter()
        done = finalize_data(workspace.database(), workspace.database("filecatalog"))
        middle = time.perf_counter()
        opened = reopen_data_at_work(workspace.database())
        figures.append((rows, turn + 1, done, middle - began, opened, time.perf_counter() - middle))
    show("Finalizing data", ("jobs in the books", "sweep", "finalized", "s", "opened", "s "), figures)
