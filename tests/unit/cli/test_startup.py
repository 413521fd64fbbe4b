"""What prodcli loads before it does anything: help and completion are typed all day."""

import json
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from prodcli.cli.command_groups import ENTRIES

HEAVY = {
    *("rich", "jinja2", "pyodbc", "htcondor2", "htcondor", "classad2", "pydantic", "yaml", "sqlite3", "numpy"),
    *(
        "prodcli.db",
        "prodcli.batch",
        "prodcli.config.settings",
        "prodcli.rules.model",
        "prodcli.submission.submitter",
        "prodcli.harvest.harvest",
    ),
    *("asyncio", "http", "email", "ssl", "socket", "multiprocessing", "csv"),
}
VERBS = {f"prodcli.cli.{entry.room}.{verb.replace('-', '_')}" for verb, entry in ENTRIES.items()}
LOADED = "import runpy, sys, json\ntry: runpy.run_module('prodcli', run_name='__main__', alter_sys=True)\n"
LOADED += "finally: sys.stderr.write('LOADED ' + json.dumps([m for m, loaded in sys.modules.items() if loaded]))"


def loaded(*words: str, **environment: str) -> set[str]:
    """The modules that a command line loads, in a process of its own."""
    command = [sys.executable, "-c", LOADED, *words]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | environment, check=False)
    assert "Traceback" not in done.stderr
    return set(json.loads(done.stderr.rpartition("LOADED ")[2]))


@pytest.mark.parametrize("words", [("--help",), ("submit", "--help"), ("query", "--help"), ("rules", "list", "--help")])
def test_help_loads_nothing_heavy(words: tuple[str, ...]) -> None:
    modules = loaded(*words)
    assert "typer" in modules
    assert modules & HEAVY == set()
    assert len(modules & VERBS) <= 1


def test_version_answers_before_typer_is_loaded() -> None:
    modules = loaded("--version")
    assert "prodcli" in modules
    assert modules & (HEAVY | {"typer", "prodcli.cli"}) == set()


@pytest.mark.parametrize("line", ["prodcli sub", "prodcli submit -c rules.yaml --runs 1 2 -r "])
def test_completion_loads_nothing_heavy(tmp_path: Path, line: str) -> None:
    (tmp_path / "rules.yaml").write_text("One: {}\n")
    modules = loaded(_PRODCLI_COMPLETE="complete_zsh", _TYPER_COMPLETE_ARGS=line)
    assert "typer._completion_classes" in modules
    assert modules & HEAVY == set()


def test_query_loads_neither_templates_nor_rules_nor_a_batch_system(tmp_path: Path) -> None:
    databases = {"production": f"sqlite:///{tmp_path}/nobody.db"}
    (tmp_path / "prodcli.yaml").write_text(yaml.safe_dump({"databases": databases}))
    modules = loaded("--site", str(tmp_path), "query")
    assert "sqlite3" in modules
    assert (
        modules
        & {
            "rich",
            "jinja2",
            "pyodbc",
            "htcondor2",
            "pydantic",
            "numpy",
            "prodcli.rules.model",
            "prodcli.runs.selection",
            "prodcli.batch",
        }
        == set()
    )
    assert {module for module in modules if module.startswith("prodcli.cli.")} & VERBS == {"prodcli.cli.reports.query"}


def test_harvest_loads_no_rules(tmp_path: Path) -> None:
    """Cron and `--follow` run it all the time."""
    databases = {"production": f"sqlite:///{tmp_path}/books.db"}
    (tmp_path / "prodcli.yaml").write_text(yaml.safe_dump({"databases": databases}))
    loaded("--site", str(tmp_path), "db", "init")
    modules = loaded("--site", str(tmp_path), "harvest")
    assert "prodcli.harvest.harvest_pass" in modules
    assert (
        modules & {"rich", "jinja2", "pyodbc", "htcondor2", "pydantic", "prodcli.rules.model", "prodcli.planning.plan"}
        == set()
    )


def test_the_names_that_must_not_be_loaded_are_names() -> None:
    text = Path(__file__).read_text()
    ours = {name for name in re.findall(r'"(prodcli\.[a-z_.]+[a-z])"', text)} | VERBS
    assert len(ours) > len(VERBS) + 5
    assert [name for name in sorted(ours) if name != "prodcli.yaml" and find_spec(name) is None] == []
