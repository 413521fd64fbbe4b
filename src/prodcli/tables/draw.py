"""Tables as lines of coloured words, for terminals and for plain text.

Pure: data in, data out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from prodcli.tables.fit import BELOW, fit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from prodcli.tables.fit import Field, Fitted
    from prodcli.tables.screen import Screen
    from prodcli.tables.table import Table

Span = tuple[str, str]  # a text and its style
Line = list[Span]


def draw(table: Table, screen: Screen, every: bool = False) -> list[Line]:
    """The lines of a table; a terminal shows the first rows of a long one, unless every row is wanted."""
    hidden = 0
    if screen.width is not None and table.most is not None and not every:
        hidden = max(0, len(table.rows) - table.most)
        table = replace(table, columns=table.described, rows=table.rows[: table.most])
    fitted = fit(table, screen)
    lines = [*_title(table, fitted, screen)]
    if table.rows or screen.width is None or not table.note:
        lines += _rows(table, fitted)
    return lines + [[(text, "")] for text in _below(table, fitted, screen, hidden)]


def _title(table: Table, fitted: Fitted, screen: Screen) -> list[Line]:
    """The title, and beside it as of when: at the right edge of the table, or on a line of its own."""
    title = " ".join(filter(None, (table.title, *fitted.shared)))
    if not title or not table.as_of:
        return [[(text, style)] for text, style in ((title, ""), (table.as_of, "dim")) if text]
    across = sum(fitted.widths) + fitted.gap * (len(fitted.widths) - 1)
    gap = max(2, across - len(title) - len(table.as_of)) if screen.width is not None else 2
    if screen.width is not None and len(title) + gap + len(table.as_of) > screen.width:
        return [[(title, "")], [(table.as_of, "dim")]]
    return [[(title, ""), (" " * gap, ""), (table.as_of, "dim")]]


def _rows(table: Table, fitted: Fitted) -> Iterator[Line]:
    headings = [(one.column.heading, "bold") for one in fitted.beside]
    yield from _folded(headings, fitted)
    for i in range(len(table.rows)):
        yield from _folded([(one.cells[i], _style(one, i, table.marks)) for one in fitted.beside], fitted)
        for one in fitted.below:
            if one.cells[i]:
                yield [(_below_row(one, i), _style(one, i, table.marks))]
    if table.total:
        yield from _folded([(one.cells[-1], "bold") for one in fitted.beside], fitted)


def _folded(cells: Sequence[Span], fitted: Fitted) -> Iterator[Line]:
    """The lines of one row: cells that are wider than their column fold between words."""
    folded = [_words(text, width) for (text, _), width in zip(cells, fitted.widths, strict=True)]
    for n in range(max(map(len, folded), default=0)):
        line: Line = []
        for one, (_, style), words, width in zip(fitted.beside, cells, folded, fitted.widths, strict=True):
            text = words[n] if n < len(words) else ""
            line += [(text.rjust(width) if one.right else text.ljust(width), style), (" " * fitted.gap, "")]
        yield _stripped(line)


def _words(text: str, width: int) -> list[str]:
    if len(text) <= width:
        return [text]
    import textwrap  # slow to load

    return textwrap.wrap(text, max(width, 1), break_long_words=False, break_on_hyphens=False)


def _stripped(line: Line) -> Line:
    """The line without blanks at its end."""
    while line and not line[-1][0].strip():
        line.pop()
    return [*line[:-1], (line[-1][0].rstrip(), line[-1][1])] if line else line


def _below_row(one: Field, row: int) -> str:
    """A cell on a line of its own, which never folds."""
    return f"  {one.cells[row]}" if one.column.kind in BELOW else f"  {one.column.heading}: {one.cells[row]}"


def _style(one: Field, row: int, marks: Mapping[str, str]) -> str:
    value = one.values[row]
    if isinstance(value, str) and value in marks:
        return marks[value]
    return one.column.style if value else ("dim" if value == 0 else "")


def _below(table: Table, fitted: Fitted, screen: Screen, hidden: int) -> Iterator[str]:
    """What stands below the rows: what is not shown, notes, and what to type next, which never folds."""
    if screen.width is not None:
        words = [f"none: {', '.join(fitted.none)}"] if fitted.none else []
        words += [f"too narrow for: {', '.join(fitted.left_out)}"] if fitted.left_out else []
        notes = [f"and {hidden} more (--all)"] if hidden else []
        for note in [*notes, *(["; ".join(words)] if words else []), *table.note.splitlines()]:
            yield from _words(note, screen.width)
    else:
        yield from table.note.splitlines()
    yield from table.hints
