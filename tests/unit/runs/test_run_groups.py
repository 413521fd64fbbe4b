"""Groups of runs: names, and runs that are in one group only."""

import pytest

from prodcli.runs.run_groups import RunGroup, run_groups, united
from prodcli.runs.selection import RunSelection, parse_runs

EARLY, GOLDEN = parse_runs(["69600-69999"]), parse_runs(["70005", "70010", "70012"])


def test_groups_stay_in_their_order_and_unite() -> None:
    groups = run_groups({"golden": GOLDEN, "early": EARLY})
    assert groups == (RunGroup("golden", GOLDEN), RunGroup("early", EARLY))
    assert united(groups) == RunSelection(((69600, 69999),), frozenset({70005, 70010, 70012}))
    assert united(()) == RunSelection((), frozenset())


@pytest.mark.parametrize("name", ["", "a/b", "two words", "..", "ungrouped"])
def test_a_name_goes_into_an_address(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        run_groups({name: EARLY})


def test_a_run_is_in_one_group_only() -> None:
    with pytest.raises(ValueError, match="run 69999 is in the groups early and late"):
        run_groups({"late": parse_runs(["69999-70100"]), "early": EARLY})
