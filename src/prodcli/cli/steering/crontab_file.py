"""The crontab of a host: its file, which the field keeps under version control, and what is installed."""

import difflib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from prodcli.errors import ProdError, one_line
from prodcli.text_files import read_text, why_unreadable

_SECONDS = 30.0  # that crontab may take


@dataclass(frozen=True)
class CrontabFile:
    """The file crontab.HOST; `here` if it is the file of this host, whose crontab can be read and installed."""

    file: Path
    here: bool

    def text(self) -> str:
        """The file, or the installed crontab if there is no file; raises ProdError for a file that cannot be read."""
        try:
            return read_text(self.file)
        except FileNotFoundError:
            return self._installed()
        except (OSError, UnicodeDecodeError) as failure:
            raise ProdError(f"the file cannot be read: {why_unreadable(failure)}", where=str(self.file)) from None

    def changes(self, text: str) -> str:
        """The difference between what is installed, else in the file, and a text; empty without a difference."""
        before = self._installed() if self.here else self.text() if self.file.exists() else ""
        lines = difflib.unified_diff(before.splitlines(), text.splitlines(), "installed", str(self.file), lineterm="")
        changes = "\n".join(lines)
        unwritten = not self.file.exists() or self.text() != text
        return changes or (f"{self.file} is written anew" if unwritten else "")

    def write(self, text: str) -> None:
        """Write the file, at once or not at all; raises ProdError if it cannot be written."""
        aside = self.file.with_name(f".{self.file.name}.{os.getpid()}")
        try:
            aside.write_text(text)
            aside.replace(self.file)
        except OSError as failure:
            aside.unlink(missing_ok=True)
            raise ProdError(f"the file cannot be written: {failure.strerror}", where=str(self.file)) from None

    def install(self) -> str:
        """Install the file on this host, and say so; raises ProdError if crontab refuses it."""
        if not self.here:
            return f"{self.file} is written; on its host: crontab {self.file}"
        done = _crontab(str(self.file))
        if done.returncode:
            why = one_line(done.stderr) or f"exit code {done.returncode}"
            raise ProdError(
                f"crontab refuses the file: {why}", where=str(self.file), todo="the old crontab is in force"
            )
        return f"{self.file} is written and installed"

    def require_command(self) -> None:
        """Raise ProdError for this host without the command crontab."""
        if self.here and not shutil.which("crontab"):
            raise ProdError("this host has no command crontab", todo="--hostname writes the file of another host")

    def _installed(self) -> str:
        """The crontab in force; empty if there is none, or for another host."""
        done = _crontab("-l") if self.here and shutil.which("crontab") else None
        return done.stdout if done is not None and done.returncode == 0 else ""


def _crontab(word: str) -> "subprocess.CompletedProcess[str]":
    """Call crontab with a word; raises ProdError if it cannot be called, or does not end."""
    nothing, said = subprocess.DEVNULL, subprocess.PIPE
    try:
        return subprocess.run(
            ["crontab", word], stdin=nothing, stdout=said, stderr=said, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, UnicodeDecodeError, subprocess.TimeoutExpired) as failure:
        raise ProdError(f"crontab cannot be called: {one_line(str(failure))}") from None
