"""The options of every verb that shows a table, as one group: `@takes(view)` gives the verb a View."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from prodcli.cli.complete import complete_columns
from prodcli.cli.options import Format, Style

Sort = Annotated[
    list[str] | None,
    typer.Option(
        "--sort",
        metavar="KEYS...",
        help="Sort by these columns, as JSON calls them; -KEY: descending.",
        autocompletion=complete_columns,
    ),
]
Limit = Annotated[int | None, typer.Option("--limit", min=0, metavar="N", help="Show only the first N rows.")]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--columns",
        metavar="KEYS...",
        help="Show only these columns, as JSON calls them.",
        autocompletion=complete_columns,
    ),
]
Watch = Annotated[
    int | None, typer.Option("--watch", min=1, metavar="SECONDS", help="Show the table anew every so many seconds.")
]
NoPager = Annotated[bool, typer.Option("--no-pager", help="Do not page what is longer than the screen.")]
All = Annotated[bool, typer.Option("--all", help="Show all rows, also those that are folded.")]


@dataclass(frozen=True)
class View:
    """How a table is shown: its format, rows and columns, and every how many seconds anew."""

    style: Style = Style.TABLE
    sort: tuple[str, ...] = ()
    limit: int | None = None
    columns: tuple[str, ...] = ()
    watch: int | None = None
    pager: bool = True
    all: bool = False

    @property
    def is_data(self) -> bool:
        """True for a format that programs read, from which nothing is hidden."""
        return self.style in (Style.JSON, Style.CSV)


def view(
    context: typer.Context,
    style: Format = Style.TABLE,
    sort: Sort = None,
    limit: Limit = None,
    columns: Columns = None,
    watch: Watch = None,
    no_pager: NoPager = False,
    every: All = False,
) -> View:
    """The view that the options ask for."""
    return View(style, _words(sort), limit, _words(columns), watch, not no_pager, every)


def _words(said: list[str] | None) -> tuple[str, ...]:
    return tuple(word for one in said or () for word in one.split(",") if word)
