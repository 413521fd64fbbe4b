"""`check --raw`: the raw catalog against the disk, on both databases."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.catalog import Catalog, Raw
from tests.support.workspace import ONE_DATABASE, Workspace

RUN = 69650
GOOD = "0cc175b9c0f1b6a831c399e269772661"  # of "a"
OF_NOTHING = "d41d8cd98f00b204e9800998ecf8427e"


def name(segment: int, run: int = RUN) -> str:
    """The name of a raw file."""
    return f"ebdc00_physics-{run:08d}-{segment:04d}.evt"


@pytest.fixture
def folder(workspace: Workspace) -> Path:
    """A folder with four catalogued raw files."""
    raw = [Raw(name(segment), RUN, "ebdc00", segment, 1, "physics") for segment in range(4)]
    workspace.load(Catalog(raw=[*raw, Raw(name(9), RUN, "ebdc00", 9, 0, "physics")]))
    folder = workspace.folder / "raw"
    folder.mkdir()
    for segment in range(4):
        (folder / name(segment)).write_text("a")
        workspace.sql(
            "INSERT INTO files (lfn, full_host_name, full_file_path, size, md5) VALUES (?, 'lustre', ?, 1, ?)",
            *(name(segment), str(folder / name(segment)), GOOD),
            role="raw",
        )
    return folder


def found(workspace: Workspace, *more: object, code: int = 1) -> list[tuple[str, str]]:
    """The findings: kind and file."""
    answer: Any = workspace.run("check", "--raw", "--runs", RUN, RUN + 10, "--format", "json", *more)
    assert answer.code == code, answer.err
    assert answer.data["files"] >= answer.data["files_on_disk"]
    return sorted((one["kind"], one["filename"]) for one in answer.data["findings"])


def test_what_agrees(workspace: Workspace, folder: Path) -> None:
    assert found(workspace, "--deep", code=0) == []
    answer = workspace.run("check", "--raw", "--runs", RUN, quiet=False)
    assert answer.out.endswith("5 raw files in the catalog, 4 of them on disk\n")


def test_files_and_entries_that_do_not_belong_together(workspace: Workspace, folder: Path) -> None:
    (folder / name(0)).unlink()
    (folder / name(1)).write_text("abc")
    (folder / name(2)).write_text("b")
    (folder / name(7)).write_text("new")
    (folder / name(7, RUN + 500)).write_text("of a run that nobody asked for")
    workspace.sql("DELETE FROM files WHERE lfn = ?", name(3), role="raw")
    some = [("no_file", name(0)), ("no_place", name(3)), ("size_differs", name(1)), ("unregistered", name(7))]
    assert found(workspace) == some
    assert found(workspace, "--deep") == sorted([*some, ("md5_differs", name(2))])
    assert found(workspace, "--no-disk", code=0) == []
    answer = workspace.run("check", "--raw", "--runs", RUN)
    assert answer.err == (
        "prodcli: raw catalog: 4 findings: 1 no_file, 1 no_place, 1 size_differs, 1 unregistered (--format json lists all)\n"
    )


@ONE_DATABASE
@pytest.mark.parametrize("md5", ["", "NULL", "0cc175b9c0f1b6a831c399e26977266", GOOD.upper(), f"{GOOD} ", OF_NOTHING])
def test_checksums_that_cannot_be_right(workspace: Workspace, folder: Path, md5: str) -> None:
    workspace.sql("UPDATE files SET md5 = ? WHERE lfn = ?", md5, name(2), role="raw")
    assert found(workspace) == [("impossible_md5", name(2))]


def test_a_host_without_the_disk_says_so(workspace: Workspace, folder: Path) -> None:
    folder.rename(workspace.folder / "elsewhere")
    answer = workspace.run("check", "--raw", "--runs", RUN, quiet=False)
    assert answer.code == 0
    assert f"1 folders of raw files are not on this host, like {folder}" in answer.err
