"""Outputs that jobs report are registered at harvest, and so prove that their jobs have finished."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from tests.support.job_reports import report_text
from tests.support.rule_files import write_rules
from tests.support.workspace import Workspace, seeded_catalog

CONTENT = b"events"
MD5 = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
ENDS = "SELECT CAST(status AS text), substatus, COUNT(*) FROM production_jobs WHERE schedd IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2"


@pytest.fixture
def jobs(workspace: Workspace) -> list[tuple[int, str, str]]:
    """Eight jobs that ended with 1; their rows, file names and paths of stdout."""
    workspace.load(seeded_catalog(1))
    workspace.settings["site"] = {"register_reports": True}
    workspace.write()
    file = write_rules(workspace.folder / "rules")
    workspace.ok("submit", "-c", file, "-r", "mvtxme")
    (workspace.folder / "rules" / "run.sh").write_text("#!/bin/sh\nexit 1\n")
    workspace.ok("local", "run", "--drain")
    return workspace.sql("SELECT id, filename, out FROM production_jobs WHERE schedd IS NOT NULL ORDER BY id")


def stage(workspace: Workspace, name: str, dbid: int, folder: str = "files/staged") -> str:
    """Stage a file out, and return its path."""
    path = (
        workspace.folder
        / folder
        / f"{name}:nevents:7:first:1:last:7:md5:{MD5}:size:{len(CONTENT)}:ctime:1800000000:dbid:{dbid}"
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(CONTENT)
    return str(path)


def report(out: str, dbid: int, *staged: str, **more: Any) -> None:
    """Let a job report what it staged out."""
    outputs = [{"lfn": Path(path).name.split(":")[0], "staged": path, "md5": MD5, "code": 0, **more} for path in staged]
    Path(out.removesuffix(".out") + ".report.json").write_text(report_text(dbid, outputs=outputs))


def test_reported_outputs_are_registered_and_prove_their_jobs(
    workspace: Workspace, jobs: list[tuple[int, str, str]]
) -> None:
    for dbid, name, out in jobs[:5]:
        report(out, dbid, stage(workspace, name, dbid))
    assert workspace.ok("harvest").err == ""
    assert workspace.sql(ENDS) == [("failed", "", 3), ("finished", "", 5)]
    rows = workspace.sql(
        "SELECT f.lfn, f.full_file_path, f.md5, d.events, d.status FROM files f JOIN datasets d ON d.filename = f.lfn ORDER BY f.lfn",
        role="filecatalog",
    )
    wanted = [(name, str(workspace.folder / "files/staged" / name), MD5, 7, 1) for _, name, _ in jobs[:5]]
    assert rows == sorted(wanted)
    assert sorted(path.name for path in (workspace.folder / "files/staged").iterdir()) == sorted(
        n for _, n, _ in jobs[:5]
    )


def test_what_a_report_may_not_name_is_left_alone(workspace: Workspace, jobs: list[tuple[int, str, str]]) -> None:
    (one, first, out), (two, second, _), (three, third, _), (four, fourth, _), *_ = jobs
    elsewhere = stage(workspace, first, one, "elsewhere")
    others = stage(workspace, second, two)
    roundabout = f"{workspace.folder}/files/../elsewhere/{Path(elsewhere).name}"
    foreign = stage(workspace, "DST_CALO_run3auau_ana999_x_v001-00066456-00000.root", one)
    report(out, one, elsewhere, others, roundabout, foreign, "/etc/passwd", str(workspace.folder / "files"))
    report(jobs[2][2], three, stage(workspace, third, three), code=31)
    report(jobs[3][2], four, str(Path(stage(workspace, fourth, four)).with_suffix(".gone")))
    assert workspace.ok("harvest").err == ""
    assert workspace.sql("SELECT COUNT(*) FROM files", role="filecatalog") == [(0,)]
    assert all(Path(path).exists() for path in (elsewhere, others, foreign))


def test_a_catalog_that_fails_leaves_files_to_the_spider(
    workspace: Workspace, jobs: list[tuple[int, str, str]]
) -> None:
    (dbid, name, out), *_ = jobs
    staged = stage(workspace, name, dbid)
    report(out, dbid, staged)
    workspace.sql("ALTER TABLE files RENAME TO others", role="filecatalog")
    assert "outputs that jobs reported are not registered: " in workspace.ok("harvest").err
    workspace.sql("ALTER TABLE others RENAME TO files", role="filecatalog")
    assert Path(staged).exists()
    assert workspace.sql("SELECT COUNT(*) FROM production_reports") == [(1,)]
