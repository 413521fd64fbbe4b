"""Questions on a terminal: asked below their table, and only of somebody who sees it and can answer."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.workspace import Workspace, make_workspace, seeded_catalog

_PATIENCE = 60  # seconds


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace with a mask, which may be removed."""
    made = make_workspace(tmp_path)
    made.load(seeded_catalog(1))
    made.ok("mask", "add", "INTT3", "--runs", "66500", "--reason", "off")
    return made


class Terminal:
    """A command whose streams are a terminal, but for those that `redirected` sends elsewhere."""

    def __init__(self, workspace: Workspace, command: str, redirected: str = "") -> None:
        self.shown = ""
        self._ours, theirs = pty.openpty()
        line = f"exec {sys.executable} -m prodcli -q --site {workspace.file} {command} {redirected}"
        self.process = subprocess.Popen(
            ["sh", "-c", line], stdin=theirs, stdout=theirs, stderr=theirs, cwd=workspace.folder
        )
        os.close(theirs)

    def read_until(self, word: str = "") -> None:
        """Read what is shown until there is a word, else to the end."""
        end = time.monotonic() + _PATIENCE
        while not word or word not in self.shown:
            assert select.select([self._ours], [], [], end - time.monotonic())[0], self.shown
            try:
                data = os.read(self._ours, 65_536)
            except OSError:  # Linux says so when the other end is closed
                return
            if not data:
                return
            self.shown += data.decode().replace("\r\n", "\n")

    def end(self) -> tuple[int, str]:
        """Read to the end; the exit code, and all that was shown."""
        self.read_until()
        os.close(self._ours)
        return self.process.wait(_PATIENCE), self.shown

    def type(self, text: str) -> None:
        """Type something."""
        os.write(self._ours, text.encode())


def masks(workspace: Workspace) -> int:
    """How many masks there are."""
    return len(workspace.json("mask", "list"))


def test_a_question_stands_below_its_table(workspace: Workspace) -> None:
    terminal = Terminal(workspace, "mask remove 1")
    terminal.read_until("[y/N] ")
    assert terminal.shown.index("INTT3") < terminal.shown.index("[y/N]")
    terminal.type("y\n")
    assert terminal.end()[0] == 0
    assert masks(workspace) == 0


@pytest.mark.parametrize("answer", ["n\n", "\n", "\x04"])
def test_all_but_yes_is_no(workspace: Workspace, answer: str) -> None:
    terminal = Terminal(workspace, "mask remove 1")
    terminal.read_until("[y/N] ")
    terminal.type(answer)
    code, shown = terminal.end()
    assert (code, shown.splitlines()[-1].endswith("nothing was changed")) == (1, True), shown
    assert masks(workspace) == 1


@pytest.mark.parametrize(
    ("sign", "code", "word"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")]
)
def test_a_signal_at_a_question_changes_nothing_and_says_so(
    workspace: Workspace, sign: int, code: int, word: str
) -> None:
    terminal = Terminal(workspace, "mask remove 1")
    terminal.read_until("[y/N] ")
    terminal.process.send_signal(sign)
    ended, shown = terminal.end()
    assert ended == code, shown
    assert shown.splitlines()[-1].endswith(f"[y/N]: {word} at this question; nothing was changed"), shown
    assert masks(workspace) == 1


@pytest.mark.parametrize(
    "redirected", ["<&-", ">&-", "2>&-", "</dev/null", ">/dev/null", ">out", "2>err", "<&- >&- 2>&-"]
)
def test_nobody_is_asked_who_does_not_see_the_table(workspace: Workspace, redirected: str) -> None:
    assert Terminal(workspace, "mask remove 1", redirected).end()[0] == 2
    assert masks(workspace) == 1


def test_with_json_and_csv_nobody_is_asked(workspace: Workspace) -> None:
    workspace.ok("nodes", "exclude", "add", "spool0301", "--reason", "off", "--yes")
    for style in ("json", "csv"):
        code, shown = Terminal(workspace, f"nodes exclude remove spool0301 --format {style}").end()
        assert (code, shown.count("\n")) == (2, 1)
        assert "needs --yes with --format json or csv" in shown
    assert len(workspace.json("nodes", "exclude", "list")) == 1
