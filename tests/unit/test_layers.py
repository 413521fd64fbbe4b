"""The house keeps its layers: imports go down, L1 does no I/O, only `cli` prints and exits, nothing happens at import.

A new module is put into the table here, at the lowest place that it can have.
"""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import prodcli

PACKAGE = Path(prodcli.__file__).parent
LAYERS = (
    "errors secrets names states resources sizes fault_points plain_values",
    "submission_context job_selection run_rows run_cuts rule rule_sql rule_values rule_check rule_schema site runs run_rows match masks invalid absent submission resubmission layout reasons progress"
    " selector chain existing output_names holds time_text memory targets classify more_memory proposals trouble advice node_list node_stats",
    "dialects render query_text below_root driver_waits db batch config trust yaml_files text_files claimant lease pass_lock preflight plugins",
    "catalogs catalog query_source job_events job_search verb_plan report bookkeeping room pipeline plan plan_in_parts exclusions auto_mask submission_files schedd_choice recorder submit submit_pass other_writes harvest harvest_pass harvest_follow rollup"
    " reconcile reconcile_pass claims orphans register status memory_use dedupe"
    " config_check rule_view rule_convert demo demo_catalogs"
    " run_sources remembered evidence why actions recover deeds rescue held_outputs gone unblock kept park again nodes until bad_nodes erasable erase",
    "cli __main__",
)
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names.split()}
# What L0 (but `resources`, which looks where files lie, and `fault_points`, which sends signals) and L1 may import from outside;
# nothing of it reaches the world.
PURE = {
    *(
        "__future__",
        "bisect",
        "collections",
        "collections.abc",
        "dataclasses",
        "difflib",
        "enum",
        "functools",
        "itertools",
        "operator",
        "math",
    ),
    *("pydantic", "re", "shlex", "string", "zlib.crc32", "types", "typing", "pathlib.PurePath", "posixpath.normpath"),
    *("datetime.datetime", "datetime.UTC"),
    *("contextlib.nullcontext", "contextlib.AbstractContextManager"),
}
WORLD = {
    *("open", "print", "input", "exec", "eval", "compile", "__import__", "breakpoint", "exit", "quit"),
    *("datetime.now", "datetime.today", "datetime.utcnow"),
}
# What may be called while a module is imported: it makes a value, or tells Typer about a command.
AT_IMPORT = {
    *(
        "TypeVar",
        "re.compile",
        "logging.getLogger",
        "dataclass",
        "dataclasses.dataclass",
        "field",
        "dataclasses.field",
        "fields",
        "replace",
    ),
    *(
        "frozenset",
        "set",
        "tuple",
        "dict",
        "MappingProxyType",
        "datetime",
        "timedelta",
        "Path",
        "Path(__file__).resolve",
    ),
    *(
        "AfterValidator",
        "BeforeValidator",
        "ConfigDict",
        "Field",
        "WithJsonSchema",
        "typer.Option",
        "typer.Argument",
        "typer.Typer",
    ),
    *("app.command", "app.callback", "app.add_typer"),
}


@cache
def tree(file: Path) -> ast.Module:
    """A module's syntax."""
    return ast.parse(file.read_text())


def module(file: Path) -> str:
    """Its dotted name below the package; empty for the package itself."""
    parts = file.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {module(file): file for file in sorted(PACKAGE.rglob("*.py")) if "worker" not in file.parts}


def rank(name: str) -> int:
    """The layer of a module; the package itself is the lowest."""
    return RANK[name.partition(".")[0]] if name else 0


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


def test_every_module_has_its_layer() -> None:
    tops = {name.partition(".")[0] for name in FILES if name}
    assert tops == set(RANK), "put the module into the table of this test"


def test_imports_go_down() -> None:
    upward = [
        f"{name} -> {other}" for name, file in FILES.items() for other in of_ours(file) if rank(other) > rank(name)
    ]
    assert upward == []


def test_imports_never_go_round_in_a_circle() -> None:
    graph = {name: of_ours(file, typing_too=False) - {""} for name, file in FILES.items() if not name.startswith("cli")}
    TopologicalSorter(graph).prepare()


@pytest.mark.parametrize(
    "name", [name for name in FILES if name and rank(name) <= 1 and name not in ("resources", "fault_points")]
)
def test_the_pure_layers_do_no_input_or_output(name: str) -> None:
    foreign = {one for one in imports(FILES[name]) if not one.startswith("prodcli.")}
    assert {one for one in foreign if one not in PURE and one.rpartition(".")[0] not in PURE} == set()
    assert not any(one.startswith("prodcli.resources") for one in imports(FILES[name]))
    assert calls(FILES[name]) & WORLD == set()


def test_only_the_command_line_prints_and_exits() -> None:
    for name, file in FILES.items():
        if rank(name) == len(LAYERS) - 1:
            continue
        assert not {one.partition(".")[0] for one in imports(file)} & {"typer", "rich", "click"}, name
        assert not calls(file) & {"print", "input", "exit", "quit", "sys.exit", "os._exit", "os.abort"}, name
        words = {ast.unparse(node) for node in ast.walk(tree(file)) if isinstance(node, ast.Attribute | ast.Name)}
        assert not words & {"SystemExit", "sys.stdout", "sys.stderr"}, name


def test_only_output_knows_rich() -> None:
    assert [name for name, file in FILES.items() if any(one.startswith("rich") for one in imports(file))] == [
        "cli.output"
    ]


def at_import(node: ast.AST) -> Iterator[ast.AST]:
    """What runs while a module is imported: everything but the bodies of functions."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        defaults = [default for default in node.args.kw_defaults if default is not None]
        for part in [*node.decorator_list, *node.args.defaults, *defaults]:
            yield from at_import(part)
    elif not isinstance(node, ast.Lambda):
        yield node
        for child in ast.iter_child_nodes(node):
            yield from at_import(child)


@pytest.mark.parametrize("name", [name for name in FILES if name])
def test_nothing_happens_at_import(name: str) -> None:
    body = tree(FILES[name]).body
    own = {node.name for node in body if isinstance(node, ast.ClassDef | ast.FunctionDef)}
    for node in body:
        if isinstance(node, ast.If):
            assert ast.unparse(node.test) in ("TYPE_CHECKING", "__name__ == '__main__'"), ast.unparse(node)
            continue
        assert not isinstance(node, ast.For | ast.While | ast.With | ast.Try | ast.Delete | ast.Assert), ast.unparse(
            node
        )
        for part in at_import(node):
            if isinstance(part, ast.Call) and not isinstance(part.func, ast.Call):
                assert ast.unparse(part.func) in AT_IMPORT | own, ast.unparse(part)
            assert not (
                isinstance(part, ast.Attribute) and ast.unparse(part) in ("os.environ", "sys.argv")
            ) or _default(node)


def _default(node: ast.AST) -> bool:
    """`os.environ` as a default of a function is looked at when the function runs."""
    return isinstance(node, ast.FunctionDef)


def test_the_check_of_imports_finds_what_it_should(tmp_path: Path) -> None:
    file = tmp_path / "m.py"
    file.write_text(
        "import os\nfrom pathlib import Path\nX = os.getcwd()\ndef f(a=open('x')):\n    import socket\n    print(1)\n"
    )
    assert set(imports(file)) == {"os", "pathlib.Path", "socket"}
    called = [ast.unparse(part) for node in tree(file).body for part in at_import(node) if isinstance(part, ast.Call)]
    assert called == ["os.getcwd()", "open('x')"]
    assert calls(file) == {"os.getcwd", "open", "print"}
    assert "os" not in PURE
    assert sys.stdlib_module_names >= {name.partition(".")[0] for name in PURE} - {"pydantic"}
