"""Which steps and runs an address means."""

import pytest

from prodcli.errors import UsageError
from prodcli.hierarchy.address import address_of
from prodcli.hierarchy.chosen import ChosenStep, chosen
from prodcli.hierarchy.tree import ProductionStep, ProductionTree
from prodcli.rules.model import Product
from prodcli.runs.run_groups import run_groups
from prodcli.runs.selection import parse_runs

EARLY, LATE = parse_runs(["100-199"]), parse_runs(["200-299"])
CLUSTER = Product("DST_TRKR_CLUSTER", "run3auau", "ana537_2025p010_v001")
SEED = Product("DST_TRKR_SEED", "run3auau", "ana541_2025p014_v001")
GROUPS = run_groups({"early": EARLY, "late": LATE})
CLUSTERS = ProductionStep("clusters", "r.yaml", CLUSTER, (), False, GROUPS)
SEEDS = ProductionStep("seeds", "r.yaml", SEED, (CLUSTER,), True)
TREES = {
    "auau": ProductionTree("auau", "/auau", (CLUSTERS, SEEDS)),
    "oo": ProductionTree("oo", "/oo", (ProductionStep("clusters", "o.yaml", CLUSTER),)),
}


def meant(address: str) -> list[ChosenStep]:
    return chosen(TREES, address_of(address))


def test_each_level_means_what_is_below() -> None:
    whole = [ChosenStep("auau", CLUSTERS, GROUPS), ChosenStep("auau", SEEDS, ())]
    assert meant("auau") == whole
    assert [one.production for one in meant("")] == ["auau", "auau", "oo"]
    assert meant("auau/ana541_2025p014_v001") == whole[1:]
    assert meant("auau/ana537_2025p010_v001/clusters") == whole[:1]
    assert str(whole[0].address) == "auau/ana537_2025p010_v001/clusters"


def test_a_group_has_its_runs_and_a_step_those_of_all_groups() -> None:
    assert [one.runs for one in meant("auau")] == [EARLY.together(LATE), None]
    (early,) = meant("auau/ana537_2025p010_v001/clusters/early/12@s")
    assert early.runs is not None
    assert (early.runs.spans, early.cluster) == ([(100, 199)], "12@s")
    (rest,) = meant("auau/ana537_2025p010_v001/clusters/ungrouped")
    assert rest.runs is not None
    assert rest.runs.spans == [(0, 99), (300, 99_999_999)]
    (every,) = meant("auau/ana541_2025p014_v001/seeds/ungrouped")
    assert every.runs is not None
    assert every.runs.spans == [(0, 99_999_999)]


@pytest.mark.parametrize(
    ("address", "what"),
    [
        ("aua", "there is no production 'aua'; did you mean 'auau'?"),
        ("auau/ana537_2025p010_v002", "auau has no campaign 'ana537_2025p010_v002'"),
        ("auau/ana537_2025p010_v001/seeds", "auau/ana537_2025p010_v001 has no step 'seeds'"),
        ("auau/ana537_2025p010_v001/clusters/erly", "has no group 'erly'; did you mean 'early'?"),
    ],
)
def test_an_unknown_level_is_refused_with_what_is_near(address: str, what: str) -> None:
    with pytest.raises(UsageError) as refused:
        meant(address)
    assert what in refused.value.what
