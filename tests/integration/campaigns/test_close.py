"""campaign close: the archive of a tag whose jobs are all finished."""

import csv
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.rule_files import RULES, write_rules
from tests.support.workspace import Workspace, seeded_catalog

TAG = "ana537_2025p010_v001"
PARTS = {"rules", "summary.csv", "runs.csv", "failures.csv", "failed_runs.csv", "code.csv", "outputs.csv"}


@pytest.fixture
def jobs(workspace: Workspace) -> list[tuple[Any, ...]]:
    """The file names and runs of submitted jobs of an active tag, all finished."""
    workspace.load(seeded_catalog(1))
    workspace.sql("DELETE FROM production_jobs")
    workspace.ok("submit", "-c", write_rules(workspace.folder / "rules", {"mvtxme": RULES["mvtxme"]}), "-r", "mvtxme")
    workspace.sql("UPDATE production_jobs SET status = 'finished'")
    workspace.sql("UPDATE production_overview SET active = (1 = 1)")
    return workspace.sql("SELECT filename, runnumber FROM production_jobs ORDER BY filename")


def is_active(workspace: Workspace) -> bool:
    return workspace.sql("SELECT COUNT(*) FROM production_overview WHERE active AND tag = ?", TAG) != [(0,)]


def states(workspace: Workspace, status: str, jobs: list[tuple[Any, ...]]) -> None:
    for name, _ in jobs:
        workspace.sql(f"UPDATE production_jobs SET status = '{status}' WHERE filename = ?", name)  # noqa: S608


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as source:
        return list(csv.DictReader(source))


def test_a_campaign_at_work_is_refused_unless_told(workspace: Workspace, jobs: list[tuple[Any, ...]]) -> None:
    folder = workspace.folder / "archive"
    states(workspace, "running", jobs[:2])
    states(workspace, "failed", jobs[2:3])
    answer = workspace.run("campaign", "close", TAG, folder)
    assert answer.code == 1
    assert "not all jobs are finished: 2 running, 1 failed" in answer.err
    assert not folder.exists()
    assert is_active(workspace)
    workspace.ok("campaign", "close", TAG, folder, "--unfinished")
    assert rows(folder / "failed_runs.csv") == [
        {
            "dsttype": "DST_TRKR_MVTXME",
            "dataset": "run3auau",
            "run": str(jobs[2][1]),
            "failed": "1",
            "jobs": row["jobs"],
        }
        for row in rows(folder / "failed_runs.csv")
    ]
    assert [row["failed"] for row in rows(folder / "summary.csv")] == ["1"]


def test_the_archive_has_rules_summary_and_lists(workspace: Workspace, jobs: list[tuple[Any, ...]]) -> None:
    folder, (name, run) = workspace.folder / "deep" / "archive", jobs[0]
    insert = "INSERT INTO datasets (filename, runnumber, segment, size, dataset, dsttype, events, status, tag) VALUES"
    workspace.sql(
        f"{insert} (?, ?, 0, 4711, 'run3auau', 'DST_TRKR_MVTXME', 12, 1, ?)", *(name, run, TAG), role="filecatalog"
    )
    parts = {Path(row["part"]).name: row["entries"] for row in workspace.json("campaign", "close", TAG, folder)}
    assert set(parts) == PARTS == {file.name for file in folder.iterdir()}
    ((text,),) = workspace.sql(
        "SELECT t.content FROM production_texts t JOIN production_provenance p ON p.resolved = t.hash"
    )
    (rule,) = (folder / "rules").iterdir()
    assert rule.read_text() == text
    assert list(yaml.safe_load(text)) == ["mvtxme"]
    (summary,) = rows(folder / "summary.csv")
    assert (summary["tag"], summary["jobs"], summary["finished"]) == (TAG, str(len(jobs)), str(len(jobs)))
    assert {row["run"] for row in rows(folder / "runs.csv")} == {str(run) for _, run in jobs}
    outputs = rows(folder / "outputs.csv")
    assert len(outputs) == parts["outputs.csv"] >= 1
    (found,) = [row for row in outputs if row["filename"] == name]
    assert (found["run"], found["size"], found["events"], found["status"]) == (str(run), "4711", "12", "disk")
    assert rows(folder / "failed_runs.csv") == rows(folder / "failures.csv") == []
    assert not is_active(workspace)
    assert "campaign close" in [row["verb"] for row in workspace.json("log")]


def test_an_archive_is_whole_or_absent(workspace: Workspace, jobs: list[tuple[Any, ...]]) -> None:
    folder = workspace.folder / "archive"
    for how in ((), ("--dry-run",)):
        answer = workspace.run("campaign", "close", TAG, workspace.folder, *how)
        assert (answer.code, "there is something already" in answer.err) == (2, True)
    workspace.ok("campaign", "close", TAG, folder, "-n")
    workspace.settings["databases"].pop("filecatalog")
    workspace.write()
    assert workspace.run("campaign", "close", TAG, folder).code != 0
    assert [file.name for file in workspace.folder.iterdir() if "archive" in file.name] == []
    assert is_active(workspace)
    answer = workspace.run("campaign", "close", "nobody_has_v001", folder)
    assert (answer.code, "no job has the tag" in answer.err) == (2, True)


def test_every_campaign_of_the_tag_ends_and_no_other_one(workspace: Workspace, jobs: list[tuple[Any, ...]]) -> None:
    workspace.sql("INSERT INTO production_overview (tag, production_type, active) VALUES (?, 'calo', 1 = 1)", TAG)
    others = workspace.sql("SELECT tag, production_type FROM production_overview WHERE active AND tag != ?", TAG)
    answer = workspace.run("campaign", "close", TAG, workspace.folder / "archive", quiet=False)
    assert [line for line in answer.out.splitlines() if "active" in line] == [
        f"calo {TAG}: not active",
        f"tracking {TAG}: not active",
    ]
    assert others
    assert sorted(workspace.sql("SELECT tag, production_type FROM production_overview WHERE active")) == sorted(others)
