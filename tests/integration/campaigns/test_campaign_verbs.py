"""campaign list|show|activate|deactivate|set|unknown, on every database."""

import time
from datetime import datetime
from typing import Any

import pytest

from tests.integration.campaigns.test_overview import CALO, TRACKS, add_job, books
from tests.support.snapshots import one_line
from tests.support.workspace import ONE_DATABASE, Workspace

__all__ = ["books"]
OLD, NEW = "ana530_2025p008_v001", "ana537_2025p010_v001"


@pytest.fixture
def two(books: Workspace) -> Workspace:
    """Books with a tag of one production type, and one of two."""
    add_job(books, OLD, CALO)
    add_job(books, NEW, TRACKS, 1)
    add_job(books, NEW, TRACKS, 2)
    add_job(books, NEW, CALO)
    books.sql("UPDATE production_jobs SET status = 'finished' WHERE runnumber = 2")
    return books


def listed(two: Workspace, *words: object) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["tag"], row["production_type"]): row for row in two.json("campaign", "list", *words)}


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def logged(two: Workspace) -> list[dict[str, Any]]:
    return [row for row in two.json("log") if row["verb"].startswith("campaign")]


def test_a_list_says_how_far_each_campaign_is(two: Workspace) -> None:
    rows = listed(two)
    assert {key: (row["jobs"], row["finished"], row["done_percent"]) for key, row in rows.items()} == {
        (OLD, "calo"): (1, 0, 0.0),
        (NEW, "tracking"): (2, 1, 50.0),
        (NEW, "calo"): (1, 0, 0.0),
    }
    assert set(listed(two, "--type", "tracking")) == {(NEW, "tracking")}
    assert {row["active"] for row in rows.values()} == {"no"}


def test_the_figures_are_those_of_query(two: Workspace) -> None:
    shown = two.json("campaign", "show", NEW, "--type", "tracking")
    assert [{key: value for key, value in row.items() if key != "lines"} for row in shown] == [
        listed(two)[NEW, "tracking"]
    ]
    lines = [line for row in two.json("campaign", "show", OLD, NEW) for line in row["lines"]]
    key = ("tag", "dsttype", "dataset")
    assert sorted(lines, key=lambda row: [row[one] for one in key]) == sorted(
        two.json("query"), key=lambda row: [row[one] for one in key]
    )


def test_campaigns_are_activated_and_the_log_says_who(two: Workspace) -> None:
    answer = two.run("campaign", "activate", OLD, "--reason", "QM", "--author", "anna", quiet=False)
    assert answer.out == f"calo {OLD}: active\n"
    assert next(iter(two.json("campaign", "list")))["tag"] == OLD
    assert set(listed(two, "--active")) == {(OLD, "calo")}
    assert set(listed(two, "--inactive")) == {(NEW, "tracking"), (NEW, "calo")}
    (row,) = logged(two)
    assert (row["verb"], row["who"], row["reason"], row["result"]) == (
        *("campaign activate", "anna", "QM"),
        f"calo {OLD}: active",
    )
    answer = two.run("campaign", "activate", OLD, quiet=False)
    assert answer.out == f"calo {OLD}: as it was\n"
    two.ok("campaign", "deactivate", OLD)
    assert listed(two, "--active") == {}
    assert [one["verb"] for one in logged(two)].count("campaign activate") == 1


def test_tracking_and_calo_of_a_tag_are_told_apart(two: Workspace) -> None:
    says = f"tag {NEW} has the campaigns calo, tracking"
    one_line(two.run("campaign", "activate", OLD, NEW), 2, says)
    assert listed(two, "--active") == {}
    two.ok("campaign", "activate", NEW, "--type", "calo")
    assert set(listed(two, "--active")) == {(NEW, "calo")}
    two.ok("campaign", "activate", OLD, NEW, "--type", "all")
    assert len(listed(two, "--active")) == 3


def test_what_curators_say_is_set(two: Workspace) -> None:
    two.ok(
        *("campaign", "set", OLD, "--display-name", "Run 3 O+O", "--priority", -3, "--note", "for QM\n2026"),
        *("--started-at", "2026-01-31", "--expected-end", "2026-03-31T12:00", "--author", "anna"),
    )
    row = listed(two)[OLD, "calo"]
    assert (row["display_name"], row["priority"], row["note"]) == ("Run 3 O+O", -3, "for QM 2026")
    assert (row["started_at"], row["expected_end"]) == ("2026-01-31T00:00:00Z", "2026-03-31T12:00:00Z")
    (action,) = logged(two)
    assert action["result"] == (
        f"calo {OLD}: display name none -> Run 3 O+O, priority 0 -> -3, started at none -> 2026-01-31 00:00 UTC, "
        "expected end none -> 2026-03-31 12:00 UTC, note none -> for QM 2026"
    )
    two.ok("campaign", "set", OLD, "--display-name", "", "--note", "", "--started-at", "")
    row = listed(two)[OLD, "calo"]
    assert (row["display_name"], row["note"], row["started_at"], row["priority"]) == ("", "", None, -3)
    assert row["expected_end"] is not None


def test_times_may_be_ages(two: Workspace) -> None:
    two.ok("campaign", "set", OLD, "--started-at", "3d", "--expected-end", "30d")
    row, now = listed(two)[OLD, "calo"], time.time()
    assert seconds(row["started_at"]) == pytest.approx(now - 3 * 86_400, abs=60)
    assert seconds(row["expected_end"]) == pytest.approx(now + 30 * 86_400, abs=60)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            ["activate", "ana537_2025p010_v002"],
            f"no campaign has the tag 'ana537_2025p010_v002'; did you mean '{NEW}'?",
        ),
        (["set", OLD], "say what to set"),
        (["set", OLD, "--type", "tracking", "--priority", 1], "has no campaign 'tracking', only calo"),
        (["set", OLD, "--expected-end", "soon"], "'soon' is not a time"),
        (["set", OLD, "--started-at", "2026-03-01", "--expected-end", "2026-02-01"], "would end before it starts"),
        (["set", OLD, "--note", "x" * 501], "at most 500 letters"),
        (["set", OLD, "--display-name", "x" * 101], "at most 100 letters"),
        (["set", OLD, "--priority", "high"], "high"),
        (["set", OLD, "--priority", 2_000_000], "1000000"),
        (["show", OLD, "--format", "csv"], "campaign list"),
        (["activate", OLD, "--reason", "x" * 501], "at most 500 letters"),
    ],
)
@ONE_DATABASE
def test_bad_input_changes_nothing(two: Workspace, words: list[object], says: str) -> None:
    before = listed(two)
    one_line(two.run("campaign", *words), 2, says)
    assert listed(two) == before
    assert logged(two) == []


def test_unknown_dsttypes_are_listed_with_their_jobs(two: Workspace) -> None:
    assert two.json("campaign", "unknown") == []
    for run in range(3):
        add_job(two, "later", "HCAL_NOBODYS", run)
    (row,) = two.json("campaign", "unknown")
    assert (row["dsttype"], row["tag"], row["jobs"]) == ("HCAL_NOBODYS", "later", 3)
    assert seconds(row["first_seen"]) == pytest.approx(time.time(), abs=60)
    two.ok("harvest")
    assert two.json("campaign", "unknown") == [row]


def test_books_that_lack_the_upgrade_are_not_changed(two: Workspace) -> None:
    two.sql("DELETE FROM prodcli_schema WHERE version = 32")
    for words in (["list"], ["show", OLD], ["activate", OLD], ["set", OLD, "--priority", 1], ["unknown"]):
        one_line(two.run("campaign", *words), 4, "prodcli db upgrade")
