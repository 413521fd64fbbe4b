"""The preflight that submissions demand, by an option or by the site."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from prodcli.cli.context import Session
    from prodcli.config.service_terms import Demands
    from prodcli.health.preflight import Preflight
    from prodcli.rules.model import Rule

WithPreflight = Annotated[bool, typer.Option("--preflight", help="Submit only after a preflight without problems.")]


def preflight_of(session: Session) -> Preflight:
    """The preflight of the session."""
    from prodcli.health.preflight import Preflight

    return Preflight(session.config, lambda: session.batch, session.database("production_read", read_only=True))


def demanded(session: Session, asked: bool, who: Demands) -> Callable[[Rule], None] | None:
    """What raises NotReady before a submission, if somebody asked for it or the site demands it."""
    return preflight_of(session).require if asked or who in session.site.preflight else None
