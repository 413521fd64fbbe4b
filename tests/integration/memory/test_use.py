"""`memory` on rows of every kind: which count, with what, and how they are grouped and filtered."""

import csv
import io
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.catalog import Catalog
from tests.support.workspace import Workspace, make_workspace

EMPTY = Catalog([], [], [], [])
HOUR = 3600
NOW = 1_780_000_000  # seconds since 1970


def book(workspace: Workspace, dsttype: str, status: str, **facts: Any) -> int:
    """Write a row and its attempts as passes and harvests do; returns the row id."""
    dbid = int(workspace.sql("SELECT COALESCE(MAX(id), 0) + 1 FROM production_jobs")[0][0])
    ladder = "{2048,4096}" if workspace.cluster else "[2048,4096]"
    workspace.sql(
        "INSERT INTO production_jobs (id, rulename, tag, dataset, dsttype, filename, runnumber, segment, status, substatus,"
        " submitted, attempt, request_memory, memoryprovisioned) VALUES (?, ?, ?, 'd', ?, ?, ?, 0, ?, ?, ?, 2, ?, ?)",
        *(dbid, facts.get("rule", "r"), facts.get("tag", "t"), dsttype, f"f{dbid}", facts.get("run", 5), status),
        *(facts.get("substatus", ""), time(workspace, NOW), ladder, facts.get("provisioned", 2048)),
    )
    code, subcode = facts.get("codes", (None, None))
    ended = time(workspace, NOW + facts["hours"] * HOUR) if "hours" in facts else None
    # an older attempt and an older step, which must not count
    for attempt, step, used in ((1, 0, 9999), (2, 0, 8888), (2, 1, facts.get("used"))):
        workspace.sql(
            "INSERT INTO production_attempts (dbid, attempt, step, memory_asked, memory_used, started, finished, entered,"
            " hold_code, hold_subcode, status, substatus) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *(dbid, attempt, step, facts.get("asked", 2048), used, time(workspace, NOW), ended, ended, code, subcode),
            *(status, facts.get("substatus", "")),
        )
    return dbid


def time(workspace: Workspace, seconds: int) -> str:
    """A time as the database takes it."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat() if workspace.cluster else moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


@pytest.fixture
def booked(workspace: Workspace) -> Workspace:
    """Finished and held jobs of two dsttypes and rules, and rows that say nothing of memory."""
    workspace.load(EMPTY)
    for used in (500, 600, 700, 1500):
        book(workspace, "DST_A", "finished", used=used, hours=2)
    book(workspace, "DST_A", "held", used=2100, codes=(34, 102), hours=1)
    book(workspace, "DST_A", "held", used=1000, codes=(21, 102), asked=4096, provisioned=2048)
    book(workspace, "DST_A", "failed", substatus="removed", used=2500, codes=(34, 102), hours=9)
    book(workspace, "DST_B_TPC00", "finished", rule="s", tag="u", used=3000, hours=1, run=7)
    for status, codes in (("held", (34, 104)), ("held", (1, 0)), ("failed", (34, 102)), ("running", (None, None))):
        book(workspace, "DST_A", status, used=7777, codes=codes)
    return workspace


def spread(workspace: Workspace, *words: object) -> dict[tuple[str, str], tuple[Any, ...]]:
    """The report, by group and quantity."""
    rows = [tuple(line.values()) for line in workspace.json("memory", "report", *words)]
    return {(row[0], row[1]): row[2:] for row in rows}


def test_the_report_counts_what_finished_and_what_was_held_for_memory(booked: Workspace) -> None:
    found = spread(booked)
    assert found["DST_A", "used"] == (4, 600, 1500, 1500, 1500, pytest.approx(3300 * 2 / 1024, abs=1e-3), None)
    unused = pytest.approx((4 * 2048 - 3300) * 2 / 1024, abs=1e-3)
    assert found["DST_A", "asked"] == (4, 2048, 2048, 2048, 2048, 16.0, unused)
    assert found["DST_A", "exceeded"] == (3, 2100, 2500, 2500, 2500, pytest.approx(2100 / 1024, abs=1e-3), None)
    assert found["DST_B_TPC00", "used"][:2] == (1, 3000)
    assert len(found) == 7


@pytest.mark.parametrize(
    ("words", "groups"),
    [
        (["--by", "rule"], {"r", "s"}),
        (["--by", "tag"], {"t", "u"}),
        (["--dsttype", "DST_B"], {"DST_B_TPC00"}),
        (["--tag", "t"], {"DST_A"}),
        (["--rule", "s"], {"DST_B_TPC00"}),
        (["--runs", "6-9"], {"DST_B_TPC00"}),
        (["--since", "2026-01-01"], {"DST_A", "DST_B_TPC00"}),
        (["--since", "2030-01-01"], set()),
    ],
)
def test_jobs_are_grouped_and_chosen(booked: Workspace, words: list[str], groups: set[str]) -> None:
    assert {group for group, _ in spread(booked, *words)} == groups


def test_the_advice_is_for_the_peaks_and_says_what_it_saves(booked: Workspace) -> None:
    advice = {line["rule"]: line for line in booked.json("memory", "advise", "--headroom", 0)}
    assert advice["r"] == {
        **{
            "rule": "r",
            "jobs": 7,
            "held": 3,
            "beyond": 3,
            "short": 3,
            "try_mb": 3840,
            "today": "2048MB, 4096MB",
            "advised": "768MB, 1536MB",
        },
        **{
            "cost_today": 16.0,
            "cost": pytest.approx((4 * 768 + 1536) * 2 / 1024),
            "unit": "GB x h",
            "saving_percent": 43.8,
        },
    }
    assert advice["s"]["advised"] == "3072MB"
    (one,) = booked.json("memory", "advise", "--rule", "r", "--steps", 1, "--headroom", 100)
    assert one["advised"] == "3072MB"
    lines = list(csv.DictReader(io.StringIO(booked.ok("memory", "advise", "--format", "csv").out)))
    assert [line["rule"] for line in lines] == ["r", "s"]


def test_the_plot_shows_held_jobs_only(booked: Workspace) -> None:
    points = booked.json("memory", "plot")
    assert {(point["asked"], point["used"], point["jobs"]) for point in points} == {
        *((2048, 2100, 1), (4096, 1000, 1), (2048, 2500, 1))
    }
    assert "3 jobs held for memory" in booked.ok("memory", "plot").out


def test_the_plot_can_be_a_png(booked: Workspace) -> None:
    file = booked.folder / "held.png"
    assert "held.png: 3 jobs" in booked.run("memory", "plot", "--png", file, quiet=False).out
    assert file.read_bytes().startswith(b"\x89PNG")
    assert len(booked.json("memory", "plot", "--png", file)) == 3
    assert "no job" in booked.run("memory", "plot", "--png", booked.folder / "none.png", "--tag", "x", quiet=False).out
    assert not (booked.folder / "none.png").exists()
    answer = booked.run("memory", "plot", "--png", booked.folder)
    assert (answer.code, len(answer.err.splitlines())) == (1, 1)
    assert "the picture cannot be written: Is a directory" in answer.err


def test_without_matplotlib_it_is_told_what_to_do(booked: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    answer = booked.run("memory", "plot", "--png", booked.folder / "held.png")
    assert (answer.code, len(answer.err.splitlines())) == (1, 1)
    assert "pip install 'prodcli[plot]'" in answer.err
    assert not (booked.folder / "held.png").exists()
    booked.ok("memory", "plot")


@pytest.mark.parametrize(
    "words",
    [("--headroom", "nan"), ("--headroom", "-1"), ("--steps", "0"), ("--by", "x"), ("--since", "x"), ("--runs", "x")],
)
def test_bad_options_are_a_usage_error(tmp_path: Path, words: tuple[str, str]) -> None:
    assert make_workspace(tmp_path).run("memory", "advise", *words).code == 2


def test_books_that_are_not_upgraded_are_an_error_in_one_line(workspace: Workspace) -> None:
    workspace.settings["databases"] = {"production": f"sqlite:///{workspace.folder}/none.db"}
    workspace.write()
    answer = workspace.run("memory", "report")
    assert answer.code == 4
    assert len(answer.err.splitlines()) == 1
