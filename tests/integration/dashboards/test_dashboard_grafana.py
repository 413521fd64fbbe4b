"""`dashboard grafana`: the board on stdout or files in a folder, and what is said where neither can be."""

import importlib.util

import pytest

from prodcli.dashboards.board import board_json
from tests.support.workspace import ONE_DATABASE, Workspace


@ONE_DATABASE
def test_the_board_is_shown(workspace: Workspace) -> None:
    assert workspace.ok("dashboard", "grafana", "--datasource", "books").out == board_json("books")


@ONE_DATABASE
def test_the_files_are_named(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(workspace.folder)
    monkeypatch.setenv("PWD", str(workspace.folder))
    written = workspace.ok("dashboard", "grafana", "boards").out.splitlines()
    found = sorted(str(path) for path in (workspace.folder / "boards").rglob("*.*"))
    assert sorted(written) == found
    assert len(found) == 4


@ONE_DATABASE
def test_a_missing_library_is_named(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    answer = workspace.run("dashboard", "grafana")
    assert answer.code == 3
    assert answer.err == (
        "prodcli: dashboard grafana: grafana-foundation-sdk is not installed (pip install 'prodcli[pages]')\n"
    )
