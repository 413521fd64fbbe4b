"""Run a command line of today as the one that it is here."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from prodcli.errors import ProdError, UsageError
from prodcli.legacy.commands import command_of
from prodcli.legacy.ramenya import WRITTEN
from prodcli.legacy.translation import translate
from prodcli.text_files import read_text, why_unreadable

if TYPE_CHECKING:
    from prodcli.cli.context import Session
    from prodcli.legacy.flags import NewForm

_HELP = frozenset({"-h", "--help"})


def is_help(words: Sequence[str]) -> bool:
    """Whether words of a command of today ask for its help."""
    return not _HELP.isdisjoint(words)


def asks_for_help(line: Sequence[str]) -> bool:
    """Whether a command line names a command alone, or asks for its help."""
    return len(line) == 1 or is_help(line)


def new_form(line: Sequence[str]) -> NewForm:
    """What a command line of today is here; raises UsageError if it is wrong, or has no counterpart."""
    return translate(line, _read)


def shown(form: NewForm) -> str:
    """The command lines, and below them the file that is written before."""
    return f"{form}\n\n{form.file}:\n{form.text}" if form.file else str(form)


def run(session: Session, line: Sequence[str]) -> int:
    """Run the commands, one after the other until one fails; returns the exit code of the command of today.

    Raises UsageError for a command line without a counterpart, and ProdError if a file cannot be written.
    """
    form = new_form(line)
    session.warn(f"now: {form}" if form.lines else "prodcli does nothing for this")
    if form.file:
        _write(Path(form.file), form.text)
    command, _ = command_of(line)
    common = ["--site", str(session.site_file)] if session.site_file else []
    common += ["--testbed"] if session.force_testbed else []
    code = next((code for code in (_run([*common, *line]) for line in form.lines) if code), 0)
    return command.exit_code(code)


def _run(words: Sequence[str]) -> int:
    """Run a command in this process, where signals reach it; its words become those of the process, as records say them."""
    from prodcli.cli.app import app

    typed, sys.argv = sys.argv, ["prodcli", *words]
    try:
        app(list(words), prog_name="prodcli")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    finally:
        sys.argv = typed
    return 0


def _read(name: str) -> str:
    try:
        return read_text(Path(name))
    except (OSError, UnicodeDecodeError) as failure:
        raise UsageError(f"the file cannot be read: {why_unreadable(failure)}", where=name) from None


def _write(file: Path, text: str) -> None:
    """Write a file; raises ProdError if it cannot be written, or if somebody else wrote a file of that name."""
    if file.exists() and not _read(str(file)).startswith(WRITTEN):
        raise ProdError("the file is not one of ramenya's wrapper", where=str(file), todo="rename it")
    aside = file.with_name(f".{file.name}.new")
    try:
        aside.write_text(text)
        aside.replace(file)
    except OSError as failure:
        aside.unlink(missing_ok=True)
        raise ProdError(f"the file cannot be written: {failure.strerror}", where=str(file)) from None
