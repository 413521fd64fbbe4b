"""The status table on a million rows, from process start, and the start of every command."""

import sys

from tests.bench.measure import prodcli, show, timed
from tests.support.catalogs import Catalog
from tests.support.world import World

ROWS = 1_000_000
_FILL = {
    "postgresql": """
INSERT INTO production_jobs (rulename, tag, dataset, dsttype, filename, runnumber, segment, status, submitted)
SELECT 'r', 'ana' || (n % 20) || '_x_v001', 'run3auau', 'DST_TRKR_CLUSTER', 'f' || n, 66456 + n / 500, n % 500,
       CAST((ARRAY['finished','finished','finished','failed','held','running','submitted'])[1 + n % 7] AS prodstate), now()
FROM generate_series(1, {rows}) n""",
    "sqlite": """
WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {rows})
INSERT INTO production_jobs (rulename, tag, dataset, dsttype, filename, runnumber, segment, status, submitted)
SELECT 'r', 'ana' || (n % 20) || '_x_v001', 'run3auau', 'DST_TRKR_CLUSTER', 'f' || n, 66456 + n / 500, n % 500,
       json_extract('["finished","finished","finished","failed","held","running","submitted"]', '$[' || (n % 7) || ']'),
       '2026-01-01T00:00:00.000Z' FROM c""",
}


def test_query(world: World) -> None:
    """The default report."""
    world.load(Catalog())
    kind = "sqlite" if world.cluster is None else "postgresql"
    world.sql(_FILL[kind].format(rows=ROWS))
    if world.cluster is not None:
        world.cluster.psql(world.names[-1], "VACUUM ANALYZE production_jobs")
    runs = [prodcli(world.file, "query", "--format", "csv") for _ in range(3)]
    assert len(runs[0].out.splitlines()) == 21
    best = min(runs, key=lambda timing: timing.seconds)
    show(f"query on {ROWS} rows, {kind}", ("s", "peak MB"), [(best.seconds, best.peak_mb)])


def test_start(world: World) -> None:
    """How long every command takes before it does anything."""
    bare = min(timed([sys.executable, "-c", "pass"]).seconds for _ in range(5))
    typer = min(timed([sys.executable, "-c", "import typer"]).seconds for _ in range(5))
    version = min(timed([sys.executable, "-m", "prodcli", "--version"]).seconds for _ in range(5))
    usage = min(timed([sys.executable, "-m", "prodcli", "--help"]).seconds for _ in range(5))
    show(
        "Start",
        ("python -c pass s", "import typer s", "--version s", "/ pass", "--help s", "/ import typer"),
        [(bare, typer, version, version / bare, usage, usage / typer)],
    )
