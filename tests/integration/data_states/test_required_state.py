"""A rule that requires a state of its inputs takes only runs whose inputs have it; other rules do not ask."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.rule_files import CLUSTER, RULES, STREAMING, rule, write_rules
from tests.support.workspace import ONE_DATABASE, Workspace, seeded_catalog

MADE = {
    "seed": RULES["seed"],
    "seed_validated": rule("DST_TRKR_SEED", "ana.537", "2025p010", CLUSTER, input_require_state="validated"),
    "seed_finalized": rule("DST_TRKR_SEED", "ana.537", "2025p010", CLUSTER, input_require_state="finalized"),
    "mvtxme": RULES["mvtxme"],
    "mvtxme_validated": rule("DST_TRKR_MVTXME", "ana.537", "2025p010", STREAMING, input_require_state="validated"),
}


@pytest.fixture
def loaded(workspace: Workspace) -> Workspace:
    """A workspace with catalogs and rules."""
    workspace.load(seeded_catalog(1))
    write_rules(workspace.folder / "rules", MADE)
    return workspace


def plan(workspace: Workspace, name: str, *more: object) -> Any:
    """A dry run of a rule over all runs."""
    words = ("-c", workspace.folder / "rules" / "rules.yaml", "-r", name, "--runs", "1-99999", *more)
    return workspace.json("submit", *words, "-n")


def jobs(data: Any) -> set[tuple[int, int]]:
    """Run and segment of each planned job."""
    return {(one["runnumber"], one["segment"]) for one in data["jobs"]}


def left(data: Any) -> dict[str, int]:
    """The numbers of left out things by reason."""
    return {one["reason"]: one["count"] for one in data["skipped"]}


def give(workspace: Workspace, state: str, dsttype: str, tag: str, *runs: int) -> None:
    """Give input data a state."""
    about = ("--tag", tag, "--dsttype", dsttype, "--dataset", "run3auau", "--runs", ",".join(map(str, runs)) + ",")
    workspace.ok("data", "set", state, *about, "--reason", "x", "--yes")


def test_only_runs_with_good_inputs_have_jobs(loaded: Workspace) -> None:
    free = jobs(plan(loaded, "seed"))
    runs = sorted({run for run, _ in free})
    assert len(runs) > 3
    nothing = plan(loaded, "seed_validated")
    assert jobs(nothing) == set()
    assert left(nothing)["input_state"] >= len(free)
    give(loaded, "validated", "DST_TRKR_CLUSTER", CLUSTER, runs[0])
    give(loaded, "finalized", "DST_TRKR_CLUSTER", CLUSTER, runs[1])
    give(loaded, "invalidated", "DST_TRKR_CLUSTER", CLUSTER, runs[2])
    assert {run for run, _ in jobs(plan(loaded, "seed_validated"))} == {runs[0]}
    some = jobs(plan(loaded, "seed_finalized"))
    assert some == {one for one in free if one[0] in runs[:2]}
    give(loaded, "open", "DST_TRKR_CLUSTER", CLUSTER, runs[0])
    assert {run for run, _ in jobs(plan(loaded, "seed_finalized"))} == {runs[1]}
    assert jobs(plan(loaded, "seed")) == free


def test_every_input_of_a_run_must_be_good_but_masked_ones(loaded: Workspace) -> None:
    free = jobs(plan(loaded, "mvtxme"))
    run = max(run for run, _ in free)
    give(loaded, "validated", "DST_STREAMING_EVENT", STREAMING, run)
    assert jobs(plan(loaded, "mvtxme_validated")) == {one for one in free if one[0] == run}
    (leaf, *_) = loaded.sql(
        "SELECT dsttype FROM production_data_states WHERE dsttype LIKE '%mvtx%' ORDER BY dsttype LIMIT 1"
    )[0]
    give(loaded, "broken", leaf, STREAMING, run)
    assert jobs(plan(loaded, "mvtxme_validated")) == set()
    host = leaf.rpartition("_")[2]
    assert jobs(plan(loaded, "mvtxme_validated", "--mask", host)) == {
        one for one in jobs(plan(loaded, "mvtxme", "--mask", host)) if one[0] == run
    }


def test_why_says_so(loaded: Workspace) -> None:
    words = ("-c", loaded.folder / "rules" / "rules.yaml", "-r", "seed_validated")
    run = max(run for run, _ in jobs(plan(loaded, "seed")))
    one = loaded.ok("why", *words, "--runs", run).out
    assert "segments of a run whose inputs are not all validated" in one
    assert "prodcli validate" in one
    many = loaded.json("why", *words, "--runs", "1-99999")
    assert "input_state" in str(many)


@ONE_DATABASE
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("streaming", "input.require_state: has no meaning for combining"),
        ("query", "input.require_state: has no meaning beside input.query"),
        ("word", "input.require_state"),
    ],
)
def test_rules_that_cannot_require_a_state(workspace: Workspace, tmp_path: Path, name: str, says: str) -> None:
    made = {
        "streaming": rule("DST_STREAMING_EVENT", "ana.514", "nocdbtag", input_require_state="validated"),
        "query": rule("DST_X", "ana.514", "nocdbtag", input_query="SELECT 1", input_require_state="validated"),
        "word": rule("DST_TRKR_SEED", "ana.537", "2025p010", CLUSTER, input_require_state="good"),
    }
    file = write_rules(tmp_path / "rules", {name: made[name]})
    answer = workspace.run("rules", "show", "-c", file, "-r", name)
    assert answer.code == 3
    assert says in answer.err


@ONE_DATABASE
def test_books_without_states_are_one_line_for_rules_that_ask(loaded: Workspace) -> None:
    loaded.sql("DELETE FROM prodcli_schema WHERE version = 18")
    words = ("-c", loaded.folder / "rules" / "rules.yaml", "--runs", "1-99999", "-n")
    answer = loaded.run("submit", *words, "-r", "seed_validated")
    assert answer.code == 4
    assert "run prodcli db upgrade" in answer.err
    loaded.ok("submit", *words, "-r", "seed")
