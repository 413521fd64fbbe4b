"""digest: how far productions are, what is wrong, who did what, and what changed since the last digest."""

import time
from typing import Any

import pytest

from prodcli.automation.loops_of_books import LoopBooks
from prodcli.automation.pass_history import keep
from prodcli.automation.rule_result import RulePass
from prodcli.services.booked import set_states
from prodcli.services.states import ServiceState, Spell
from prodcli.time_text import clock_time
from tests.support.held_jobs import failed, held, places
from tests.support.waiting_jobs import submit_words
from tests.support.workspace import COMBINATIONS, Workspace

EACH = pytest.mark.parametrize(("database", "batch"), [*COMBINATIONS[:2], COMBINATIONS[-1]])
LOCAL = pytest.mark.parametrize(("database", "batch"), COMBINATIONS[:2])
TAG, HOUR, JOBS = "ana537_2025p010_v007", 3600, 8
WORDS = ("digest", "--tag", TAG)


def submitted(workspace: Workspace) -> list[int]:
    """Submit eight jobs of a tag that no other job of the books has; returns their dbids."""
    words = submit_words(workspace, job_request_memory="2 GB", params_version=7)
    workspace.ok(*words, "--maxjobs", JOBS)
    return sorted(places(workspace))


def of_tag(workspace: Workspace, *words: object) -> Any:
    """A digest of the tag as data."""
    return workspace.json(*WORDS, *words)


def service(workspace: Workspace, state: ServiceState, note: str = "") -> None:
    """Write how the database is, for a minute already."""
    spell = Spell(service="database", state=state, since=int(time.time()) - 60, note=note, author="anna")
    set_states(workspace.database(), [spell])


@EACH
def test_a_digest_counts_what_ended_what_is_held_and_who_did_what(real: Workspace, queue: Any) -> None:
    dbids = submitted(real)
    held(real, queue, dbids[:2])
    failed(real, queue, dbids[2:5])
    real.sql("UPDATE production_attempts SET exit_code = 7, node = 'n1' WHERE dbid IN (?, ?)", *dbids[2:4])
    real.sql(
        "UPDATE production_attempts SET exit_code = NULL, finished = '2020-01-01T00:00:00Z' WHERE dbid = ?", dbids[4]
    )
    real.ok("harvest")
    real.ok("kill", "--dbid", *dbids[6:8], "--reason", "wrong runs", "--yes")
    data = of_tag(real, "--since", "2h")
    (progress,) = data["progress"]
    expected = {"tag": TAG, "finished": 0, "failed": 2, "gone": 2, "idle": 1, "running": 0, "held": 2, "parked": 0}
    assert expected.items() <= progress.items()
    assert data["headline"] == ["0 jobs finished, 2 failed; now 1 idle, 2 held"]
    failures = {one["kind"]: (one["failures"], one["nodes"]) for one in data["failures"]}
    assert failures["failed exit 7"] == (2, 1)
    assert failures["held 34/102"][0] == 2
    (reason,) = data["held"]
    assert (reason["reason"], reason["num_held"], reason["num_parked"]) == ("memory", 2, 0)
    kill = next(one for one in data["people"] if one["verb"] == "kill")
    assert (kill["actions"], kill["jobs"], kill["reasons"]) == (1, 2, "wrong runs")
    assert (data["silent"], data["starving"], data["changes"], data["compared_with"]) == ([], [], [], None)


@LOCAL
def test_silent_loops_starving_rules_and_outages_are_told(real: Workspace, queue: Any) -> None:
    submitted(real)
    now, books = int(time.time()), real.database()
    for hours in (9, 8, 7, 6):
        past = RulePass(rule="seed", tag=TAG, started=now - hours * HOUR, submitted=3, reasons={"input_off_disk": 2})
        keep(books, "host1", "/rules/steering.yaml", past)
    starved = RulePass(
        rule="seed", tag=TAG, started=now - 60, reasons={"input_off_disk": 312}, only={"input_off_disk": "ebdc13"}
    )
    keep(books, "host1", "/rules/steering.yaml", starved)
    loop = LoopBooks(books, "/rules/steering.yaml")
    loop.begin()
    real.sql("UPDATE production_loops SET host = 'elsewhere', heartbeat = '2020-01-01T00:00:00Z' WHERE id = ?", loop.id)
    service(real, ServiceState.DOWN, "disk full")
    data = of_tag(real, "--since", "450m")
    (silent,) = data["silent"]
    assert (silent["id"], silent["host"], silent["file"]) == (loop.id, "elsewhere", "/rules/steering.yaml")
    (starving,) = data["starving"]
    assert (starving["rule"], starving["cause"]) == ("seed", "input_off_disk 2 -> 312, only ebdc13")
    (outage,) = data["services"]
    assert (outage["service"], outage["state"], outage["until"], outage["note"]) == (
        "database",
        "down",
        None,
        "disk full",
    )
    (passes,) = data["passes"]
    assert (passes["passes"], passes["submitted"], passes["errors"]) == (3, 6, 0)
    assert data["headline"][1:] == [
        "1 loop is silent",
        "1 rule starves",
        f"database is down since {clock_time(now - 60)}",
    ]


@LOCAL
def test_the_next_digest_says_what_changed(real: Workspace, queue: Any) -> None:
    dbids = submitted(real)
    held(real, queue, dbids[:2])
    assert of_tag(real, "--dry-run")["compared_with"] is None
    assert of_tag(real)["compared_with"] is None
    assert of_tag(real, "-n")["changes"] == []
    assert real.json("digest", "-n")["compared_with"] is None  # of all tags none is kept
    real.ok("release", "--dbid", *dbids[:2], "--yes")
    service(real, ServiceState.DEGRADED)
    changes = [tuple(one.values()) for one in of_tag(real)["changes"]]
    assert changes == [
        ("tag", TAG, "held", 2, 0),
        ("hold", "memory", "held", 2, 0),
        ("service", "database", "state", None, "degraded"),
    ]
    assert of_tag(real)["changes"] == []


@LOCAL
def test_parked_jobs_are_no_held_ones(real: Workspace, queue: Any) -> None:
    dbids = submitted(real)
    held(real, queue, dbids[:3])
    real.ok("park", "--dbid", *dbids[:2], "--yes")
    data = of_tag(real)
    assert data["headline"] == [f"0 jobs finished, 0 failed; now {JOBS - 3} idle, 1 held, 2 parked"]
    assert [(one["reason"], one["num_held"], one["num_parked"]) for one in data["held"]] == [("memory", 1, 2)]
    real.ok("release", "--dbid", dbids[2], "--yes")
    changes = [tuple(one.values()) for one in of_tag(real)["changes"]]
    assert changes == [("tag", TAG, "held", 1, 0), ("hold", "memory", "held", 1, 0)]
    assert [(one["num_held"], one["num_parked"]) for one in of_tag(real)["held"]] == [(0, 2)]


@LOCAL
def test_text_and_markdown_are_fit_for_mail_and_chat(real: Workspace, queue: Any) -> None:
    dbids = submitted(real)
    held(real, queue, dbids[:2])
    text = real.ok(*WORDS).out.splitlines()
    assert text[0].startswith("Digest: ")
    assert text[0].endswith(f"of {TAG}")
    assert text[1] == f"- 0 jobs finished, 0 failed; now {JOBS - 2} idle, 2 held"
    assert any(line.startswith("Progress") for line in text)
    assert all(len(line) <= 110 for line in text)
    markdown = real.ok(*WORDS, "--format", "markdown").out
    assert markdown.startswith("# Digest: ")
    assert "\n## Held now\n\n" in markdown
    assert "\n## Progress\n\n| tag |" in markdown
    assert len(real.ok(*WORDS, "--brief").out.splitlines()) == 2
    assert sorted(of_tag(real, "--brief")) == ["compared_with", "headline", "shift", "since", "tags", "until"]


@LOCAL
def test_shifts_are_those_of_the_site(real: Workspace, queue: Any) -> None:
    submitted(real)
    assert of_tag(real, "--shift")["shift"] in ("owl", "day", "evening")
    real.settings["site"] = {**real.settings.get("site", {}), "shifts": ["only 00:00"]}
    real.settings["time_zone"] = "UTC"
    real.write()
    last = of_tag(real, "--last-shift")
    assert (last["shift"], last["since"][11:], last["until"][11:]) == ("only", "00:00:00Z", "00:00:00Z")
    assert last["people"] == []
    (submit,) = of_tag(real, "--shift")["people"]
    assert (submit["verb"], submit["jobs"]) == ("submit", JOBS)
    real.settings["site"]["shifts"] = ["only 25:00"]
    real.write()
    assert real.run(*WORDS, "--shift").code == 3


@LOCAL
def test_slips_are_one_line(real: Workspace, queue: Any) -> None:
    submitted(real)
    for words in (("--since", "2h", "--shift"), ("--format", "csv"), ("--since", "soon"), ("--since", "2999-01-01")):
        answer = real.run(*WORDS, *words)
        assert (answer.code, len(answer.err.splitlines())) == (2, 1)
