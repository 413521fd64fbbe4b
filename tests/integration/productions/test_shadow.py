"""shadow: a plan beside the jobs of another tool, with one reason for every difference."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.rule_files import RULES, write_rules
from tests.support.steering_files import write_steering
from tests.support.workspace import ONE_DATABASE, Workspace, seeded_catalog

SUBMITTED: dict[str, Any] = {"config": "rules.yaml", "runs": ["66400 90000"], "submit": True}
INSERT = (
    "INSERT INTO production_jobs (filename, dsttype, dataset, tag, runnumber, segment, status, submitted, rulename)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'old')"
)


@pytest.fixture
def beside(workspace: Workspace) -> Workspace:
    """A workspace that has no jobs yet, with a steering file that submits a rule."""
    workspace.load(seeded_catalog(1))
    workspace.sql("DELETE FROM production_jobs")
    write_rules(workspace.folder, {"Event": RULES["streaming"]})
    write_steering(workspace.folder, {"Event": SUBMITTED})
    return workspace


def planned(workspace: Workspace) -> list[dict[str, Any]]:
    """The jobs that a pass would submit, oldest run first."""
    jobs = workspace.json("submit", "-c", workspace.folder / "rules.yaml", "--runs", 66400, 90000, "-n")["jobs"]
    return sorted(jobs, key=lambda job: (job["runnumber"], job["filename"]))


def put(workspace: Workspace, jobs: list[dict[str, Any]], days_ago: float = 1, **changes: Any) -> None:
    """Write rows as another tool does."""
    at = (datetime.now(UTC) - timedelta(days=days_ago)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if workspace.cluster is not None:
        at = at.rstrip("Z") + "+00"
    for job in jobs:
        one = job | changes
        end = one["filename"].partition("_run3auau_")
        values = (
            one["filename"],
            end[0],
            "run3auau",
            "ana514_nocdbtag_v001",
            one["runnumber"],
            one["segment"],
            "finished",
            at,
        )
        workspace.sql(INSERT, *values)


def shadow(workspace: Workspace, *words: object) -> dict[tuple[str, str], int]:
    """The number of outputs by side and reason."""
    found = workspace.json("shadow", "-f", workspace.folder / "steering.yaml", *words)
    return {(one["side"], one["reason"]): one["outputs"] for one in found}


def test_what_both_submit_is_no_difference(beside: Workspace) -> None:
    jobs = planned(beside)
    put(beside, jobs)
    assert planned(beside) == []  # the rows of the other tool block
    assert shadow(beside) == {("both", "same"): len(jobs)}


def test_every_difference_has_one_reason(beside: Workspace) -> None:
    jobs = planned(beside)
    runs = sorted({job["runnumber"] for job in jobs})
    newest = [job for job in jobs if job["runnumber"] == runs[-1]]
    first = [job for job in jobs if job["runnumber"] == runs[0]]
    middle = [job for job in jobs if job["runnumber"] not in (runs[0], runs[-1])]
    assert first and len(newest) > 1
    put(beside, middle)
    put(beside, newest[:1])  # of the newest run one host only
    put(beside, [first[0]], runnumber=60000, filename=first[0]["filename"].replace(f"{runs[0]:08d}", "00060000"))
    assert shadow(beside) == {
        ("both", "same"): len(middle) + 1,
        ("here only", "other_hosts"): len(newest) - 1,
        ("here only", "run_not_there"): len(first),
        ("there only", "not_selected"): 1,
    }


def test_runs_that_the_other_tool_has_not_come_to_yet(beside: Workspace) -> None:
    jobs = planned(beside)
    put(beside, jobs[:1])
    assert shadow(beside) == {("both", "same"): 1, ("here only", "not_yet_there"): len(jobs) - 1}


def test_the_reasons_of_a_plan_say_why_the_other_tool_alone_has_a_job(beside: Workspace) -> None:
    jobs = planned(beside)
    put(beside, jobs)
    run = jobs[0]["runnumber"]
    of_run = sum(job["runnumber"] == run for job in jobs)
    beside.ok("runs", "invalid", "add", "--runs", run, "--reason", "bad field")
    answer = shadow(beside)
    assert answer == {("both", "same"): len(jobs) - of_run, ("there only", "invalid"): of_run}


def test_older_jobs_of_the_other_tool_are_no_difference(beside: Workspace) -> None:
    jobs = planned(beside)
    put(beside, jobs[1:], days_ago=9)
    assert shadow(beside, "--days", 7) == {("here only", "nothing_there"): 1}
    assert shadow(beside, "--days", 10)[("both", "same")] == len(jobs) - 1


@ONE_DATABASE
def test_a_rule_that_cannot_be_read_costs_its_own_lines_only(beside: Workspace) -> None:
    write_steering(beside.folder, {"Event": SUBMITTED, "Evnt": SUBMITTED, "Bad": SUBMITTED | {"submit": "perhaps"}})
    answer = beside.run("shadow", "-f", beside.folder / "steering.yaml", "--format", "csv")
    assert answer.code == 6
    assert answer.out.splitlines()[1].startswith("Event,ana514_nocdbtag_v001,here only,nothing_there,")
    assert "did you mean 'Event'?" in answer.err
    assert "'perhaps' is neither on nor off" in answer.err


@ONE_DATABASE
def test_a_host_that_the_file_does_not_name_is_a_slip(beside: Workspace) -> None:
    answer = beside.run("shadow", "-f", beside.folder / "steering.yaml", "--hostname", "prod01")
    assert (answer.code, answer.out) == (2, "")
    assert "does not name prod01" in answer.err


def test_nothing_is_changed(beside: Workspace) -> None:
    jobs = planned(beside)
    put(beside, jobs[:3])
    before = beside.sql("SELECT COUNT(*) FROM production_jobs"), beside.sql("SELECT COUNT(*) FROM production_claims")
    shadow(beside)
    assert before == (
        beside.sql("SELECT COUNT(*) FROM production_jobs"),
        beside.sql("SELECT COUNT(*) FROM production_claims"),
    )
