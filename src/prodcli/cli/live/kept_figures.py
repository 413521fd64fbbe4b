"""What commands that have looked at the books leave for prompts of shells."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from prodcli.errors import ProdError

if TYPE_CHECKING:
    from prodcli.cli.context import Session


def figures_key(session: Session) -> str:
    """The name under which the figures of a configuration are kept; those of its testbed are others."""
    file = str(session.config.file)
    return file if session.config.mode == "production" else f"{file} ({session.config.mode})"


def keep_for_prompts(session: Session) -> None:
    """Keep what is wrong by now, by one statement; books that cannot be read are no trouble here."""
    from prodcli.live.prompt_figures import keep_figures

    with suppress(ProdError):
        keep_figures(session.database("production_read", read_only=True), figures_key(session))
