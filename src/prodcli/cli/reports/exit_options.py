"""The options that end a watch when jobs have come into states: `--until-all done`, `--until-any held,failed`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.errors import ProdError

if TYPE_CHECKING:
    from collections.abc import Callable

    from prodcli.books.filters import Filters
    from prodcli.cli.context import Session


def complete_columns(incomplete: str) -> list[str]:
    """The states that a watch may wait for."""
    from prodcli.reports.status_lines import COLUMNS

    return [word for word in ("done", "idle", *COLUMNS) if word.startswith(incomplete)]


UntilAll = Annotated[
    list[str] | None,
    typer.Option(
        "--until-all",
        metavar="STATES...",
        help="Watch until all jobs are in one of these states: done, failed ...",
        autocompletion=complete_columns,
    ),
]
UntilAny = Annotated[
    list[str] | None,
    typer.Option(
        "--until-any",
        metavar="STATES...",
        help="Watch until any job is in one of these states; then the exit code is 1.",
        autocompletion=complete_columns,
    ),
]


def condition(
    session: Session, filters: Filters, all_of: list[str] | None, any_of: list[str] | None
) -> Callable[[], bool] | None:
    """The question whether a watch has come to its end; None without a condition.

    Raises UsageError for a word that is no state. The question raises ProdError if jobs are in a state that none should
    be in; that all have arrived comes first.
    """
    if not all_of and not any_of:
        return None
    from prodcli.reports.exit_condition import ExitCondition
    from prodcli.reports.status import status_lines
    from prodcli.reports.status_lines import COLUMNS
    from prodcli.states import known_states

    wanted = ExitCondition(
        known_states(all_of or (), COLUMNS, "--until-all"), known_states(any_of or (), COLUMNS, "--until-any")
    )

    def until() -> bool:
        lines = status_lines(session.database("production_read", read_only=True), filters)
        if wanted.all_there(lines):
            session.say(f"all jobs are {' or '.join(all_of or ())}")
            return True
        if some := wanted.some_there(lines):
            raise ProdError(f"{some} jobs are {' or '.join(any_of or ())}", where="--until-any", todo="prodcli rescue")
        return False

    return until
