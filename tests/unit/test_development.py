"""docs/development.md is true of the package: its rooms, its graph, and every function that it names."""

import ast
import re
from pathlib import Path

import pytest

from tests.support.package_graph import FILES, PACKAGE, graph_of_rooms, room, tree
from tests.support.rule_files import REPOSITORY

PAGE = (REPOSITORY / "docs" / "development.md").read_text()
NAMED = sorted(set(re.findall(r"`((?:\w+/)*\w+\.py)(?::([\w.]+))?`", PAGE)))
BLOCK = re.search(r"(?ms)^```rooms\n(.*?)^```$", PAGE)


def written_graph() -> dict[str, list[str]]:
    """The graph as the page has it: a line for each room, with the rooms that it imports."""
    assert BLOCK is not None
    lines = [line.split() for line in BLOCK[1].splitlines()]
    return {one: others for one, *others in lines}


def test_the_graph_is_that_of_the_package() -> None:
    graph = graph_of_rooms()
    right = "\n".join(" ".join([one.ljust(11), *graph[one]]).rstrip() for one in written_graph() if one in graph)
    assert written_graph() == graph, f"the page should have\n{right}"


def test_a_room_imports_rooms_above_its_line() -> None:
    above: set[str] = set()
    for one, others in written_graph().items():
        assert set(others) <= above, one
        above.add(one)


def test_every_room_is_told() -> None:
    table = set(re.findall(r"(?m)^\| `(\w+)` \|", PAGE))
    assert table == set(graph_of_rooms())
    sentence = PAGE.split("What every room speaks stands loose at the top: ")[1].split(".\n")[0]
    loose = {room(name) for name in FILES if name and "." not in name} - set(graph_of_rooms()) - {"__main__"}
    assert set(re.findall(r"`(\w+)`", sentence)) == loose


def test_enough_is_named() -> None:
    assert len(NAMED) >= 30


@pytest.mark.parametrize("file, name", NAMED, ids=[f"{file}:{name}" for file, name in NAMED])
def test_what_is_named_exists(file: str, name: str) -> None:
    """A file of the package or of the repository, and a function, class, method or constant in it."""
    path = next((path for path in (PACKAGE / file, REPOSITORY / file) if path.is_file()), None)
    assert path is not None, f"there is no {file}"
    if name:
        assert name in _names(path), f"{file} has no {name}"


def _names(path: Path) -> set[str]:
    found = set()
    for node in tree(path).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
            found |= {
                f"{node.name}.{one.name}" for one in getattr(node, "body", []) if isinstance(one, ast.FunctionDef)
            }
        elif isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
    return found
