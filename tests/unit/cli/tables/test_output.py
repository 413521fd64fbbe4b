"""Results: data is never markup, off a terminal nothing is cut or coloured, JSON and CSV hold everything."""

import csv
import io
import json
import re
import sys
import time
from typing import Any

import pytest

from prodcli.cli.tables.progress_bar import progress_bar
from prodcli.cli.tables.show import show
from prodcli.tables.cells import text_of
from prodcli.tables.screen import Screen
from prodcli.tables.table import Column, Table

HOSTILE = "[red]x[/red] [/] [link=y] \x1b[31mred\x1b[0m \n two \t lines größe"
LONG = "DST_" + "x" * 300
TABLE = Table(
    (Column("name"), Column("count", style="bold red"), Column("share")),
    [[HOSTILE, 1234567, 12.345], [LONG, 0, None]],
    title="[b]Title[/b]",
    total=["total", 1234567, None],
    note="[i]note[/i]",
)


def shown(capsys: pytest.CaptureFixture[str], table: Table, style: str) -> str:
    """What is written to stdout; nothing goes to stderr."""
    show(table, style)
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


@pytest.fixture
def terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A colour terminal, 60 wide."""
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda _: True, raising=False)
    for key, value in {"COLUMNS": "60", "LINES": "30", "TERM": "xterm-256color"}.items():
        monkeypatch.setenv(key, value)
    monkeypatch.delenv("NO_COLOR", raising=False)
    return monkeypatch


def test_piped_is_plain_and_uncut(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(capsys, TABLE, "table").splitlines()
    assert lines[0] == "[b]Title[/b]"
    assert lines[1].split() == ["name", "count", "share"]
    assert lines[2].startswith("[red]x[/red] [/] [link=y] ?[31mred?[0m two lines größe   ")
    assert lines[2].endswith("1234567   12.3")
    assert lines[3].startswith(LONG + "        0")
    assert lines[4].split() == ["total", "1234567"]
    assert lines[5] == "[i]note[/i]"
    assert len(lines) == 6


def test_json_and_csv_hold_the_data_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(shown(capsys, TABLE, "json")) == [
        {"name": HOSTILE, "count": 1234567, "share": 12.345},
        {"name": LONG, "count": 0, "share": None},
    ]
    text = shown(capsys, TABLE, "csv")
    assert list(csv.reader(io.StringIO(text))) == [
        ["name", "count", "share"],
        [HOSTILE, "1234567", "12.345"],
        [LONG, "0", ""],
    ]


@pytest.mark.parametrize(("style", "text"), [("json", "[]\n"), ("csv", "a,b\n"), ("table", "a  b\nnothing\n")])
def test_nothing_is_shown_as_nothing(capsys: pytest.CaptureFixture[str], style: str, text: str) -> None:
    assert shown(capsys, Table((Column("a"), Column("b")), [], note="nothing"), style) == text


def test_data_is_no_markup_on_a_terminal(capsys: pytest.CaptureFixture[str], terminal: Any) -> None:
    columns = (Column("name", "[b]name[/b]"),)
    table = Table(columns, [["[red]x[/red]"], ["[/]"], ["[link=y]"]], "[u]t[/u]", total=["[i]"], note="[s]n[/s]")
    text = shown(capsys, table, "table")
    for words in ("[u]t[/u]", "[b]name[/b]", "[red]x[/red]", "[/]", "[link=y]", "[i]", "[s]n[/s]"):
        assert words in text


def test_a_terminal_gets_colour_for_what_is_not_zero_and_loses_nothing(
    capsys: pytest.CaptureFixture[str], terminal: Any
) -> None:
    columns = (Column("name"), Column("held", style="bold red"))
    text = shown(capsys, Table(columns, [[LONG, 3], ["b", 0]]), "table")
    assert re.search(r"\x1b\[1;31m *3\x1b", text)
    assert re.search(r"\x1b\[2m *0\x1b", text)
    assert text.count("x") == 300


def test_a_narrow_terminal_leaves_out_what_says_nothing_and_says_so(
    capsys: pytest.CaptureFixture[str], terminal: Any
) -> None:
    counts = (Column("evicted", level=1, drop_empty=True), Column("held", level=1, drop_empty=True))
    columns = (Column("tag", shared=True), Column("a" * 30, level=1), *counts, Column("b" * 20, level=1))
    rows = [["[t]", "x", 0, 2, 1], ["[t]", "y", 0, 0, 1]]
    table = Table(columns, rows, total=["total", "", 0, 2, 2])
    text = shown(capsys, table, "table")
    assert "none: evicted" in text
    assert text.splitlines()[0].strip().endswith("[t]")
    assert all(word in text for word in ("held", "total", "aaaaa", "bbbbb"))
    assert json.loads(shown(capsys, table, "json"))[0] == dict(zip(table.keys, rows[0], strict=True))


def test_cells_as_people_read_them() -> None:
    cells = (None, 0, 1234, 0.05, "a\nb", "a\x00b")
    assert [text_of(Column("x"), cell, Screen(0)) for cell in cells] == ["", "0", "1234", "0.1", "a b", "a?b"]


def test_the_spinner_is_seen_only_after_a_second_and_never_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar("[red]quick[/red]", 0):
        pass
    assert capsys.readouterr() == ("", "")


def test_the_spinner_ends_with_its_work(capsys: pytest.CaptureFixture[str], terminal: pytest.MonkeyPatch) -> None:
    terminal.setattr("prodcli.cli.tables.progress_bar.threading.Timer", _at_once)
    with pytest.raises(ValueError, match="work"), progress_bar("[red]slow[/red]", 0):
        time.sleep(0)
        raise ValueError("work")
    captured = capsys.readouterr()
    assert captured.out == ""


def test_numbers_and_the_names_of_rows_are_whole_on_a_narrow_terminal(
    capsys: pytest.CaptureFixture[str], terminal: Any
) -> None:
    """A number that is cut off is another number."""
    keys = ("run", "missing_output", "low_output_events", "events_expected", "events_produced", "events_lost")
    columns = [Column(key, level=int(key != "run")) for key in keys]
    rows = [["69617", 1234567, 2345678, 345678901, 456789012, 567890123], ["all", 1, 2, 3, 4, 5]]
    terminal.setenv("NO_COLOR", "1")
    lines = [line.split() for line in shown(capsys, Table(columns, rows), "table").splitlines()]
    for row in rows:
        assert [str(cell) for cell in row] in lines


class _at_once:
    """A timer that does not wait."""

    def __init__(self, _: float, work: Any) -> None:
        self.start, self.cancel, self.join = work, lambda: None, lambda: None


@pytest.mark.parametrize("columns", ["0", "-1", "none", ""])
def test_a_terminal_without_a_sensible_width_still_shows_the_table(
    terminal: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: str
) -> None:
    terminal.setenv("COLUMNS", columns)
    assert "1234567" in shown(capsys, TABLE, "table")
