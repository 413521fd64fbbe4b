"""Levels as tables: trees for people, addresses and links for programs, and what helps."""

from prodcli.hierarchy.address import Address
from prodcli.hierarchy.level_tables import change_table, level_table, run_table
from prodcli.hierarchy.roll_up import RunLine, level_lines
from prodcli.hierarchy.run_states import RunState
from prodcli.hierarchy.status import LevelStatus
from prodcli.hierarchy.step_runs import RunCounts
from prodcli.hierarchy.tree import ChangeKind, ProductionStep, ProductionTree, level_changes
from prodcli.hierarchy.workflows import Workflow
from prodcli.rules.model import Product
from prodcli.runs.run_groups import run_groups
from prodcli.runs.selection import parse_runs
from prodcli.tables.faces import data_rows

TAG = "ana537_2025p010_v001"
SEED = ProductionStep(
    "seeds",
    "/rules.yaml",
    Product("DST_TRKR_SEED", "run3auau", TAG),
    groups=run_groups({"early": parse_runs(["100-199"])}),
)
EARLY = Address("auau", TAG, "seeds", "early")
RUNS = [
    RunLine(EARLY, 100, RunState.DONE, SEED, RunCounts(0, 100, 4, 4, newest=7)),
    RunLine(EARLY, 101, RunState.FAILED, SEED, RunCounts(0, 101, 4, 3, 1, worst=11, newest=12)),
    RunLine(EARLY, 102, RunState.MISSING, SEED, None),
    RunLine(EARLY, 103, RunState.UPSTREAM, SEED, None, "clusters"),
]


def status(asked: Address, *workflows: Workflow) -> LevelStatus:
    return LevelStatus(asked, level_lines(RUNS, asked, [EARLY]), RUNS, workflows)


def test_people_see_two_levels_below_and_programs_all_of_them() -> None:
    people = level_table(status(Address("auau")))
    assert [row[0] for row in people.rows] == ["auau", f"  {TAG}", "    seeds"]
    programs = list(data_rows(level_table(status(Address("auau")), every=True, addresses=True)))
    assert [one["address"] for one in programs] == ["auau", f"auau/{TAG}", f"auau/{TAG}/seeds", str(EARLY)]
    assert [one["level"] for one in programs] == ["production", "campaign", "step", "group"]
    for one in programs:
        assert (one["runs"], one["done_percent"], one["failed"], one["missing"], one["upstream"]) == (4, 25.0, 1, 1, 1)
        assert (one["jobs"], one["jobs_finished"], one["jobs_failed"]) == (8, 7, 1)
    assert programs[1]["logs"] is None
    assert programs[2]["logs"] == f"prodcli logs --tag {TAG} --dsttype DST_TRKR_SEED"
    assert programs[3]["logs"] == f"prodcli logs --tag {TAG} --dsttype DST_TRKR_SEED --runs 100-199"
    assert programs[3]["rule_file"] == "/rules.yaml"


def test_what_helps_is_named() -> None:
    assert level_table(status(Address("auau"))).hints == [
        "1 run failed -> prodcli campaign retry auau -n",
        "1 run missing -> prodcli campaign launch auau -n",
    ]
    assert level_table(status(Address())).hints == ["1 run failed, 1 run missing -> prodcli campaign check --by run"]
    assert level_table(LevelStatus(Address(), [], [])).note.startswith("no production is declared")


def test_a_run_leads_to_its_worst_job_or_says_why_there_is_none() -> None:
    failed, missing, upstream = data_rows(run_table(status(Address("auau")), every=False))
    assert [one["state"] for one in (failed, missing, upstream)] == ["failed", "missing", "upstream"]
    assert upstream["upstream"] == "clusters"
    assert "logs" not in failed
    done, failed, missing, upstream = data_rows(run_table(status(Address("auau")), every=True))
    assert done["job"] == "prodcli job 7"
    assert failed["logs"] == "prodcli logs --dbid 11"
    assert failed["provenance"] == "prodcli provenance show --dbid 11"
    assert (missing["job"], missing["why"]) == (None, "prodcli why -c /rules.yaml -r seeds --runs 102")
    assert (upstream["job"], upstream["why"]) == (None, None)


def test_a_workflow_has_the_files_that_it_was_made_from() -> None:
    one = Workflow(12, "submit1", 4, 3, 1, 0, 100, 103, 1, 5, "/log", "/folder", "id", "/written.yaml", "abc")
    *_, row = data_rows(level_table(status(EARLY, one), every=True, payloads="/kept", addresses=True))
    assert (row["address"], row["level"]) == (f"{EARLY}/12@submit1", "workflow")
    assert (row["runs"], row["done_percent"], row["jobs"]) == (None, 75.0, 4)
    assert (row["rule_file"], row["files"], row["payload"]) == ("/written.yaml", "/folder", "/kept/abc.txt")
    assert row["logs"] == "prodcli logs --cluster 12@submit1"
    assert row["provenance"] == "prodcli provenance show 12.5@submit1"
    people = level_table(status(EARLY, one), every=True, payloads="/kept")
    assert [row[0] for row in people.rows] == ["early", "  12@submit1"]
    assert people.rows[1][-5:] == ["/written.yaml", "/folder", "/kept/abc.txt", row["logs"], row["provenance"]]
    assert people.note == "done % counts the runs of a level, and the jobs of a cluster"


def test_a_declaration_says_what_changes() -> None:
    before = ProductionTree("auau", "/auau", (SEED,))
    wider = ProductionStep(SEED.rule, SEED.config, SEED.product, groups=run_groups({"early": parse_runs(["100-250"])}))
    other = ProductionStep("tracks", "/rules.yaml", Product("DST_TRKR_TRACKS", "run3auau", TAG))
    changes = level_changes(before, ProductionTree("auau", "/auau", (wider, other)))
    assert [(one.address.name, one.kind) for one in changes] == [
        ("seeds", ChangeKind.SAME),
        ("early", ChangeKind.CHANGED),
        ("tracks", ChangeKind.NEW),
    ]
    gone = level_changes(before, ProductionTree("auau", "/auau", (other,)))
    assert [(one.address.name, one.kind) for one in gone] == [
        ("tracks", ChangeKind.NEW),
        ("seeds", ChangeKind.GONE),
        ("early", ChangeKind.GONE),
    ]
    assert [row[:2] for row in change_table(changes).rows] == [
        [f"auau/{TAG}/seeds", "DST_TRKR_SEED"],
        ["  early", "100-250"],
        [f"auau/{TAG}/tracks", "DST_TRKR_TRACKS"],
    ]
    assert list(data_rows(change_table(changes, addresses=True)))[1]["address"] == str(EARLY)
    beside = ProductionStep(SEED.rule, SEED.config, SEED.product, groups=SEED.groups, beside=frozenset({"early"}))
    kept = level_changes(ProductionTree("auau", "/auau", (beside,)), ProductionTree("auau", "/auau", (other,)))
    assert "early" not in {one.address.name for one in kept}
