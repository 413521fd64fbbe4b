"""The chain of rules: who reads whose outputs, the order, circles, and what is due."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodcli.chains.chain import Chain, RuleKey, chain_of
from prodcli.errors import RuleError
from prodcli.rules.model import Rule
from tests.support.library_rules import FILE, load
from tests.support.rule_files import CALO, CLUSTER

TRACKING = ("streaming", "streaming_calib", "cluster", "mvtxme", "seed", "tracks")
ALL = (*TRACKING, "triggered", "calofitting", "calo", "jets", "jetcalo")


def names(chain: Chain) -> dict[str, list[str]]:
    """The parents of each rule, in the order of the chain."""
    return {step.rule.name: [parent.rule for parent in step.parents] for step in chain.steps}


def test_rules_read_what_has_their_intriplet_and_is_an_input_of_their_dsttype() -> None:
    found = names(chain_of(load(name) for name in ALL))
    assert found == {
        "streaming": [],
        "streaming_calib": [],
        "triggered": [],
        "cluster": ["streaming"],
        "mvtxme": ["streaming"],
        "seed": ["cluster"],
        "tracks": ["seed"],
        "calofitting": ["triggered"],
        "calo": ["calofitting"],
        "jets": ["calo"],
        "jetcalo": ["calofitting"],
    }


@given(st.permutations(ALL))
def test_parents_come_first_however_the_rules_are_named(order: list[str]) -> None:
    chain = chain_of(load(name) for name in order)
    place = {step.key: number for number, step in enumerate(chain.steps)}
    assert len(place) == len(ALL)
    assert all(place[parent] < place[step.key] for step in chain.steps for parent in step.parents)


@pytest.mark.parametrize(
    "change",
    [
        {"input_intriplet": "ana514_nocdbtag_v002"},
        {"input_dataset": "run3pp"},
        {"params_physicsmode": "cosmics"},
    ],
)
def test_another_tag_dataset_or_type_of_runs_has_another_parent(change: dict[str, str]) -> None:
    assert names(chain_of([load("streaming"), load("cluster", **change)]))["cluster"] == []


def test_children_come_right_after_the_last_of_their_parents() -> None:
    rules = ("triggered", "streaming", "streaming_seg0", "cluster", "calofitting", "seed")
    order = [step.rule.name for step in chain_of(load(name) for name in rules).steps]
    assert order == ["triggered", "calofitting", "streaming", "streaming_seg0", "cluster", "seed"]


def test_every_rule_that_makes_an_input_is_a_parent() -> None:
    chain = chain_of(load(name) for name in ("streaming_seg0", "cluster", "streaming"))
    assert names(chain)["cluster"] == ["streaming_seg0", "streaming"]
    assert [step.rule.name for step in chain.children(RuleKey(FILE, "streaming"))] == ["cluster"]
    assert chain.children(RuleKey(FILE, "cluster")) == ()


def circle() -> list[Rule]:
    """A rule that reads what its own grandchild makes."""
    seed = load("seed", input_indsttype=["DST_TRKR_TRACKS"])
    return [load("streaming"), load("cluster"), seed, load("tracks")]


def test_a_circle_is_shown() -> None:
    with pytest.raises(RuleError) as failure:
        chain_of(circle())
    assert failure.value.exit_code == 3
    seed, tracks = (f"{name} (DST_TRKR_{name.upper()} {CLUSTER})" for name in ("seed", "tracks"))
    assert failure.value.what in {
        f"rules read each other's outputs in a circle: {a} -> {b} -> {a}" for a, b in ((seed, tracks), (tracks, seed))
    }


def test_a_circle_goes_from_parent_to_child() -> None:
    """Of three rules, the order of the words tells."""
    seed = load("seed", input_indsttype=["DST_CALO"], input_intriplet=CALO)
    tracks = load("tracks")
    calo = load("calo", input_indsttype=["DST_TRKR_TRACKS"], input_intriplet=CLUSTER)
    with pytest.raises(RuleError) as failure:
        chain_of([seed, tracks, calo])
    told = [word.split(" ")[0] for word in failure.value.what.split(": ")[1].split(" -> ")]
    assert ",".join(told[:3] * 2).find("seed,tracks,calo") >= 0
    assert told[0] == told[3]


QUERY = "SELECT runnumber, segment, filename AS files FROM datasets WHERE dsttype = 'DST_CALOFITTING' AND tag = '{intriplet}'"


def test_a_query_of_the_rules_own_reads_the_dsttypes_that_it_names() -> None:
    rules = [load(name) for name in ("triggered", "calofitting", "calo")]
    asking = load("jets", input_query=QUERY)
    assert names(chain_of([asking, *rules]))["jets"] == ["calofitting"]
    without = load("jets", input_query=QUERY.replace("'{intriplet}'", "'x'"), input_intriplet=None)
    assert names(chain_of([without, *rules]))["jets"] == []
