"""Staged files registered and renamed on a local disk, from process start, against a commit for each file; peak memory."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bench.measure import prodcli, show, timed
from tests.support.catalog import Catalog
from tests.support.postgres_server import Cluster
from tests.support.rule_files import write_rules
from tests.support.staged_files import DATASET, TAG, WHEN, base, folder_of, staged_name
from tests.support.workspace import Workspace, make_workspace

SIZES = (10_000, 100_000)
PER_RUN = 1_000
ALONE = 1_000  # files with a commit each
SECONDS = 20.0
FASTER = 20.0
CONTENT = b"content"
FEW, MANY = 10_000, 1_000_000  # names
MORE = 5  # MB that so many more names may take
# The spider with a file system that only seems to have staged files, as a million of them take hours to make on a busy disk.
FAKED = """
import os, stat, sys
from types import SimpleNamespace

home, end, when, *words = sys.argv[1:]
scandir, lstat, rename, access = os.scandir, os.lstat, os.rename, os.access


class Listing:
    def __init__(self, folder):
        self.folder, self.first = folder, int(folder[-8:]) - 100

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        pass

    def __iter__(self):
        for number in range(100_000):
            run, segment = divmod(number, 1000)
            name = end.format(run=self.first + run, segment=segment)
            yield SimpleNamespace(name=name, path=f"{self.folder}/{name}")


def looked_at(path):
    if not path.startswith(home):
        return lstat(path)
    if ":" not in path:
        raise FileNotFoundError(path)
    return os.stat_result((stat.S_IFREG | 0o644, 1, 1, 1, 0, 0, 7, int(when), int(when), int(when)))


os.scandir = lambda folder: Listing(folder) if str(folder).startswith(home) else scandir(folder)
os.lstat = looked_at
os.rename = lambda one, other: None if one.startswith(home) else rename(one, other)
os.access = lambda path, *rest: str(path).startswith(home) or access(path, *rest)
sys.argv = ["prodcli", *words]
from prodcli.__main__ import main

sys.exit(main())
"""


@pytest.fixture
def workspace(durable_cluster: Cluster, tmp_path: Path) -> Workspace:
    """A workspace with empty catalogs on a server whose commits wait for the disk, as those of a site do."""
    made = make_workspace(tmp_path, durable_cluster)
    made.load(Catalog())
    write_rules(tmp_path / "rules")
    return made


def staged(workspace: Workspace, first: int, count: int, each: Callable[[Path], None]) -> None:
    """Make staged files of runs from a first one on, a thousand each."""
    for run in range(first, first + count // PER_RUN):
        folder = folder_of(workspace, run)
        folder.mkdir(parents=True, exist_ok=True)
        for segment in range(PER_RUN):
            each(folder / staged_name(base(run, segment), CONTENT))


def write(path: Path) -> None:
    """Write one staged file, with the time that the worker kit gives it."""
    path.write_bytes(CONTENT)
    os.utime(path, (WHEN, WHEN))


def one_by_one(workspace: Workspace) -> float:
    """Seconds a file for two upserts, a commit and a rename each, as tools without sets do it."""
    paths: list[Path] = []
    staged(workspace, 90_000, ALONE, paths.append)
    for path in paths:
        write(path)
    files = (
        "INSERT INTO files (lfn, full_host_name, full_file_path, time, size, md5) VALUES (?, 'gpfs', ?, now(), 7, 'x')"
        " ON CONFLICT (lfn, full_host_name, full_file_path) DO UPDATE SET time = EXCLUDED.time, md5 = EXCLUDED.md5"
    )
    datasets = (
        "INSERT INTO datasets (filename, runnumber, segment, size, dataset, dsttype, events, tag) VALUES (?, 1, 1, 7, ?, 'D',"
        " 1, ?) ON CONFLICT (filename, dataset) DO UPDATE SET events = EXCLUDED.events"
    )
    connection = workspace.connect("filecatalog")
    began = time.perf_counter()
    for path in paths:
        name = path.name.partition(":")[0]
        connection.execute(files, name, str(path.parent / name))
        connection.commit()
        connection.execute(datasets, name, DATASET, TAG)
        connection.commit()
        path.rename(path.parent / name)
    seconds = time.perf_counter() - began
    connection.close()
    return seconds / ALONE


def test_staged_files(workspace: Workspace) -> None:
    alone, rows = one_by_one(workspace), []
    rules, first = workspace.folder / "rules/rules.yaml", 70_000
    for size in SIZES:
        staged(workspace, first, size, write)
        words = ("spider", "dst", "-c", rules, "-r", "cluster", "--runs", f"{first}-{first + size // PER_RUN - 1}")
        done = prodcli(workspace.file, *words)
        again = prodcli(workspace.file, *words)
        ratio = alone * size / done.seconds
        rows.append((size, done.seconds, size / done.seconds, done.peak_mb, alone * size, ratio, again.seconds))
        first += size // PER_RUN
    columns = ("staged files", "s", "files/s", "peak MB", "a commit each s", "times faster", "again s")
    show("Staged files", columns, rows)
    assert workspace.sql("SELECT COUNT(*) FROM datasets WHERE status = 1", role="filecatalog") == [
        (sum(SIZES) + ALONE,)
    ]
    assert rows[-1][1] <= SECONDS
    assert rows[-1][5] >= FASTER


def test_memory(workspace: Workspace) -> None:
    """Memory does not grow with the number of names, here of files that are not there."""
    rules, rows = workspace.folder / "rules/rules.yaml", []
    home = folder_of(workspace, 0)
    name = staged_name(base(0, 0), CONTENT).replace("00000000-00000", "{run:08d}-{segment:05d}")
    for first, size in ((100, FEW), (1_000, MANY)):
        for group in range(first, first + size // PER_RUN, 100):
            folder_of(workspace, group).mkdir(parents=True)
        runs = f"{first}-{first + size // PER_RUN - 1}"
        words = ("--site", workspace.file, "-q", "spider", "dst", "-c", rules, "-r", "cluster", "--runs", runs)
        faked = [sys.executable, "-c", FAKED, f"{home.parent}/run_", name, WHEN]
        done = timed([*faked, *words], cwd=workspace.folder)
        rows.append((size, done.seconds, done.cpu, done.peak_mb))
    show("Names, without a file system", ("names", "s", "processor s", "peak MB"), rows)
    assert workspace.sql("SELECT COUNT(*) FROM datasets", role="filecatalog") == [(FEW + MANY,)]
    assert rows[1][3] <= rows[0][3] + MORE
