"""The table of states: folded hosts, hidden tags, and what to type if something is wrong."""

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from prodcli.cli.tables.terminal import rendered
from prodcli.reports.freshness import Freshness, Harvested
from prodcli.reports.status_lines import StateCount, lines
from prodcli.reports.status_table import having, status_table
from prodcli.tables.screen import Screen

NOW = 1_796_000_000  # 2026-11-30 00:53:20 UTC


def family(name: str) -> str:
    """The name without its host."""
    return name.rpartition("_")[0] if name.startswith("DST_STREAMING_EVENT_") else name


ROWS = [
    StateCount("a", "DST_CALO", "run3auau", None, "finished", 8),
    StateCount("b", "DST_CALO", "run3auau", None, "finished", 6),
    StateCount("b", "DST_CALO", "run3auau", None, "failed", 2),
    StateCount("b", "DST_STREAMING_EVENT_intt0", "run3auau", None, "held", 3),
    StateCount("b", "DST_STREAMING_EVENT_intt1", "run3auau", None, "finished", 1),
    StateCount("c", "DST_CALO", "run3auau", None, "finished", 5),
]


def test_hosts_are_folded_and_tags_that_are_all_done_are_hidden() -> None:
    table = status_table(lines(ROWS, family), every=False, options=" --runs 1")
    shown = [line.rstrip() for line in rendered(table, Screen(NOW, 78)).splitlines()]
    assert shown == [
        "b run3auau",
        "dsttype                 jobs  done of submitted  held  fail  done  fail %",
        "DST_CALO                   8  █████████     75%     0     2     6     25%",
        "DST_STREAMING_EVENT x2     4  ███           25%     3     0     1      0%",
        "total                     12  ███████       58%     3     2     7     22%",
        "none: run, idle",
        "2 tags are all done and hidden: --all",
        "3 held, 2 failed -> prodcli rescue --runs 1",
    ]


def test_data_has_every_line() -> None:
    table = status_table(lines(ROWS, family))
    assert [row[:6] for row in table.rows] == [
        ["a", "DST_CALO", None, "run3auau", 8, 100.0],
        ["b", "DST_CALO", None, "run3auau", 8, 75.0],
        ["b", "DST_STREAMING_EVENT", 2, "run3auau", 4, 25.0],
        ["c", "DST_CALO", None, "run3auau", 5, 100.0],
    ]


def test_all_is_shown_where_all_is_done() -> None:
    done = [row for row in ROWS if row.tag != "b"]
    table = status_table(lines(done, family), every=False)
    assert ([row[0] for row in table.rows], table.note, list(table.hints)) == (["a", "c"], "", [])


def test_lines_with_jobs_in_some_states() -> None:
    assert [line.dsttype for line in having(lines(ROWS, family), ["held"])] == ["DST_STREAMING_EVENT"]
    assert [line.jobs for line in having(lines(ROWS, family), ["held", "failed"])] == [8, 4]


@pytest.mark.parametrize(
    ("harvests", "words"),
    [
        ([], "as of 00:53:20 UTC, never harvested"),
        ([Harvested("a", NOW - 180)], "as of 00:53:20 UTC, harvested 3 min ago"),
        ([Harvested("a", NOW + 5)], "as of 00:53:20 UTC, harvested 0 s ago"),
        (
            [Harvested("a", NOW - 60), Harvested("b", NOW - 5 * 3600), Harvested("c", NOW - 30 * 86400)],
            "as of 00:53:20 UTC, harvested 60 s ago, b 5 h ago",
        ),
    ],
)
def test_how_fresh_the_books_are(harvests: list[Harvested], words: str) -> None:
    assert Freshness(NOW, harvests).words(UTC) == words.replace("60 s", "1 min")


def test_freshness_in_the_zone_of_the_site() -> None:
    assert Freshness(NOW).words(ZoneInfo("America/New_York")).startswith("as of 19:53:20 EST")
