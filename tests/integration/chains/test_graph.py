"""`prodcli graph` on real books and catalogs, and without any."""

from collections import Counter
from pathlib import Path

import pytest
import yaml

from tests.support.rule_files import RULES, STREAMING, prodflow_rules, write_rules
from tests.support.workspace import ONE_DATABASE, Answer, Workspace, seeded_catalog

CHAIN = ("streaming", "cluster", "mvtxme", "seed", "tracks", "jets")


@pytest.fixture
def loaded(workspace: Workspace) -> Workspace:
    """A workspace with catalogs, books and the rules of a chain."""
    workspace.load(seeded_catalog(1))
    write_rules(workspace.folder / "rules", {name: RULES[name] for name in CHAIN})
    return workspace


def rules(workspace: Workspace) -> Path:
    """The rule file of the workspace."""
    return workspace.folder / "rules" / "rules.yaml"


def graph(workspace: Workspace, *words: object) -> Answer:
    """Draw the chain."""
    return workspace.run("graph", "-c", rules(workspace), *words)


def test_each_step_has_its_jobs_and_files(loaded: Workspace) -> None:
    rows = loaded.sql("SELECT tag, dataset, dsttype, CAST(status AS text) FROM production_jobs")
    files = loaded.sql("SELECT tag, dataset, dsttype FROM datasets", role="filecatalog")
    steps = loaded.json("graph", "-c", rules(loaded))["steps"]
    assert [step["rule"] for step in steps][0] == "streaming"
    assert len(steps) == len(CHAIN)
    for step in steps:
        made = step["dsttype"]

        def is_made(tag: str, dataset: str, dsttype: str, made: str = made, step: dict[str, str] = step) -> bool:
            return (tag, dataset) == (step["tag"], step["dataset"]) and f"{dsttype}_".startswith(f"{made}_")

        jobs = Counter("running" if row[3] == "started" else row[3] for row in rows if is_made(*row[:3]) and row[3])
        assert step["jobs"] == jobs
        assert step["registered"] == sum(is_made(*row) for row in files)
    assert sum(step["registered"] for step in steps) > 0
    assert sum(sum(step["jobs"].values()) for step in steps) > 0


def test_the_tree_says_how_far_each_step_is(loaded: Workspace) -> None:
    shown = graph(loaded)
    assert shown.code == 0
    step = loaded.json("graph", "-c", rules(loaded))["steps"][0]
    lines = shown.out.splitlines()
    assert lines[:2] == ["streaming", f"│  DST_STREAMING_EVENT {STREAMING} from raw files (physics)"]
    assert lines[2].endswith(f"; {step['registered']:,} registered")
    assert max(map(len, lines)) < 80


def test_a_circle_is_an_error_that_shows_it(loaded: Workspace) -> None:
    spec = {name: {key: dict(part) for key, part in RULES[name].items()} for name in ("seed", "tracks")}
    spec["seed"]["input"]["indsttype"] = ["DST_TRKR_TRACKS"]
    write_rules(loaded.folder / "rules", spec)
    answer = graph(loaded)
    assert answer.code == 3
    assert answer.out == ""
    assert "circle: " in answer.err
    assert answer.err.count("seed (DST_TRKR_SEED") + answer.err.count("tracks (DST_TRKR_TRACKS") == 3
    assert len(answer.err.splitlines()) == 1


def test_a_wrong_tag_is_named_with_the_nearest(loaded: Workspace) -> None:
    spec = {name: {key: dict(part) for key, part in RULES[name].items()} for name in ("streaming", "cluster")}
    spec["cluster"]["input"]["intriplet"] = "ana515_nocdbtag_v001"
    write_rules(loaded.folder / "rules", spec)
    answer = graph(loaded)
    assert answer.code == 0
    (line,) = answer.err.splitlines()
    assert line.endswith(
        f"nobody makes DST_STREAMING_EVENT ana515_nocdbtag_v001; the nearest that somebody makes is {STREAMING}"
    )


@ONE_DATABASE
def test_databases_that_do_not_answer_cost_a_warning(loaded: Workspace) -> None:
    whole = graph(loaded)
    loaded.settings["databases"]["filecatalog"] = f"sqlite:///{loaded.folder}/gone.db"
    loaded.write()
    answer = graph(loaded)
    assert answer.code == 0
    assert "how far the rules are is not known: " in answer.err
    assert answer.out.splitlines()[0] == whole.out.splitlines()[0]
    assert "registered" not in answer.out


@ONE_DATABASE
def test_bad_input_is_one_line(loaded: Workspace) -> None:
    for words, code in (
        ((), 2),
        (("-c", loaded.folder / "none.yaml"), 3),
        (("-c", loaded.folder / "rules", "--format", "png"), 2),
    ):
        answer = loaded.run("graph", *words)
        assert (answer.code, len(answer.err.splitlines())) == (code, 1), answer.err
    rules(loaded).write_text(yaml.safe_dump({"broken": {"params": {}}}))
    answer = graph(loaded)
    assert answer.code == 3
    assert "rule broken is left out" in answer.err


@ONE_DATABASE
def test_rules_of_one_name_are_told_apart_by_their_files(loaded: Workspace) -> None:
    write_rules(loaded.folder / "more" / "a", {"streaming": RULES["streaming"]})
    write_rules(loaded.folder / "more" / "b", {"streaming": RULES["streaming_seg0"], "cluster": RULES["cluster"]})
    found = loaded.json("graph", loaded.folder / "more")
    assert [step["id"] for step in found["steps"]] == [
        "streaming (a/rules.yaml)",
        "streaming (b/rules.yaml)",
        "cluster",
    ]
    assert found["steps"][2]["parents"] == ["streaming (a/rules.yaml)", "streaming (b/rules.yaml)"]


@ONE_DATABASE
@pytest.mark.skipif(not prodflow_rules(), reason="the real rule files are not at hand")
def test_the_real_chains(loaded: Workspace) -> None:
    folder = prodflow_rules()[0][0].parent
    steps = loaded.json("graph", folder)["steps"]
    parents = {step["rule"]: step["parents"] for step in steps}
    assert parents["Full_CALOFITTING_run3physics"] == ["Full_TRIGGERED_EVENT_run3physics"]
    assert parents["Full_TRKR_CLUSTER_run3physics"] == ["Full_STREAMING_EVENT_run3physics"]
    assert parents["Full_TRKR_SEED_run3physics"] == ["Full_TRKR_CLUSTER_run3physics"]
    assert parents["Full_STREAMING_EVENT_run3calib"] == []
