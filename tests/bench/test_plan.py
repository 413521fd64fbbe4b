"""Planning at 1k, 10k and 100k jobs on PostgreSQL, against psql running the same statements, and against a query per run."""

import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench.big import FIRST_RUN, big_catalog
from tests.bench.measure import prodcli, show
from tests.support.postgres_server import Cluster
from tests.support.rule_files import CLUSTER, write_rules
from tests.support.workspace import Workspace, make_workspace

RUNS, SEGMENTS = 1000, 100
SIZES = (10, 100, 1000)  # runs: 1k, 10k, 100k jobs
_MILLION_RUNS = """
INSERT INTO run (runnumber, runtype, eventsinrun, brtimestamp, ertimestamp)
SELECT r, 'physics', 1000000, timestamp '2025-06-01', timestamp '2025-06-01 01:00:00' FROM generate_series(100001, 110000) r;
ANALYZE;
"""
_MILLION_FILES = """
INSERT INTO datasets (filename, runnumber, segment, size, dataset, dsttype, status, tag)
SELECT 'DST_TRKR_CLUSTER_run3auau_{tag}-' || lpad(CAST(r AS text), 8, '0') || '-' || lpad(CAST(s AS text), 5, '0')
       || '.root', r, s, 900000000, 'run3auau', 'DST_TRKR_CLUSTER', 1, '{tag}'
FROM generate_series(100001, 110000) r, generate_series(0, 99) s;
VACUUM ANALYZE;
"""
STATEMENT = re.compile(r"(?m)^-- (\w+) on (\w+) \(.*\)\n")


@pytest.fixture(scope="module")
def big(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A workspace on a catalog of 6.3 million produced files."""
    workspace = make_workspace(tmp_path_factory.mktemp("big"), cluster)
    cluster.create("big_production")
    workspace.settings["databases"] = big_catalog(cluster, "big", RUNS, SEGMENTS) | {
        "production": cluster.odbc("big_production")
    }
    workspace.write()
    workspace.ok("db", "init")
    yield workspace


def test_plan(big: Workspace, cluster: Cluster) -> None:
    """Wall time from process start, peak memory, and the number of statements."""
    rules = write_rules(big.folder / "rules")
    rows = []
    for runs in SIZES:
        words = (
            "submit",
            "-c",
            rules,
            "-r",
            "cluster",
            "--maxqueued",
            10**6,
            "--runs",
            f"{FIRST_RUN}-{FIRST_RUN + runs - 1}",
        )
        plan = min(
            (prodcli(big.file, *words, "--dry-run", "--format", "json") for _ in range(2)), key=lambda t: t.seconds
        )
        jobs = plan.out.count('"filename"')
        assert jobs == runs * SEGMENTS
        statements = STATEMENT.split(prodcli(big.file, *words, "--print-query").out)[1:]
        bare = sum(
            psql_seconds(cluster, big, role, sql) for role, sql in zip(statements[1::3], statements[2::3], strict=True)
        )
        summary = min((prodcli(big.file, *words, "--dry-run") for _ in range(2)), key=lambda t: t.seconds)
        rows.append(
            (jobs, summary.seconds, bare, summary.seconds / bare, summary.peak_mb, plan.seconds, len(statements) // 3)
        )
    show(
        f"Plan of DST_TRKR_CLUSTER, {RUNS * SEGMENTS * 63 / 1e6:.1f}M files in the catalog",
        ("jobs", "plan s", "its statements in psql s", "ratio", "peak MB", "with all jobs as JSON s", "statements"),
        rows,
    )


def test_query_per_run(big: Workspace, cluster: Cluster) -> None:
    """What the same matching costs with a query for each run, as tools without sets do it."""
    import pyodbc

    url = big.settings["databases"]["filecatalog"].removeprefix("odbc:")
    sql = (
        "SELECT segment, COUNT(DISTINCT dsttype) FROM datasets WHERE runnumber = ? AND tag = 'ana514_nocdbtag_v001'"
        " AND dataset = 'run3auau' AND dsttype LIKE 'DST_STREAMING_EVENT%' GROUP BY segment"
    )
    began = time.perf_counter()
    for run in range(FIRST_RUN, FIRST_RUN + 100):
        connection = pyodbc.connect(url)  # a connection for every statement, as they do
        assert len(connection.cursor().execute(sql, run).fetchall()) == SEGMENTS
        connection.close()
    per_run = time.perf_counter() - began
    rules = write_rules(big.folder / "rules")
    words = ("submit", "-c", rules, "-r", "cluster", "-n", "--runs", f"{FIRST_RUN}-{FIRST_RUN + 99}")
    whole = prodcli(big.file, *words).seconds
    show(
        "10k jobs of 100 runs",
        ("a query per run, inputs only, s", "whole plan s", "ratio"),
        [(per_run, whole, per_run / whole)],
    )


def test_plan_of_a_million(cluster: Cluster, tmp_path: Path) -> None:
    """One job for each of a million input files; nobody submits so many, but a plan must not fall over."""
    workspace = make_workspace(tmp_path, cluster)
    cluster.create("million_production")
    workspace.settings["databases"] = big_catalog(cluster, "million", 1, 1) | {
        "production": cluster.odbc("million_production")
    }
    workspace.write()
    workspace.ok("db", "init")
    cluster.psql("million_daq", _MILLION_RUNS)
    cluster.psql("million_filecatalog", _MILLION_FILES.format(tag=CLUSTER))
    rules = write_rules(tmp_path / "rules")
    words = ("submit", "-c", rules, "-r", "seed", "--maxqueued", 10**7, "--runs", "100001-110000")
    timing = prodcli(workspace.file, *words, "--dry-run", "--format", "csv")
    jobs = timing.out.count("DST_TRKR_SEED_run3auau") // timing.out.splitlines()[1].count("DST_TRKR_SEED_run3auau")
    summary = prodcli(workspace.file, *words, "--dry-run")
    statements = STATEMENT.split(prodcli(workspace.file, *words, "--print-query").out)[1:]
    bare = sum(
        psql_seconds(cluster, workspace, role, sql)
        for role, sql in zip(statements[1::3], statements[2::3], strict=True)
    )
    show(
        "Plan of DST_TRKR_SEED, one input a job",
        ("jobs", "plan s", "its statements in psql s", "ratio", "peak MB", "statements"),
        [(jobs, summary.seconds, bare, summary.seconds / bare, summary.peak_mb, len(statements) // 3)],
    )


def psql_seconds(cluster: Cluster, workspace: Workspace, role: str, sql: str) -> float:
    """How long psql takes for a statement under the settings that prodcli gives it, rows thrown away."""
    database = workspace.settings["databases"][role].partition("DATABASE=")[2].partition(";")[0]
    file = Path(workspace.folder / "statement.sql")
    file.write_text(sql)
    words = ["psql", "-q", "-h", "127.0.0.1", "-p", str(cluster.port), "-U", "postgres", "-d", database]
    began = time.perf_counter()
    subprocess.run(
        [
            *words,
            "-c",
            "SET jit = off; SET random_page_cost = 0.1; SET enable_sort = off",
            "-f",
            str(file),
            "-o",
            "/dev/null",
        ],
        check=True,
    )
    return time.perf_counter() - began


def test_plan_on_sqlite(tmp_path: Path) -> None:
    """The embedded default at a size that a testbed may have."""
    from tests.support.workspace import seeded_catalog

    workspace = make_workspace(tmp_path)
    workspace.load(seeded_catalog(1, 60))
    rules = write_rules(tmp_path / "rules")
    timing = prodcli(workspace.file, "submit", "-c", rules, "-r", "streaming", "-n")
    show("SQLite: 60 runs", ("plan s", "peak MB"), [(timing.seconds, timing.peak_mb)])
