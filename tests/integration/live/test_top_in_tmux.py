"""`prodcli top` in a real tmux: 80x24, resized, and ended by a key and by a signal."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.support.attributed_jobs import attributed_books
from tests.support.catalog import Catalog
from tests.support.condor_pool import wait_for
from tests.support.workspace import ONE_DATABASE, Workspace

BOOKS = attributed_books(19)


class Tmux:
    """A tmux server of its own, with one window of 80x24 in which a command runs."""

    def __init__(self, name: str, command: str, folder: str) -> None:
        self._name = name
        self.run("-f", os.devnull, "new-session", "-d", "-x", "80", "-y", "24", "-c", folder, command)

    def run(self, *words: str) -> str:
        """Run a command of tmux; returns what it says."""
        done = subprocess.run(
            ["tmux", "-L", self._name, *words], capture_output=True, text=True, check=False, timeout=60
        )
        return done.stdout

    def shown(self) -> list[str]:
        """The lines of the window."""
        return self.run("capture-pane", "-p").split("\n")[:-1]

    def until(self, text: str) -> list[str]:
        """Wait until the window shows a text; returns its lines."""
        wait_for(lambda: any(text in line for line in self.shown()))
        return self.shown()

    def type(self, *keys: str) -> None:
        """Type keys."""
        self.run("send-keys", *keys)


@pytest.fixture
def tmux(workspace: Workspace) -> Iterator[Tmux]:
    """A window in which top runs, and then says how it has ended."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not there")
    workspace.load(Catalog([], [], [], []))
    BOOKS.write(workspace)
    # a size that a shell has exported is that of the beginning
    top = f"COLUMNS=80 LINES=24 {sys.executable} -m prodcli --site {workspace.file} top --every 1"
    made = Tmux(f"prodcli-{os.getpid()}", f"sh -c '{top}; echo ended $?; exec sleep 300'", str(workspace.folder))
    yield made
    made.run("kill-server")


@ONE_DATABASE
@pytest.mark.limit(240)
def test_top_in_tmux(tmux: Tmux, workspace: Workspace) -> None:
    shown = tmux.until("a_b_v001")
    assert len(shown) == 24
    assert shown[0].startswith("prodcli top  production")
    assert max(map(len, shown)) <= 80
    tmux.type("Enter")
    tmux.until("> a_b_v001")
    tmux.run("resize-window", "-x", "130", "-y", "40")
    wait_for(lambda: len(tmux.shown()[0]) > 100)
    assert len(tmux.shown()) == 40
    tmux.run("resize-window", "-x", "80", "-y", "24")
    wait_for(lambda: len(tmux.shown()) == 24 and max(map(len, tmux.shown())) <= 80)
    tmux.type("k")
    tmux.until("Esc: back")
    tmux.type("Escape")
    tmux.until("> a_b_v001")
    tmux.type("?")
    tmux.until("Keys of prodcli top")
    tmux.type("Escape")
    tmux.until("> a_b_v001")  # a key that follows Esc at once would be Alt and the key
    tmux.type("q")
    assert not any("a_b_v001" in line for line in tmux.until("ended 0"))


@ONE_DATABASE
@pytest.mark.limit(240)
def test_a_signal_leaves_the_terminal_as_it_was(tmux: Tmux, workspace: Workspace) -> None:
    tmux.until("a_b_v001")
    pid = int(tmux.run("list-panes", "-F", "#{pane_pid}"))
    children = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=True).stdout.split()
    os.kill(int(children[0]), signal.SIGTERM)
    shown = tmux.until("ended 143")
    assert any("prodcli: terminated" in line for line in shown)
    assert not any("a_b_v001" in line for line in shown)
