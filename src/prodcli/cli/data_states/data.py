"""prodcli data list|history|set."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import options
from prodcli.cli.context import current
from prodcli.cli.data_states import marking
from prodcli.cli.data_states.giving import runs_of
from prodcli.cli.option_groups import takes
from prodcli.cli.tables.view import View, view
from prodcli.data_states.states import DataState
from prodcli.tables.table import Column, Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.data_states.states import NotedState
    from prodcli.tables.table import Cell

app = typer.Typer(help="Show and set the states of data: finalized, validated ...", no_args_is_help=True)
State = Annotated[DataState | None, typer.Option("--state", help="Only data in this state.")]
_COLUMNS = (
    Column("tag", shared=True),
    Column("dataset", shared=True),
    Column("dsttype"),
    Column("state"),
    Column("runs"),
    Column("count", kind=Kind.COUNT, level=2),
    Column("since", kind=Kind.AGO, level=1),
    Column("author", level=2),
    Column("reason", level=1),
)


@app.command("list", epilog="Example: prodcli data list --tag ana537_2025p010_v001")
@takes(view, without={"watch", "every"})
def list_(
    context: typer.Context,
    how: View,
    tag: marking.Tag = None,
    dsttype: marking.Dsttype = None,
    dataset: marking.Dataset = None,
    runs: options.Runs = None,
    exclude: options.Exclude = None,
    state: State = None,
) -> None:
    """List the states of data.

    Each line is data that somebody gave a state for one reason. Data without a line is open.
    """
    found = _read(context, (tag, dsttype, dataset), runs, exclude, history=False)
    _show(context, [one for one in found if state in (None, one.state)], how)


@app.command("history", epilog="Example: prodcli data history --runs 66400-66700")
@takes(view, without={"watch", "every"})
def history(
    context: typer.Context,
    how: View,
    tag: marking.Tag = None,
    dsttype: marking.Dsttype = None,
    dataset: marking.Dataset = None,
    runs: options.Runs = None,
    exclude: options.Exclude = None,
) -> None:
    """List all states that data ever had, oldest first."""
    found = _read(context, (tag, dsttype, dataset), runs, exclude, history=True)
    _show(context, sorted(found, key=lambda one: (one.data[:3], one.added)), how)


@app.command(
    "set",
    epilog="Example: prodcli data set broken --tag ana537_2025p010_v001 --dsttype DST_TRKR_CLUSTER"
    ' --runs 66400-66700 --reason "disk lost" -n',
)
@takes(marking.mark_options)
def set_(
    context: typer.Context,
    said: marking.MarkOptions,
    state: Annotated[DataState, typer.Argument(metavar="STATE", help="The new state.")],
) -> None:
    """Give data any state.

    The command shows which data gets the state, and asks.
    """
    marking.mark(context, state, said)


def _read(
    context: typer.Context,
    data: tuple[list[str] | None, str | None, str | None],
    runs: list[str] | None,
    exclude: list[str] | None,
    history: bool,
) -> Sequence[NotedState]:
    from prodcli.catalogs.file_search import FileFilter, dsttypes_called
    from prodcli.cli.run_options import read_filter
    from prodcli.data_states.states import noted_states
    from prodcli.db.schema import require_current

    session, (tags, dsttype, dataset) = current(context), data
    database = session.database("production", read_only=True)
    require_current(database)
    names = dsttypes_called(session.site, dsttype) if dsttype else ()
    wanted = FileFilter(read_filter(session, runs, exclude), None, names, tags or (), dataset)
    return noted_states(database, wanted, history)


def _show(context: typer.Context, found: Sequence[NotedState], how: View) -> None:
    """Data that got its state at once for one reason is one line."""
    from prodcli.tables.table import Table

    groups: dict[object, list[NotedState]] = defaultdict(list)
    for one in found:
        groups[(*one.data[:3], one.state, one.added, one.author, one.reason)].append(one)
    rows: list[list[Cell]] = []
    for alike in groups.values():
        first = alike[0]
        about = (first.data.tag, first.data.dataset, first.data.dsttype, first.state.value)
        runs = runs_of((one.data.run for one in alike), how.style)
        rows.append([*about, runs, len(alike), first.added, first.author, first.reason])
    marks = {"validated": "green", "invalidated": "red", "broken": "bold red", "tape": "yellow"}
    note = "" if rows else "no data has a state: all of it is open"
    current(context).show(Table(_COLUMNS, rows, marks=marks, note=note), how)
