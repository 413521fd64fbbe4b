"""Tell the steps of a demo, and run its commands."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prodcli.cli.context import Session
    from prodcli.demo.workspace import Workspace

_WIDTH = 80


class Narrator:
    """Tells each step of the demo, and runs its command."""

    def __init__(self, session: Session, workspace: Workspace) -> None:
        self.workspace = workspace
        self._session = session
        self._said_mode = False
        # a site that the environment names would win over the folder's
        self._site = ("--site", ".") if os.environ.get("PRODCLI_SITE") else ()

    def open(self, directory: Path) -> None:
        """Tell what the workspace has, and how to follow."""
        self.say(
            "A playground: catalogs of twelve runs, three good ones and nine that are not; rules; "
            "payload scripts. Every line with a $ can be typed again."
        )
        if shutil.which("prodcli") is None:
            self.say(f"To type along: PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH")
        self._session.summarize(f"\n$ cd {shlex.quote(str(directory))}")
        self.run("", ("db", "init"))

    def heading(self, title: str) -> None:
        """Begin a chapter."""
        self._session.summarize(f"\n---- {title} {'-' * (_WIDTH - 7 - len(title))}")

    def say(self, text: str) -> None:
        """Tell a text."""
        self._session.summarize("\n" + textwrap.fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False))

    def run(self, text: str, command: Sequence[str]) -> None:
        """Show a command and run it as a newcomer would; raises ProdError if the command fails."""
        self._session.summarize("\n" + (f"{text}\n" if text else "") + shown(("prodcli", *self._site, *command)))
        sys.stdout.flush()
        self._pass_on(self.run_silently(command, hidden=self._session.quiet))

    def run_silently(self, command: Sequence[str], hidden: bool = True) -> str:
        """Run a command, whose stdout is hidden; returns its stderr. Raises ProdError if the command fails."""
        from prodcli.errors import ProdError

        words = (*self._site, *command)
        done = subprocess.run(
            [sys.executable, "-m", "prodcli", *words],
            cwd=self.workspace.folder,
            stdout=subprocess.DEVNULL if hidden else None,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            self._pass_on(done.stderr)
            raise ProdError(
                f"`prodcli {shlex.join(words)}` ended with {done.returncode}", where=str(self.workspace.folder)
            )
        return done.stderr

    def _pass_on(self, lines: str) -> None:
        """Show the stderr of a command; the line about production or testbed only once."""
        for line in lines.splitlines():
            mode = line.startswith(f"prodcli: {self.workspace.config.mode}, ")
            if not (mode and (self._said_mode or self._session.quiet)):
                sys.stderr.write(line + "\n")
            self._said_mode |= mode
        sys.stderr.flush()

    def close(self, seconds: float, words: str, lines: str) -> None:
        """Tell how long it took, and what to try next."""
        self._session.summarize(f"\n---- Done in {seconds:.0f} s. {words}")
        self._session.summarize(textwrap.indent(lines, "  "))


def shown(words: Sequence[str]) -> str:
    """A command as it may be typed, in lines that fit a terminal."""
    lines = ["$"]
    for word in map(shlex.quote, words):
        if len(lines[-1]) + len(word) + 3 > _WIDTH:
            lines[-1] += " \\"
            lines.append("   ")
        lines[-1] += " " + word
    return "\n".join(lines)
