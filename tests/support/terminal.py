"""A command on a terminal of a test's own."""

import os
import pty
import select
import subprocess
import sys
import time

from tests.support.workspace import Workspace

_PATIENCE = 60  # seconds


class Terminal:
    """A command whose streams are a terminal, but for those that `redirected` sends elsewhere.

    With `controls` the terminal is that of a session of its own, which hears Ctrl-C.
    """

    def __init__(
        self, workspace: Workspace, command: str, redirected: str = "", quiet: bool = True, controls: bool = False
    ) -> None:
        self.shown = ""
        self._ours, theirs = pty.openpty()
        common = f"{'-q ' if quiet else ''}--site {workspace.file}"
        line = f"exec {sys.executable} -m prodcli {common} {command} {redirected}"
        if controls:
            line += f" <{os.ttyname(theirs)}"  # the first terminal that the leader of a session opens is the session's
        self.process = subprocess.Popen(
            ["sh", "-c", line],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=workspace.folder,
            start_new_session=controls,
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
