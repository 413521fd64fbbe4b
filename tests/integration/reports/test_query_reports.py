"""`prodcli query REPORT`: every report by its word, in every format, with the filters of query."""

import csv
import io
from pathlib import Path

import pytest

from prodcli.cli.reports.report_words import REPORTS
from tests.support.catalog import Catalog
from tests.support.generated_books import HOUR, NOW, TAGS, generated_books, time_of, write_books
from tests.support.verbs import help_of
from tests.support.workspace import ONE_DATABASE, Workspace, make_workspace

DOCS = Path(__file__).parents[3] / "docs" / "reports.md"


@pytest.fixture(scope="module")
def booked(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Books with jobs in every state, read only."""
    workspace = make_workspace(tmp_path_factory.mktemp("booked"))
    workspace.load(Catalog([], [], [], []))
    write_books(workspace, generated_books(21))
    at = [time_of(workspace, NOW + hours * HOUR) for hours in range(5)]
    workspace.sql("INSERT INTO production_estimates VALUES ('t', 'r', 'd', 'D', ?, 5, ?, ?, ?, ?)", *at)
    return workspace


@pytest.mark.parametrize("word", [word for word, report in REPORTS.items() if not report.of_queue])
def test_a_report_says_the_same_in_every_format(booked: Workspace, word: str) -> None:
    since = ("--since", "2026-05-18")
    rows = booked.json("query", word, *since)
    table = list(csv.DictReader(io.StringIO(booked.ok("query", word, *since, "--format", "csv").out)))
    assert rows
    assert [set(row) for row in rows] == [set(row) for row in table]
    assert booked.ok("query", word, *since).out.count("\n") >= len(rows)


@pytest.mark.parametrize("word", [word for word, report in REPORTS.items() if not report.of_queue])
def test_the_keys_of_a_report_are_documented(booked: Workspace, word: str) -> None:
    said = DOCS.read_text()
    for key in booked.json("query", word, "--since", "2026-05-18")[0]:
        assert key in said, key
    assert f"| `{word}` |" in said


def test_filters_and_runs_choose_jobs(booked: Workspace) -> None:
    rows = booked.json("query", "runs", "66456-66457", "--tag", TAGS[0], "--dsttype", "DST_STREAMING_EVENT")
    assert {(row["run"], row["tag"], row["dsttype"]) for row in rows} == {
        (66456, TAGS[0], "DST_STREAMING_EVENT"),
        (66457, TAGS[0], "DST_STREAMING_EVENT"),
    }
    assert booked.json("query", "runs", "--runs", 66456) == booked.json("query", "runs", 66456)


def test_leaves_are_folded_into_dsttypes_and_weekly_into_detectors(booked: Workspace) -> None:
    streaming = {row["dsttype"] for row in booked.json("query", "runs") if "STREAMING" in row["dsttype"]}
    assert streaming == {"DST_STREAMING_EVENT"}
    by_detector = {row["dsttype"] for row in booked.json("query", "weekly") if "STREAMING" in row["dsttype"]}
    assert by_detector == {f"DST_STREAMING_EVENT {detector}" for detector in ("INTT", "MVTX", "TPC", "TPOT")}


def test_help_lists_the_reports() -> None:
    shown = help_of(("query",))
    assert all(f"{word:<10}  {report.line}" in shown for word, report in REPORTS.items())


@ONE_DATABASE
def test_a_word_that_is_no_report_says_what_is_meant(workspace: Workspace) -> None:
    workspace.load(Catalog([], [], [], []))
    answer = workspace.run("query", "progres")
    assert (answer.code, answer.out) == (2, "")
    answer = workspace.run("query", "progress", "--by", "run")
    assert answer.code == 2
