"""prodcli cursor show|set|advance|ratchet|import."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from prodcli.cli import notes, options
from prodcli.cli.complete import complete_tags
from prodcli.cli.context import current
from prodcli.cli.cursors.cursor_options import AnyRule, MoveOptions, moves_cursors
from prodcli.cursors.positions import Moves

app = typer.Typer(help="Show and move cursors: the run from which on a rule has work.", no_args_is_help=True)
AnyFile = Annotated[Path | None, typer.Option("--config", "-c", metavar="FILE", help="Rule file; only its rules.")]
Run = Annotated[int | None, typer.Argument(metavar="[RUN]", min=0, max=99_999_999, help="The run to stand at.")]
FromTag = Annotated[
    str,
    typer.Option(
        "--from-tag",
        metavar="TAG",
        help="Stand where the cursor of this tag stands, for the same dsttype.",
        autocompletion=complete_tags,
    ),
]
HowMoves = Annotated[
    Moves | None,
    typer.Option(
        "--moves",
        help="What passes with --runs cursor do: stay, follow (to the first run with work left), ratchet (to the last submitted run).",
    ),
]


@app.command("show", epilog="Example: prodcli cursor show")
def show(
    context: typer.Context,
    config: AnyFile = None,
    rule: AnyRule = None,
    lenient: options.Lenient = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Show where cursors stand, and who moved them."""
    from prodcli.cli.cursors.cursor_options import rules_of
    from prodcli.cli.cursors.cursor_tables import cursor_table
    from prodcli.cursors.positions import cursors

    session = current(context)
    found = cursors(session.database("production", read_only=True))
    rules = rules_of(session, config, rule, lenient) if config else []
    named = [(one.name, one.product) for one in rules] if config else [("", product) for product in found]
    session.show(cursor_table([(name, product, found.get(product)) for name, product in named]), style)


@app.command("set", epilog="Example: prodcli cursor set 66400 -c rules.yaml -r Full_TRKR_CLUSTER --moves follow")
@moves_cursors
def set_(
    context: typer.Context,
    chosen: MoveOptions,
    run: Run = None,
    from_tag: FromTag = "",
    moves: HowMoves = None,
    reason: options.Why = "",
) -> None:
    """Set the cursor of a rule.

    It goes to the run, or to where the cursor of another tag stands, also back. Without --moves passes move it as
    before; a new cursor stays.
    """
    from prodcli.cursors.moves import run_of_tag
    from prodcli.cursors.positions import cursors
    from prodcli.errors import UsageError

    rule = chosen.rule
    if (run is None) != bool(from_tag):
        raise UsageError("give a run, or --from-tag", where="cursor set", todo="like cursor set 69600 -c rules.yaml")
    why = notes.reason_of(reason) if reason else f"as {from_tag}" if from_tag else ""
    place = run if run is not None else run_of_tag(cursors(chosen.books), rule, from_tag)
    chosen.finish("cursor set", [chosen.mover.set(rule, place, moves, why)], reason)


@app.command("advance", epilog="Example: prodcli cursor advance -c rules.yaml --dry-run")
@moves_cursors
def advance(context: typer.Context, chosen: MoveOptions) -> None:
    """Move cursors to the first run with work left.

    That is also a run whose parents still run. The runs from each cursor on are planned, as `submit --dry-run` does. A
    cursor also moves back, to runs with jobs in the queues. Without --rule: every rule of the file that has a cursor,
    parents first.
    """
    from prodcli.chains.chain import chain_of
    from prodcli.cli.cursors.cursor_options import follower, planner

    session = chosen.session
    rules = [step.rule for step in chain_of(chosen.rules).steps]
    chosen.finish("cursor advance", chosen.mover.advance(rules, follower(session), planner(session)))


@app.command("ratchet", epilog="Example: prodcli cursor ratchet 66400 -c rules.yaml -r Full_TRKR_CLUSTER --dry-run")
@moves_cursors
def ratchet(context: typer.Context, chosen: MoveOptions, run: Run = None) -> None:
    """Move cursors on, never back.

    A cursor goes to the run, else to the last run that was submitted. Without --rule: every rule of the file that has a cursor.
    """
    chosen.finish("cursor ratchet", chosen.mover.ratchet(chosen.rules, run))


@app.command("import", epilog="Example: prodcli cursor import -c rules.yaml --dry-run")
@moves_cursors
def import_(context: typer.Context, chosen: MoveOptions, moves: HowMoves = None) -> None:
    """Take over cursors of the field's tools.

    The cursors of the rules are read from the table production_cursor.
    A cursor that is there already stays where it is.
    """
    from prodcli.cursors.field_cursors import field_cursors

    rows = field_cursors(chosen.books)
    chosen.finish("cursor import", chosen.mover.take_over(chosen.rules, rows, moves or Moves.STAY))
