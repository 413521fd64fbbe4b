"""Show a table in the format that was asked for; no face of a table shows a secret."""

from __future__ import annotations

import csv
import json
import sys
import time
from dataclasses import replace
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING

from prodcli.cli.options import Style
from prodcli.cli.tables.view import View
from prodcli.tables.arrange import arranged

if TYPE_CHECKING:
    from prodcli.tables.table import Cell, Table


def show(table: Table, view: View | str, zone: tzinfo = UTC) -> None:
    """Write a table to stdout; data formats have every row and no total.

    A format alone, without a view, is that of a verb which asks or says more after the table: nothing is paged.
    """
    chosen = view if isinstance(view, View) else View(Style(view), pager=False)
    table = _without_secrets(arranged(table, chosen.sort, chosen.limit, chosen.columns))
    if chosen.style is Style.JSON:
        _write_json(table)
    elif chosen.style is Style.CSV:
        _write_csv(table)
    elif chosen.style is Style.MARKDOWN:
        _write_markdown(table, zone)
    else:
        from prodcli.cli.tables.terminal import show_table

        watched = chosen.watch is not None
        every = chosen.all or chosen.limit is not None
        show_table(table, zone, every, pager=chosen.pager and not watched, one_screen=watched)


def _write_json(table: Table) -> None:
    from prodcli.tables.faces import data_rows

    sys.stdout.write(json.dumps(list(data_rows(table)), indent=1) + "\n")


def _write_csv(table: Table) -> None:
    from prodcli.tables.faces import data_rows

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(table.keys)
    writer.writerows(["" if cell is None else cell for cell in row.values()] for row in data_rows(table))


def _write_markdown(table: Table, zone: tzinfo) -> None:
    from prodcli.tables.faces import markdown
    from prodcli.tables.screen import Screen

    sys.stdout.writelines(line + "\n" for line in markdown(table, Screen(int(time.time()), zone=zone)))


def _without_secrets(table: Table) -> Table:
    """The table without secrets; words around the rows are in addition without what a terminal obeys, as cells become later."""
    from prodcli.errors import readable
    from prodcli.secrets import hide_secrets

    def around(text: str) -> str:
        return readable(hide_secrets(text))

    def hidden(row: list[Cell]) -> list[Cell]:
        return [hide_secrets(cell) if isinstance(cell, str) else cell for cell in row]

    rows = [hidden(list(row)) for row in table.rows]
    total = hidden(list(table.total)) if table.total else None
    title, note, as_of = (around(text) for text in (table.title, table.note, table.as_of))
    hints = [around(hint) for hint in table.hints]
    said = [around(text) for text in table.announced]
    return replace(table, rows=rows, total=total, title=title, note=note, as_of=as_of, hints=hints, announced=said)
