"""Quarantine on both databases: odd files are kept away from later steps, until a person decides."""

import os
from pathlib import Path

import pytest

from tests.support.catalog import Catalog, File
from tests.support.rule_files import write_rules
from tests.support.staged_files import DATASET, TAG, WHEN, base, folder_of, stage
from tests.support.workspace import ONE_DATABASE, Workspace

CLUSTER = "DST_TRKR_CLUSTER"
ODD, FINE, EMPTY = base(69650, 1), base(69650, 2), base(69700, 3)


@pytest.fixture
def rules(workspace: Workspace) -> Path:
    """The rule file of a workspace whose catalog knows what is usual: a hundred bytes, ten events."""
    files = [File(base(68000, n), 68000, n, 100, DATASET, CLUSTER, 10, 1, TAG) for n in range(60)]
    workspace.load(Catalog(files=files))
    workspace.settings["site"] = {"quarantine": {"minimum": 50, "deviations": 20, "least": 0.05}}
    workspace.write()
    folder = folder_of(workspace)
    stage(folder, ODD, b"x" * 1000, nevents=10)
    stage(folder, FINE, b"x" * 100, nevents=10)
    stage(folder, EMPTY, b"x" * 100, nevents=0)
    return write_rules(workspace.folder / "rules")


def spider(workspace: Workspace, rules: Path, *words: object) -> tuple[int, int]:
    """Run a spider; returns the numbers of new or refreshed files, and of those in quarantine."""
    said = ("spider", "dst", "-c", rules, "-r", "cluster", "--runs", "69600-69800", *words)
    (line,) = workspace.json(*said)
    return line["new"] + line["refreshed"], line["quarantined"]


def statuses(workspace: Workspace) -> dict[str, int]:
    """The status of each new file."""
    query = "SELECT filename, status FROM datasets WHERE runnumber > 69000 ORDER BY filename"
    return dict(workspace.sql(query, role="filecatalog"))


def waiting(workspace: Workspace, *words: object) -> dict[str, str]:
    """The files in quarantine with the reasons."""
    return {line["filename"]: line["reason"] for line in workspace.json("quarantine", "list", *words)}


def test_odd_files_wait_for_a_decision(workspace: Workspace, rules: Path) -> None:
    assert spider(workspace, rules, "-n") == (3, 2)
    assert waiting(workspace) == {}
    assert spider(workspace, rules) == (3, 2)
    assert statuses(workspace) == {ODD: -1, FINE: 1, EMPTY: -1}
    assert waiting(workspace) == {
        ODD: "1000 bytes, usually 100 within a factor of 2.7",
        EMPTY: "0 events, usually 10 within a factor of 2.7",
    }
    assert list(waiting(workspace, "--runs", 69700)) == [EMPTY]
    assert waiting(workspace, "--tag", "other") == waiting(workspace, "--dsttype", "DST_X") == {}
    workspace.ok("quarantine", "release", ODD, "--reason", "looked at", "--author", "me", "--yes")
    workspace.ok("quarantine", "reject", "--runs", 69700, "--reason", "bad", "--yes")
    assert statuses(workspace) == {ODD: 1, FINE: 1, EMPTY: -1}
    assert waiting(workspace) == {}
    lines = {line["filename"]: line for line in workspace.json("quarantine", "list", "--all")}
    assert [(lines[name]["state"], lines[name]["remark"]) for name in (ODD, EMPTY)] == [
        ("released", "looked at"),
        ("rejected", "bad"),
    ]
    assert lines[ODD]["author"] == "me"


def test_a_decision_is_about_one_content(workspace: Workspace, rules: Path) -> None:
    spider(workspace, rules)
    workspace.ok("quarantine", "release", ODD, "--reason", "looked at", "--yes")
    stage(folder_of(workspace), ODD, b"x" * 1000, nevents=10, ctime=WHEN + 1)  # the same content, made again
    assert spider(workspace, rules) == (1, 0)
    assert statuses(workspace)[ODD] == 1
    stage(folder_of(workspace), ODD, b"y" * 1000, nevents=10, ctime=WHEN + 2)
    assert spider(workspace, rules) == (1, 1)
    assert statuses(workspace)[ODD] == -1
    assert list(waiting(workspace)) == [EMPTY, ODD]


def test_what_was_decided_of_an_older_content_leaves_the_newer_one_alone(workspace: Workspace, rules: Path) -> None:
    spider(workspace, rules)
    stage(folder_of(workspace), ODD, b"y" * 2000, nevents=10, ctime=WHEN + 1)
    spider(workspace, rules)
    sizes = [line["size"] for line in workspace.json("quarantine", "list") if line["filename"] == ODD]
    assert sizes == [1000, 2000]
    workspace.sql("UPDATE production_quarantine SET state = 'rejected' WHERE size = 2000")
    workspace.ok("quarantine", "release", ODD, "--reason", "the older one", "--yes")
    assert statuses(workspace)[ODD] == -1


def test_a_killed_spider_that_is_repeated_keeps_the_status(workspace: Workspace, rules: Path) -> None:
    """The books have the reason before the catalog has the row."""
    spider(workspace, rules)
    path = folder_of(workspace) / ODD
    workspace.sql("DELETE FROM datasets WHERE filename = ?", ODD, role="filecatalog")
    workspace.sql("DELETE FROM files WHERE lfn = ?", ODD, role="filecatalog")
    content = path.read_bytes()
    path.unlink()
    stage(folder_of(workspace), ODD, content, nevents=10)
    assert spider(workspace, rules) == (1, 1)
    assert len(waiting(workspace)) == 2


def plain(workspace: Workspace, name: str, content: bytes) -> Path:
    """Write an output under its final name."""
    path = folder_of(workspace) / name
    path.write_bytes(content)
    return path


def register(workspace: Workspace, rules: Path, *words: object) -> tuple[int, int]:
    """Register plain files; returns the numbers of new or refreshed files, and of those in quarantine."""
    (line,) = workspace.json("register", "-c", rules, "-r", "cluster", "--runs", 69650, *words)
    return line["new"] + line["refreshed"], line["quarantined"]


@pytest.fixture
def plain_rules(workspace: Workspace, rules: Path) -> Path:
    """Nothing staged, and two plain files: one of them far too large, the other with unusual events that nobody counted."""
    for path in folder_of(workspace).iterdir():
        path.unlink()
    plain(workspace, ODD, b"x" * 1000)
    plain(workspace, FINE, b"x" * 100)
    return rules


@pytest.mark.parametrize("words", [(), ("--no-md5",)])
def test_plain_files_are_judged_as_staged_ones(workspace: Workspace, plain_rules: Path, words: tuple[str, ...]) -> None:
    assert register(workspace, plain_rules, "-n", *words) == (2, 1)
    assert (statuses(workspace), waiting(workspace)) == ({}, {})
    assert register(workspace, plain_rules, *words) == (2, 1)
    assert statuses(workspace) == {ODD: -1, FINE: 1}
    assert waiting(workspace) == {ODD: "1000 bytes, usually 100 within a factor of 2.7"}
    assert register(workspace, plain_rules, *words) == (0, 0)
    workspace.ok("quarantine", "release", ODD, "--reason", "looked at", "--yes")
    assert statuses(workspace) == {ODD: 1, FINE: 1}
    answer = workspace.run("register", "-c", plain_rules, "-r", "cluster", "--runs", 69650)
    assert (answer.code, answer.err) == (0, "")


def test_plain_files_that_are_made_again_are_judged_anew(workspace: Workspace, plain_rules: Path) -> None:
    register(workspace, plain_rules)
    workspace.ok("quarantine", "release", ODD, "--reason", "looked at", "--yes")
    os.utime(plain(workspace, ODD, b"x" * 1000), (WHEN, WHEN))  # the same content
    assert (register(workspace, plain_rules), statuses(workspace)[ODD]) == ((1, 0), 1)
    plain(workspace, ODD, b"y" * 2000)
    plain(workspace, FINE, b"y" * 1)
    assert (register(workspace, plain_rules), statuses(workspace)) == ((2, 2), {ODD: -1, FINE: -1})
    plain(workspace, ODD, b"z" * 110)
    assert (register(workspace, plain_rules), statuses(workspace)) == ((1, 0), {ODD: 1, FINE: -1})
    os.utime(folder_of(workspace) / FINE, (WHEN, WHEN))  # the same odd content
    assert (register(workspace, plain_rules), statuses(workspace)) == ((1, 0), {ODD: 1, FINE: -1})


@ONE_DATABASE
def test_books_are_needed_for_odd_files_only(workspace: Workspace, plain_rules: Path) -> None:
    (folder_of(workspace) / ODD).unlink()
    del workspace.settings["databases"]["production"]
    workspace.write()
    assert register(workspace, plain_rules) == (1, 0)
    plain(workspace, ODD, b"x" * 1000)
    done = workspace.run("register", "-c", plain_rules, "-r", "cluster", "--runs", 69650)
    assert (done.code, done.err.count("\n")) == (3, 1)


def test_a_dry_run_and_a_question_without_a_terminal_change_nothing(workspace: Workspace, rules: Path) -> None:
    spider(workspace, rules)
    assert len(workspace.json("quarantine", "release", "--tag", TAG, "--reason", "x", "-n")) == 2
    done = workspace.run("quarantine", "reject", "--tag", TAG, "--reason", "x")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert statuses(workspace) == {ODD: -1, FINE: 1, EMPTY: -1}
    assert len(waiting(workspace)) == 2


@ONE_DATABASE
@pytest.mark.parametrize(
    "words",
    [("release", "--reason", "x"), ("reject", "nothing.root", "--reason", "x"), ("release", ODD, "--reason", "")],
)
def test_what_names_nothing_is_one_line(workspace: Workspace, rules: Path, words: tuple[str, ...]) -> None:
    spider(workspace, rules)
    done = workspace.run("quarantine", *words, "--yes")
    assert (done.code, done.err.count("\n")) == (2, 1)
