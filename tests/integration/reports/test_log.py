"""The log of what people did, on every database: every verb that changes something, by verb and by tag."""

from pathlib import Path
from typing import Any

import pytest

from tests.integration.exclusions.test_masks import CATALOG, RUNS
from tests.support.rule_files import RULES, write_rules
from tests.support.workspace import Workspace

TAG = "ana537_2025p010_v001"


@pytest.fixture
def rules(workspace: Workspace) -> Path:
    """The rule file of a workspace with three runs."""
    workspace.load(CATALOG)
    return write_rules(workspace.folder / "rules", RULES)


def logged(workspace: Workspace, *words: object) -> list[dict[str, Any]]:
    """The log."""
    return workspace.json("log", *words)  # type: ignore[no-any-return]


def done(workspace: Workspace, rules: Path) -> None:
    """Mask, unmask, mark a run as invalid, exclude a node, and submit."""
    workspace.ok("mask", "add", "TPC17", "--runs", RUNS[1], "--reason", "HV trip", "--author", "anna")
    workspace.ok("mask", "remove", 1, "--yes")
    workspace.ok("runs", "invalid", "add", "--runs", RUNS[2], "--segments", 3, "--reason", "beam lost")
    workspace.ok("nodes", "exclude", "add", "spool1", "--reason", "no CVMFS", "--yes")
    workspace.ok("submit", "-c", rules, "-r", "cluster", "--runs", RUNS[0], RUNS[-1], "--reason", "first pass")


def test_every_verb_that_changes_something_is_logged(workspace: Workspace, rules: Path) -> None:
    done(workspace, rules)
    lines = logged(workspace)
    assert [line["verb"] for line in lines] == [
        *("mask add", "mask remove", "runs invalid add", "nodes exclude add", "submit"),
    ]
    assert {line["state"] for line in lines} == {"done"}
    assert (lines[0]["who"], lines[0]["reason"]) == ("anna", "HV trip")
    assert lines[0]["parameters"] == {"notes": [f"mask 1 (TPC17, run {RUNS[1]})"]}
    assert lines[2]["parameters"] == {"notes": [f"invalid 1 (run {RUNS[2]}, segments 3)"]}
    submit = lines[4]
    jobs = len(workspace.sql("SELECT id FROM production_jobs"))
    assert (submit["jobs"], submit["result"], submit["reason"]) == (jobs, f"{jobs} jobs submitted", "first pass")
    assert (submit["parameters"]["tag"], submit["parameters"]["rule"]) == (TAG, "cluster")


def test_what_changes_nothing_is_not_logged(workspace: Workspace, rules: Path) -> None:
    done(workspace, rules)
    before = logged(workspace)
    workspace.ok("submit", "-c", rules, "-r", "cluster", "--runs", RUNS[0], RUNS[-1])  # all is submitted
    workspace.ok("submit", "-c", rules, "-r", "cluster", "--runs", RUNS[0], RUNS[-1], "-n")
    workspace.ok("harvest")  # by cron: stdout is no terminal
    workspace.ok("mask", "list", "--all")
    assert logged(workspace) == before


def test_the_log_is_filtered_by_verb_and_tag(workspace: Workspace, rules: Path) -> None:
    done(workspace, rules)
    dbid = workspace.sql("SELECT MIN(id) FROM production_jobs")[0][0]
    workspace.ok("kill", "--dbid", dbid, "--yes")
    assert [line["verb"] for line in logged(workspace, "--tag", TAG)] == ["submit", "kill"]
    assert [line["verb"] for line in logged(workspace, "--tag", TAG, "--verb", "kill")] == ["kill"]
    assert logged(workspace, "--tag", TAG.replace("_", "x")) == []  # `_` is no wildcard
    assert [(line["tags"], line["dsttypes"]) for line in logged(workspace, "--verb", "kill")] == [
        ([TAG], ["DST_TRKR_CLUSTER"])
    ]


def test_a_verb_that_did_nothing_gets_a_hint(workspace: Workspace, rules: Path) -> None:
    done(workspace, rules)
    for verb, says in (
        ("submti", "no action of the verb 'submti' is in the log; did you mean 'submit'?"),
        ("mask ad", "no action of the verb 'mask ad' is in the log; did you mean 'mask add'?"),
    ):
        assert says in workspace.run("log", "--verb", verb, quiet=False).err
    assert "no action of" not in workspace.run("log", "--verb", "submit", "--tag", "x", quiet=False).err


def test_people_see_no_ids_and_no_json(workspace: Workspace, rules: Path) -> None:
    done(workspace, rules)
    dbid = workspace.sql("SELECT MIN(id) FROM production_jobs")[0][0]
    workspace.ok("kill", "--dbid", dbid, "--yes")
    heading, mask, *_, submit, kill = workspace.ok("log").out.splitlines()
    assert heading.split() == ["when", "who", "verb", "result", "about", "reason"]
    assert "mask add" in mask
    assert f"mask 1 (TPC17, run {RUNS[1]})" in mask
    assert mask.endswith('"HV trip"')
    assert f"cluster, {TAG}, 1@local" in submit
    assert f"kill 1 of 1 jobs {TAG}, DST_TRKR_CLUSTER" in " ".join(kill.split())
    assert not any(letter in "".join([mask, submit, kill]) for letter in "{}[]")


def test_people_see_the_newest_actions(workspace: Workspace, rules: Path) -> None:
    for number in range(23):
        workspace.ok("mask", "add", "TPC17", "--runs", 80000 + number, "--reason", f"x{number}")
    shown = workspace.ok("log").out.splitlines()
    assert (len(shown), '"x3"' in shown[1], '"x22"' in shown[20]) == (22, True, True)
    assert shown[-1] == "3 earlier actions not shown (--all)"
    assert len(workspace.ok("log", "--all").out.splitlines()) == 24
    assert len(workspace.ok("log", "--format", "csv").out.splitlines()) == 24
