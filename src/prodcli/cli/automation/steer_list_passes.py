"""Passes over the steering files of a list: a process for each, one after another begun, all side by side."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from prodcli.automation.rule_locks import RuleLocks
from prodcli.automation.told_trouble import ToldTrouble
from prodcli.errors import PartlyDone, ProdError
from prodcli.steering.read import read_steering

if TYPE_CHECKING:
    from prodcli.cli.context import Session

_PATIENCE = 90.0  # seconds that passes may take to end after a signal


def pass_over_files(session: Session, files: Sequence[Path], host: str, stagger: int, words: Sequence[str]) -> int:
    """Begin a pass over each file that names the host, `stagger` seconds apart, and wait for all; the exit code.

    `words` are further options of each pass. A signal ends all of them.
    """
    begun: list[subprocess.Popen[bytes]] = []
    wanted = [file for file in files if _concerns(session, file, host)]
    try:
        for place, file in enumerate(wanted):
            if place:
                time.sleep(stagger)
            begun.append(subprocess.Popen([*_control(session), "-f", str(file), "--hostname", host, *words]))
        codes = {one.wait() for one in begun}
    except BaseException:
        _end(begun)
        raise
    return 0 if not codes else codes.pop() if len(codes) == 1 else PartlyDone.exit_code


def _control(session: Session) -> list[str]:
    """The command line of a pass in this configuration."""
    common = ["--site", str(session.config.file), *(["--testbed"] if session.force_testbed else [])]
    return [sys.executable, "-m", "prodcli", *common, "control"]


def _concerns(session: Session, file: Path, host: str) -> bool:
    """True if a file names the host, or cannot be read, which its pass reports; a missing file is a warning, once."""
    locks = RuleLocks(session.config.campaigns / "locks", host, file)
    missing = "" if file.is_file() else "the steering file does not exist"
    if ToldTrouble(locks.folder).is_new(locks.name("missing"), missing):
        session.warn(f"{file}: {missing}; the others of the list go on")
    if missing:
        return False
    try:
        return read_steering(file, host).named
    except ProdError:
        return True


def _end(begun: Sequence[subprocess.Popen[bytes]]) -> None:
    """End passes cleanly, and wait for them."""
    for one in begun:
        one.terminate()
    until = time.monotonic() + _PATIENCE
    for one in begun:
        try:
            one.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            one.kill()
