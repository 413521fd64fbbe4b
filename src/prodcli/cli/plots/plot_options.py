"""The options of every plot, as one group: which jobs, since when, and into which file or format."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from prodcli.cli import options
from prodcli.cli.option_groups import takes
from prodcli.cli.reports.filter_options import FilterOptions, filter_options

Since = Annotated[str | None, typer.Option("--since", help="Since when: 2026-01-31, or 36h, 7d ago.")]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Draw into this .png or .svg file, not on the terminal.")
]
Dark = Annotated[bool, typer.Option("--dark", help="Draw the file on a dark ground.")]


@dataclass(frozen=True)
class Asked:
    """The jobs of a plot as they are said, and where the plot goes."""

    chosen: FilterOptions
    out: Path | None
    dark: bool
    style: options.Style


@takes(filter_options, {"since"}, first=True)
def asked(
    context: typer.Context,
    chosen: FilterOptions,
    since: Since = None,
    out: Out = None,
    dark: Dark = False,
    style: options.Format = options.Style.TABLE,
) -> Asked:
    """What the options ask for."""
    return Asked(replace(chosen, since=since), out, dark, style)
