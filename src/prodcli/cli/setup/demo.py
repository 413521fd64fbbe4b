"""prodcli demo."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli.context import Session, current

if TYPE_CHECKING:
    from prodcli.demo.workspace import Workspace

EXAMPLE = "Example: prodcli demo /tmp/demo"
_WIDTH = 80
_NEXT = """\
prodcli query --by run
prodcli why -c rules/demo.yaml -r Demo_TRKR_CLUSTER --runs 69611
prodcli held
prodcli rescue --dry-run
prodcli rules show -c rules/demo.yaml -r Demo_TRKR_CLUSTER
prodcli config show
Write `version: 2` into a rule of rules/demo.yaml: a new tag, made anew.
What you submit waits until somebody runs it, as your pool would:
prodcli local run --slots 4 --drain
"""


def demo(
    context: typer.Context,
    directory: Annotated[Path, typer.Argument(metavar="[DIR]", help="Folder to make.", show_default="./demo")] = Path(
        "demo"
    ),
    fresh: Annotated[bool, typer.Option("--fresh", help="Start over in the folder of an earlier demo.")] = False,
) -> None:
    """Make a small workspace and run a chain of productions in it.

    The workspace has SQLite catalogs, example rules and the local batch: no server is needed. The demo shows each
    command before running it. A folder that holds other files stays as it is.
    """
    from prodcli.demo import workspace as service

    begin = time.monotonic()
    narrator = Narrator(current(context), service.make_workspace(directory, fresh))
    narrator.open(directory)
    for chapter in service.story():
        narrator.heading(chapter.title)
        for step in chapter.steps:
            narrator.run(step.text, step.command)
            service.check(narrator.workspace, step)
            if step.held:
                narrator.say(f"The batch system says: {service.hold_reason(narrator.workspace)}")
    narrator.close(time.monotonic() - begin)


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
        from prodcli.errors import ProdError

        words = (*self._site, *command)
        self._session.summarize("\n" + (f"{text}\n" if text else "") + shown(("prodcli", *words)))
        sys.stdout.flush()
        done = subprocess.run(
            [sys.executable, "-m", "prodcli", *words],
            cwd=self.workspace.folder,
            stdout=subprocess.DEVNULL if self._session.quiet else None,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        self._pass_on(done.stderr)
        if done.returncode:
            raise ProdError(
                f"`prodcli {shlex.join(words)}` ended with {done.returncode}", where=str(self.workspace.folder)
            )

    def _pass_on(self, lines: str) -> None:
        """Show the stderr of a command; the line about production or testbed only once."""
        for line in lines.splitlines():
            mode = line.startswith(f"prodcli: {self.workspace.config.mode}, ")
            if not (mode and (self._said_mode or self._session.quiet)):
                sys.stderr.write(line + "\n")
            self._said_mode |= mode
        sys.stderr.flush()

    def close(self, seconds: float) -> None:
        """Tell what to try next."""
        self._session.summarize(f"\n---- Done in {seconds:.0f} s. To try next, in the same folder:")
        self._session.summarize(textwrap.indent(_NEXT, "  "))


def shown(words: Sequence[str]) -> str:
    """A command as it may be typed, in lines that fit a terminal."""
    lines = ["$"]
    for word in map(shlex.quote, words):
        if len(lines[-1]) + len(word) + 3 > _WIDTH:
            lines[-1] += " \\"
            lines.append("   ")
        lines[-1] += " " + word
    return "\n".join(lines)
