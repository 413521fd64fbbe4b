"""Where a shell looks for the completion of a command, and how its script gets there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from shlex import quote

from prodcli.errors import UsageError
from prodcli.text_files import read_text

_LOADERS = ("/usr/share/bash-completion/bash_completion", "/usr/local/share/bash-completion/bash_completion")


class Shell(StrEnum):
    """A shell with completion."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


@dataclass(frozen=True)
class CompletionFiles:
    """The script of a shell with its text, and lines that a start-up file needs, unless it has them; empty for none."""

    script: Path
    text: str
    startup: Path
    lines: str

    @property
    def changes(self) -> list[str]:
        """What `write` does, a line each; nothing if all is there. Raises OSError, or UnicodeDecodeError."""
        known = _text_of(self.script)
        told = [] if known == self.text else [f"{self.script}: {'written' if known is None else 'written anew'}"]
        return told + [f"{self.startup}: + {line}" for line in self._missing.splitlines()]

    @property
    def _missing(self) -> str:
        return "" if self.lines in (_text_of(self.startup) or "") else self.lines

    def write(self) -> None:
        """Write the script, and append the lines to the start-up file if they are missing; raises OSError."""
        missing = self._missing
        self.script.parent.mkdir(parents=True, exist_ok=True)
        new = self.script.with_name(f"{self.script.name}.{os.getpid()}")
        new.write_text(self.text, encoding="utf-8")
        new.replace(self.script)
        if missing:
            before = _text_of(self.startup) or ""
            gap = "\n" if before.endswith("\n") or not before else "\n\n"
            with self.startup.open("a", encoding="utf-8") as startup:
                startup.write(f"{gap}# completion of prodcli\n{missing}")


def shell_of(environment: Mapping[str, str]) -> Shell:
    """The login shell; raises UsageError for a shell without completion."""
    name = environment.get("SHELL", "").rpartition("/")[2]
    if name not in list(Shell):
        said = f"$SHELL is {name!r:.40}, which has no completion" if name else "$SHELL does not say which shell"
        raise UsageError(said, where="completion", todo="name one: bash, zsh or fish")
    return Shell(name)


def completion_files(shell: Shell, text: str, environment: Mapping[str, str]) -> CompletionFiles:
    """The files of a user; raises UsageError without a home folder."""
    home = environment.get("HOME")
    if not home:
        raise UsageError("$HOME is not set", where="completion", todo="prodcli completion show prints the script")
    if shell is Shell.BASH:
        return _of_bash(Path(home), text, environment)
    if shell is Shell.ZSH:
        folder = Path(environment.get("ZDOTDIR") or home)
        lines = f"fpath=({quote(str(folder / '.zfunc'))} $fpath)\nautoload -Uz compinit && compinit\n"
        return CompletionFiles(folder / ".zfunc/_prodcli", text, folder / ".zshrc", lines)
    folder = Path(environment.get("XDG_CONFIG_HOME") or f"{home}/.config") / "fish"
    return CompletionFiles(folder / "completions/prodcli.fish", text, folder / "config.fish", "")


def _of_bash(home: Path, text: str, environment: Mapping[str, str]) -> CompletionFiles:
    """Without the package bash-completion, which loads scripts of that folder, the start-up file loads the script."""
    data = environment.get("XDG_DATA_HOME") or f"{home}/.local/share"
    script = Path(environment.get("BASH_COMPLETION_USER_DIR") or f"{data}/bash-completion") / "completions/prodcli"
    loaded = any(Path(one).is_file() for one in _LOADERS)
    return CompletionFiles(script, text, home / ".bashrc", "" if loaded else f". {quote(str(script))}\n")


def _text_of(file: Path) -> str | None:
    try:
        return read_text(file)
    except FileNotFoundError:
        return None
