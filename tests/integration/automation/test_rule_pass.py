"""A pass over rules: what fails for one rule stops no other, and the room of the queue is shared."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from prodcli.automation.rule_pass import PassOverRules
from prodcli.automation.rule_result import HARVEST, RulePass
from prodcli.automation.rule_steps import steps_of
from prodcli.automation.shares import QueueBounds
from prodcli.cli.automation.pass_wiring import rule_resources
from prodcli.cli.context import Session
from prodcli.errors import BatchError, TermSignal
from prodcli.rules.model import Overrides
from prodcli.runs.selection import ALL_RUNS
from prodcli.steering.steered_rule import SteeredRule
from prodcli.submission.pass_lock import PassRuns
from tests.support.rule_files import write_rules
from tests.support.workspace import ONE_DATABASE, Workspace, seeded_catalog


@pytest.fixture
def rules(workspace: Workspace) -> Path:
    """A rule file beside a catalog."""
    workspace.load(seeded_catalog(1))
    return write_rules(workspace.folder / "rules")


@contextmanager
def passing_over(workspace: Workspace, **more: Any) -> Iterator[PassOverRules]:
    """A pass over rules in a workspace."""
    session = Session(workspace.file, False, quiet=True, verbose=False)
    changed = {key: more.pop(key) for key in ("lock", "harvest") if key in more}
    resources = replace(rule_resources(session, lambda _: nullcontext(), "a pass"), **changed)
    yield PassOverRules(resources, **more)
    session.close()


def steered(file: Path, name: str, **more: Any) -> SteeredRule:
    given = {"runs": ALL_RUNS, "submit": True, "dstspider": False, "histspider": False}
    return SteeredRule(name=name, config=file, **(given | more))


def run(workspace: Workspace, *rules: SteeredRule, **more: Any) -> dict[str, RulePass]:
    with passing_over(workspace, **more) as this:
        return {result.rule: result for result in this.run(rules)}


def booked(workspace: Workspace) -> dict[str, int]:
    rows = workspace.sql("SELECT rulename, COUNT(*) FROM production_jobs WHERE claim_id IS NOT NULL GROUP BY 1")
    return {str(name): int(count) for name, count in rows}


def test_each_rule_goes_on_by_itself(workspace: Workspace, rules: Path) -> None:
    names = ("mvtxme", "no_such_rule", "cluster")
    found = run(workspace, *(steered(rules, name, dstspider=True, histspider=True, finishmon=True) for name in names))
    assert list(found) == [HARVEST, *names]
    assert found["mvtxme"].submitted == 8
    assert found["mvtxme"].tag == "ana537_2025p010_v001"
    assert (found["no_such_rule"].submitted, found["no_such_rule"].error.count("\n")) == (0, 0)
    assert "no_such_rule" in found["no_such_rule"].error
    assert [one.error for one in found.values() if one.rule != "no_such_rule"] == ["", "", ""]
    assert booked(workspace) == {name: one.submitted for name, one in found.items() if one.submitted}
    again = run(workspace, steered(rules, "mvtxme"))["mvtxme"]
    assert (again.submitted, again.reasons["blocked"]) == (0, found["mvtxme"].reasons.get("blocked", 0) + 8)
    logged = [one["verb"] for one in workspace.json("log")]
    assert logged.count("submit") == sum(bool(one.submitted) for one in found.values())


def test_a_harvest_that_fails_stops_no_rule(workspace: Workspace, rules: Path) -> None:
    def fails() -> Any:
        raise BatchError("no schedd answers")

    found = run(workspace, steered(rules, "mvtxme"), harvest=fails)
    assert (found[HARVEST].error, found["mvtxme"].submitted) == ("no schedd answers", 8)


@ONE_DATABASE
def test_a_fault_of_the_program_is_one_line_of_its_rule(workspace: Workspace, rules: Path) -> None:
    def crashes() -> Any:
        raise ZeroDivisionError("by\nnothing")

    found = run(workspace, steered(rules, "mvtxme"), harvest=crashes)
    assert (found[HARVEST].error, found["mvtxme"].submitted) == ("ZeroDivisionError: by nothing", 8)


@ONE_DATABASE
def test_a_file_catalog_that_is_away_is_asked_once_a_rule(workspace: Workspace, rules: Path) -> None:
    told: list[tuple[str, str]] = []
    workspace.settings["databases"]["filecatalog"] = f"sqlite:///{workspace.folder}/away/filecatalog.db"
    workspace.write()
    every = {"dstspider": True, "histspider": True, "finishmon": True}
    found = run(workspace, steered(rules, "mvtxme", **every), tell=lambda *step: told.append(step))
    assert told == [(HARVEST, ""), ("mvtxme", "histspider"), ("mvtxme", "dstspider"), ("mvtxme", "finish")]
    assert found["mvtxme"].error.count("away/filecatalog.db") == 1


def test_the_room_of_the_queue_is_shared(workspace: Workspace, rules: Path) -> None:
    low, high = steered(rules, "mvtxme", share=1), steered(rules, "vernier", share=3)
    found = run(workspace, low, high, bounds=QueueBounds(maxcondor=8))
    assert (found["mvtxme"].submitted, found["vernier"].submitted) == (2, 6)
    full = run(workspace, low, high, bounds=QueueBounds(maxcondor=8))
    assert full["mvtxme"].note == "the queues are full: 8 of 8 jobs in the queues, 8 idle"
    assert booked(workspace) == {"mvtxme": 2, "vernier": 6}


def test_what_a_rule_leaves_goes_to_the_others(workspace: Workspace, rules: Path) -> None:
    first, second = steered(rules, "mvtxme", priority=9), steered(rules, "jets")
    found = run(workspace, second, first, bounds=QueueBounds(idle_target=9))
    assert [(one.rule, one.submitted) for one in found.values()] == [(HARVEST, 0), ("jets", 2), ("mvtxme", 7)]


def test_maxjobs_of_a_pass(workspace: Workspace, rules: Path) -> None:
    first = steered(rules, "mvtxme", maxjobs=2, overrides=Overrides(priority=7))
    assert run(workspace, first)["mvtxme"].submitted == 2
    assert run(workspace, first, bounds=QueueBounds(maxcondor=100))["mvtxme"].submitted == 2
    assert booked(workspace) == {"mvtxme": 4}


@ONE_DATABASE
def test_a_rule_at_work_is_passed_over(workspace: Workspace, rules: Path) -> None:
    def busy(rule: SteeredRule) -> Any:
        if rule.name == "mvtxme":
            raise PassRuns("a pass of mvtxme runs already (pid 7)")
        return nullcontext()

    found = run(workspace, steered(rules, "mvtxme"), steered(rules, "cluster"), lock=busy)
    assert (found["mvtxme"].note, found["mvtxme"].error) == ("a pass of mvtxme runs already (pid 7)", "")
    assert found["cluster"].submitted


@ONE_DATABASE
def test_whoever_is_told_may_end_the_pass(workspace: Workspace, rules: Path) -> None:
    def tell(rule: str, step: str) -> None:
        if rule == "cluster":
            raise TermSignal

    with pytest.raises(TermSignal):
        run(workspace, steered(rules, "mvtxme"), steered(rules, "cluster"), tell=tell)
    assert booked(workspace) == {"mvtxme": 8}


def test_a_pass_takes_the_runs_from_the_cursor_on_and_moves_it(workspace: Workspace, rules: Path) -> None:
    of_rule = ("-c", rules, "-r", "mvtxme")
    jobs = workspace.json("submit", *of_rule, "-n", "--runs", "0-99999999")["jobs"]
    runs = sorted({job["runnumber"] for job in jobs})
    workspace.ok("cursor", "set", runs[1], *of_rule, "--moves", "ratchet")
    from_cursor = steered(rules, "mvtxme", runs=None, run_words=("cursor",))
    found = run(workspace, from_cursor)["mvtxme"]
    assert (found.error, found.submitted) == ("", sum(job["runnumber"] >= runs[1] for job in jobs))
    (cursor,) = workspace.json("cursor", "show")
    assert (cursor["run"], cursor["reason"]) == (runs[-1], "the last submitted run")
    assert [one["verb"] for one in workspace.json("log")][-1] == "cursor ratchet"
    without = run(workspace, steered(rules, "seed", runs=None, run_words=("cursor",)))["seed"]
    assert without.error.startswith("there is no cursor of DST_TRKR_SEED ana537_2025p010_v001")


@ONE_DATABASE
def test_outputs_of_runs_before_the_cursor_are_registered(workspace: Workspace, rules: Path) -> None:
    workspace.ok("cursor", "set", 70000, "-c", rules, "-r", "mvtxme")
    with passing_over(workspace) as this:
        steps = steps_of(this.resources, steered(rules, "mvtxme", runs=None, run_words=("cursor", "500")))
    assert steps.runs.spans == [(70000, 70500)]
    assert steps.made_runs == ALL_RUNS
