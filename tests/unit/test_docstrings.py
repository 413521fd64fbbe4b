"""Docstrings tell what a caller cannot see from a signature: the failures that a function raises."""

import ast
from collections.abc import Iterator
from functools import cache

import pytest

from prodcli import errors
from tests.support.package_graph import FILES, tree

Function = ast.FunctionDef
ERRORS = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, errors.ProdError)}


def classes() -> Iterator[ast.ClassDef]:
    """Every class of the package."""
    for name in FILES:
        yield from (node for node in ast.walk(tree(FILES[name])) if isinstance(node, ast.ClassDef))


@cache
def expected_failures() -> set[str]:
    """The names of ProdError and of all classes below it, wherever they are defined."""
    bases = {node.name: {ast.unparse(base) for base in node.bases} for node in classes()}
    known: set[str] = set()
    while more := {name for name, of in bases.items() if of & (ERRORS | known)} - known:
        known |= more
    return ERRORS | known


def public(body: list[ast.stmt], about: str = "") -> Iterator[tuple[str, Function]]:
    """Public functions and methods, each with the docstring of its class; commands say it in `docs/`, not in `--help`."""
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from public(node.body, ast.get_docstring(node) or "")
        elif isinstance(node, Function) and not node.name.startswith("_") and not is_command(node):
            yield about, node


def is_command(function: Function) -> bool:
    """True if people type the function's name, and read its docstring as help."""
    return any(
        argument.annotation and ast.unparse(argument.annotation) == "typer.Context" for argument in function.args.args
    )


def raised(node: ast.AST) -> Iterator[str]:
    """The names of what a function raises itself, not in functions within it."""
    for part in ast.iter_child_nodes(node):
        if isinstance(part, ast.FunctionDef | ast.ClassDef | ast.Lambda):
            continue
        if isinstance(part, ast.Raise) and isinstance(part.exc, ast.Call):
            yield ast.unparse(part.exc.func)
        yield from raised(part)


@pytest.mark.parametrize("name", [name for name in FILES if name])
def test_public_functions_name_the_failures_that_they_raise(name: str) -> None:
    silent = {
        f"{function.name}: {failure}"
        for about, function in public(tree(FILES[name]).body)
        for failure in expected_failures().intersection(raised(function))
        if failure not in about + (ast.get_docstring(function) or "")
    }
    assert silent == set()


def test_what_the_rule_looks_at() -> None:
    assert {"ProdError", "BatchError", "TransientDatabaseError", "PassRuns"} <= expected_failures()
    (function,) = ast.parse("def f():\n    def g():\n        raise A()\n    if 1:\n        raise B('x')").body
    assert list(raised(function)) == ["B"]
