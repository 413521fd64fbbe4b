"""Tables on screens: names stay whole, what does not fit is left out by its level and said, paths stand alone."""

import pytest

from prodcli.cli.tables.terminal import rendered
from prodcli.tables.draw import draw
from prodcli.tables.screen import Screen
from prodcli.tables.table import Cell, Column, Kind, Table

NOW = 1_796_000_000  # 2026-11-30 00:53:20 UTC
COLUMNS = (
    Column("tag"),
    Column("dsttype"),
    Column("jobs", kind=Kind.COUNT, level=1),
    Column("done", kind=Kind.BAR, level=1),
    Column("running", kind=Kind.COUNT, level=2, drop_empty=True),
    Column("held", kind=Kind.COUNT, level=1, drop_empty=True),
    Column("evicted", kind=Kind.COUNT, level=3),
)
ROWS: list[list[Cell]] = [
    ["ana541_2025p014_v001", "DST_CALOFITTING", 179, 61.2, 19, 0, 1],
    ["ana541_2025p014_v002", "DST_TRKR_CLUSTER", 234, 0.4, 0, 0, 2],
]


def lines(table: Table, width: int | None, every: bool = False, plain: bool = False) -> list[str]:
    """The lines of a table on a terminal, or off it without a width."""
    screen = Screen(NOW, width, plain=plain)
    if width is None:
        return draw(table, screen)
    return [line.rstrip() for line in rendered(table, screen, every).splitlines()]


def test_a_table_as_people_read_it() -> None:
    table = Table(COLUMNS, ROWS, title="run3auau", as_of="as of 02:00 UTC", hints=["type this"])
    assert lines(table, 100) == [
        "run3auau                                                          as of 02:00 UTC",
        "tag                   dsttype           jobs  done               running  evicted",
        "ana541_2025p014_v001  DST_CALOFITTING    179  ███████       61%       19        1",
        "ana541_2025p014_v002  DST_TRKR_CLUSTER   234  █             <1%        0        2",
        "none: held",
        "type this",
    ]
    assert lines(table, 80)[1:4] == [
        "tag                  dsttype          jobs done        running evicted",
        "ana541_2025p014_v001 DST_CALOFITTING   179 ████    61%      19       1",
        "ana541_2025p014_v002 DST_TRKR_CLUSTER  234 █       <1%       0       2",
    ]


@pytest.mark.parametrize("width", range(10, 120, 7))
def test_names_and_numbers_are_never_cut(width: int) -> None:
    words = {word for line in lines(Table(COLUMNS, ROWS), width) for word in line.split()}
    assert {"ana541_2025p014_v001", "ana541_2025p014_v002", "DST_CALOFITTING", "DST_TRKR_CLUSTER"} <= words


def test_a_narrow_screen_leaves_out_columns_of_the_highest_level_and_says_so() -> None:
    shown = lines(Table(COLUMNS, ROWS), 62)
    assert shown[0].split() == ["tag", "dsttype", "jobs", "done", "running"]
    assert shown[-1] == "none: held; too narrow for: evicted"
    shown = lines(Table(COLUMNS, ROWS), 45)
    assert shown[0].split() == ["tag", "dsttype", "jobs"]
    assert shown[-2:] == ["none: held; too narrow for: done, running,", "evicted"]
    assert max(map(len, shown)) <= 45


def test_all_columns_but_empty_ones_are_in_a_pipe() -> None:
    shown = lines(Table(COLUMNS, ROWS), None)
    assert shown[0].split() == ["tag", "dsttype", "jobs", "done", "running", "evicted"]
    assert len(shown) == 3


def test_what_all_rows_share_moves_into_the_title_of_a_narrow_screen() -> None:
    columns = (Column("tag", shared=True), Column("run"), Column("jobs", kind=Kind.COUNT))
    table = Table(columns, [["a" * 30, 1, 2], ["a" * 30, 3, 4]], title="run3auau", total=["total", None, 6])
    assert lines(table, 30) == ["run3auau " + "a" * 30, "  run  jobs", "    1     2", "    3     4", "total     6"]


def test_paths_and_commands_stand_alone_and_unfolded() -> None:
    columns = (Column("run"), Column("log", kind=Kind.PATH), Column("jobs", kind=Kind.COUNT))
    table = Table(columns, [["66499", "/data/" + "x" * 200, 3], ["66500", None, 4]])
    assert lines(table, 60) == ["run    jobs", "66499     3", "  /data/" + "x" * 200, "66500     4"]
    assert lines(table, None)[1] == "66499  /data/" + "x" * 200 + "     3"


def test_details_stand_beside_where_there_is_room_and_else_below_folded_between_words() -> None:
    table = Table((Column("what"), Column("detail", kind=Kind.DETAIL)), [["roots", "outdir, logdir: 1.5 TB free"]])
    assert lines(table, 40) == ["what   detail", "roots  outdir, logdir: 1.5 TB free"]
    assert lines(table, 20) == ["what", "roots", "  outdir, logdir:", "  1.5 TB free"]


@pytest.mark.parametrize("width", [60, None])
def test_each_of_several_paths_stands_alone(width: int | None) -> None:
    table = Table((Column("what"), Column("examples", kind=Kind.PATHS)), [["old", "/data/a, /data/" + "x" * 90]])
    assert lines(table, width) == ["what", "old", "  /data/a", "  /data/" + "x" * 90]


def test_long_texts_fold_between_words() -> None:
    columns = (Column("run"), Column("reason"), Column("jobs", kind=Kind.COUNT))
    table = Table(columns, [["66499", "memory usage exceeded the memory that was requested", 12]])
    assert lines(table, 44) == [
        "run   reason                            jobs",
        "66499 memory usage exceeded the memory    12",
        "      that was requested",
    ]


def test_a_very_long_word_stands_below_its_row_and_short_columns_never_do() -> None:
    table = Table((Column("rule"), Column("where")), [["Full_TRKR_CLUSTER", "x" * 50]])
    assert lines(table, 40) == ["rule", "Full_TRKR_CLUSTER", "  where: " + "x" * 50]
    columns = (Column("rule"), Column("match", level=1), Column("check", level=1))
    short = Table(columns, [["Full_TRKR_CLUSTER", "combining", "x" * 20]])
    assert lines(short, 40) == ["rule              match", "Full_TRKR_CLUSTER combining", "too narrow for: check"]


def test_a_long_list_shows_its_first_rows() -> None:
    table = Table((Column("job", kind=Kind.COUNT),), [[n] for n in range(64)], most=10)
    assert lines(table, 80)[-2:] == ["  9", "and 54 more (--all)"]
    assert len(lines(table, 80, every=True)) == 65
    assert len(lines(table, None)) == 65


def test_a_range_is_one_column_on_a_screen() -> None:
    columns = (
        Column("run"),
        Column("asked_min", "asked", Kind.MEMORY, to="asked_max"),
        Column("asked_max", kind=Kind.MEMORY),
    )
    table = Table(columns, [["1", 200, 318], ["2", 200, 200], ["3", None, None]])
    assert lines(table, 80) == ["run       asked", "1    200-318 MB", "2        200 MB", "3"]


def test_a_plain_screen_has_bars_of_plain_letters() -> None:
    assert lines(Table((Column("done", kind=Kind.BAR),), [[50.0]]), 80, plain=True)[1] == "######        50%"


def test_no_line_off_a_terminal_ends_in_a_blank() -> None:
    table = Table(COLUMNS, ROWS, total=["total", "", 413, 29.0, 19, 0, 3])
    assert not [line for line in lines(table, None) if line.endswith(" ")]


def test_only_counts_are_said_to_be_none() -> None:
    columns = (Column("run"), Column("why", drop_empty=True), Column("held", kind=Kind.COUNT, drop_empty=True))
    assert lines(Table(columns, [["1", "", 0]]), 80) == ["run", "1", "none: held"]
