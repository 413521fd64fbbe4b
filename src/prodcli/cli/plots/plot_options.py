"""The options of every plot, as one group: which jobs, since when, and into which file or format."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from prodcli.cli import options

Since = Annotated[str | None, typer.Option("--since", help="Since when: 2026-01-31, or 36h, 7d ago.")]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Draw into this .png or .svg file, not on the terminal.")
]
Dark = Annotated[bool, typer.Option("--dark", help="Draw the file on a dark ground.")]


@dataclass(frozen=True)
class Asked:
    """The jobs of a plot as they are said, and where the plot goes."""

    tags: list[str] | None
    dsttypes: list[str] | None
    rules: list[str] | None
    runs: list[str] | None
    exclude: list[str] | None
    since: str | None
    out: Path | None
    dark: bool
    style: options.Style


def asked(
    context: typer.Context,
    tag: options.Tag = None,
    dsttype: options.Dsttype = None,
    rule: options.OfRule = None,
    runs: options.Runs = None,
    exclude: options.Exclude = None,
    since: Since = None,
    out: Out = None,
    dark: Dark = False,
    style: options.Format = options.Style.TABLE,
) -> Asked:
    """What the options ask for."""
    return Asked(tag, dsttype, rule, runs, exclude, since, out, dark, style)
