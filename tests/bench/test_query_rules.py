"""A rule's own SQL with imported tables over 1,000 runs, against its bare SQL with the tables already there."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyodbc
import pytest

from prodcli.catalogs.catalogs import Catalogs
from prodcli.db import open_database
from prodcli.planning.by_query import _ask, queried
from prodcli.planning.plan_request import PlanRequest
from prodcli.reasons import Skips
from prodcli.rules.load import load_rule
from prodcli.rules.query_text import rendered
from prodcli.runs.selection import RunSelection
from tests.bench.big import FIRST_RUN, big_catalog
from tests.bench.measure import show
from tests.support.library_rules import sphenix
from tests.support.older_oracle import STREAMS, write
from tests.support.postgres_server import Cluster

RUNS, TRIES = 1000, 3


def seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    """How long something takes, and what comes of it."""
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def test_import_tables(cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What importing a table adds, both ways, and what making jobs of the rows adds to that."""
    monkeypatch.chdir(tmp_path)
    urls = big_catalog(cluster, "own", RUNS, 1)
    odd = "and picked.numbers[1] = d.runnumber and picked.brtimestamp > '2000-01-01'"  # no planner can estimate it
    assert odd in STREAMS
    rule = load_rule(write(tmp_path, STREAMS.replace(odd, "")), None, sphenix())
    selection = RunSelection(((FIRST_RUN, FIRST_RUN + RUNS - 1),), frozenset())
    rows = []
    for way in ("beside", "within"):
        if way == "within":
            cluster.psql("own_raw", "ALTER DATABASE own_raw SET default_transaction_read_only = on")
        bare, ours, whole, jobs = measured(cluster, rule, selection, urls)
        rows.append((way, jobs, bare, ours, ours / bare, whole, whole / bare))
    show(
        f"A query with an imported table, {RUNS} runs",
        ("table", "jobs", "bare SQL s", "with the import s", "ratio", "made jobs s", "ratio"),
        rows,
    )


def measured(
    cluster: Cluster, rule: Any, selection: RunSelection, urls: dict[str, str]
) -> tuple[float, float, float, int]:
    """The shortest of some tries, taken in turn: bare SQL, the same with the import, and all the way to jobs."""
    databases = [open_database(urls[role], read_only=True) for role in ("daq", "raw", "filecatalog")]
    catalogs, times = Catalogs(*databases), []
    wanted = PlanRequest(rule=rule, runs=selection)
    for _ in range(TRIES):
        bare, found = bare_sql(cluster, rule, selection)
        ours, asked = seconds(lambda: _ask(wanted, catalogs))
        whole, (_, jobs) = seconds(lambda: queried(wanted, catalogs, Skips()))
        assert len(asked.rows) == found == len(jobs) == RUNS * 63
        times.append((bare, ours, whole))
    for database in databases:
        database.close()
    bare, ours, whole = (min(column) for column in zip(*times, strict=True))
    return bare, ours, whole, len(jobs)


def bare_sql(cluster: Cluster, rule: Any, selection: RunSelection) -> tuple[float, int]:
    """The same statements without prodcli, the table's rows being there already: seconds, and the number of rows."""
    raw = pyodbc.connect(cluster.odbc("own_raw").removeprefix("odbc:"), autocommit=True)
    daq = pyodbc.connect(cluster.odbc("own_daq").removeprefix("odbc:"), autocommit=True)
    for connection in (raw, daq):
        connection.execute("SET jit = off")
    (table,) = rule.input.tables
    there = "SELECT r AS runnumber, 'physics' AS runtype, array[r] AS numbers, timestamp '2025-06-01' AS brtimestamp"
    last = FIRST_RUN + RUNS - 1
    raw.execute("SET default_transaction_read_only = off")
    raw.execute(f"CREATE TEMP TABLE picked AS {there} FROM generate_series({FIRST_RUN}, {last}) r")  # noqa: S608
    raw.execute("ANALYZE picked")
    began = time.perf_counter()
    daq.execute(rendered(rule, table.query, selection, None)[0]).fetchall()
    rows = raw.execute(rendered(rule, rule.input.query, selection, None)[0]).fetchall()
    taken = time.perf_counter() - began
    raw.close()
    daq.close()
    return taken, len(rows)
