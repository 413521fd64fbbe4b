"""`check` of 100k outputs on PostgreSQL: catalog, books and files on disk."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench.measure import prodcli, show
from tests.support.catalog import CREATE
from tests.support.postgres_server import Cluster
from tests.support.rule_files import CLUSTER, write_rules
from tests.support.workspace import Workspace, make_workspace

FIRST_RUN, RUNS = 66500, int(os.environ.get("PRODCLI_BENCH_RUNS", "1000"))
SEGMENTS = 100
_DAQ = """
INSERT INTO run (runnumber, runtype, eventsinrun, brtimestamp, ertimestamp)
SELECT r, 'physics', 1000000, timestamp '2025-06-01', timestamp '2025-06-01 01:00:00' FROM generate_series({first}, {last}) r;
ANALYZE;
"""
_NAMES = """
CREATE TEMPORARY TABLE named AS
SELECT t AS dsttype, t || '_run3auau_{tag}-' || lpad(CAST(r AS text), 8, '0') || '-' || lpad(CAST(s AS text), 5, '0') || '.root' AS name,
       r AS run, s AS segment,
       '{folder}/' || t || '/run_' || lpad(CAST(r / 100 * 100 AS text), 8, '0') || '_' || lpad(CAST(r / 100 * 100 + 100 AS text), 8, '0')
           AS folder
FROM generate_series({first}, {last}) r, generate_series(0, {segments} - 1) s, unnest(ARRAY['DST_TRKR_CLUSTER', 'DST_TRKR_SEED']) t;
"""
_FILES = """
INSERT INTO datasets (filename, runnumber, segment, size, dataset, dsttype, events, lastevent, status, tag)
SELECT name, run, segment, 4, 'run3auau', dsttype, 10000, 10000, 1, '{tag}' FROM named;
INSERT INTO files (lfn, full_host_name, full_file_path, time, size, md5)
SELECT name, 'lustre', folder || '/' || name, now(), 4, '0123456789abcdef0123456789abcdef' FROM named;
VACUUM ANALYZE;
"""
_JOBS = """
INSERT INTO production_jobs (rulename, tag, dataset, dsttype, filename, runnumber, segment, status)
SELECT 'seed', '{tag}', 'run3auau', dsttype, name, run, segment, 'finished' FROM named WHERE dsttype = 'DST_TRKR_SEED';
VACUUM ANALYZE;
"""


@pytest.fixture(scope="module")
def done(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A workspace with a finished production of 100k outputs, with their files."""
    workspace = make_workspace(tmp_path_factory.mktemp("done"), cluster)
    folder = workspace.folder / "files/production/run3auau/physics" / CLUSTER
    values = {"first": FIRST_RUN, "last": FIRST_RUN + RUNS - 1, "segments": SEGMENTS, "tag": CLUSTER, "folder": folder}
    urls = {}
    fill = {"daq": _DAQ, "raw": "", "filecatalog": _NAMES + _FILES}
    for role in ("daq", "raw", "filecatalog", "production"):
        cluster.create(f"done_{role}")
        urls[role] = cluster.odbc(f"done_{role}")
        if role in fill:
            cluster.psql(f"done_{role}", CREATE[role] + fill[role].format(**values))
    workspace.settings["databases"] = urls
    workspace.write()
    workspace.ok("db", "init")
    cluster.psql("done_production", (_NAMES + _JOBS).format(**values))
    _write_files(folder / "DST_TRKR_SEED")
    yield workspace


def _write_files(folder: Path) -> None:
    """Write every output, four bytes each."""
    for run in range(FIRST_RUN, FIRST_RUN + RUNS):
        low = run // 100 * 100
        group = folder / f"run_{low:08d}_{low + 100:08d}"
        group.mkdir(parents=True, exist_ok=True)
        for segment in range(SEGMENTS):
            (group / f"DST_TRKR_SEED_run3auau_{CLUSTER}-{run:08d}-{segment:05d}.root").write_text("root")


def test_check(done: Workspace) -> None:
    """Wall time and peak memory of whole processes."""
    rules = write_rules(done.folder / "rules")
    rows = []
    for runs in (RUNS // 10, RUNS):
        words = ("check", "-c", rules, "-r", "seed", "--runs", f"{FIRST_RUN}-{FIRST_RUN + runs - 1}")
        for what, more in (("catalog and books", ("--no-disk",)), ("and files on disk", ())):
            best = min((prodcli(done.file, *words, *more) for _ in range(2)), key=lambda timing: timing.seconds)
            rows.append((runs * SEGMENTS, what, best.seconds, best.cpu, best.peak_mb))
    show("check", ("outputs", "what is compared", "s", "processor s", "peak MB"), rows)
