"""Jobs of several outputs on both databases: planned, claimed, registered, chosen and erased as one."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.catalog import Catalog, File, Run
from tests.support.rule_files import CLUSTER, rule, write_rules
from tests.support.workspace import Workspace

RUN, TAG = 70050, "ana537_2025p010_v001"


@pytest.fixture
def rules(workspace: Workspace) -> Path:
    """A rule whose jobs make four outputs of each of six segments."""
    names = [f"DST_TRKR_CLUSTER_run3auau_{CLUSTER}-{RUN:08d}-{segment:05d}.root" for segment in range(6)]
    files = [
        File(name, RUN, segment, 9, "run3auau", "DST_TRKR_CLUSTER", 9, 1, CLUSTER) for segment, name in enumerate(names)
    ]
    start = datetime(2026, 1, 1)  # noqa: DTZ001 - times of daq.run have no zone
    workspace.load(Catalog([Run(RUN, "physics", 9_500_000, start, start.replace(hour=2))], [], files))
    seed = rule("DST_TRKR_SEED", "ana.537", "2025p010", CLUSTER, job_outputs_per_job=4)
    return write_rules(workspace.folder / "rules", {"seed": seed})


def output(workspace: Workspace, segment: int, kind: str = "DST_TRKR_SEED", *below: str) -> Path:
    """Write a file where a job of the rule would."""
    folder = workspace.folder / "files/production/run3auau/physics" / TAG / "DST_TRKR_SEED/run_00070000_00070100"
    path = folder.joinpath(*below, f"{kind}_run3auau_{TAG}-{RUN:08d}-{segment:05d}.root")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    return path


def plan(workspace: Workspace, rules: Path, *words: object) -> tuple[list[int], dict[str, int]]:
    """The first outputs of planned jobs, and the counts of reasons."""
    data = workspace.json("submit", "-c", rules, "-r", "seed", "--runs", RUN, "--dry-run", *words)
    return [job["segment"] for job in data["jobs"]], {one["reason"]: one["count"] for one in data["skipped"]}


def test_plan_claim_register_and_plan_again(workspace: Workspace, rules: Path) -> None:
    verb = ("-c", rules, "-r", "seed", "--runs", RUN)
    output(workspace, 1)
    output(workspace, 22)
    assert workspace.json("register", *verb)[0]["new"] == 2
    assert plan(workspace, rules) == ([4, 8, 12, 16], {"produced": 2})
    assert plan(workspace, rules, "--segments", 6, 9, "--segments", "18") == ([4, 8, 16], {})
    workspace.ok("submit", *verb, "--maxjobs", 2)
    columns = "filename, segment, outputs_per_job, maxjobsexpected, eventsinrun"
    rows = workspace.sql(f"SELECT {columns} FROM production_jobs ORDER BY filename")  # noqa: S608
    assert rows == [
        (f"DST_TRKR_SEED_run3auau_{TAG}-{RUN:08d}-{segment:05d}.root", segment, 4, 2375, 9_500_000)
        for segment in (4, 8)
    ]
    output(workspace, 15)
    workspace.ok("register", *verb)
    assert plan(workspace, rules) == ([16], {"produced": 3, "blocked": 2})
    workspace.ok("submit", *verb)
    assert plan(workspace, rules) == ([], {"produced": 3, "blocked": 3})
    assert [workspace.json("kill", "--segments", segment, "--dry-run")["jobs"] for segment in (11, 12)] == [1, 0]


def test_a_row_of_any_output_blocks_and_stays(workspace: Workspace, rules: Path) -> None:
    """As another tool leaves it, that knows nothing of several outputs."""
    name = f"DST_TRKR_SEED_run3auau_{TAG}-{RUN:08d}-00002.root"
    workspace.sql(
        "INSERT INTO production_jobs (rulename, filename, runnumber, segment, status, tag, dataset, dsttype)"
        " VALUES ('seed', ?, ?, 2, 'failed', ?, 'run3auau', 'DST_TRKR_SEED')",
        *(name, RUN, TAG),
    )
    assert plan(workspace, rules) == ([4, 8, 12, 16, 20], {"blocked": 1})
    assert plan(workspace, rules, "--unblock", "failed") == ([4, 8, 12, 16, 20], {"blocked": 1})


def test_why_counts_outputs(workspace: Workspace, rules: Path) -> None:
    output(workspace, 1)
    workspace.ok("register", "-c", rules, "-r", "seed", "--runs", RUN)
    (answer,) = workspace.json("why", "-c", rules, "-r", "seed", "--runs", RUN)
    texts = {link["step"]: link["text"] for link in answer["chain"]}
    assert texts["jobs"] == "20 of 24 outputs can be submitted now, by 5 jobs"
    assert texts["outputs"].startswith("1 of 24 outputs are produced")
    assert texts["outputs"].endswith("; 3 other outputs of the same jobs are not in the file catalog")
    (answer,) = workspace.json("why", "-c", rules, "-r", "seed", "--runs", RUN, RUN + 1)
    assert [(one["reason"], one["what"], one["count"]) for one in answer["groups"]] == [
        ("produced", "some of 4 outputs", 1)
    ]


def test_invalid_segments_are_those_of_outputs(workspace: Workspace, rules: Path) -> None:
    workspace.ok("runs", "invalid", "add", "--runs", RUN, "--segments", 9, "--reason", "spike")
    assert plan(workspace, rules) == ([0, 4, 12, 16, 20], {"invalid": 1})


def test_all_that_a_job_made_is_erased_with_any_of_it(workspace: Workspace, rules: Path) -> None:
    verb = ("-c", rules, "-r", "seed", "--runs", RUN)
    mine = [output(workspace, segment) for segment in (5, 6, 7)]
    mine += [output(workspace, 6, kind) for kind in ("DST_Jet", "HIST_SEEDQA")]
    others = [output(workspace, 8), output(workspace, 8, "DST_Jet"), output(workspace, 6, "DST_TRKR_TRACKS")]
    workspace.ok("register", *verb)
    histogram = output(workspace, 7, "HIST_DST_TRKR_SEED", "hist")
    shown: dict[str, Any] = workspace.json("remove", *verb, "--segments", 7, "--histograms", "--dry-run")
    kinds = {kind["what"]: kind["count"] for kind in shown["kinds"]}
    assert kinds == {"outputs on disk": 5, "histograms on disk": 1, "in the file catalog": 5}
    workspace.ok("remove", *verb, "--segments", 7, "--histograms", "--yes")
    assert not any(path.exists() for path in (*mine, histogram))
    assert all(path.exists() for path in others)
    left = workspace.sql("SELECT filename FROM datasets WHERE dsttype <> 'DST_TRKR_CLUSTER'", role="filecatalog")
    assert sorted(name for (name,) in left) == sorted(path.name for path in others[:2])
    assert plan(workspace, rules) == ([0, 4, 12, 16, 20], {"produced": 1})
    workspace.ok("submit", "--force", *verb, "--segments", 10, "--yes")
    assert not others[0].exists()
    rows = workspace.sql("SELECT segment FROM production_jobs")
    assert rows == [(8,)]


def changed(rules: Path, several: int) -> None:
    """The rule, whose jobs make another number of outputs now."""
    write_rules(
        rules.parent, {"seed": rule("DST_TRKR_SEED", "ana.537", "2025p010", CLUSTER, job_outputs_per_job=several)}
    )


@pytest.mark.parametrize("several", [1, 2, 5])
def test_a_tag_with_jobs_keeps_its_number_of_outputs(workspace: Workspace, rules: Path, several: int) -> None:
    """With another number, a job would write the files of a job that is in the books already."""
    verb = ("-c", rules, "-r", "seed", "--runs", RUN)
    workspace.ok("submit", *verb, "--maxjobs", 2)
    changed(rules, several)
    refused = (
        ["submit"],
        ["submit", "--dry-run"],
        ["submit", "--force", "--yes"],
        ["remove", "--segments", "5", "--yes"],
    )
    for command, *more in refused:
        answer = workspace.run(command, *verb, *more)
        assert (answer.code, answer.err.count("\n")) == (3, 1), answer
        assert f"outputs_per_job is {several}, and jobs of {TAG} in the books make 4 each" in answer.err
    assert "in the books make 4 each" in workspace.ok("why", *verb).err
    assert workspace.sql("SELECT segment, outputs_per_job FROM production_jobs ORDER BY segment") == [(0, 4), (4, 4)]
    workspace.ok("remove", *verb, "--yes")
    assert plan(workspace, rules) == ([several * segment for segment in range(6)], {})
    workspace.ok("submit", *verb)
    rows = workspace.sql("SELECT segment, outputs_per_job FROM production_jobs ORDER BY segment")
    assert rows == [(several * segment, several) for segment in range(6)]


def test_jobs_that_were_submitted_again_keep_their_number_of_outputs(workspace: Workspace, rules: Path) -> None:
    verb = ("-c", rules, "-r", "seed", "--runs", RUN)
    workspace.ok("submit", *verb, "--maxjobs", 1)
    workspace.ok("kill", "--tag", TAG, "--yes")
    workspace.ok("resubmit", "--clone", "--state", "removed", "--tag", TAG, "--yes")
    assert (
        workspace.sql("SELECT tag, dataset, dsttype, outputs_per_job FROM production_claims")
        == [(TAG, "run3auau", "DST_TRKR_SEED", 4)] * 2
    )
    changed(rules, 2)
    assert workspace.run("submit", *verb).code == 3


def test_claims_of_an_earlier_release_have_the_number_of_their_jobs(workspace: Workspace, rules: Path) -> None:
    verb = ("-c", rules, "-r", "seed", "--runs", RUN)
    workspace.ok("submit", *verb, "--maxjobs", 1)
    for column in ("tag", "dataset", "dsttype", "outputs_per_job"):
        workspace.sql(f"ALTER TABLE production_claims DROP COLUMN {column}")
    workspace.sql("DELETE FROM prodcli_schema WHERE version = 20")
    changed(rules, 2)
    assert workspace.run("submit", *verb, "--dry-run").code == 0  # the books are not current, which a dry run warns of
    workspace.ok("db", "upgrade")
    assert workspace.run("submit", *verb, "--dry-run").code == 3
