"""SQL that rules and selectors bring only reads: no file is opened, no row changed, no function called that acts outside of transactions."""

from contextlib import closing
from pathlib import Path

import pytest

from prodcli.catalogs.imported_tables import import_table, run_query
from prodcli.db import open_database
from prodcli.db.queries import Query
from prodcli.db.sql_functions import called
from prodcli.errors import ConfigError, DatabaseError
from tests.support.rule_files import write_rules
from tests.support.workspace import Workspace, seeded_catalog

COUNT = "SELECT COUNT(*) FROM production_jobs"
ACTS = [
    "lo_create(4711) > 0",
    "LO_CREATE (4711) > 0",
    '"lo_create"(4711) > 0',
    "pg_catalog.lo_create(4711) > 0",
    "lo_create/* x */(4711) > 0",
    "lo_create -- x\n (4711) > 0",
    "'/*' <> 'a' AND lo_create/*x*/(4711) > 0 AND '*/' <> 'b'",
    "lo_create/* /* */ x */(4711) > 0",
    "EXISTS (SELECT 1 AS b$x$, lo_create(4711) AS c$x$)",
    "nextval('production_jobs_id_seq') > 0",
    "pg_read_file('PG_VERSION') <> ''",
    "set_config('transaction_read_only', 'off', false) = 'off'",
    "query_to_xml('SELECT lo_create(4711)', true, true, '') IS NOT NULL",
    "(SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity) > 0",
    "pg_notify('a', 'b') IS NULL",
]


@pytest.fixture
def loaded(workspace: Workspace) -> Workspace:
    """A workspace with runs and books."""
    workspace.load(seeded_catalog(1))
    write_rules(workspace.folder / "rules")
    return workspace


@pytest.mark.parametrize("read_only", [True, False])
def test_a_query_changes_nothing(loaded: Workspace, read_only: bool) -> None:
    before = loaded.sql(COUNT)
    with closing(open_database(loaded.settings["databases"]["production"], read_only)) as database:
        for sql in (
            "WITH x AS (SELECT 1) DELETE FROM production_jobs RETURNING id",
            "WITH x AS (DELETE FROM production_jobs RETURNING id) SELECT id FROM x",
        ):
            with pytest.raises(DatabaseError):
                run_query(database, sql, (), (), "q")
            with pytest.raises(DatabaseError):
                import_table(database, "t", sql, ())
        if not read_only:  # it may be written to afterwards
            database.write(lambda tx: tx.script("DELETE FROM production_missing"))
    assert loaded.sql(COUNT) == before != [(0,)]


@pytest.mark.parametrize("workspace", ["sqlite"], indirect=True)
@pytest.mark.parametrize("sql", ["ATTACH DATABASE '{}' AS x", "VACUUM INTO '{}'", "SELECT load_extension('{}')"])
def test_a_selector_opens_no_file(loaded: Workspace, tmp_path: Path, sql: str) -> None:
    file = tmp_path / "other.db"
    loaded.settings["selectors"] = {"bad": {"database": "daq", "sql": sql.format(file)}}
    loaded.write()
    words = ("submit", "-c", loaded.folder / "rules" / "rules.yaml", "-r", "streaming", "-n", "--runs", "bad")
    answer = loaded.run(*words)
    assert answer.code == 4, answer
    assert len(answer.err.splitlines()) == 1
    assert not file.exists()


@pytest.mark.postgresql
@pytest.mark.parametrize("workspace", ["postgresql"], indirect=True)
def test_functions_that_act_are_refused(loaded: Workspace) -> None:
    with closing(loaded.database()) as database:
        for condition in ACTS:
            with pytest.raises(ConfigError, match="which may do more than read"):
                database.read(lambda tx, c=condition: list(tx.rows(_constrained(c), names=["a"])))  # type: ignore[misc]
            with pytest.raises(ConfigError, match="which may do more than read"):
                run_query(database, f"SELECT 1 WHERE {condition}", (), (), "q")
        with pytest.raises(ConfigError, match='names written as U&"...'):
            run_query(database, 'SELECT 1 WHERE U&"\\006co_create"(4711) > 0', (), (), "q")
    assert loaded.sql("SELECT COUNT(*) FROM pg_largeobject_metadata") == [(0,)]


def _constrained(condition: str) -> Query:
    return Query("q", "SELECT 1 WHERE 'a' IN (?) AND /* constraint */ 1 = 1", ("names",), frozenset()).constrained(
        condition
    )


@pytest.mark.postgresql
@pytest.mark.parametrize("workspace", ["postgresql"], indirect=True)
def test_functions_that_only_compute_are_called(loaded: Workspace) -> None:
    sql = (
        "WITH x(random) AS (VALUES (1), (2)) SELECT COUNT(*), random() < 2, jsonb_exists('[\"a\"]', 'a'), now() IS NULL,"
        " array_agg(x.random ORDER BY 1), generate_series(1, 1), 'lo_create' FROM x GROUP BY x.random"
    )
    with closing(loaded.database()) as database:
        assert len(run_query(database, sql, (), (), "q").rows) == 2


@pytest.mark.postgresql
@pytest.mark.parametrize("workspace", ["postgresql"], indirect=True)
def test_a_selector_calls_no_function_that_acts(loaded: Workspace) -> None:
    loaded.settings["selectors"] = {"bad": {"database": "daq", "sql": "SELECT lo_create(4711)"}}
    loaded.write()
    words = ("submit", "-c", loaded.folder / "rules" / "rules.yaml", "-r", "streaming", "-n", "--runs", "bad")
    answer = loaded.run(*words)
    assert answer.code == 3
    assert "calls lo_create, which may do more than read" in answer.err


def test_what_is_called_is_never_missed() -> None:
    assert called("a (b) AND c") == {"a"}
    assert called('Ab("c" + d(1))') == {"Ab", "ab", "d"}
    assert called("status > 0 AND segment IN (1, 2)") == {"IN", "in"}
