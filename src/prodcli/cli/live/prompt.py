"""prodcli prompt."""

from __future__ import annotations

import shlex
import sys
import time
from enum import StrEnum
from typing import Annotated

import typer

from prodcli.cli.context import Session, current
from prodcli.cli.live.kept_figures import figures_key, keep_for_prompts
from prodcli.errors import UsageError

EXAMPLE = "Example: prodcli prompt --install bash"


class Target(StrEnum):
    """Where the word is shown, which decides how its colours are written."""

    TERMINAL = "terminal"
    BASH = "bash"
    ZSH = "zsh"
    TMUX = "tmux"
    PLAIN = "plain"


class Shell(StrEnum):
    """What has a line of its own for the word."""

    BASH = "bash"
    ZSH = "zsh"
    TMUX = "tmux"


For = Annotated[Target, typer.Option("--for", help="Write colours for this program.")]
Renew = Annotated[
    str, typer.Option("--renew", metavar="AGE", help="Read the books behind the answer if older than 5m, 1h.")
]
Refresh = Annotated[bool, typer.Option("--refresh", help="Read the books now, and say nothing.")]
Install = Annotated[
    Shell | None, typer.Option("--install", help="Show the lines for the start-up file of a shell, or for tmux.")
]
_LINES = {
    Shell.BASH: """PS1='$(prodcli prompt --for bash --renew 5m) '"$PS1"  # at the end of ~/.bashrc""",
    Shell.ZSH: """setopt PROMPT_SUBST; PROMPT='$(prodcli prompt --for zsh --renew 5m) '"$PROMPT"  # at the end of ~/.zshrc""",
    Shell.TMUX: """set -g status-interval 15  # in ~/.tmux.conf
set -g status-right '#(PRODCLI_SITE=FILE prodcli prompt --for tmux --renew 5m) %H:%M'""",
}


def prompt(
    context: typer.Context,
    target: For = Target.TERMINAL,
    renew: Renew = "",
    refresh: Refresh = False,
    install: Install = None,
) -> None:
    """Say in a word what is wrong, for the prompt of a shell.

    Held jobs, failed jobs and silent loops, as they were when a command last looked at the books.
    """
    from prodcli.live.prompt_word import asked

    said = asked(["--for", target.value, "--renew", renew or "0s"])
    if said is None:
        raise UsageError(f"{renew!r:.60} is not an age", where="--renew", todo="like 90s, 5m or 1h")
    session = current(context)
    if install is not None:
        session.show_text(_LINES[install].replace("FILE", shlex.quote(str(session.config.file))))
    elif refresh:
        keep_for_prompts(session)
    else:
        _show(session, *said)


def _show(session: Session, target: str, renew: int) -> None:
    """Show the word of the configuration of the session; its books are read first if what is kept is too old."""
    from prodcli.live.prompt_word import read_lines, word_of

    def kept() -> tuple[str, int, int, int, int] | None:
        return next((line for line in read_lines() if line[0] == figures_key(session)), None)

    line, now = kept(), int(time.time())
    if line is None or renew and now - line[1] > renew:
        keep_for_prompts(session)
        line = kept()
    sys.stdout.write(f"{word_of(line, target, now)}\n")
