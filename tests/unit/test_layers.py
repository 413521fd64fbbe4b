"""The house keeps its rooms: imports go down, pure modules do no I/O, only `cli` prints and exits, nothing happens at import.

A new module needs no line here: its room has a rank.
"""

import ast
import sys
from collections import Counter
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.support.package_graph import FILES, calls, imports, of_ours, room, tree

MOST_MODULES = 15  # in a room, that a newcomer can look over
# Each room may import what stands above its line, and itself; names on one line may not import one another.
ROOMS = """
errors names states reasons sizes time_text progress fault_points resources secrets plain_values text_files driver_waits verbs
db tables
runs
config
batch rules
catalogs books error_catalog steering
services
health
data_states evidence exclusions job_reports memory nodes reconcile registration reports running_jobs
chains estimates quality
diagnosis planning demo provenance
harvest causes
productions bisection
cursors submission
recovery why jobs scouts
outputs completeness automation reruns
campaigns
loops abort live
shifts
hierarchy
level_actions
plots dashboards
space setup legacy
pages
cli
__main__
"""
RANK = {name: rank for rank, line in enumerate(ROOMS.split("\n")) for name in line.split()}
LOOSE = set(ROOMS.split("\n")[1].split())
TOP = {"cli", "__main__"}
PURE_WORD = "Pure: data in, data out."  # in the docstring of a module that is held to the word
# What pure modules may import from outside; nothing of it reaches the world.
PURE = {
    *(
        "__future__",
        "bisect",
        "collections",
        "collections.abc",
        "dataclasses",
        "difflib",
        "enum",
        "errno.errorcode",
        "functools",
        "graphlib",
        "itertools",
        "operator",
        "math",
    ),
    *("pydantic", "re", "shlex", "string", "zlib.crc32", "types", "typing", "pathlib.PurePath", "posixpath.normpath"),
    *("urllib.parse.quote", "urllib.parse.urlencode"),
    *("datetime.datetime", "datetime.UTC", "datetime.tzinfo", "textwrap"),
    *("contextlib.nullcontext", "contextlib.AbstractContextManager"),
}
WORLD = {
    *("open", "print", "input", "exec", "eval", "compile", "__import__", "breakpoint", "exit", "quit"),
    *("datetime.now", "datetime.today", "datetime.utcnow"),
}
# What may be called while a module is imported: it makes a value, or tells Typer about a command.
AT_IMPORT = {
    *(
        "Column",
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
        "Binding",
        "ConfigDict",
        "Field",
        "WithJsonSchema",
        "typer.Option",
        "typer.Argument",
        "typer.Typer",
        "Flag",
        "Command",
        "without",
        "one_line",
    ),
    *("app.command", "app.callback", "app.add_typer", "takes", "Column"),
}


def rank(name: str) -> int:
    """The rank of a module's room; the package itself is the lowest."""
    return RANK[room(name)] if name else 0


def test_every_room_has_a_rank() -> None:
    rooms = {room(name) for name in FILES if name}
    assert rooms == set(RANK), "give a new room its line in ROOMS; a module goes into a room"
    loose = {name for name in FILES if name and "." not in name and FILES[name].name != "__init__.py"}
    assert loose == LOOSE | {"__main__"}


def test_imports_go_down() -> None:
    def allowed(name: str, other: str) -> bool:
        lower = rank(other) < rank(name)
        return lower or room(name) == room(other) or {room(name), room(other)} <= LOOSE

    upward = [
        f"{name} -> {other}"
        for name, file in FILES.items()
        if name
        for other in of_ours(file)
        if not allowed(name, other)
    ]
    assert upward == []


def test_imports_never_go_round_in_a_circle() -> None:
    """Between modules; an import for typing only counts, too."""
    graph = {name: of_ours(file) - {""} for name, file in FILES.items()}
    TopologicalSorter(graph).prepare()


def test_rooms_can_be_looked_over() -> None:
    sizes = Counter(name.rpartition(".")[0] for name in FILES if FILES[name].name != "__init__.py")
    assert {room: count for room, count in sizes.items() if count > MOST_MODULES} == {}


def test_packages_hold_nothing_of_their_own() -> None:
    """But the port of batch systems and the database sessions, which are what others mean by the names of these rooms."""
    full = {name for name, file in FILES.items() if name and file.name == "__init__.py" and len(tree(file).body) > 1}
    assert full <= {"batch", "db"}


def is_pure(file: Path) -> bool:
    """True if a module's docstring has the word; a file without the word is not parsed."""
    return PURE_WORD in file.read_text() and PURE_WORD in (ast.get_docstring(tree(file)) or "")


PURE_MODULES = sorted(name for name, file in FILES.items() if is_pure(file))


def test_the_heart_is_pure() -> None:
    """What decides over jobs can be tried without a world."""
    assert len(PURE_MODULES) >= 30
    assert {"planning.match", "states", "names", "rules.model", "batch.description", "memory.advice"} <= set(
        PURE_MODULES
    )


@pytest.mark.parametrize("name", PURE_MODULES)
def test_pure_modules_do_no_input_or_output(name: str) -> None:
    foreign = {one for one in imports(FILES[name]) if not one.startswith("prodcli.")}
    assert {one for one in foreign if one not in PURE and one.rpartition(".")[0] not in PURE} == set()
    assert not any(one.startswith("prodcli.resources") for one in imports(FILES[name]))
    assert calls(FILES[name]) & WORLD == set()


def test_only_the_command_line_prints_and_exits() -> None:
    for name, file in FILES.items():
        if room(name) in TOP:
            continue
        assert not {one.partition(".")[0] for one in imports(file)} & {"typer", "rich", "click"}, name
        assert not calls(file) & {"print", "input", "exit", "quit", "sys.exit", "os._exit", "os.abort"}, name
        words = {ast.unparse(node) for node in ast.walk(tree(file)) if isinstance(node, ast.Attribute | ast.Name)}
        assert not words & {"SystemExit", "sys.stdout", "sys.stderr"}, name


def test_only_what_draws_on_a_terminal_knows_rich() -> None:
    assert {name for name, file in FILES.items() if any(one.startswith("rich") for one in imports(file))} == {
        "cli.tables.progress_bar",
        *(f"cli.live.{name}" for name in ("top_app", "rows_view", "lines_view", "action_screen", "rescue_screen")),
        "cli.loops.loop_terminal",
        "cli.tables.terminal",
    }


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


def test_modules_and_functions_are_short() -> None:
    """The options of a command do not count, as each is a parameter."""
    assert {name: lines for name, file in FILES.items() if (lines := len(file.read_text().splitlines())) > 400} == {}
    functions = [
        (name, node)
        for name, file in FILES.items()
        for node in ast.walk(tree(file))
        if isinstance(node, ast.FunctionDef)
    ]
    long = {f"{name}.{node.name}" for name, node in functions if (node.end_lineno or 0) - node.body[0].lineno >= 50}
    assert long == set()
