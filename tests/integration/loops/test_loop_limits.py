"""What a loop must not do: grow, hang on a database, or leave its pass or its terminal behind."""

import os
import re
import signal
import time
from pathlib import Path

import pytest

from tests.integration.loops.test_loop import Looping, children, rules, until
from tests.support.rule_files import RULES, write_rules
from tests.support.terminal import Terminal
from tests.support.workspace import ONE_DATABASE, Workspace

__all__ = ["rules"]
_GROWTH = 1_000  # KB of a loop between its 3rd pass and 10 passes later; what it keeps of each would be more than that


def resident(pid: int) -> int:
    """The memory of a process in KB."""
    return int(re.findall(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())[0])


@pytest.mark.limit(400)
def test_the_memory_of_a_loop_is_flat(workspace: Workspace, rules: Path) -> None:
    with Looping(workspace, rules, "--delay", 0) as loop:
        until(lambda: loop.passes() >= 3, loop)
        first = resident(loop.process.pid)
        until(lambda: loop.passes() >= 8, loop)
        until(lambda: loop.passes() >= 13, loop)
        assert resident(loop.process.pid) - first < _GROWTH
        assert len(os.listdir(f"/proc/{loop.process.pid}/fd")) < 20  # noqa: PTH208 - a name a file


@ONE_DATABASE
def test_books_that_are_away_stop_no_loop(workspace: Workspace, rules: Path) -> None:
    books = Path(workspace.settings["databases"]["production"].removeprefix("sqlite:///"))
    with Looping(workspace, rules, "--delay", 0) as loop:
        until(lambda: loop.passes() >= 1, loop)
        aside = books.rename(books.with_name("aside"))
        until(lambda: any("no sign of life is written" in line for line in loop.said), loop)
        until(lambda: any(line.startswith("harvest: ") for line in loop.said), loop)
        aside.rename(books)
        known = loop.passes()
        until(lambda: loop.passes() > known + 1, loop)
        until(lambda: any(line.startswith("mended: no sign of life") for line in loop.said), loop)
        assert loop.process.poll() is None


@ONE_DATABASE
def test_on_a_terminal_ctrl_c_pauses_keys_steer_and_a_third_ctrl_c_ends_at_once(
    workspace: Workspace, rules: Path
) -> None:
    terminal = Terminal(workspace, f"loop {rules} --delay 600", controls=True)
    terminal.read_until("next pass in")
    assert "mvtxme" in terminal.shown
    terminal.type("\x03")
    terminal.read_until("PAUSED until")
    time.sleep(1)  # a terminal forgets what is typed while it handles Ctrl-C
    terminal.type("+")
    terminal.read_until("39m left")
    terminal.type("r")
    terminal.read_until("now: ")
    for _ in range(3):
        terminal.process.send_signal(signal.SIGINT)
        time.sleep(1)  # signals that wait together are one signal
    code, shown = terminal.end()
    assert code == 130, shown
    assert "\x1b[?1049l" in shown[-200:]  # the screen of before is back


@ONE_DATABASE
def test_a_terminal_without_colour_gets_none(
    workspace: Workspace, rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    broken = write_rules(rules.parent, {"mvtxme": RULES["mvtxme"], "jets": RULES["jets"] | {"job": {"script": 1}}})
    terminal = Terminal(workspace, f"loop {broken} --once", controls=True)
    code, shown = terminal.end()
    assert code == 6
    assert "jets" in shown
    assert not re.findall(r"\x1b\[[0-9;]*3[0-9]m", shown)


@ONE_DATABASE
def test_a_pass_ends_when_its_loop_is_killed_and_leaves_no_lock(workspace: Workspace, rules: Path) -> None:
    with Looping(workspace, rules, "--delay", 0) as loop:
        until(lambda: loop.passes() >= 1, loop)
        below = until(lambda: list(children(loop.process)), loop)
        loop.process.kill()
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in below), loop)
    began = time.monotonic()
    with Looping(workspace, rules, "--once") as again:
        assert again.process.wait(60) == 0
    assert not [line for line in again.said if "runs already" in line]
    assert time.monotonic() - began < 60
