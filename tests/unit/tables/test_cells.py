"""Cells as people read them, by kind, and as data."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from prodcli.tables.cells import range_text, text_of
from prodcli.tables.faces import data_rows, markdown
from prodcli.tables.screen import Screen
from prodcli.tables.table import Column, Kind, Table

NOW = 1_796_000_000  # 2026-11-30 00:53:20 UTC


@pytest.mark.parametrize(
    ("kind", "cell", "text", "short"),
    [
        (Kind.COUNT, 1234567, "1234567", "1234567"),
        (Kind.NUMBER, 2.55, "2.5", "2.5"),
        (Kind.NUMBER, 0.0, "0.0", "0.0"),
        (Kind.NUMBER, 0.003, "0.003", "0.003"),
        (Kind.NUMBER, 3e-20, "3e-20", "3e-20"),
        (Kind.PERCENT, 0.0, "0%", "0%"),
        (Kind.PERCENT, 0.2, "<1%", "<1%"),
        (Kind.PERCENT, 99.9, ">99%", ">99%"),
        (Kind.PERCENT, 100.0, "100%", "100%"),
        (Kind.BAR, 0.0, "               0%", "         0%"),
        (Kind.BAR, 1.0, "█              1%", "█        1%"),
        (Kind.BAR, 99.0, "███████████   99%", "█████   99%"),
        (Kind.BAR, 100.0, "████████████ 100%", "██████ 100%"),
        (Kind.LENGTH, 50.0, "██████      ", "███   "),
        (Kind.TIME, NOW, "2026-11-30 00:53 UTC", "2026-11-30 00:53 UTC"),
        (Kind.AGO, NOW - 5, "5 s ago (00:53 UTC)", "5s ago"),
        (Kind.AGO, NOW - 240, "4 min ago (00:49 UTC)", "4m ago"),
        (Kind.AGO, NOW - 7200, "2 h ago (2026-11-29 22:53 UTC)", "2h ago"),
        (Kind.AGO, NOW - 3 * 86400, "3 days ago (2026-11-27 00:53 UTC)", "3d ago"),
        (Kind.AGO, NOW + 600, "in 10 min (01:03 UTC)", "in 10m"),
        (Kind.DURATION, 7500, "2 h 5 min", "2h05m"),
        (Kind.DURATION, 45.5, "45 s", "45s"),
        (Kind.BYTES, 512, "512 B", "512 B"),
        (Kind.BYTES, 1_610_612_736, "1.5 GB", "1.5 GB"),
        (Kind.MEMORY, 318, "318 MB", "318 MB"),
        (Kind.PATH, "/data/a", "/data/a", "/data/a"),
        (Kind.COUNT, None, "", ""),
    ],
)
def test_cells_by_their_kind(kind: Kind, cell: Any, text: str, short: str) -> None:
    column = Column("x", kind=kind)
    assert (text_of(column, cell, Screen(NOW)), text_of(column, cell, Screen(NOW), short=True)) == (text, short)


def test_times_in_the_zone_of_the_site() -> None:
    screen = Screen(NOW, zone=ZoneInfo("America/New_York"))
    assert text_of(Column("x", kind=Kind.AGO), NOW - 240, screen) == "4 min ago (19:49 EST)"
    assert text_of(Column("x", kind=Kind.TIME), NOW, screen) == "2026-11-29 19:53 EST"


def test_data_has_times_in_utc_and_numbers_as_numbers() -> None:
    columns = (
        Column("when", kind=Kind.AGO),
        Column("done_percent", kind=Kind.BAR),
        Column("asked_min", to="asked_max"),
    )
    table = Table((*columns, Column("asked_max")), [[NOW, 50.0, 200, 318], [None, None, None, None]])
    assert list(data_rows(table)) == [
        {"when": "2026-11-30T00:53:20Z", "done_percent": 50.0, "asked_min": 200, "asked_max": 318},
        {"when": None, "done_percent": None, "asked_min": None, "asked_max": None},
    ]


def test_markdown_escapes_what_would_be_markup() -> None:
    table = Table(
        (Column("tag"), Column("jobs", kind=Kind.COUNT)), [["a|b_c*", 3]], title="run3auau", note="one [note]"
    )
    assert list(markdown(table, Screen(NOW))) == [
        "**run3auau**",
        "",
        "| tag | jobs |",
        "| --- | ---: |",
        r"| a\|b\_c\* | 3 |",
        "",
        r"one \[note\]",
    ]


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [
        ("40 MB", "200 MB", "40-200 MB"),
        ("200 MB", "200 MB", "200 MB"),
        ("58 min", "3 h 5 min", "58 min-3 h 5 min"),
        ("1 h 5 min", "3 h 5 min", "1 h 5 min-3 h 5 min"),
        ("", "9", "9"),
    ],
)
def test_a_range_says_a_unit_once_only_if_it_is_the_unit_of_both_ends(low: str, high: str, shown: str) -> None:
    assert range_text(low, high) == shown
