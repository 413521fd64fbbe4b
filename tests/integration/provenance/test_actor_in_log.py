"""The person who acts stands in the log of actions and in notes."""

import pytest

from tests.support.workspace import Workspace, seeded_catalog


def test_the_log_and_notes_name_the_person_who_acts(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace.load(seeded_catalog(1))
    monkeypatch.setenv("PRODCLI_ACTOR", "Ada\nof the \x1b[1mshift")
    workspace.ok("mask", "add", "MVTX1", "--runs", 1, "--reason", "HV off")
    workspace.ok("mask", "add", "MVTX2", "--runs", 1, "--reason", "HV off", "--author", "Bob")
    assert [entry["who"] for entry in workspace.json("log")] == ["Ada of the ?[1mshift", "Bob"]
    assert [note["author"] for note in workspace.json("mask", "list")] == ["Ada of the ?[1mshift", "Bob"]
