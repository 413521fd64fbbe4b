"""A chain as people and programs see it: the tree, the graph, and what nobody makes."""

from prodcli.chains.chain import chain_of
from prodcli.chains.graph_text import data, dot
from prodcli.chains.picture import Picture
from prodcli.chains.progress import Progress
from prodcli.chains.tree import in_words, tree
from prodcli.rules.model import Product
from tests.support.library_rules import FILE, load
from tests.support.rule_files import CALO, CLUSTER, STREAMING, TRIGGERED

CLUSTERS = Product("DST_TRKR_CLUSTER", "run3auau", CLUSTER)
FITTED = Product("DST_CALOFITTING", "run3auau", CALO)


def picture(*rules: str, **more: str) -> Picture:
    """The picture of some test rules; `more` changes the last."""
    loaded = [load(name) for name in rules[:-1]]
    return Picture(chain_of([*loaded, load(rules[-1], **more)]))


def test_a_tree_has_children_below_their_parents() -> None:
    assert tree(picture("seed", "cluster", "mvtxme", "streaming", "streaming_calib")) == [
        "streaming",
        f"│  DST_STREAMING_EVENT {STREAMING} from raw files (physics)",
        "├─ cluster",
        f"│  │  DST_TRKR_CLUSTER {CLUSTER}",
        "│  └─ seed",
        f"│        DST_TRKR_SEED {CLUSTER}",
        "└─ mvtxme",
        f"      DST_TRKR_MVTXME {CLUSTER}",
        "streaming_calib",
        f"   DST_STREAMING_EVENT {STREAMING} from raw files (calib)",
    ]


def test_a_plain_tree_is_of_ascii() -> None:
    lines = tree(picture("cluster", "streaming"), plain=True)
    assert lines[2] == "`- cluster"
    assert all(line.isascii() for line in lines)


def test_a_child_of_several_parents_is_told_once() -> None:
    lines = tree(picture("streaming", "streaming_seg0", "cluster", "seed"))
    assert lines[2:] == [
        "└─ cluster",
        f"   │  DST_TRKR_CLUSTER {CLUSTER}",
        "   └─ seed",
        f"         DST_TRKR_SEED {CLUSTER}",
        "streaming_seg0",
        f"│  DST_STREAMING_EVENT {STREAMING} from raw files (physics)",
        "└─ cluster (above)",
    ]


def test_what_comes_from_outside_is_a_root() -> None:
    drawn = picture("calo", "jetcalo")
    lines = tree(drawn)
    assert lines[0] == f"[DST_CALOFITTING {CALO}] no rule here makes this"
    assert lines[1] == "├─ calo"
    assert drawn.warnings == [f"{name}: no rule here makes DST_CALOFITTING {CALO}" for name in ("calo", "jetcalo")]
    made = Picture(drawn.chain, {FITTED: Progress({"finished": 3}, 0)})
    assert tree(made)[:3] == [f"[DST_CALOFITTING {CALO}] of other rules", "│  3 finished; 0 registered", "├─ calo"]
    assert made.warnings == []
    unmade = Picture(drawn.chain, {FITTED: Progress({}, 0)})
    assert tree(unmade)[0] == f"[DST_CALOFITTING {CALO}] nobody makes this"
    assert Picture(drawn.chain, {FITTED: Progress({}, 1)}).warnings == []


def test_the_nearest_tag_that_somebody_makes_is_named() -> None:
    typing_error = picture("streaming", "triggered", "cluster", input_intriplet="ana515_nocdbtag_v001")
    wanted = "cluster: no rule here makes DST_STREAMING_EVENT ana515_nocdbtag_v001"
    assert typing_error.warnings == [f"{wanted}; the nearest that somebody makes is {STREAMING}"]
    booked = Product("DST_STREAMING_EVENT_ebdc00_0", "run3auau", "ana515_nocdbtag_v002")
    others = Picture(typing_error.chain, {CLUSTERS: Progress()}, others=[booked])
    assert others.warnings == [
        f"{wanted.replace('no rule here', 'nobody')}; the nearest that somebody makes is ana515_nocdbtag_v002"
    ]


def test_another_dataset_and_another_type_of_runs_are_said() -> None:
    words = f"cluster: no rule here makes DST_STREAMING_EVENT {STREAMING}"
    assert picture("streaming", "cluster", input_dataset="run3pp").warnings == [
        f"{words} with the dataset run3pp; it is made with run3auau"
    ]
    assert picture("streaming_calib", "cluster").warnings == [
        f"{words} of runs of type physics; it is made of runs of another type"
    ]


def test_progress_in_words() -> None:
    jobs = {"finished": 1200, "submitted": 3, "evicted": 1, "running": 2, "failed": 4}
    assert in_words(Progress(jobs, 1190)) == "1,200 finished, 2 running, 4 idle, 4 failed; 1,190 registered"
    assert in_words(Progress({}, 0)) == "no jobs; 0 registered"
    assert in_words(Progress()) == ""
    drawn = Picture(chain_of([load("cluster"), load("streaming")]), {CLUSTERS: Progress({"held": 2})})
    assert tree(drawn)[2:] == ["└─ cluster", f"      DST_TRKR_CLUSTER {CLUSTER}", "      2 held"]


def test_a_graph_for_graphviz() -> None:
    assert dot(picture("triggered", "calofitting", "jets")).splitlines() == [
        "digraph chain {",
        "  rankdir=LR;",
        "  node [shape=box];",
        f'  "triggered" [label="triggered\\nDST_TRIGGERED_EVENT {TRIGGERED}"];',
        f'  "calofitting" [label="calofitting\\nDST_CALOFITTING {CALO}"];',
        '  "triggered" -> "calofitting";',
        f'  "jets" [label="jets\\nDST_JETS {CALO}"];',
        f'  "DST_CALO {CALO}" [label="DST_CALO\\n{CALO}", style=dashed];',
        f'  "DST_CALO {CALO}" -> "jets";',
        "}",
    ]


def test_data_for_programs() -> None:
    drawn = picture("triggered", "calofitting", "jets")
    found = data(Picture(drawn.chain, {FITTED: Progress({"finished": 2}, 2)}))
    assert [step["id"] for step in found["steps"]] == ["triggered", "calofitting", "jets"]
    assert found["steps"][1] == {
        "id": "calofitting",
        "rule": "calofitting",
        "file": FILE,
        "dsttype": "DST_CALOFITTING",
        "dataset": "run3auau",
        "tag": CALO,
        "intriplet": TRIGGERED,
        "parents": ["triggered"],
        "jobs": {"finished": 2},
        "registered": 2,
    }
    assert found["steps"][0]["jobs"] is found["steps"][0]["registered"] is None
    (source,) = found["sources"]
    assert source == {"dsttypes": ["DST_CALO"], "dataset": "run3auau", "tag": CALO, "made": False, "children": ["jets"]}
    assert found["warnings"] == [f"jets: nobody makes DST_CALO {CALO}"]
