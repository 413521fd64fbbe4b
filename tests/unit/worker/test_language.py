"""The kit runs where nothing is installed: Python 3.6 and its standard library, and bash."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.payload_job import KIT

MODULES = sorted(KIT.glob("*.py"))
SCRIPTS = sorted(KIT.glob("*.sh"))
EXECUTED = {"stageout.sh", "cups.py", "jobwrapper.sh", "sphenixdbutils.py", "prodcli_job.py"}


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_modules_are_in_python_3_6_and_import_the_standard_library_alone(module: Path) -> None:
    tree = ast.parse(module.read_text(), feature_version=(3, 6))
    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""])
    }
    ours = {path.stem for path in MODULES}
    assert imported - ours - sys.stdlib_module_names <= ({"pyodbc"} if module.stem == "prodcli_direct" else set())
    newer = {"dataclasses", "zoneinfo", "tomllib", "graphlib", "importlib", "contextvars", "secrets"}
    assert not imported & newer
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.BinOp | ast.Subscript) and _is_new_type(node)]


def _is_new_type(node: ast.AST) -> bool:
    """`X | Y`, `list[int]`: types of Python 3.9 and 3.10."""
    if isinstance(node, ast.Subscript):
        return isinstance(node.value, ast.Name) and node.value.id in {"list", "dict", "tuple", "set", "type"}
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr) and ast.unparse(node.right) == "None"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_bash(script: Path) -> None:
    assert script.read_text().startswith("#!/usr/bin/env bash\n")
    subprocess.run(["bash", "-n", script], check=True)


@pytest.mark.parametrize("file", [*MODULES, *SCRIPTS], ids=lambda path: path.name)
def test_what_is_executed_is_executable_and_nothing_is_long(file: Path) -> None:
    called = file.name in EXECUTED or file.name.startswith("create_") or file.suffix == ".sh"
    assert os.access(file, os.X_OK) == called
    assert len(file.read_text().splitlines()) <= 400


def test_the_kit_knows_nothing_of_the_package() -> None:
    assert not [file.name for file in KIT.iterdir() if file.is_file() and "import prodcli\n" in file.read_text()]
    assert not (KIT / "__init__.py").exists()
