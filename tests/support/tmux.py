"""A window of a real tmux in which a command runs."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.condor_pool import wait_for
from tests.support.workspace import Workspace


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
        """Wait until the window shows a text; returns its lines. Raises AssertionError that has what it shows instead."""
        try:
            wait_for(lambda: any(text in line for line in self.shown()))
        except TimeoutError:
            raise AssertionError("\n".join(["no " + text, *self.shown()])) from None
        return self.shown()

    def without(self, text: str) -> list[str]:
        """Wait until the window does not show a text any more; returns its lines."""
        wait_for(lambda: not any(text in line for line in self.shown()))
        return self.shown()

    def type(self, *keys: str) -> None:
        """Type keys."""
        self.run("send-keys", *keys)

    def resize(self, columns: int, lines: int) -> None:
        """Give the window another size, and wait until it has that."""
        self.run("resize-window", "-x", str(columns), "-y", str(lines))
        wait_for(lambda: len(self.shown()) == lines)


@contextmanager
def top_in_tmux(workspace: Workspace) -> Iterator[Tmux]:
    """A window in which `prodcli top` runs, and then says how it has ended."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not there")
    # a size that a shell has exported is that of the beginning
    top = f"COLUMNS=80 LINES=24 {sys.executable} -m prodcli --site {workspace.file} top --every 1"
    made = Tmux(f"prodcli-{os.getpid()}", f"sh -c '{top}; echo ended $?; exec sleep 300'", str(workspace.folder))
    try:
        yield made
    finally:
        made.run("kill-server")
