"""`why` of 1, 100 and 1,000 runs on PostgreSQL against `submit --dry-run` of the same, with and without trouble."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench.big import FIRST_RUN, big_catalog
from tests.bench.measure import Timing, prodcli, show
from tests.support.catalog import Catalog
from tests.support.generated_rules import SITE, generated_rule
from tests.support.postgres_server import Cluster
from tests.support.rule_files import write_rules
from tests.support.workspace import Workspace, make_workspace

RUNS, SEGMENTS = 1000, 10
_BOOKS = """
INSERT INTO production_jobs (rulename, tag, dataset, dsttype, filename, runnumber, segment, status)
SELECT 'cluster', 'ana537_2025p010_v001', 'run3auau', 'DST_TRKR_CLUSTER',
       'DST_TRKR_CLUSTER_run3auau_ana537_2025p010_v001-' || lpad(CAST(r AS text), 8, '0') || '-'
       || lpad(CAST(s AS text), 5, '0') || '.root',
       r, s, CAST(CASE WHEN s % 2 = 0 THEN 'held' ELSE 'failed' END AS prodstate)
FROM generate_series({first}, {last}) r, generate_series(0, {segments}) s WHERE r % 3 = 1;
INSERT INTO production_attempts (dbid, attempt, step, status, hold_code, hold_subcode)
SELECT id, 1, 0, status, 34, 102 FROM production_jobs;
VACUUM ANALYZE;
"""


@pytest.fixture(scope="module")
def big(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """Runs of which a third lacks a TPC server, and a third has outputs in the books, held or failed."""
    workspace = make_workspace(tmp_path_factory.mktemp("why"), cluster)
    cluster.create("why_production")
    workspace.settings["databases"] = big_catalog(cluster, "why", RUNS, SEGMENTS) | {
        "production": cluster.odbc("why_production")
    }
    workspace.write()
    workspace.ok("db", "init")
    cluster.psql(
        "why_filecatalog",
        "DELETE FROM datasets WHERE runnumber % 3 = 0 AND dsttype = 'DST_STREAMING_EVENT_ebdc17_1'; VACUUM ANALYZE datasets;",
    )
    cluster.psql("why_production", _BOOKS.format(first=FIRST_RUN, last=FIRST_RUN + RUNS - 1, segments=SEGMENTS - 1))
    yield workspace


def test_why(big: Workspace) -> None:
    """Wall time from process start, and the ratio to a dry run."""
    rules = write_rules(big.folder / "rules")
    rows = []
    for runs in (1, 100, RUNS):
        chosen = f"{FIRST_RUN}-{FIRST_RUN + runs - 1}"
        words = ("-c", rules, "-r", "cluster", "--runs", chosen)
        plan = best(big, "submit", *words, "-n")
        why = best(big, "why", *words)
        what_if = best(big, "why", *words, "--assume-mask", "TPC17", "--ignore-state", "held")
        rows.append((runs, plan.seconds, why.seconds, why.seconds / plan.seconds, what_if.seconds, why.peak_mb))
    show(
        f"why of DST_TRKR_CLUSTER, {RUNS * SEGMENTS * 63 / 1e3:.0f}k files in the catalog",
        ("runs", "submit -n s", "why s", "ratio", "with two assumptions s", "peak MB"),
        rows,
    )


def best(workspace: Workspace, *words: object) -> Timing:
    """The faster of three."""
    return min((prodcli(workspace.file, *words) for _ in range(3)), key=lambda timing: timing.seconds)


def test_why_of_a_million_generated_jobs(tmp_path: Path) -> None:
    """What the names of jobs take, of which some are made at a time."""
    workspace = make_workspace(tmp_path)
    workspace.load(Catalog())
    workspace.settings["site"] = SITE
    workspace.write()
    file = write_rules(tmp_path / "rules", {"Sim": generated_rule(100_000, "1-10", job_arguments="{run} {seg} {seed}")})
    why, plan = best(workspace, "why", "-c", file), best(workspace, "submit", "-c", file, "-n")
    show(
        "1,000,000 generated jobs, SQLite",
        ("command", "s", "peak MB"),
        [("why", why.seconds, why.peak_mb), ("submit -n", plan.seconds, plan.peak_mb)],
    )
    assert why.peak_mb < 300
