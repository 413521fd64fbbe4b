"""The states of data by hand: which data is meant, the preview, the question, the history."""

import pytest

from prodcli.data_states.states import Data, DataState, StateChange, change_states
from prodcli.runs.selection import RunSelection, parse_runs
from tests.support.rule_files import write_rules
from tests.support.workspace import ONE_DATABASE, Workspace, seeded_catalog

TAG, CLUSTER, STREAM = "ana537_2025p010_v001", "DST_TRKR_CLUSTER", "DST_STREAMING_EVENT"
FILES = seeded_catalog(1).files
RUNS = sorted(run.runnumber for run in seeded_catalog(1).runs)
OF_CLUSTERS = ("--tag", TAG, "--dsttype", CLUSTER, "--dataset", "run3auau")
ABOUT = (*OF_CLUSTERS, "--runs", "1-99999")


@pytest.fixture
def loaded(workspace: Workspace) -> Workspace:
    """A workspace with catalogs and rules."""
    workspace.load(seeded_catalog(1))
    write_rules(workspace.folder / "rules")
    return workspace


def with_files(dsttype: str = CLUSTER, tag: str = TAG) -> list[int]:
    """The runs that have files of a dsttype."""
    return sorted({f.runnumber for f in FILES if f.dsttype == dsttype and f.tag == tag and f.dataset == "run3auau"})


def states(workspace: Workspace) -> dict[tuple[str, int], str]:
    """The current states by dsttype and run."""
    query = "SELECT dsttype, runnumber, state FROM production_data_states WHERE replaced IS NULL"
    return {(dsttype, run): state for dsttype, run, state in workspace.sql(query)}


def test_data_is_validated_by_run(loaded: Workspace) -> None:
    runs = with_files()
    before = loaded.ok("validate", *ABOUT, "--reason", "QA is good", "-n").out
    assert "dry run: nothing was changed" in before
    assert states(loaded) == {}
    loaded.ok("validate", *ABOUT, "--exclude", runs[0], "--reason", "QA  is good", "--author", "Ada", "--yes")
    assert states(loaded) == {(CLUSTER, run): "validated" for run in runs[1:]}
    (line,) = loaded.json("data", "list")
    assert (line["tag"], line["dataset"], line["dsttype"], line["state"]) == (TAG, "run3auau", CLUSTER, "validated")
    assert (line["count"], line["author"], line["reason"]) == (len(runs) - 1, "Ada", "QA is good")
    assert line["runs"] == str(RunSelection((), frozenset(runs[1:])))


def test_the_preview_says_what_changes(loaded: Workspace) -> None:
    runs = with_files()
    loaded.ok("invalidate", *OF_CLUSTERS, "--runs", runs[0], "--reason", "x", "--yes")
    rows = loaded.json("validate", *ABOUT, "--reason", "x", "-n")
    assert [(row["state"], row["new"], row["count"]) for row in rows] == [
        ("invalidated", "validated", 1),
        ("open", "validated", len(runs) - 1),
    ]
    files = [f for f in FILES if f.dsttype == CLUSTER and f.tag == TAG and f.dataset == "run3auau"]
    assert sum(row["files"] for row in rows) == len(files)
    assert sum(row["bytes"] for row in rows) == sum(f.size for f in files)


def test_every_state_is_kept(loaded: Workspace) -> None:
    run = with_files()[0]
    one = (*OF_CLUSTERS, "--runs", run, "--yes")
    loaded.ok("validate", *one, "--reason", "good")
    loaded.ok("validate", *one, "--reason", "good again")
    loaded.ok("invalidate", *one, "--reason", "bad after all")
    loaded.ok("data", "set", "open", *one, "--reason", "made anew")
    loaded.ok("data", "set", "tape", *one, "--reason", "moved")
    found = loaded.json("data", "history", "--runs", run)
    assert [(row["state"], row["reason"]) for row in found] == [
        ("validated", "good"),
        ("invalidated", "bad after all"),
        ("open", "made anew"),
        ("tape", "moved"),
    ]
    assert states(loaded) == {(CLUSTER, run): "tape"}
    assert loaded.json("data", "list", "--state", "validated") == []
    assert len(loaded.json("data", "list", "--state", "tape", "--runs", run)) == 1


def test_data_of_many_runs_is_listed_whole_for_programs(loaded: Workspace) -> None:
    runs = range(2, 200, 2)
    data = [Data("run3auau", TAG, CLUSTER, run) for run in runs]
    change_states(loaded.database(), [StateChange(one, DataState.OPEN, DataState.BROKEN) for one in data], "x", "y")
    (line,) = loaded.json("data", "list")
    assert parse_runs([line["runs"]]).named == set(runs)
    assert "99 from 2 to 198" in loaded.ok("data", "list").out


def test_what_was_made_from_unfit_data_is_told_and_marked_where_that_is_asked_for(loaded: Workspace) -> None:
    """The seeds of the catalog were made from clusters of the same runs and tag."""
    loaded.sql("UPDATE production_jobs SET intriplet = tag WHERE dsttype = 'DST_TRKR_SEED' AND tag = ?", TAG)
    query = "SELECT DISTINCT runnumber FROM production_jobs WHERE dsttype = 'DST_TRKR_SEED' AND tag = ? AND dataset = ?"
    jobs = {run for (run,) in loaded.sql(query, TAG, "run3auau")}
    seeds = sorted(jobs & set(with_files("DST_TRKR_SEED")) & set(with_files()))
    assert len(seeds) > 1
    data = Data("run3auau", TAG, "DST_TRKR_SEED", seeds[0])
    change_states(loaded.database(), [StateChange(data, DataState.OPEN, DataState.VALIDATED)], "x", "y")
    told = f"made from this data: {len(seeds)} of DST_TRKR_SEED (1 validated); they keep their state"
    assert told in loaded.ok("invalidate", *ABOUT, "--reason", "x", "-n").out
    assert "made from" not in loaded.ok("validate", *ABOUT, "--reason", "x", "-n").out
    loaded.ok("invalidate", *ABOUT, "--reason", "x", "--yes")
    assert told in loaded.ok("invalidate", *ABOUT, "--reason", "x", "-n").out
    loaded.ok("invalidate", *ABOUT, "--reason", "x", "--yes", "--downstream")
    expected = {(CLUSTER, run) for run in with_files()} | {("DST_TRKR_SEED", run) for run in seeds}
    assert states(loaded) == dict.fromkeys(expected, "invalidated")
    assert loaded.json("log")[0]["result"] == f"{len(seeds)} now invalidated"


def test_a_rule_says_which_data_is_meant(loaded: Workspace) -> None:
    rule = ("-c", loaded.folder / "rules" / "rules.yaml", "-r", "streaming", "--runs", "1-99999")
    loaded.ok("data", "set", "finalized", *rule, "--reason", "done", "--yes")
    tag = "ana514_nocdbtag_v001"
    expected = {
        (f.dsttype, f.runnumber)
        for f in FILES
        if f.dsttype.startswith(STREAM + "_") and f.tag == tag and f.dataset == "run3auau"
    }
    assert set(states(loaded)) == expected
    listed = loaded.json("data", "list", "--dsttype", STREAM, "--tag", tag)
    assert sum(row["count"] for row in listed) == len(expected)


def test_data_without_files_may_only_be_broken_or_open(loaded: Workspace) -> None:
    loaded.sql("DELETE FROM datasets", role="filecatalog")
    assert loaded.json("validate", *ABOUT, "--reason", "x", "--yes") == []
    loaded.sql("DELETE FROM production_data_states")
    data = Data("run3auau", TAG, CLUSTER, RUNS[0])
    change_states(loaded.database(), [StateChange(data, DataState.OPEN, DataState.VALIDATED)], "x", "y")
    answer = loaded.ok("invalidate", *ABOUT, "--reason", "x", "--yes")
    assert answer.out == ""
    assert "1 more have no file" in loaded.ok("invalidate", *ABOUT, "--reason", "x", "-n").out
    loaded.ok("data", "set", "broken", *ABOUT, "--reason", "disk lost", "--yes")
    assert states(loaded) == {(CLUSTER, RUNS[0]): "broken"}


def test_two_people_do_not_write_over_each_other(loaded: Workspace) -> None:
    database = loaded.database()
    data = [Data("run3auau", TAG, CLUSTER, run) for run in RUNS]
    change_states(database, [StateChange(data[0], DataState.OPEN, DataState.BROKEN)], "mine", "a")
    late = [StateChange(one, DataState.OPEN, DataState.VALIDATED) for one in data]
    assert change_states(database, late, "late", "b") == len(data) - 1
    assert states(loaded)[CLUSTER, RUNS[0]] == "broken"
    assert change_states(database, late, "late", "b") == 0
    late = [StateChange(data[0], DataState.VALIDATED, DataState.OPEN)]
    assert change_states(database, late, "late", "b") == 0
    assert states(loaded)[CLUSTER, RUNS[0]] == "broken"


def test_a_question_needs_a_terminal(loaded: Workspace) -> None:
    answer = loaded.run("validate", *ABOUT, "--reason", "x")
    assert answer.code == 2
    assert "needs a terminal or --yes" in answer.err
    assert states(loaded) == {}


@ONE_DATABASE
@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["validate", "--runs", "1"], 2, "Missing option '--reason'"),
        (
            ["validate", "--runs", "1", "--reason", "x"],
            2,
            "which data is meant? (give --tag and --dsttype, or --config",
        ),
        (["validate", "--tag", TAG, "--runs", "1", "--reason", "x"], 2, "which data is meant?"),
        (["validate", "--tag", TAG, "--dsttype", CLUSTER, "--reason", "x"], 2, "no runs are named"),
        (
            ["validate", "--tag", TAG, "--dsttype", CLUSTER, "--runs", "1", "--reason", " "],
            2,
            "give a reason in one line",
        ),
        (["validate", "--tag", TAG, "-c", "rules.yaml", "--runs", "1", "--reason", "x"], 2, "a rule says tag, dsttype"),
        (["validate", "-c", "nobody.yaml", "--runs", "1", "--reason", "x"], 3, "nobody.yaml"),
        (["data", "set", "good", *ABOUT, "--reason", "x"], 2, "'good' is not one of"),
        (["data", "list", "--state", "good"], 2, "'good' is not one of"),
        (["data", "list", "--runs", "x"], 2, "'x' is not a run number"),
    ],
)
def test_bad_input_is_one_line(loaded: Workspace, words: list[str], code: int, says: str) -> None:
    answer = loaded.run(*words)
    assert (answer.code, answer.out) == (code, "")
    (line,) = answer.err.splitlines()
    assert says in line


def test_words_of_people_are_data(loaded: Workspace) -> None:
    run = with_files()[0]
    reason = 'it\'s "50 %"; DROP TABLE production_data_states; --'
    loaded.ok("validate", *OF_CLUSTERS, "--runs", run, "--reason", reason, "--yes")
    (line,) = loaded.json("data", "list")
    assert line["reason"] == reason


@ONE_DATABASE
def test_books_without_the_tables_are_one_line(loaded: Workspace) -> None:
    loaded.sql("DELETE FROM prodcli_schema WHERE version = 18")
    for words in (["data", "list"], ["validate", *ABOUT, "--reason", "x", "-n"]):
        answer = loaded.run(*words)
        assert answer.code == 4
        assert "run prodcli db upgrade" in answer.err
