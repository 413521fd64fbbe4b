"""Quality results from jobs that ran, on both databases: by product and run, against limits of rule and site, with their plots."""

from pathlib import Path
from typing import Any

import pytest

from prodcli.config.quality_limits import QualityLimit
from prodcli.job_reports import older_quality
from prodcli.quality.results import recent_alarms
from tests.support.job_reports import report_text, writing_script
from tests.support.rule_files import RULES, write_rules
from tests.support.workspace import Workspace, seeded_catalog

RESULTS = {
    "tracks": {"mean": 20.0, "rms": 3},
    "status": "good",
    "occupied": True,
    "gain": None,
    "bins": [1, 2, 3],
    "plot": "https://plots.example.org/all.html",
    "plots": {"tracks.mean": "QA_tracks.png"},
}
STAGED = {"lfn": "QA_tracks.png", "staged": "/big/hist/QA_tracks.png:nevents:-1:dbid:5", "code": 0}
LIMITS = {"tracks.mean": {"low": 10, "high": 50}, "status": {"is": ["good", "fair"]}}


@pytest.fixture
def production(workspace: Workspace) -> Workspace:
    """A workspace in which eight jobs have reported; the site has a limit, too."""
    workspace.load(seeded_catalog(1))
    workspace.settings["site"] = {
        **workspace.settings.get("site", {}),
        "quality": {"DST_TRKR_MVTXME": {"tracks.rms": {"high": 5}, "status": {"is": "perfect"}}},
    }
    workspace.write()
    spec = {**RULES["mvtxme"], "job": {**RULES["mvtxme"]["job"], "quality": LIMITS}}
    file = write_rules(workspace.folder / "rules", {"mvtxme": spec})
    workspace.ok("submit", "-c", file, "-r", "mvtxme")
    text = report_text(4711, quality=RESULTS, outputs=[STAGED]).replace("4711", "DBID", 1)
    (workspace.folder / "rules" / "run.sh").write_text(writing_script(text))
    workspace.ok("local", "run", "--drain")
    workspace.ok("harvest")
    return workspace


def dbids(production: Workspace) -> list[int]:
    """The jobs, in order."""
    return [row[0] for row in production.sql("SELECT id FROM production_jobs WHERE schedd IS NOT NULL ORDER BY id")]


def told(production: Workspace, dbid: int, name: str, value: float | None, word: str | None = None) -> None:
    """Let a job have reported another result."""
    production.sql(
        "UPDATE production_quality SET value = ?, word = ? WHERE dbid = ? AND name = ?", value, word, dbid, name
    )


def brief(row: dict[str, Any]) -> tuple[Any, ...]:
    """A result without its product."""
    return tuple(row[key] for key in ("name", "jobs", "mean", "least", "most", "word", "limit", "alarms"))


def test_results_are_shown_by_product_and_by_run(production: Workspace) -> None:
    assert [brief(row) for row in production.json("quality")] == [
        ("gain", 8, None, None, None, None, None, 0),
        ("occupied", 8, 1.0, 1.0, 1.0, None, None, 0),
        ("status", 8, None, None, None, "good", "good, fair", 0),
        ("tracks.mean", 8, 20.0, 20.0, 20.0, None, "10 to 50", 0),
        ("tracks.rms", 8, 3.0, 3.0, 3.0, None, "at most 5", 0),
    ]
    by_run = production.json("quality", "--by", "run", "--result", "tracks.mean")
    assert sum(row["jobs"] for row in by_run) == 8
    runs = {row[0] for row in production.sql("SELECT DISTINCT runnumber FROM production_jobs WHERE schedd IS NOT NULL")}
    assert {row["run"] for row in by_run} == runs
    assert "no result is outside of its limits" in production.ok("quality", "--alarms").out


def test_alarms_have_the_value_the_limit_and_the_plot(production: Workspace) -> None:
    low, bad, void, fair = dbids(production)[:4]
    told(production, low, "tracks.mean", 9.5)
    told(production, bad, "status", None, "bad")
    told(production, void, "tracks.rms", None)
    told(production, fair, "status", None, "fair")
    keys = ("dbid", "name", "value", "word", "limit", "plot")
    everywhere = "https://plots.example.org/all.html"
    assert [tuple(row[key] for key in keys) for row in production.json("quality", "--alarms")] == [
        (void, "tracks.rms", None, "no value", "at most 5", everywhere),
        (bad, "status", None, "bad", "good, fair", everywhere),
        (low, "tracks.mean", 9.5, None, "10 to 50", STAGED["staged"]),
    ]
    found = {row["name"]: row for row in production.json("quality")}
    assert {name: row["alarms"] for name, row in found.items() if row["alarms"]} == {
        "status": 1,
        "tracks.mean": 1,
        "tracks.rms": 1,
    }
    assert found["status"]["word"] == "several"
    assert found["tracks.mean"]["mean"] == pytest.approx((7 * 20 + 9.5) / 8)
    assert "3 outside of their limits -> prodcli quality --alarms" in production.ok("quality").out


def test_the_page_of_a_job_has_its_results(production: Workspace) -> None:
    dbid = dbids(production)[0]
    found = {
        row["name"]: (row["attempt"], row["value"], row["word"]) for row in production.json("job", dbid)["quality"]
    }
    assert found["tracks.mean"] == (1, 20.0, None)
    assert found["status"] == (1, None, "good")
    assert "tracks.mean" in production.ok("job", dbid).out


def test_another_attempt_replaces_the_results(production: Workspace) -> None:
    """An attempt that is not the present one does not count, whatever it reported."""
    first = dbids(production)[0]
    told(production, first, "tracks.mean", 1.0)
    production.sql("UPDATE production_jobs SET attempt = 2 WHERE id = ?", first)
    rows = {row["name"]: row for row in production.json("quality")}
    assert (rows["tracks.mean"]["jobs"], rows["tracks.mean"]["alarms"]) == (7, 0)


def test_results_of_older_reports_are_filled_in(production: Workspace) -> None:
    """Books of before: the reports have quality as text, no result stands by itself, and the upgrade notes the reports."""
    results = "SELECT dbid, attempt, name, value, word FROM production_quality ORDER BY 1, 2, 3"
    before = production.sql(results)
    assert len(before) == 8 * 7
    kept = dbids(production)[0]
    production.sql("DELETE FROM production_quality WHERE dbid <> ?", kept)
    production.sql("DELETE FROM prodcli_schema WHERE version >= 35")
    production.ok("db", "upgrade")
    assert production.sql("SELECT COUNT(*) FROM production_quality_due") == [(7,)]
    production.ok("harvest")
    assert production.sql(results) == before
    assert production.sql("SELECT COUNT(*) FROM production_quality_due") == [(0,)]


def test_older_results_are_written_for_some_seconds_at_a_time(
    production: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    production.sql("DELETE FROM production_quality")
    production.sql("INSERT INTO production_quality_due (dbid, attempt) SELECT dbid, attempt FROM production_reports")
    production.sql("INSERT INTO production_quality_due (dbid, attempt) VALUES (999999, 1)")  # its report is gone
    monkeypatch.setattr(older_quality, "_ROWS", 3)
    for left in (6, 3, 0):
        older_quality.fill_in_older_quality(production.database(), seconds=0)
        assert production.sql("SELECT COUNT(*) FROM production_quality_due") == [(left,)]
    assert production.sql("SELECT COUNT(DISTINCT dbid) FROM production_quality") == [(8,)]


@pytest.mark.parametrize(
    ("limits", "fault"),
    [
        ({"a": {}}, "write {low: 10}"),
        ({"a": {"low": 3, "high": 2}}, "low is above high"),
        ({"a": {"below": 3}}, "unknown key"),
        ({"a": {"low": "x"}}, "is no number"),
        ({"a": {"low": 1, "is": ["b"]}}, "a number with low and high, or a word"),
        ([1], "mapping of names"),
    ],
)
def test_wrong_limits_are_named(tmp_path: Path, workspace: Workspace, limits: object, fault: str) -> None:
    spec = {**RULES["mvtxme"], "job": {**RULES["mvtxme"]["job"], "quality": limits}}
    answer = workspace.run("rules", "lint", "-c", write_rules(tmp_path / "rules", {"mvtxme": spec}))
    assert answer.code != 0
    assert "job.quality" in answer.out + answer.err
    assert fault in answer.out + answer.err


def test_passes_tell_results_of_the_last_hour_outside_of_their_limits(production: Workspace) -> None:
    low, lower, fair, void = dbids(production)[:4]
    told(production, low, "tracks.mean", 9.5)
    told(production, lower, "tracks.mean", 3.125)
    told(production, fair, "status", None, "bad")
    told(production, void, "tracks.rms", 6)
    books, of_site = production.database(), {"DST_TRKR_MVTXME": {"tracks.rms": QualityLimit(high=5)}}
    assert recent_alarms(books, ["mvtxme"], of_site) == [
        "mvtxme: status of 1 job was another word, the limit is good, fair",
        "mvtxme: tracks.mean of 2 jobs was 3.125 to 9.5, the limit is 10 to 50",
        "mvtxme: tracks.rms of 1 job was 6, the limit is at most 5",
    ]
    assert recent_alarms(books, ["another"], of_site) == []
    production.sql("UPDATE production_attempts SET finished = ?", "2026-01-01T00:00:00.000Z")
    assert recent_alarms(books, ["mvtxme"], of_site) == []
