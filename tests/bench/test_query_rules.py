"""A rule's own SQL with imported tables over 1,000 runs, against its bare SQL with the tables already there."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyodbc
import pytest

from prodcli.catalog import Catalogs
from prodcli.db import open_database
from prodcli.dialects.params_input_job import load_rule
from prodcli.layout import Layout
from prodcli.query_source import _ask, queried
from prodcli.query_text import rendered
from prodcli.reasons import Skips
from prodcli.runs import RunSelection
from tests.bench.big import FIRST_RUN, big_catalog
from tests.bench.measure import show
from tests.support.loaded import sphenix
from tests.support.older import STREAMS, write
from tests.support.postgres import Cluster

RUNS, TRIES = 1000, 3


def best(work: Callable[[], Any]) -> tuple[float, Any]:
    """The shortest of some tries, in seconds, and what came of it."""
    times = []
    for _ in range(TRIES):
        began = time.perf_counter()
        result = work()
        times.append(time.perf_counter() - began)
    return min(times), result


def test_import_tables(cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What importing a table adds, both ways, and what making jobs of the rows adds to that."""
    monkeypatch.chdir(tmp_path)
    urls = big_catalog(cluster, "own", RUNS, 1)
    odd = "and picked.numbers[1] = d.runnumber and picked.brtimestamp > '2000-01-01'"  # no planner can estimate it
    assert odd in STREAMS
    rule = load_rule(write(tmp_path, STREAMS.replace(odd, "")), None, sphenix())
    selection = RunSelection(((FIRST_RUN, FIRST_RUN + RUNS - 1),), frozenset())
    rows = []
    tried = [bare_sql(cluster, rule, selection) for _ in range(TRIES)]
    bare, found = min(tried)
    for way in ("beside", "within"):
        if way == "within":
            cluster.psql("own_raw", "ALTER DATABASE own_raw SET default_transaction_read_only = on")
        databases = [open_database(urls[role], read_only=True) for role in ("daq", "raw", "filecatalog")]
        catalogs = Catalogs(*databases)
        ours, asked = best(lambda catalogs=catalogs: _ask(rule, selection, None, catalogs, None))
        whole, (_, jobs) = best(lambda catalogs=catalogs: queried(rule, selection, None, catalogs, Skips()))
        assert len(asked.rows) == found == len(jobs) == RUNS * 63
        assert len({Layout(rule).filename(job) for job in jobs}) == len(jobs)
        rows.append((way, len(jobs), bare, ours, ours / bare, whole))
        for database in databases:
            database.close()
    show(
        f"A query with an imported table, {RUNS} runs",
        ("table", "rows", "bare SQL s", "with the import s", "ratio", "as jobs s"),
        rows,
    )


def bare_sql(cluster: Cluster, rule: Any, selection: RunSelection) -> tuple[float, int]:
    """The same statements without prodcli, the table's rows being there already: seconds, and the number of rows."""
    raw = pyodbc.connect(cluster.odbc("own_raw").removeprefix("odbc:"), autocommit=True)
    daq = pyodbc.connect(cluster.odbc("own_daq").removeprefix("odbc:"), autocommit=True)
    for connection in (raw, daq):
        connection.execute("SET jit = off")
    (table,) = rule.input.tables
    there = "SELECT r AS runnumber, 'physics' AS runtype, array[r] AS numbers, timestamp '2025-06-01' AS brtimestamp"
    last = FIRST_RUN + RUNS - 1
    raw.execute(f"CREATE TEMP TABLE picked AS {there} FROM generate_series({FIRST_RUN}, {last}) r")  # noqa: S608
    raw.execute("ANALYZE picked")
    began = time.perf_counter()
    daq.execute(rendered(rule, table.query, selection, None)[0]).fetchall()
    rows = raw.execute(rendered(rule, rule.input.query, selection, None)[0]).fetchall()
    seconds = time.perf_counter() - began
    raw.close()
    daq.close()
    return seconds, len(rows)
