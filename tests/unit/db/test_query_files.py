"""The files of named queries: each query says what it answers, stands in the room that runs it, and is run."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.support.package_graph import FILES, PACKAGE, room, tree
from tests.unit.test_layers import rank

SQL_FILES = sorted(PACKAGE.glob("*/*.sql"))
SHARED = [file for file in SQL_FILES if file.stem.startswith("queries")]  # whose queries are found by name alone
HEADER = re.compile(r"(?m)^-- name: (\w+)\n(.*)$")
FRAGMENT = re.compile(r"(?m)^-- fragment: ([A-Z_]+)\([a-z, ]*\)\n(.*)$")
LINE = re.compile(r"-- [A-Z`].{10,130}[.?]|-- [0-9a-z] .{10,130}\.")
RUNS = {"rows", "rows_as", "column", "value", "one", "run", "named"}  # what takes the name of a query


def headers(file: Path) -> list[tuple[str, str]]:
    """The names of a file's queries, and the line below each."""
    return HEADER.findall(file.read_text())


@cache
def words(name: str) -> set[str]:
    """The string literals of a module."""
    return {str(node.value) for node in ast.walk(tree(FILES[name])) if isinstance(node, ast.Constant)}


def runners(query: str) -> set[str]:
    """The rooms whose modules name a query."""
    return {room(name) for name in FILES if query in words(name)}


def test_there_is_no_sql_elsewhere() -> None:
    assert {file.relative_to(PACKAGE).parts[:2] for file in PACKAGE.rglob("*.sql") if file not in SQL_FILES} == {
        ("db", "migrations"),
        # a file for each panel, variable and alert of the board, which another test counts
        *(("dashboards", kind) for kind in ("panels", "variables", "alerts")),
    }


@pytest.mark.parametrize("file", SQL_FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_each_query_says_what_it_answers(file: Path) -> None:
    text = file.read_text()
    found = headers(file) + FRAGMENT.findall(text)
    assert len(found) == text.count("-- name:") + text.count("-- fragment:") > 0
    assert [name for name, line in found if not LINE.fullmatch(line)] == []


def test_each_fragment_stands_for_what_several_queries_have() -> None:
    texts = [file.read_text() for file in sorted(PACKAGE.rglob("*.sql"))]
    for name in (name for text in texts for name, _ in FRAGMENT.findall(text)):
        assert sum(len(re.findall(rf"\b{name}\(", text)) for text in texts) > 2, name


@pytest.mark.parametrize("file", SHARED, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_each_query_stands_in_the_lowest_room_that_runs_it(file: Path) -> None:
    """A query that nobody runs has no such room."""
    strangers = {
        name: rooms
        for name, _ in headers(file)
        if min(rooms := runners(name), key=rank, default=None) != file.parent.name
    }
    assert strangers == {}


@pytest.mark.parametrize("file", [file for file in SQL_FILES if file not in SHARED], ids=lambda file: file.name)
def test_the_queries_of_one_module_are_all_run_by_it(file: Path) -> None:
    module = re.sub("_(sqlite|postgresql)$", "", file.stem)
    assert {name for name, _ in headers(file)} <= words(f"{file.parent.name}.{module}")


BROUGHT = "rules.sql_text"
STATEMENT = re.compile(
    r"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH|GRANT|REVOKE|CREATE|DROP|ALTER|TRUNCATE|LOCK|SET|COPY)\b"
)


def made_up(module: ast.Module) -> Iterator[str]:
    """Calls that make up the name of a query: nobody who looks for the name finds them."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in RUNS:
            if any(isinstance(argument, ast.JoinedStr | ast.BinOp) for argument in node.args[:2]):
                yield ast.unparse(node)


def test_names_of_queries_are_written_out() -> None:
    assert [(name, call) for name in FILES for call in made_up(tree(FILES[name]))] == []
    assert list(made_up(ast.parse('tx.run(f"add_{kind}", rows=[])'))) == ["tx.run(f'add_{kind}', rows=[])"]


def put_together(module: ast.Module) -> Iterator[str]:
    """The f-strings that are SQL: whatever they are for, somebody may run them."""
    for node in ast.walk(module):
        if isinstance(node, ast.JoinedStr) and STATEMENT.match(ast.unparse(node)[2:]):
            yield ast.unparse(node)


def test_no_statement_is_put_together_by_an_f_string() -> None:
    """Rules bring SQL of their own, which `rules.sql_text` puts into a statement."""
    assert [(name, text) for name in FILES if name != BROUGHT for text in put_together(tree(FILES[name]))] == []
    assert list(put_together(ast.parse("f'GRANT SELECT ON {table} TO {role}'"))) == [
        "f'GRANT SELECT ON {table} TO {role}'"
    ]
