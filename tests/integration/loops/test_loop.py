"""A loop as people run it: passes, pauses, ends by order and by signal, other loops, and edits while it runs."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.rule_files import RULES, write_rules
from tests.support.workspace import ONE_DATABASE, Workspace, seeded_catalog

SAID = re.compile(r"(?m)^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ  (.*)$")
ID = re.compile(r"[0-9a-f]{6}")


@pytest.fixture
def rules(workspace: Workspace) -> Path:
    """A file with one rule beside a catalog."""
    workspace.load(seeded_catalog(1))
    return write_rules(workspace.folder / "rules", {"mvtxme": RULES["mvtxme"]})


class Looping:
    """A `prodcli loop` that runs beside the test, with its output in a file."""

    def __init__(self, workspace: Workspace, *words: object) -> None:
        self.workspace, self.out = workspace, workspace.folder / f"out{time.monotonic_ns()}"
        command = [sys.executable, "-m", "prodcli", "-q", "--site", str(workspace.file), "loop", *map(str, words)]
        with self.out.open("w") as out:
            self.process = subprocess.Popen(
                command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, cwd=workspace.folder
            )

    @property
    def said(self) -> list[str]:
        """The lines without their times."""
        return SAID.findall(self.out.read_text())

    def row(self, **wanted: Any) -> dict[str, Any]:
        """Wait for a row of `loop status` with these values."""
        return until(lambda: next((one for one in self.rows() if wanted.items() <= one.items()), None), self)

    def rows(self) -> list[dict[str, Any]]:
        return list(self.workspace.json("loop", "status"))

    def passes(self) -> int:
        return int(self.workspace.sql("SELECT COUNT(*) FROM production_passes")[0][0])

    def end(self, sign: signal.Signals) -> int:
        self.process.send_signal(sign)
        return self.process.wait(60)

    def __enter__(self) -> "Looping":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()


def until(look: Callable[[], Any], looping: Looping) -> Any:
    """Wait for anything true."""
    end = time.monotonic() + 60
    while not (found := look()):
        assert time.monotonic() < end, looping.out.read_text()
        time.sleep(0.1)
    return found


def children(process: subprocess.Popen[bytes]) -> Iterator[int]:
    """The pids of the children of a process."""
    for task in Path(f"/proc/{process.pid}/task").iterdir():
        yield from map(int, (task / "children").read_text().split())


def test_passes_until_somebody_stops_the_loop(workspace: Workspace, rules: Path) -> None:
    with Looping(workspace, rules, "--delay", 0) as loop:
        until(lambda: loop.passes() >= 3, loop)
        row = loop.row()
        assert ID.fullmatch(row["id"])
        assert row["file"] == str(rules)
        assert workspace.ok("loop", "stop", "rules.yaml").out == ""
        assert loop.process.wait(60) == 0
    assert re.fullmatch(r"mvtxme: 8 submitted \([0-9]+s\)", loop.said[0])
    assert [line for line in loop.said[1:] if "submitted" in line] == []
    assert re.fullmatch(r"ended \(stopped by \w+@\S+\)", loop.said[-1])
    assert loop.rows() == []
    assert workspace.sql("SELECT COUNT(*) FROM production_jobs WHERE claim_id IS NOT NULL") == [(8,)]
    state = workspace.sql("SELECT rulename, submitted, error FROM production_passes ORDER BY started, submitted DESC")
    assert [tuple(row) for row in state][:2] == [("mvtxme", 8, ""), ("mvtxme", 0, "")]


def test_pause_from_another_session_extend_and_resume(workspace: Workspace, rules: Path) -> None:
    with Looping(workspace, rules, "--delay", 0) as loop:
        until(lambda: loop.passes() >= 1, loop)
        workspace.ok("loop", "pause")
        first = loop.row(state="paused")["until"]
        workspace.ok("loop", "pause", "--for", "2h")
        until(lambda: loop.rows()[0]["until"] > first, loop)
        known = loop.passes()
        time.sleep(1)
        assert loop.passes() == known
        workspace.ok("loop", "resume", loop.rows()[0]["id"])
        until(lambda: loop.passes() > known, loop)
        assert any(line.startswith("PAUSED until ") and "@" in line for line in loop.said), loop.said
        assert "resumed" in loop.said


def test_ctrl_c_pauses_then_stops(workspace: Workspace, rules: Path) -> None:
    with Looping(workspace, rules, "--delay", 1) as loop:
        until(lambda: loop.passes() >= 1, loop)
        loop.process.send_signal(signal.SIGINT)
        loop.row(state="paused")
        assert loop.end(signal.SIGINT) == 130
    assert [line.partition(",")[0].split(" until ")[0] for line in loop.said[-2:]] == ["PAUSED", "ended (Ctrl-C)"]
    assert loop.rows() == []


def test_sigterm_ends_the_pass_and_the_loop(workspace: Workspace, rules: Path) -> None:
    with Looping(workspace, rules, "--delay", 0) as loop:
        until(lambda: loop.passes() >= 1, loop)
        below = list(children(loop.process))
        assert loop.end(signal.SIGTERM) == 143
    assert loop.said[-1] == "ended (SIGTERM)"
    assert loop.rows() == []
    assert not [pid for pid in below if Path(f"/proc/{pid}").exists()]


def test_a_loop_that_is_killed_is_silent_and_its_pass_ends(workspace: Workspace, rules: Path) -> None:
    with Looping(workspace, rules, "--delay", 0) as killed:
        until(lambda: killed.passes() >= 1, killed)
        name = killed.row()["id"]
        below = list(children(killed.process))
        killed.process.kill()
        killed.process.wait()
        until(lambda: not [pid for pid in below if Path(f"/proc/{pid}").exists()], killed)
        assert killed.row()["state"] == "SILENT"
        shown = workspace.ok("loop", "status").out
        assert f"loop {name} of {rules}" in shown.replace("\n", " ") or name in shown
    other = write_rules(workspace.folder / "other", {"jets": RULES["jets"]})
    with Looping(workspace, other, "--delay", 0) as loop:
        until(lambda: any(f"loop {name} of " in line and "is silent" in line for line in loop.said), loop)
        assert workspace.run("loop", "stop", name).code == 0
        until(lambda: [one["id"] for one in loop.rows()] != [name] and len(loop.rows()) == 1, loop)
    with Looping(workspace, other, "--delay", 0) as again:  # takes the place of the one that was killed just now
        until(lambda: [one["state"] for one in again.rows()] not in ([], ["SILENT"]) and len(again.rows()) == 1, again)


def test_a_pass_that_is_killed_takes_no_loop_along(workspace: Workspace, rules: Path) -> None:
    with Looping(workspace, rules, "--delay", 0) as loop:
        until(lambda: loop.passes() >= 1, loop)
        for _ in range(100):
            for pid in children(loop.process):
                os.kill(pid, signal.SIGKILL)
            if any("killed by signal 9" in line for line in loop.said):
                break
            time.sleep(0.05)
        known = loop.passes()
        until(lambda: loop.passes() > known, loop)
        until(lambda: any(line.startswith("mended: the pass failed") for line in loop.said), loop)
    assert loop.said.count("the pass failed (killed by signal 9)") >= 1


def test_an_invalid_edit_keeps_the_last_good_version(workspace: Workspace, rules: Path) -> None:
    good = rules.read_text()
    with Looping(workspace, rules, "--delay", 0) as loop:
        until(lambda: loop.passes() >= 1, loop)
        rules.write_text(good + "\njets: [\n")
        fault = until(lambda: next((one for one in loop.said if "not valid YAML" in one), None), loop)
        assert fault.startswith(f"the last good version is in use: {rules}, line ")
        known = loop.passes()
        until(lambda: loop.passes() > known + 2, loop)
        until(lambda: loop.row()["trouble"].count("not valid YAML") == 1, loop)
        edited = yaml.safe_load(good)
        edited["jets"] = RULES["jets"]
        edited["mvtxme"]["job"]["script"] = 7 * [1]
        rules.write_text(yaml.safe_dump(edited))
        until(lambda: any(one.startswith("jets: 2 submitted (") for one in loop.said), loop)
        until(lambda: any("job.script" in one for one in loop.said), loop)
        assert not [one for one in loop.said if one.startswith("mvtxme: ") and "submitted" not in one]
        rules.write_text(good)
        until(lambda: len([one for one in loop.said if one.startswith("mended: ")]) == 2, loop)
    assert len([one for one in loop.said if "not valid YAML" in one]) == 2


@ONE_DATABASE
def test_a_configuration_that_is_invalid_fails_passes_until_it_is_mended(workspace: Workspace, rules: Path) -> None:
    with Looping(workspace, rules, "--delay", 0) as loop:
        until(lambda: loop.passes() >= 1, loop)
        good = workspace.file.read_text()
        workspace.file.write_text(good + "\nodd: 1\n")
        until(lambda: any("unknown key 'odd'" in line for line in loop.said), loop)
        workspace.file.write_text(good)
        until(lambda: any(line.startswith("mended: the pass failed (exit code 3)") for line in loop.said), loop)


def test_once(workspace: Workspace, rules: Path) -> None:
    broken = write_rules(rules.parent, {"mvtxme": RULES["mvtxme"], "jets": RULES["jets"] | {"job": {"script": 1}}})
    with Looping(workspace, broken, "--once") as loop:
        assert loop.process.wait(60) == 6
    assert re.fullmatch(r"mvtxme: 8 submitted \([0-9]+s\)", loop.said[0])
    assert loop.said[1].startswith("jets: ")
    assert loop.said[2:] == ["ended (done)"]


@ONE_DATABASE
def test_the_watermark_ends_a_loop_that_is_to_exit(workspace: Workspace, rules: Path) -> None:
    with Looping(workspace, rules, "--once") as loop:
        assert loop.process.wait(60) == 0
    words = ("--delay", 0, "--maxcondor", 4, "--watermark", 1.5)
    with Looping(workspace, rules, *words, "--watermark-action", "exit") as loop:
        assert loop.process.wait(60) == 0
    assert loop.said[-1] == "ended (above the watermark: 8 of 4 jobs in the queues, 8 idle)"
    with Looping(workspace, rules, *words) as loop:
        until(lambda: any("the queues are full: 8 of 4" in line for line in loop.said), loop)
        assert len(loop.said) == 1


@ONE_DATABASE
def test_bad_words(workspace: Workspace, rules: Path) -> None:
    for words, said in (
        (("loop", "nowhere.yaml"), "nowhere.yaml: the file does not exist"),
        (("loop", rules, "--watermark-action", "wait"), "cycle or exit"),
        (("loop", "pause", "--for", "soon"), "like 20m, 2h or 1d"),
        (("loop", "stop", "abc123"), "no loop has this id, host or file: abc123"),
    ):
        answer = workspace.run(*words)
        assert (answer.code, answer.err.count("\n")) == (2, 1), words
        assert said in answer.err
