"""The chain of steered rules: order, and rules that nobody lists."""

from pathlib import Path
from typing import Any

import pytest

from prodcli.chains.steered_chain import chained
from prodcli.errors import RuleError
from prodcli.rules.model import Overrides
from prodcli.runs.selection import parse_runs
from prodcli.steering.steered_rule import SteeredRule
from tests.support.library_rules import FILE, load

RULES = [load(name) for name in ("tracks", "seed", "cluster", "mvtxme", "streaming", "triggered", "calofitting")]
RUNS = parse_runs(["69600", "72000"])


def steered(name: str, **more: Any) -> SteeredRule:
    """A steered rule."""
    return SteeredRule(name=name, config=Path(FILE), **{"runs": RUNS, "submit": True} | more)


def test_children_need_not_be_listed() -> None:
    found = chained([steered("streaming", maxjobs=5, finishmon=True)], RULES)
    assert [one.name for one in found] == ["streaming", "cluster", "seed", "tracks", "mvtxme"]
    assert all((one.runs, one.submit, one.maxjobs, one.finishmon) == (RUNS, True, 5, True) for one in found)


def test_parents_come_first_however_they_are_listed() -> None:
    found = chained([steered("tracks"), steered("cluster"), steered("seed"), steered("streaming")], RULES)
    assert [one.name for one in found] == ["streaming", "cluster", "seed", "tracks", "mvtxme"]


def test_a_rule_that_is_listed_is_as_it_is_listed() -> None:
    found = chained([steered("cluster"), steered("seed", submit=False)], RULES)
    assert [(one.name, one.submit) for one in found] == [("cluster", True), ("seed", False)]


def test_nothing_is_added_below_a_rule_that_is_not_submitted() -> None:
    found = chained([steered("cluster", submit=False), steered("triggered")], RULES)
    assert {one.name for one in found} == {"cluster", "triggered", "calofitting"}


def test_values_of_the_parents_jobs_stay_with_the_parent() -> None:
    overrides = Overrides(nevents=5, request_memory="8 GB", priority=3, physicsmode="cosmics")
    parent, child = chained([steered("triggered", overrides=overrides, segments=RUNS, line=7)], RULES)
    assert parent.overrides == overrides
    assert child.overrides == Overrides(physicsmode="cosmics")
    assert (child.segments, child.line) == (None, 0)


def test_a_rule_that_no_file_has_comes_last() -> None:
    found = chained([steered("gone"), steered("triggered")], RULES)
    assert [one.name for one in found] == ["triggered", "calofitting", "gone"]


def test_a_circle_is_an_error() -> None:
    circle = [load("seed", input_indsttype=["DST_TRKR_TRACKS"]), load("tracks")]
    with pytest.raises(RuleError, match="in a circle"):
        chained([steered("seed")], circle)
