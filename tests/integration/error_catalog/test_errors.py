"""prodcli errors: the catalog of a site, and unknown errors that get a name."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from prodcli.batch.local.batch import LocalBatch
from prodcli.error_catalog.cluster_key import error_key
from tests.integration.recovery.test_recovery import TAG, held, submitted
from tests.integration.recovery.test_rescue import NO_SERVER, fail, queue
from tests.support.workspace import ONE_DATABASE, Workspace

__all__ = ["queue"]  # the fixture
SHUT = "TpcDoor: door {0} of /lustre/prod/run_{0}.root is shut, giving up\n"
MASKED = "TpcDoor: door N of PATH is shut, giving up"
WORDS = ("--as", "a TPC door is shut", "--category", "experiment code", "--advice", "open the door")


@pytest.fixture
def failed(workspace: Workspace, queue: LocalBatch) -> list[int]:
    """Nine jobs: three with an error that nobody knows, three without a text, a database, a held one, and one in the queue."""
    dbids = submitted(workspace, queue, 9)
    for number, dbid in enumerate(dbids[:3]):
        fail(workspace, [dbid], 7, SHUT.format(number + 5))
    fail(workspace, dbids[3:6], 42, "")
    fail(workspace, dbids[6:7], 2, NO_SERVER)
    held(workspace, queue, dbids[7:8], 13, 2, "Transfer input files failure: (errno 2) No such file or directory")
    workspace.ok("harvest")
    return dbids


def called(workspace: Workspace) -> dict[str, tuple[Any, ...]]:
    """Entry, name and category of the signatures by code."""
    rows = workspace.sql("SELECT code, entry, name, category FROM production_signatures")
    return {code: tuple(rest) for code, *rest in rows}


def entries(workspace: Workspace, *words: object) -> list[str]:
    """The keys that a list shows."""
    return [row["key"] for row in workspace.json("errors", "list", *words)]


def test_the_catalog_is_listed_and_shown(workspace: Workspace) -> None:
    every = entries(workspace)
    assert len(every) >= 140
    assert every.index("held-by-user") < every.index("database-unreachable") < every.index("held-job-policy")
    assert entries(workspace, "database", "busy") == ["database-busy"]
    assert set(entries(workspace, "--category", "resource")) >= {"held-memory", "out-of-memory", "quota-exceeded"}
    assert entries(workspace, "--own") == []
    shown = {row["word"]: row["value"] for row in workspace.json("errors", "show", "held-input-missing")}
    assert shown["hold code"] == "13/2 TransferInputError ENOENT"
    assert (shown["category"], shown["action"]) == ("data", "retry")
    answer = workspace.run("errors", "show", "database-unreachabel")
    assert answer.code == 2
    assert "did you mean 'database-unreachable'" in answer.err


def test_an_unknown_error_gets_a_name(workspace: Workspace, failed: list[int]) -> None:
    assert called(workspace)["exit 7"] == ("", "", "unknown")
    assert called(workspace)["exit 2"][0] == "database-unreachable"
    key, file = error_key(MASKED), workspace.folder / "errors.yaml"
    before = workspace.json("errors", "name", key, *WORDS, "--dry-run")
    assert (called(workspace)["exit 7"], file.exists()) == (("", "", "unknown"), False)
    rows = workspace.json("errors", "name", key, *WORDS)
    assert rows == before
    assert [(row["called"], row["before"], row["failures"], row["text"]) for row in rows] == [
        ("a TPC door is shut", "unknown", 3, MASKED)
    ]
    assert called(workspace)["exit 7"] == ("a-tpc-door-is-shut", "a TPC door is shut", "experiment code")
    assert entries(workspace, "--own") == ["a-tpc-door-is-shut"]
    wrong = {line["code"]: line for line in workspace.json("rescue", "--tag", TAG, "--dry-run")["wrong"]}
    assert (wrong["exit 7"]["action"], wrong["exit 7"]["why"]) == ("ask", "a TPC door is shut: open the door")
    assert [(row["entry"], row["failures"]) for row in workspace.json("errors", "test", file)] == [
        ("a-tpc-door-is-shut", 3)
    ]
    assert workspace.json("errors", "lint") == []


def test_later_failures_are_known_by_the_new_entry(workspace: Workspace, failed: list[int]) -> None:
    workspace.json("errors", "name", error_key(MASKED), *WORDS)
    fail(workspace, failed[8:], 9, "opening\n" + SHUT.format(77) + "bye\n")
    workspace.ok("harvest")
    assert called(workspace)["exit 9"][0] == "a-tpc-door-is-shut"


def test_errors_without_a_text_are_named_by_their_code(workspace: Workspace, failed: list[int]) -> None:
    rows = workspace.json("errors", "name", "failed exit 42", *WORDS, "--key", "odd-end", "--action", "retry")
    assert [(row["state"], row["code"], row["failures"]) for row in rows] == [("failed", "exit 42", 3)]
    assert called(workspace)["exit 42"][0] == "odd-end"


def test_the_number_that_diagnose_shows_is_a_key(workspace: Workspace, failed: list[int]) -> None:
    ((number,),) = workspace.sql("SELECT id FROM production_signatures WHERE code = 'exit 7'")
    assert [row["text"] for row in workspace.json("errors", "name", number, *WORDS, "--dry-run")] == [MASKED]


def test_past_failures_follow_the_file(workspace: Workspace, failed: list[int]) -> None:
    workspace.json("errors", "name", error_key(MASKED), *WORDS)
    file = workspace.folder / "errors.yaml"
    file.write_text(file.read_text().replace("a TPC door is shut", "a door of the TPC is shut"))
    assert [row["called"] for row in workspace.json("errors", "name")] == ["a door of the TPC is shut"]
    file.unlink()
    assert [row["called"] for row in workspace.json("errors", "name")] == ["unknown"]
    assert called(workspace)["exit 7"] == ("", "", "unknown")
    assert called(workspace)["exit 2"][0] == "database-unreachable"


def test_a_key_that_no_failure_has_is_told(workspace: Workspace, failed: list[int]) -> None:
    answer = workspace.run("errors", "name", "fffff", *WORDS)
    assert (answer.code, "no failure has the key 'fffff'" in answer.err) == (2, True)
    assert not (workspace.folder / "errors.yaml").exists()


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("name", "fffff"), 2, "an entry needs --as, --category, --advice"),
        (("name", *WORDS), 2, "which errors have this name?"),
        (("name", "fffff", *WORDS[:1], "!", *WORDS[2:]), 2, "the name gives no key"),
        (("show", "x"), 2, "there is no entry 'x'"),
        (("test", "nobody.yaml"), 3, "nobody.yaml: the file does not exist"),
        (("lint", "nobody.yaml"), 3, "nobody.yaml: the file does not exist"),
    ],
)
def test_a_wrong_command_is_one_line(workspace: Workspace, words: tuple[str, ...], code: int, says: str) -> None:
    answer = workspace.run("errors", *words)
    assert answer.code == code
    assert says in answer.err
    assert len(answer.err.splitlines()) == 1


@ONE_DATABASE
def test_wrong_entries_are_found(workspace: Workspace) -> None:
    file = workspace.folder / "own.yaml"
    entry = "{0}:\n  name: x\n  category: data\n  action: ask\n  advice: y\n  text: '{1}'\n"
    file.write_text(entry.format("slow", "(?:a|aa)+b") + entry.format("wide", "x*"))
    answer = workspace.run("errors", "lint", file, "--format", "json")
    assert answer.code == 3
    assert "takes long" in answer.out
    assert "fits texts without an error" in answer.out
    answer = workspace.run("errors", "test", file)
    assert (answer.code, "takes long" in answer.err) == (3, True)
    file.write_text(entry.format("bad", "(door"))
    answer = workspace.run("errors", "lint", file)
    assert (answer.code, "no regular expression" in answer.err) == (3, True)


def test_a_malformed_file_of_the_site_stops_no_harvest(workspace: Workspace, failed: list[int]) -> None:
    (workspace.folder / "errors.yaml").write_text("x: [\n")
    fail(workspace, failed[8:], 9, NO_SERVER)
    assert workspace.run("harvest").code == 0
    assert called(workspace)["exit 9"][0] == "database-unreachable"
    assert workspace.json("rescue", "--tag", TAG, "--dry-run")["wrong"]
    assert workspace.run("errors", "list").code == 3


# ---- the profile, and plug-ins

PLUGIN = """
def entries():
    return {"tpc-door": {"name": "a door", "category": "service", "action": "retry", "advice": "wait", "text": "TpcDoor"}}

def broken():
    raise KeyError("no")
"""
ABOUT = "Metadata-Version: 2.1\nName: door-errors\nVersion: 1.0\n"


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package that adds entries; the file of its entry points."""
    folder = tmp_path / "site-packages"
    about = folder / "door_errors-1.0.dist-info"
    about.mkdir(parents=True)
    (folder / "door_errors.py").write_text(PLUGIN)
    (about / "METADATA").write_text(ABOUT)
    points = about / "entry_points.txt"
    points.write_text("[prodcli.errors]\ndoors = door_errors:entries\n")
    monkeypatch.syspath_prepend(folder)
    yield points
    sys.modules.pop("door_errors", None)


def test_a_plugin_adds_entries(workspace: Workspace, plugin: Path, failed: list[int]) -> None:
    assert called(workspace)["exit 7"] == ("tpc-door", "a door", "service")
    assert entries(workspace, "--own") == ["tpc-door"]
    plugin.write_text("[prodcli.errors]\ndoors = door_errors:broken\n")
    answer = workspace.run("errors", "list")
    assert answer.code == 1
    assert "the plugin failed: KeyError" in answer.err


def test_the_site_comes_before_plugins(workspace: Workspace, plugin: Path, failed: list[int]) -> None:
    own = {"name": "our door", "category": "data", "action": "ask", "advice": "see", "text": "giving up"}
    workspace.settings["site"] = {**workspace.settings.get("site", {}), "errors": {"our-door": own}}
    workspace.write()
    assert entries(workspace, "--own") == ["our-door", "tpc-door"]
    assert [row["called"] for row in workspace.json("errors", "name")] == ["our door"]
