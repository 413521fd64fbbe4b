"""A workspace with finished outputs: files on disk, catalog rows, rows of the books."""

from collections import Counter
from pathlib import Path
from typing import Any

from tests.support.workspace import Workspace

ROWS = (
    "SELECT filename, id, CAST(status AS text), substatus, attempt FROM production_jobs"
    " WHERE filename LIKE 'DST_TRKR_MVTXME%' ORDER BY filename"
)
OLD, NEW = "old content", "new"


def words(workspace: Workspace, *more: object) -> tuple[object, ...]:
    """The rule, and all its runs."""
    return "-c", workspace.folder / "rules/rules.yaml", "-r", "mvtxme", "--runs", 1, 99999, *more


def place(workspace: Workspace, filename: str, *below: str) -> Path:
    """Where a file of an output lies."""
    run = int(filename.rpartition("-")[0].rpartition("-")[2])
    group = f"run_{run // 100 * 100:08d}_{run // 100 * 100 + 100:08d}"
    home = workspace.folder / "files/production/run3auau/physics/ana537_2025p010_v001/DST_TRKR_MVTXME" / group
    return home.joinpath(*below, filename)


def rows(workspace: Workspace) -> dict[str, tuple[Any, ...]]:
    """Rows of the books by file name."""
    return {row[0]: row[1:] for row in workspace.sql(ROWS)}


def write(workspace: Workspace, name: str, content: str = OLD) -> Path:
    """Write an output, its log files and a histogram."""
    path = place(workspace, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    stem = path.name.removesuffix(".root")
    for ending in (".out", ".err", ".condor"):
        place(workspace, stem + ending, "log").parent.mkdir(exist_ok=True)
        place(workspace, stem + ending, "log").write_text("log")
    histogram = place(workspace, path.name.replace("DST_", "HIST_"), "hist")
    histogram.parent.mkdir(exist_ok=True)
    histogram.write_text("histogram")
    return path


def finish(workspace: Workspace) -> list[str]:
    """Say that all jobs of the rule have finished, write and register their files; returns their names."""
    names = list(rows(workspace))
    for table in ("production_jobs", "production_attempts"):
        workspace.sql(f"UPDATE {table} SET status = 'finished', substatus = ''")  # noqa: S608
    for name in names:
        write(workspace, name)
    workspace.ok("register", *words(workspace))
    return names


def catalogued(workspace: Workspace) -> Counter[str]:
    """How many rows the file catalog has of the outputs."""
    like = "LIKE 'DST_TRKR_MVTXME_run3auau_ana537%'"
    datasets = workspace.sql(f"SELECT filename FROM datasets WHERE filename {like}", role="filecatalog")  # noqa: S608
    files = workspace.sql(f"SELECT lfn FROM files WHERE lfn {like}", role="filecatalog")  # noqa: S608
    return Counter(row[0] for row in datasets + files)
