"""Labels on runs: given and taken by hand, and used wherever runs are given."""

import pytest

from tests.support.rule_files import write_rules
from tests.support.workspace import ONE_DATABASE, Workspace, seeded_catalog

RUNS = sorted(run.runnumber for run in seeded_catalog(1).runs)


@pytest.fixture
def loaded(workspace: Workspace) -> Workspace:
    """A workspace with catalogs and rules."""
    workspace.load(seeded_catalog(1))
    write_rules(workspace.folder / "rules")
    return workspace


def planned(workspace: Workspace, *words: object) -> set[int]:
    """The runs that a plan looks at: each of them is skipped for some reason by a rule that no run fits."""
    rule = ("-c", workspace.folder / "rules" / "rules.yaml", "-r", "streaming", "--physics-mode", "nobody")
    data = workspace.json("submit", *rule, "-n", *words)
    return {run for one in data["skipped"] for run in one["runs"]}


def label(workspace: Workspace, name: str, *runs: object) -> None:
    """Label runs."""
    workspace.ok("runs", "label", "add", name, "--runs", *runs, "--reason", "stable beam", "--author", "Ada")


def test_labels_select_runs(loaded: Workspace) -> None:
    label(loaded, "golden", f"{RUNS[0]}-{RUNS[4]}")
    label(loaded, "silver-2", RUNS[7])
    assert planned(loaded, "--runs", "label:golden") == set(RUNS[:5])
    assert planned(loaded, "--runs", "label:golden", "label:silver-2", RUNS[9]) == {*RUNS[:5], RUNS[7], RUNS[9]}
    assert planned(loaded, "--runs", f"label:golden({RUNS[2]}-{RUNS[8]})") == set(RUNS[2:5])
    assert planned(loaded, "--runs", f"{RUNS[0]}-{RUNS[9]}", "--exclude", "label:golden") == set(RUNS[5:10])
    files = loaded.json("files", "--runs", "label:silver-2")
    assert {one["run"] for one in files} == {RUNS[7]}


def test_a_range_labels_only_runs_that_exist(loaded: Workspace) -> None:
    answer = loaded.run("runs", "label", "add", "golden", "--runs", f"{RUNS[0]}-{RUNS[3]}", 5, quiet=False)
    assert answer.out == "4 runs are labelled golden; 0 had the label\n"
    assert "daq.run has no run 5: not labelled" in answer.err
    again = loaded.run("runs", "label", "add", "golden", "--runs", f"{RUNS[0]}-{RUNS[4]}", quiet=False)
    assert again.out == "1 runs are labelled golden; 4 had the label\n"


def test_labels_are_listed_and_taken(loaded: Workspace) -> None:
    label(loaded, "golden", f"{RUNS[0]}-{RUNS[4]}")
    label(loaded, "silver", RUNS[0])
    assert [
        (one["label"], one["count"], one["reason"], one["author"]) for one in loaded.json("runs", "label", "list")
    ] == [
        ("golden", 5, "stable beam", "Ada"),
        ("silver", 1, "stable beam", "Ada"),
    ]
    (line,) = loaded.json("runs", "label", "list", "--label", "golden", "--runs", f"{RUNS[3]}-{RUNS[9]}")
    assert line["runs"] == f"{RUNS[3]},{RUNS[4]}"
    words = ("runs", "label", "remove", "golden", "--runs", f"{RUNS[0]},{RUNS[1]},{RUNS[9]}")
    assert "2 runs have the label golden" in loaded.ok(*words, "-n").out
    assert loaded.run(*words).code == 2
    assert planned(loaded, "--runs", "label:golden") == set(RUNS[:5])
    loaded.ok(*words, "--yes")
    assert planned(loaded, "--runs", "label:golden") == set(RUNS[2:5])
    loaded.ok("runs", "label", "remove", "golden", "--runs", "label:golden", "--yes")
    assert {one["label"] for one in loaded.json("runs", "label", "list")} == {"silver"}


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["files", "--runs", "label:goldne"], 2, "no run has the label 'goldne'; did you mean 'golden'?"),
        (["files", "--runs", "1", "--exclude", "label:gone"], 2, "no run has the label 'gone'"),
        (
            ["files", "--runs", "lable:golden"],
            2,
            "is not a run number, a range or a selector; allowed: fully-transferred, label:NAME, new",
        ),
        (["files", "--runs", "label:"], 2, "'label:' is not a run number"),
        (["files", "--runs", "label:golden(a=b)"], 2, "has no argument 'a'"),
        (["runs", "label", "add", "golden"], 2, "no runs are named"),
        (["runs", "label", "add", "gol den", "--runs", "1"], 2, "'gol den' is no label"),
        (["runs", "label", "add", "x" * 65, "--runs", "1"], 2, "is no label"),
        (["runs", "label", "add", "-x", "--runs", "1"], 2, ""),
        (["runs", "label", "remove", "golden"], 2, "no runs are named"),
        (["runs", "label", "remove", "a;b", "--runs", "1"], 2, "is no label"),
    ],
)
@ONE_DATABASE
def test_bad_input_is_one_line(loaded: Workspace, words: list[str], code: int, says: str) -> None:
    label(loaded, "golden", RUNS[0])
    answer = loaded.run(*words)
    assert (answer.code, answer.out) == (code, "")
    (line,) = answer.err.splitlines()
    assert says in line


def test_books_without_labels_are_one_line(loaded: Workspace) -> None:
    loaded.sql("DROP TABLE production_run_labels")
    answer = loaded.run("files", "--runs", "label:golden")
    assert (answer.code, answer.out) == (4, "")
    assert "the books have no labels of runs (run prodcli db upgrade)" in answer.err
