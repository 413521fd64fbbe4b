"""prodcli graph."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import options
from prodcli.cli.commands.by_hand import RULES
from prodcli.cli.context import Session, current

if TYPE_CHECKING:
    from prodcli.chains.picture import Picture
    from prodcli.rules.model import Rule

EXAMPLE = "Example: prodcli graph -c rules.yaml"


class Shape(StrEnum):
    """The form of the graph."""

    TREE = "tree"
    DOT = "dot"
    JSON = "json"


Config = Annotated[
    Path | None, typer.Option("--config", "-c", metavar="FILE", help="Rule file, or a folder of them.", envvar=RULES)
]
Paths = Annotated[
    list[Path] | None, typer.Argument(metavar="[FILE|FOLDER]...", help="More rule files, and folders of them.")
]
Form = Annotated[Shape, typer.Option("--format", help="A tree, a graph for Graphviz, or data.")]


def graph(
    context: typer.Context,
    paths: Paths = None,
    config: Config = None,
    lenient: options.Lenient = False,
    style: Form = Shape.TREE,
) -> None:
    """Draw which rules read the outputs of which, and how far each is.

    A rule is below the rules whose outputs it reads. The books and the file catalog say how far it is; without a
    prodcli.yaml only the rules are shown. Exit code 3: rules read each other's outputs in a circle.
    """
    from prodcli.chains.chain import chain_of
    from prodcli.chains.graph_text import data, dot
    from prodcli.chains.picture import Picture
    from prodcli.chains.tree import tree
    from prodcli.errors import UsageError

    session, wanted = current(context), [*([config] if config else ()), *(paths or ())]
    if not wanted:
        raise UsageError("no rule file is named", where="graph", todo="like prodcli graph -c rules.yaml")
    picture = with_progress(session, Picture(chain_of(_rules(session, wanted, lenient))))
    if style is Shape.JSON:
        session.show_json(data(picture))
        return
    for line in picture.warnings:
        session.warn(line)
    sys.stderr.flush()
    if style is not Shape.DOT:
        session.show_announcements()
    plain = os.environ.get("LC_ALL") in ("C", "POSIX") or not (sys.stdout.encoding or "").lower().startswith("utf")
    session.show_text(dot(picture) if style is Shape.DOT else "\n".join(tree(picture, plain)))


def _rules(session: Session, paths: list[Path], lenient: bool) -> list[Rule]:
    """The sound rules of files and folders; raises RuleError if there is none, and warns of the others."""
    from prodcli.errors import RuleError
    from prodcli.rules.load import check_files

    rules = []
    for file, found in check_files(paths, session.rule_site, lenient=lenient).items():
        for one in found:
            if one.rule is not None:
                rules.append(one.rule)
            elif one.errors:
                session.warn(f"{file}: {f'rule {one.name} ' if one.name else ''}is left out: {one.errors[0]}")
            else:
                session.say(f"{file}: {one.note}")
    if not rules:
        raise RuleError("there is no sound rule", where=", ".join(map(str, paths)), todo="prodcli rules lint says more")
    return rules


def with_progress(session: Session, picture: Picture) -> Picture:
    """The picture with what books and file catalog know; a database that does not answer costs a warning."""
    from dataclasses import replace

    from prodcli.chains.progress import booked_jobs, progress_of, registered_files
    from prodcli.errors import ProdError

    if not session.has_config:
        return picture
    try:
        booked = booked_jobs(session.database("production_read", read_only=True))
        catalog = session.catalog("filecatalog")
        registered = registered_files(catalog, session.rule_site, picture.products, booked)
    except ProdError as failure:
        session.warn(f"how far the rules are is not known: {failure}")
        return picture
    progress = progress_of(picture.products, booked, registered)
    return replace(picture, progress=progress, others=tuple(booked.by_product))
