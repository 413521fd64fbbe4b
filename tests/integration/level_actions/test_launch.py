"""campaign launch: the submission passes of a level, parents first."""

import re

import pytest

from tests.support import levels
from tests.support.levels import EVENT, FIT, NAME, OF_EVENT, OF_FIT, TAG
from tests.support.request_forms import write_form
from tests.support.workspace import ONE_DATABASE, Workspace

LATE = set(levels.LATE)


@pytest.fixture
def production(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace with a production of which nothing is submitted; the outputs of its first step are made."""
    made = levels.made(workspace, monkeypatch)
    levels.make_events(made)
    return made


def launch(workspace: Workspace, *words: object) -> list[tuple[str, int]]:
    """The jobs of each rule that a launch says."""
    return [(row["rule"], row["jobs"]) for row in workspace.json("campaign", "launch", *words)]


def by_hand(workspace: Workspace, rule: str) -> list[str]:
    """The outputs that `submit` would submit of a rule, for the runs of both groups."""
    runs = ",".join(map(str, [levels.EARLY, *levels.LATE]))
    found = workspace.json("submit", "-c", levels.rules_file(workspace), "-r", rule, "--runs", runs, "-n")
    return sorted(one["filename"] for one in found["jobs"])


def submitted(workspace: Workspace, rule: str) -> list[str]:
    """The outputs of the jobs of a rule."""
    query = "SELECT filename FROM production_jobs WHERE tag = ? AND rulename = ?"
    return sorted(name for (name,) in workspace.sql(query, TAG, rule))


def test_a_production_is_launched_parents_first_as_passes_by_hand_would(production: Workspace) -> None:
    expected = {rule: by_hand(production, rule) for rule in (EVENT, FIT)}
    assert all(expected.values())
    looked = launch(production, NAME, "-n")
    assert looked == [(rule, len(outputs)) for rule, outputs in expected.items()]
    assert levels.jobs(production) == []
    assert launch(production, NAME, "--yes") == looked
    assert {rule: submitted(production, rule) for rule in (EVENT, FIT)} == expected
    rules = [rule for rule, _ in levels.jobs(production)]
    assert rules == sorted(rules, key=[EVENT, FIT].index)
    assert launch(production, NAME, "--yes") == [(EVENT, 0), (FIT, 0)]  # no output is submitted twice


def test_each_level_is_launched_by_its_address(production: Workspace) -> None:
    assert {run for _, run in levels.jobs(production)} == set()
    launch(production, f"{OF_EVENT}/late", "--yes")
    assert {rule for rule, _ in levels.jobs(production)} == {EVENT}
    assert {run for _, run in levels.jobs(production)} <= LATE
    launch(production, OF_FIT, "--yes", "--maxjobs", 1)
    assert [rule for rule, _ in levels.jobs(production)].count(FIT) == 1
    before = len(levels.jobs(production))
    assert [rule for rule, _ in launch(production, f"{NAME}/{TAG}", "--yes")] == [EVENT, FIT]
    assert len(levels.jobs(production)) > before


def test_what_steering_says_of_a_rule_holds(production: Workspace) -> None:
    file = levels.steering(production)
    file.write_text(re.sub("submit: on", "submit: off\n    cut_segment: 2\n    jobprio: 17", file.read_text()))
    launch(production, OF_EVENT, "--yes")
    segments = production.sql("SELECT DISTINCT segment FROM production_jobs WHERE tag = ?", TAG)
    assert segments
    assert all(segment % 2 == 0 for (segment,) in segments)


def test_runs_that_only_selectors_know_are_those_of_the_steering_file(production: Workspace) -> None:
    file = levels.steering(production)
    file.write_text(re.sub("groups: .*", "runs: [fully-transferred]", file.read_text()))
    levels.declare_anew(production)
    rows = production.json("campaign", "launch", OF_EVENT, "-n")
    assert [row["runs"] for row in rows] == ["fully-transferred"]


def test_a_launch_stands_in_the_log(production: Workspace) -> None:
    launch(production, OF_FIT, "--yes", "--maxjobs", 2, "--reason", "for the talk")
    submit, launched = production.json("log")[-2:]
    assert (submit["verb"], submit["jobs"], submit["reason"]) == (
        "submit",
        2,
        f"campaign launch {OF_FIT}: for the talk",
    )
    assert (launched["verb"], launched["result"], launched["reason"]) == (
        "campaign launch",
        "2 jobs submitted",
        "for the talk",
    )
    assert launched["parameters"]["address"] == OF_FIT
    launch(production, OF_FIT, "--yes", "--maxjobs", 2)
    assert OF_FIT in production.ok("log").out


def test_nothing_is_launched_of_a_stopped_production(production: Workspace) -> None:
    production.ok("production", "stop", NAME, "--reason", "new field map", "--yes")
    for words in (("-n",), ("--yes",)):
        answer = production.run("campaign", "launch", NAME, *words)
        assert (answer.code, f"production {NAME} is stopped by" in answer.err) == (1, True)
    assert levels.jobs(production) == []


@ONE_DATABASE
def test_a_site_may_launch_approved_campaigns_alone(production: Workspace) -> None:
    production.settings["site"] = {"approved_only": True}
    production.write()
    answer = production.run("campaign", "launch", NAME, "--yes")
    assert (answer.code, f"nobody has requested {TAG}" in answer.err) == (1, True)
    production.ok("campaign", "request", write_form(production.folder, tag=TAG))
    answer = production.run("campaign", "launch", NAME, "--yes")
    assert (answer.code, "is not approved" in answer.err) == (1, True)
    production.ok("campaign", "approve", TAG)
    launch(production, NAME, "--yes")
    assert levels.jobs(production)


@ONE_DATABASE
def test_a_step_that_fails_stops_no_other(production: Workspace) -> None:
    file = levels.rules_file(production)
    head, child = file.read_text().split("pro001_CALOFITTING", 1)
    file.write_text(f"{head.replace('run.sh', 'lost.sh')}pro001_CALOFITTING{child}")
    answer = production.run("campaign", "launch", NAME, "--yes")
    assert answer.code == 6
    assert f"1 of 2 steps failed: {EVENT}" in answer.err
    assert "lost.sh" in answer.err
    assert {rule for rule, _ in levels.jobs(production)} == {FIT}
    answer = production.run("campaign", "launch", OF_EVENT, "-n")
    assert (answer.code, "lost.sh" in answer.err) == (3, True)


@ONE_DATABASE
def test_a_launch_asks_first(production: Workspace) -> None:
    answer = production.run("campaign", "launch", NAME)
    assert answer.code == 2
    assert re.search(rf"Submit \d+ jobs below {NAME}: needs a terminal or --yes", answer.err)
    answer = production.run("campaign", "launch", NAME, "--format", "json")
    assert (answer.code, answer.out) == (2, "")
    assert levels.jobs(production) == []
    launch(production, NAME, "--yes")
    answer = production.run("campaign", "launch", NAME, quiet=False)
    assert (answer.code, "there is nothing to submit" in answer.out) == (0, True)


@ONE_DATABASE
@pytest.mark.parametrize(
    ("address", "code", "says"),
    [
        ("", 2, "no production is named"),
        ("nobody", 2, "there is no production 'nobody'"),
        (f"{NAME}/{TAG}/nothing", 2, "has no step 'nothing'"),
        (f"{OF_EVENT}/late/12", 2, "a cluster is launched once: 12"),
        (f"{OF_EVENT}/ungrouped", 2, "runs of no group are not launched"),
        (f"{OF_EVENT}/late/12/13", 2, "there are five levels"),
        ("a b", 2, "is no name"),
    ],
)
def test_bad_input_is_one_line(production: Workspace, address: str, code: int, says: str) -> None:
    answer = production.run("campaign", "launch", address, "--yes")
    assert (answer.code, answer.out) == (code, "")
    (line,) = answer.err.splitlines()
    assert says in line
