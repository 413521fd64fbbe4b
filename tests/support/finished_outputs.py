"""A workspace with finished outputs: files on disk, catalog rows, rows of the books."""

from collections import Counter
from pathlib import Path
from typing import Any

from tests.support.workspace import World

ROWS = (
    "SELECT filename, id, CAST(status AS text), substatus, attempt FROM production_jobs"
    " WHERE filename LIKE 'DST_TRKR_MVTXME%' ORDER BY filename"
)
OLD, NEW = "old content", "new"


def words(world: World, *more: object) -> tuple[object, ...]:
    """The rule, and all its runs."""
    return "-c", world.folder / "rules/rules.yaml", "-r", "mvtxme", "--runs", 1, 99999, *more


def place(world: World, filename: str, *below: str) -> Path:
    """Where a file of an output lies."""
    run = int(filename.rpartition("-")[0].rpartition("-")[2])
    group = f"run_{run // 100 * 100:08d}_{run // 100 * 100 + 100:08d}"
    home = world.folder / "files/production/run3auau/physics/ana537_2025p010_v001/DST_TRKR_MVTXME" / group
    return home.joinpath(*below, filename)


def rows(world: World) -> dict[str, tuple[Any, ...]]:
    """Rows of the books by file name."""
    return {row[0]: row[1:] for row in world.sql(ROWS)}


def write(world: World, name: str, content: str = OLD) -> Path:
    """Write an output, its log files and a histogram."""
    path = place(world, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    stem = path.name.removesuffix(".root")
    for ending in (".out", ".err", ".condor"):
        place(world, stem + ending, "log").parent.mkdir(exist_ok=True)
        place(world, stem + ending, "log").write_text("log")
    histogram = place(world, path.name.replace("DST_", "HIST_"), "hist")
    histogram.parent.mkdir(exist_ok=True)
    histogram.write_text("histogram")
    return path


def finish(world: World) -> list[str]:
    """Say that all jobs of the rule have finished, write and register their files; returns their names."""
    names = list(rows(world))
    for table in ("production_jobs", "production_attempts"):
        world.sql(f"UPDATE {table} SET status = 'finished', substatus = ''")  # noqa: S608
    for name in names:
        write(world, name)
    world.ok("register", *words(world))
    return names


def catalogued(world: World) -> Counter[str]:
    """How many rows the file catalog has of the outputs."""
    like = "LIKE 'DST_TRKR_MVTXME_run3auau_ana537%'"
    datasets = world.sql(f"SELECT filename FROM datasets WHERE filename {like}", role="filecatalog")  # noqa: S608
    files = world.sql(f"SELECT lfn FROM files WHERE lfn {like}", role="filecatalog")  # noqa: S608
    return Counter(row[0] for row in datasets + files)
