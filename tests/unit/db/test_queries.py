"""Named queries: one text, two dialects, values always bound."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodcli.config.profile import overview_rows
from prodcli.db.connect import SQLite, open_database
from prodcli.db.database import print_query
from prodcli.db.queries import Queries, queries, records
from prodcli.db.schema import create_file, upgrade
from tests.support.catalog import Catalog, write_sqlite
from tests.support.library_rules import sphenix

DIALECTS = ("sqlite", "postgresql")
WORDS = re.compile(
    r"\b(RECORDS|INTS|STATE|NOW|EPOCH|AT|HOUR|SECONDS|LISTED|CELLS|SAME)\((?!\))|\[(int|text)\]|:[a-z]|::|/\* \w+ \*/ $"
)


def written(text: str, dialect: str) -> str:
    """A query of one line in a dialect."""
    return Queries(f"-- name: q\n{text};\n", dialect)["q"].sql


@pytest.mark.parametrize(
    ("text", "sqlite", "postgresql"),
    [
        ("a = :x", "a = ?", "a = ?"),
        ("a IN (:x[int])", "a IN (SELECT value FROM json_each(?))", "a = ANY(CAST(? AS int[]))"),
        ("a IN (:x[text])", "a IN (SELECT value FROM json_each(?))", "a = ANY(CAST(? AS text[]))"),
        (
            "RECORDS(:r) AS r(id int, name text)",
            "(SELECT CAST(json_extract(value, '$.id') AS int) AS id, CAST(json_extract(value, '$.name') AS text) AS name"
            " FROM json_each(?)) AS r",
            "unnest((SELECT CAST(? AS int[])), (SELECT CAST(? AS text[]))) AS r(id, name)",
        ),
        ("INTS(:x)", "?", "CAST(? AS int[])"),
        ("STATE('held')", "'held'", "CAST('held' AS prodstate)"),
        ("NOW()", "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')", "now()"),
        ("NOW(-60)", "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-60 seconds')", "now() + interval '-60 seconds'"),
        ("EPOCH(NOW())", "CAST(strftime('%s', 'now') AS integer)", "CAST(EXTRACT(EPOCH FROM now()) AS bigint)"),
        ("EPOCH(a.b)", "CAST(strftime('%s', a.b) AS integer)", "CAST(EXTRACT(EPOCH FROM a.b) AS bigint)"),
        ("CELLS(a.b, 1)", "json_array(a.b, 1)", "json_build_array(a.b, 1)"),
        ("HOUR(a.b)", "COALESCE(substr(a.b, 1, 13) || ':00:00.000Z', '')", "prodcli_hour(EXTRACT(EPOCH FROM a.b))"),
        ("AT(r.b)", "strftime('%Y-%m-%dT%H:%M:%fZ', r.b, 'unixepoch')", "to_timestamp(r.b)"),
        (
            "SECONDS(a.x, b.y)",
            "ROUND((julianday(b.y) - julianday(a.x)) * 86400.0, 3)",
            "CAST(EXTRACT(EPOCH FROM b.y) - EXTRACT(EPOCH FROM a.x) AS float8)",
        ),
        (
            "SEGMENT(a.x)",
            "(typeof(a.x) = 'integer' AND a.x BETWEEN 0 AND 1073741823)",
            "a.x BETWEEN 0 AND 1073741823",
        ),
        ("NO_TIME(a.x)", "(a.x IS NOT NULL AND julianday(a.x) IS NULL)", "(a.x IS NOT NULL AND NOT isfinite(a.x))"),
        ("SET SAME(a), SAME(b), c = d", "SET c = d", "SET a = j.a, b = j.b, c = d"),
        ("'12:30'", "'12:30'", "'12:30'"),
    ],
)
def test_words_in_both_dialects(text: str, sqlite: str, postgresql: str) -> None:
    assert written(text, "sqlite") == sqlite
    assert written(text, "postgresql") == postgresql


def test_a_file_is_cut_at_its_headers() -> None:
    found = Queries(
        "-- about\n-- name: one\nSELECT :b, :a, :b;\n\n-- ---- next: part\n\n-- name: two\nSELECT 2;\n", "sqlite"
    )
    assert {name: query.sql for name, query in found.items()} == {"one": "SELECT ?, ?, ?", "two": "SELECT 2"}
    assert found["one"].bind({"a": 1, "b": "x", "unused": 0}) == ["x", 1, "x"]
    with pytest.raises(KeyError):
        found["one"].bind({"a": 1})


def test_a_name_stands_once() -> None:
    with pytest.raises(ValueError, match="two queries have the name one"):
        Queries("-- name: one\nSELECT 1;\n\n-- name: one\nSELECT 2;\n", "sqlite")


def test_a_fragment_is_written_once() -> None:
    text = (
        "-- fragment: IN_ONE_OF(a, spans)\n-- About.\nEXISTS (SELECT 1 FROM {spans} s WHERE NEAR({a}, s.low));\n\n"
        "-- fragment: NEAR(x, y)\n-- About.\n{x} - {y} < DAY();\n\n-- fragment: DAY()\n-- About.\n86400;\n\n"
        "-- name: one\n-- About.\nSELECT 1 WHERE IN_ONE_OF(COALESCE(a, 1), all) AND NEAR(:x, 2);\n"
    )
    found = Queries(text, "sqlite")
    assert dict(found) == {"one": found["one"]}
    assert found["one"].sql == (
        "SELECT 1 WHERE EXISTS (SELECT 1 FROM all s WHERE COALESCE(a, 1) - s.low < 86400) AND ? - 2 < 86400"
    )
    with pytest.raises(ValueError, match="shorter"):
        Queries("-- fragment: NEAR(x, y)\n{x} - {y};\n\n-- name: one\nSELECT NEAR(1);\n", "sqlite")["one"]


def bound(value: object, text: str, dialect: str) -> object:
    """How a value goes to the driver."""
    return Queries(f"-- name: q\n{text};\n", dialect)["q"].bind({"x": value})[0]


def test_lists_go_as_the_dialect_wants_them() -> None:
    names = ["a", 'q"q', "back\\slash", "it's", "größe", "a,b {c}", "", "NULL"]
    literal = r'{"a","q\"q","back\\slash","it' + "'" + r's","größe","a,b {c}","","NULL"}'
    assert bound(names, "y IN (:x[text])", "postgresql") == literal
    assert bound([3, -1], "y IN (:x[int])", "postgresql") == bound((3, -1), "INTS(:x)", "postgresql") == "{3,-1}"
    assert bound([], "y IN (:x[int])", "postgresql") == "{}"
    assert bound(["a", 'q"q'], "y IN (:x[text])", "sqlite") == r'["a","q\"q"]'
    for dialect, one, none in (("sqlite", '[{"a":1}]', "[]"), ("postgresql", "{1}", "{}")):
        assert bound([{"a": 1}], "RECORDS(:x) AS r(a int)", dialect) == one
        assert bound(records([{"a": 1}]), "RECORDS(:x) AS r(a int)", dialect) == one
        assert bound([], "RECORDS(:x) AS r(a int)", dialect) == none
        assert bound("as it is", ":x", dialect) == "as it is"


def test_records_go_to_postgresql_by_column() -> None:
    rows = records([{"id": 1, "name": "it's", "size": 0.5}, {"id": None, "name": 'q"q'}, {"id": 3, "name": None}])
    query = Queries("-- name: q\nRECORDS(:x) AS r(id int,\n    size float, name text);\n", "postgresql")["q"]
    assert query.bind({"x": rows}) == ["{1,NULL,3}", "{0.5,NULL,NULL}", r'{"it' + "'" + r's","q\"q",NULL}']


ELEMENT = re.compile(r'(?s)"((?:[^"\\]|\\.)*)"')


@given(st.lists(st.text()))
def test_an_array_literal_is_read_back(names: list[str]) -> None:
    literal = str(bound(names, "y IN (:x[text])", "postgresql"))
    assert [re.sub(r"(?s)\\(.)", r"\1", found) for found in ELEMENT.findall(literal)] == names
    assert ELEMENT.sub("", literal) == "{" + "," * (len(names) - 1) + "}"


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_sqlite_finds_exactly_the_names_of_a_list(names: list[str]) -> None:
    names = [name.replace("\0", "") for name in names]  # JSON in SQLite ends at a NUL
    query = Queries("-- name: q\nSELECT j.value FROM json_each(:all) j WHERE j.value IN (:some[text]);\n", "sqlite")[
        "q"
    ]
    with closing(sqlite3.connect(":memory:")) as connection:
        rows = connection.execute(query.sql, query.bind({"all": [*names, "nobody"], "some": names})).fetchall()
    assert [row[0] for row in rows] == names + ["nobody"] * ("nobody" in names)


def test_a_rules_condition_has_one_place() -> None:
    query = queries("sqlite")["segment_inputs"]
    assert "AND (segment < 5)) d" in query.constrained("segment < 5").sql
    assert query.constrained("") is query
    with pytest.raises(ValueError, match="has no place"):
        queries("sqlite")["daq_runs"].constrained("1 = 1")
    assert (
        "dataset, runnumber AS key, CASE WHEN substatus" in queries("sqlite")["counted_states"].keyed("runnumber").sql
    )


def test_only_columns_come_to_the_places_for_columns() -> None:
    query = queries("sqlite")["listed_jobs"]
    assert "ORDER BY run NULLS LAST, node DESC NULLS LAST, x.dbid DESC" in query.ordered(["run", "-node"]).sql
    assert "SELECT dbid, run FROM" in query.with_columns(["dbid", "run"]).sql
    for text in ("run; x", "1", "", "run, x", "(SELECT 1)"):
        for put in (query.ordered, query.with_columns):
            with pytest.raises(ValueError, match="is no column"):
                put([text])


def test_both_dialects_have_the_same_queries() -> None:
    only_sqlite = {"unique_cluster_indexes", "drop_empty_rollup", "clear_delta"}
    only_postgresql = {"use_index_of_inputs", "segment_inputs_by_index", "functions_that_act"}
    only_postgresql |= {"rights_on_tables", "grant_to_read", "indexed_columns", "index_to_make"}
    assert set(queries("sqlite")) - only_sqlite == set(queries("postgresql")) - only_postgresql


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_query_is_one_statement_in_its_dialect(dialect: str) -> None:
    for name, query in queries(dialect).items():
        assert ";" not in query.sql, name
        assert "--" not in query.sql, name
        assert not WORDS.search(re.sub("'[^']*'", "", query.sql)), name
        assert query.sql.count("?") == len(query.parameters), name


def test_sqlite_understands_every_query(tmp_path: Path) -> None:
    create_file(f"sqlite:///{tmp_path}/production.db")
    with closing(open_database(f"sqlite:///{tmp_path}/production.db")) as books:
        upgrade(books, overview_rows(sphenix()))
    with closing(sqlite3.connect(tmp_path / "production.db")) as other:  # a table of another tool
        other.execute("CREATE TABLE production_cursor (dsttype text, build text, tag text, version int, lastrun int)")
    write_sqlite(Catalog(), tmp_path)
    complaints: dict[str, set[str]] = {name: set() for name in queries("sqlite")}
    for database in ("production", "daq", "raw", "filecatalog"):
        with closing(SQLite(tmp_path / f"{database}.db").open(read_only=True)) as connection:
            for name, query in queries("sqlite").items():
                complaints[name].add(complaint(connection, query.sql, len(query.parameters)))
    assert [name for name, found in complaints.items() if "" not in found] == []


@pytest.mark.parametrize(
    ("name", "index"), [("queued_jobs", "live"), ("failed_jobs", "failed"), ("parked_jobs", "live")]
)
def test_jobs_to_recover_are_looked_for_by_an_index(tmp_path: Path, name: str, index: str) -> None:
    """The books have millions of finished rows, a queue some ten thousand."""
    steps = steps_of(tmp_path, name)
    assert any(step.startswith(f"SEARCH j USING INDEX production_jobs_prodcli_{index} (schedd=?") for step in steps)


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("rows_of_tags", "SEARCH production_jobs USING INDEX production_jobs_prodcli_tag (<expr>=?)"),
        (
            "memory_use",
            "SEARCH b USING COVERING INDEX production_attempts_prodcli_steps (dbid=? AND attempt=? AND step>?)",
        ),
    ],
)
def test_tags_and_newest_steps_are_found_by_an_index(tmp_path: Path, name: str, step: str) -> None:
    """A tag has hundreds of thousands of jobs among millions, and few attempts have several steps."""
    assert step in steps_of(tmp_path, name)


def steps_of(folder: Path, name: str) -> set[str]:
    """The steps by which SQLite answers a query on empty books."""
    create_file(f"sqlite:///{folder}/production.db")
    with closing(open_database(f"sqlite:///{folder}/production.db")) as books:
        upgrade(books, overview_rows(sphenix()))
    query = queries("sqlite")[name]
    with closing(SQLite(folder / "production.db").open(read_only=True)) as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {query.sql}", ["[]"] * len(query.parameters)).fetchall()
    return {row[3] for row in plan}


def complaint(connection: sqlite3.Connection, sql: str, marks: int) -> str:
    """What SQLite says of a statement; nothing if it understands it."""
    try:
        connection.execute(f"EXPLAIN {sql}", [None] * marks).fetchall()
    except sqlite3.Error as error:
        return str(error)
    return ""


VALUES = st.none() | st.integers(-(2**63) + 1, 2**63 - 1) | st.text(st.characters(exclude_categories=["Cs", "Cc"]))


@given(st.lists(VALUES, max_size=5))
def test_a_printed_query_runs_as_it_stands(values: list[object]) -> None:
    sql = "SELECT '?', " + "".join("?, " for _ in values) + "'it''s ?'"
    with closing(sqlite3.connect(":memory:")) as connection:
        assert connection.execute(print_query(sql, values)).fetchone() == ("?", *values, "it's ?")


@pytest.mark.parametrize("name", ["record_submitted", "keep_attempts", "end_attempts"])
def test_a_cluster_is_recorded_in_one_walk_over_its_rows(tmp_path: Path, name: str) -> None:
    """SQLite must not read the list of rows anew for each row of the claim."""
    create_file(f"sqlite:///{tmp_path}/production.db")
    with closing(open_database(f"sqlite:///{tmp_path}/production.db")) as books:
        upgrade(books, overview_rows(sphenix()))
    query = queries("sqlite")[name]
    with closing(SQLite(tmp_path / "production.db").open(read_only=False)) as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {query.sql}", ["[]"] * len(query.parameters)).fetchall()
    assert plan[0][3].startswith("SCAN json_each"), plan
