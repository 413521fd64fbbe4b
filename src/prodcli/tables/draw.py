"""Tables as lines of plain text, and the words around the rows, which a terminal shows as well.

Pure: data in, data out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from prodcli.tables.fit import BELOW, fit
from prodcli.tables.table import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from prodcli.tables.fit import Field, Fitted
    from prodcli.tables.screen import Screen
    from prodcli.tables.table import Table


def draw(table: Table, screen: Screen) -> list[str]:
    """The lines of a table off a terminal: nothing is folded or left out but columns that are zero or empty."""
    fitted = fit(table, screen)
    above = announced(table.announced, screen.width)
    return [*above, *head(table, fitted, screen), *_rows(table, fitted), *foot(table, fitted, screen)]


def announced(texts: Iterable[str], width: int | None) -> list[str]:
    """What everybody should know, each text with a mark."""
    return [line for text in texts for line in ([f"! {text}"] if width is None else _words(f"! {text}", width))]


def head(table: Table, fitted: Fitted, screen: Screen) -> list[str]:
    """The title, and beside it as of when: at the right edge of the table, or on a line of its own."""
    title = " ".join(filter(None, (table.title, *fitted.shared)))
    if not title or not table.as_of:
        return [text for text in (title, table.as_of) if text]
    across = sum(fitted.widths) + fitted.gap * (len(fitted.widths) - 1)
    gap = max(2, across - len(title) - len(table.as_of)) if screen.width is not None else 2
    if screen.width is not None and len(title) + gap + len(table.as_of) > screen.width:
        return [title, table.as_of]
    return [f"{title}{' ' * gap}{table.as_of}"]


def foot(table: Table, fitted: Fitted, screen: Screen, hidden: int = 0) -> Iterator[str]:
    """What stands below the rows: what is not shown, notes, and what to type next, which never folds."""
    if screen.width is not None:
        words = [f"none: {', '.join(fitted.none)}"] if fitted.none else []
        words += [f"too narrow for: {', '.join(fitted.left_out)}"] if fitted.left_out and table.rows else []
        notes = [f"and {hidden} more (--all)"] if hidden else []
        for note in [*notes, *(["; ".join(words)] if words else []), *table.note.splitlines()]:
            # what is indented is to be copied, and never folds
            yield from [note] if note.startswith("  ") else _words(note, screen.width)
    else:
        yield from table.note.splitlines()
    yield from table.hints


def headings_of(fitted: Fitted) -> list[str]:
    """The headings, folded into the widths of their columns, all of them down to the same line."""
    folded = [_folded(one.heading_parts, width) for one, width in zip(fitted.beside, fitted.widths, strict=True)]
    most = max(map(len, folded), default=0)
    return ["\n" * (most - len(lines)) + "\n".join(lines) for lines in folded]


def _folded(parts: Sequence[str], width: int) -> list[str]:
    lines = [""]
    for part in parts:
        if lines[-1] and len(lines[-1]) + len(part.rstrip()) > width:
            lines.append("")
        lines[-1] += part
    return [line.rstrip() for line in lines]


def below_row(one: Field, row: int, width: int | None = None) -> list[str]:
    """A cell on lines of its own; only details fold, between words."""
    cell = one.cells[row]
    if one.column.kind is Kind.DETAIL and width is not None:
        return [f"  {line}" for line in _words(cell, width - 2)]
    if one.column.kind is Kind.PATHS:
        return [f"  {path}" for path in cell.split(", ")]
    return [f"  {cell}" if one.column.kind in BELOW else f"  {one.column.heading}: {cell}"]


def _rows(table: Table, fitted: Fitted) -> Iterator[str]:
    yield _line([one.column.heading for one in fitted.beside], fitted)
    for i in range(len(table.rows) + bool(table.total)):
        yield _line([one.cells[i] for one in fitted.beside], fitted)
        for one in fitted.below:
            yield from below_row(one, i) if one.cells[i] else ()


def _line(cells: Sequence[str], fitted: Fitted) -> str:
    padded = (
        text.rjust(width) if one.right else text.ljust(width)
        for text, one, width in zip(cells, fitted.beside, fitted.widths, strict=True)
    )
    return (" " * fitted.gap).join(padded).rstrip()


def _words(text: str, width: int) -> list[str]:
    if len(text) <= width:
        return [text]
    import textwrap  # slow to load

    return textwrap.wrap(text, max(width, 1), break_long_words=False, break_on_hyphens=False)
