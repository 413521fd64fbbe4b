"""`loop --chain`: rules that read outputs of the named rules are passed, too, parents first."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.rule_files import RULES, write_rules
from tests.support.staged_files import base, folder_of, stage
from tests.support.workspace import ONE_DATABASE, Answer, Workspace, seeded_catalog

CHAIN = ("tracks", "seed", "cluster", "mvtxme")


@pytest.fixture
def steering(workspace: Workspace) -> Path:
    """A steering file that names the middle of a chain for a host."""
    workspace.load(seeded_catalog(1))
    workspace.sql("DELETE FROM production_jobs")
    write_rules(workspace.folder / "rules", {name: RULES[name] for name in CHAIN})
    rule = {"config": "rules.yaml", "runs": [1, 99999], "submit": True}
    locations = {"configbase": str(workspace.folder / "rules"), "submitdir": "x", "prodbase": "x"}
    file = workspace.folder / "steering.yaml"
    file.write_text(yaml.safe_dump({"h1": {"defaultlocations": locations, "seed": rule}}))
    return file


def loop(workspace: Workspace, file: Path, *words: object) -> Answer:
    """Pass once over a file."""
    return workspace.run("loop", "run", file, "--once", "--plain", "--hostname", "h1", *words)


def planned(workspace: Workspace, name: str) -> list[dict[str, Any]]:
    """The jobs that a rule could submit."""
    rule = ("-c", workspace.folder / "rules" / "rules.yaml", "-r", name)
    jobs: list[dict[str, Any]] = workspace.json("submit", *rule, "-n", "--runs", "1-99999")["jobs"]
    return jobs


def booked(workspace: Workspace, name: str) -> set[tuple[int, int]]:
    """Run and segment of the jobs of a rule."""
    rows = workspace.sql("SELECT runnumber, segment FROM production_jobs WHERE rulename = ?", name)
    return {(int(run), int(segment)) for run, segment in rows}


def test_children_are_submitted_in_the_pass_that_registers_their_inputs(workspace: Workspace, steering: Path) -> None:
    before = {(job["runnumber"], job["segment"]) for job in planned(workspace, "tracks")}
    made = next(job for job in planned(workspace, "seed") if (job["runnumber"], job["segment"]) not in before)
    run, segment = made["runnumber"], made["segment"]
    stage(folder_of(workspace, run, "DST_TRKR_SEED"), base(run, segment, "DST_TRKR_SEED"))
    assert loop(workspace, steering, "--chain").code == 0
    assert booked(workspace, "tracks") == before | {(run, segment)}
    assert (run, segment) not in booked(workspace, "seed")
    assert booked(workspace, "seed")
    assert booked(workspace, "cluster") == booked(workspace, "mvtxme") == set()


def test_without_chain_only_the_named_rules_are_passed(workspace: Workspace, steering: Path) -> None:
    assert loop(workspace, steering).code == 0
    assert booked(workspace, "seed")
    assert booked(workspace, "tracks") == set()


def test_all_rules_of_a_rule_file_are_passed_parents_first(workspace: Workspace, steering: Path) -> None:
    answer = loop(workspace, workspace.folder / "rules" / "rules.yaml", "--chain")
    assert answer.code == 0
    shown = [line.split("  ", 1)[1].partition(":")[0] for line in answer.out.splitlines() if ": " in line]
    assert [name for name in shown if name in CHAIN] == ["cluster", "seed", "tracks", "mvtxme"], answer.out


@ONE_DATABASE
def test_a_circle_is_shown_and_the_last_good_chain_stays(workspace: Workspace, steering: Path) -> None:
    assert loop(workspace, steering, "--chain").code == 0
    jobs = len(booked(workspace, "tracks"))
    assert jobs
    workspace.sql("DELETE FROM production_jobs")
    spec = {name: {key: dict(part) for key, part in RULES[name].items()} for name in ("seed", "tracks")}
    spec["seed"]["input"]["indsttype"] = ["DST_TRKR_TRACKS"]
    write_rules(workspace.folder / "rules", spec)
    answer = loop(workspace, steering, "--chain")
    assert "in a circle: " in answer.out
    assert len(booked(workspace, "tracks")) == jobs


@ONE_DATABASE
def test_a_circle_from_the_beginning_submits_nothing(workspace: Workspace, steering: Path) -> None:
    spec = {name: {key: dict(part) for key, part in RULES[name].items()} for name in ("seed", "tracks")}
    spec["seed"]["input"]["indsttype"] = ["DST_TRKR_TRACKS"]
    write_rules(workspace.folder / "rules", spec)
    answer = loop(workspace, steering, "--chain")
    assert answer.code == 3
    assert "in a circle: " in answer.out
    assert workspace.sql("SELECT COUNT(*) FROM production_jobs") == [(0,)]


@ONE_DATABASE
def test_a_rule_with_an_error_leaves_the_chain_of_the_others(workspace: Workspace, steering: Path) -> None:
    spec: dict[str, Any] = {name: RULES[name] for name in ("seed", "tracks")}
    write_rules(workspace.folder / "rules", {**spec, "broken": {"params": {"dsttype": "DST_NONE"}}})
    assert loop(workspace, steering, "--chain").code == 0
    assert booked(workspace, "tracks")
