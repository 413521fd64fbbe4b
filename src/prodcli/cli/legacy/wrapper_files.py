"""Write the wrappers into a folder."""

from __future__ import annotations

import sys
from pathlib import Path
from posixpath import normpath
from typing import TYPE_CHECKING

from prodcli.config.find_config import current_folder
from prodcli.errors import ProdError, UsageError
from prodcli.legacy.commands import wrapper_names
from prodcli.legacy.wrapper import MARK, wrapper

if TYPE_CHECKING:
    from prodcli.cli.context import Session


def write_wrappers(session: Session, folder: Path, dry_run: bool) -> None:
    """Write all wrappers; raises UsageError before anything is written if a file of theirs is no wrapper."""
    home = Path(normpath(current_folder() / folder))
    foreign = [str(home / name) for name in wrapper_names() if not _is_free(home / name)]
    if foreign:
        raise UsageError("the file is no wrapper, and stays", where=foreign[0], todo="name another folder")
    site = str(session.config.file) if session.has_config else ""
    program = [*_program(), *(["--testbed"] if session.force_testbed else [])]
    if not dry_run:
        _write_all(home, {name: wrapper(name, program, site, str(home)) for name in wrapper_names()})
    session.show_text("\n".join(str(home / name) for name in wrapper_names()))
    if not dry_run:
        session.say(f"put {home} first in PATH, or source {home}/this_sphenixprod.sh")


def _is_free(file: Path) -> bool:
    """Whether nothing is there, or a wrapper."""
    if not file.exists() and not file.is_symlink():
        return True
    try:
        return MARK in file.read_text(errors="replace").splitlines()[1:2][0]
    except (OSError, IndexError):
        return False


def _program() -> list[str]:
    """The prodcli that runs now, by its whole path."""
    beside = Path(sys.executable).with_name("prodcli")
    return [str(beside)] if beside.exists() else [sys.executable, "-m", "prodcli"]


def _write_all(home: Path, texts: dict[str, str]) -> None:
    try:
        home.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            aside = home / f".{name}.new"
            aside.write_text(text)
            aside.chmod(0o755)
            aside.replace(home / name)
    except OSError as failure:
        raise ProdError(f"the wrappers cannot be written: {failure.strerror}", where=str(home)) from None
