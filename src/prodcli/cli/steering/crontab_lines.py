"""What the lines of a crontab are made from: the files that concern a host, and where prodcli and its tools are."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from posixpath import normpath
from typing import TYPE_CHECKING

from prodcli.config.find_config import current_folder
from prodcli.errors import UsageError
from prodcli.steering import crontab
from prodcli.steering.read import read_steering
from prodcli.steering.steer_list import read_steer_list

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.cli.context import Session

_TOOLS = ("condor_submit", "git")  # that passes may call
_SYSTEM = ("/usr/local/bin", "/usr/bin", "/bin")


def settings(mailto: str) -> dict[str, str]:
    """What cron's hardly furnished environment lacks; raises UsageError for an address that is more than one line."""
    if not mailto.isprintable():
        raise UsageError("an address has no control characters", where="--mailto")
    found = [shutil.which(tool) for tool in _TOOLS]
    folders = [str(Path(sys.executable).parent), *(str(Path(one).parent) for one in found if one), *_SYSTEM]
    return {"MAILTO": mailto, "PATH": ":".join(dict.fromkeys(folders))}


def of_list(session: Session, steer_list: Path, stagger: int, every: int, host: str) -> str:
    """The line of a steer list; raises UsageError if the list cannot be read."""
    listed = Path(normpath(current_folder() / steer_list))
    read_steer_list(listed)
    return _line(session, [crontab.LIST, str(listed), "--stagger", str(stagger)], every, host)


def of_files(session: Session, files: Sequence[Path], every: int, host: str) -> list[str]:
    """The line of each file that names the host; raises UsageError if none does."""
    said = [read_steering(file, host) for file in files]
    for one in said:
        if not one.named:
            session.warn(f"{one.file}: the file does not name {host}: no line")
    lines = [_line(session, [crontab.FILE, str(one.file)], every, host) for one in said if one.named]
    if not lines:
        raise UsageError(f"no file names {host}", todo="see prodcli steer show")
    return lines


def _line(session: Session, words: Sequence[str], every: int, host: str) -> str:
    program = Path(sys.executable).with_name("prodcli")
    called = [str(program)] if program.exists() else [sys.executable, "-m", "prodcli"]
    testbed = ["--testbed"] if session.force_testbed else []
    site = {"PRODCLI_SITE": str(session.config.file)}
    return crontab.line([*called, *testbed, "control", *words], site, every, host)
