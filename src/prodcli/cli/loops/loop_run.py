"""A loop on the command line."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from prodcli.errors import UsageError

if TYPE_CHECKING:
    from prodcli.cli.context import Session


@dataclass(frozen=True)
class LoopOptions:
    """The options of a loop."""

    file: Path
    delay: int
    maxcondor: int
    watermark: float
    action: str
    idle_target: int
    once: bool
    hostname: str
    plain: bool
    chain: bool
    preflight: bool


def run_loop(session: Session, chosen: LoopOptions) -> int:
    """Run a loop until its end; returns the exit code. Raises UsageError for a file that does not exist."""
    from prodcli.automation.loops_of_books import LoopBooks
    from prodcli.books.claimant import short_host
    from prodcli.cli.loops.loop_terminal import LoopTerminal
    from prodcli.config.find_config import current_folder
    from prodcli.loops.heartbeat import Heartbeat
    from prodcli.loops.loop import Action, Loop, LoopPlan

    if not chosen.file.is_file():
        raise UsageError("the file does not exist", where=str(chosen.file))
    file = current_folder() / chosen.file
    books = LoopBooks(session.database("production"), str(file))
    session.keep_log()
    name = f"loop {books.id} of {chosen.file.name} on {short_host()}"
    with LoopTerminal(name, session.zone, chosen.plain) as terminal:
        plan = LoopPlan(
            name, _command(session, chosen, file, books.id), chosen.delay, chosen.once, Action(chosen.action)
        )
        return Loop(plan, Heartbeat(books, terminal.wake), terminal.wait, terminal.show).run()


def _command(session: Session, chosen: LoopOptions, file: Path, loop: str) -> list[str]:
    """The command of a pass; it reads the configuration anew."""
    words = [sys.executable, "-m", "prodcli", "-q", "--site", str(session.config.file)]
    words += ["--testbed"] if session.force_testbed else []
    words += ["loop", "pass", str(file), "--loop", loop, "--kept-in", str(kept_folder(session, file))]
    words += ["--maxcondor", str(chosen.maxcondor), "--watermark", str(chosen.watermark)]
    words += ["--idle-target", str(chosen.idle_target), *(["--chain"] if chosen.chain else [])]
    words += ["--preflight"] if chosen.preflight else []
    return [*words, *(["--hostname", chosen.hostname] if chosen.hostname else [])]


def kept_folder(session: Session, file: Path) -> Path:
    """The folder of last good versions of what a file steers on this host."""
    from prodcli.books.claimant import short_host

    name = f"{short_host()}-{file.stem}-{sha256(str(file).encode()).hexdigest()[:8]}"
    return session.config.campaigns / "loops" / name
