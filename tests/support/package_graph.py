"""The package as a graph: its modules, the rooms that they stand in, and what they import."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import prodcli

PACKAGE = Path(prodcli.__file__).parent


@cache
def tree(file: Path) -> ast.Module:
    """A module's syntax."""
    return ast.parse(file.read_text())


def module(file: Path) -> str:
    """Its dotted name below the package; empty for the package itself."""
    parts = file.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {module(file): file for file in sorted(PACKAGE.rglob("*.py")) if "worker" not in file.parts}


def room(name: str) -> str:
    """The room of a module: the package at the top, or the module itself where it stands loose."""
    return name.partition(".")[0]


def imports(file: Path, typing_too: bool = True) -> Iterator[str]:
    """Everything that a module imports anywhere, as `module` or `module.name`."""
    for node in _nodes(tree(file), typing_too):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{file}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _nodes(node: ast.AST, typing_too: bool) -> Iterator[ast.AST]:
    yield node
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING" and not typing_too:
        return
    for child in ast.iter_child_nodes(node):
        yield from _nodes(child, typing_too)


def of_ours(file: Path, typing_too: bool = True) -> set[str]:
    """The modules of the package that a module imports."""
    found = set()
    for name in imports(file, typing_too):
        if name.startswith("prodcli."):
            ours = name.removeprefix("prodcli.")
            found.add(ours if ours in FILES else ours.rpartition(".")[0])
    return found - {module(file)}


def calls(file: Path) -> set[str]:
    """What a module calls, as it is written."""
    return {ast.unparse(node.func) for node in ast.walk(tree(file)) if isinstance(node, ast.Call)}


def graph_of_rooms() -> dict[str, list[str]]:
    """The rooms that each room imports, loose modules left out; imports for typing count."""
    rooms = sorted({room(name) for name in FILES if "." in name})
    return {
        one: sorted(
            {room(other) for name in FILES if room(name) == one for other in of_ours(FILES[name])} & {*rooms} - {one}
        )
        for one in rooms
    }
