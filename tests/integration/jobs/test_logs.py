"""`prodcli logs`: files of chosen jobs from disk, gzipped, and from where the site keeps them."""

import gzip
from pathlib import Path

import pytest

from tests.support.attributed_jobs import attributed_books
from tests.support.catalog import Catalog
from tests.support.snapshots import one_line
from tests.support.workspace import ONE_DATABASE, Workspace

BOOKS = attributed_books(6, jobs=12)
TEXT = "begin\nINFO all is well\nWarning: few hits\nconnection refused by db1\nend\n"


@pytest.fixture
def booked(workspace: Workspace, tmp_path: Path) -> Workspace:
    """Jobs whose files are below a folder: 1 plain, 2 gzipped, 3 moved to the archive, 4 gone, 5 a folder."""
    workspace.load(Catalog([], [], [], []))
    BOOKS.write(workspace)
    folder, archive = tmp_path / "log", tmp_path / "archive"
    for name in (folder, archive, folder / "5.out"):
        name.mkdir()
    for dbid in range(1, 13):
        workspace.sql("UPDATE production_jobs SET out = ? WHERE id = ?", str(folder / f"{dbid}.out"), dbid)
    (folder / "1.out").write_text(TEXT)
    (folder / "2.out.gz").write_bytes(gzip.compress(TEXT.encode()))
    (archive / "3.out.gz").write_bytes(gzip.compress(b"kept\n"))
    workspace.settings["site"] = {"log_copies": [f"{archive}/{{name}}"]}
    workspace.write()
    return workspace


def test_files_from_disk_gzipped_and_from_the_archive(booked: Workspace, tmp_path: Path) -> None:
    found = {one["dbid"]: one for one in booked.json("logs", "--dbid", 1, 2, 3, 4, 5, "--tail", 2)}
    assert list(found) == [5, 4, 3, 2, 1]
    assert {dbid: [line["text"] for line in one["lines"]] for dbid, one in found.items()} == {
        **{1: ["connection refused by db1", "end"], 2: ["connection refused by db1", "end"]},
        **{3: ["kept"], 4: [], 5: []},
    }
    assert found[3]["path"] == f"{tmp_path}/archive/3.out.gz"
    assert found[4]["trouble"] == "there is no such file"
    assert found[5]["trouble"] == "it is no plain file"


@ONE_DATABASE
def test_an_empty_file_is_said_to_be_empty(booked: Workspace, tmp_path: Path) -> None:
    (tmp_path / "log" / "6.out").touch()
    assert booked.ok("logs", "--dbid", 6).out.splitlines()[1:] == ["(the file is empty)"]


@ONE_DATABASE
def test_lines_by_pattern_and_severity(booked: Workspace) -> None:
    def lines(*words: object) -> list[tuple[int, str, str]]:
        (found,) = booked.json("logs", "--dbid", 1, *words)
        return [(line["number"], line["severity"], line["text"]) for line in found["lines"]]

    warning, error = (3, "warning", "Warning: few hits"), (4, "error", "connection refused by db1")
    assert lines("--severity", "warning") == [warning, error]
    assert lines("--severity", "error") == [error]
    assert lines("--grep", "REFUSED|begin") == [(1, "info", "begin")]
    assert lines("--grep", "refused|few", "--tail", 1) == [error]
    shown = booked.ok("logs", "--dbid", 1, 3, "--grep", "refused").out
    assert shown.splitlines()[1:] == ["4: connection refused by db1"]
    one_line(booked.run("logs", "--grep", "("), 2, "'(' is no regular expression")


@ONE_DATABASE
def test_the_newest_jobs_are_read(booked: Workspace) -> None:
    answer = booked.run("logs", "--limit", 3, "--format", "json", quiet=False)
    assert [one["dbid"] for one in answer.data] == [12, 11, 10]
    assert "the newest 3 of the chosen jobs (--limit)" in answer.err


@ONE_DATABASE
def test_no_file_at_all_is_a_failure(booked: Workspace) -> None:
    answer = booked.run("logs", "--dbid", 4)
    assert answer.code == 6
    assert "no file could be read" in answer.err


@ONE_DATABASE
def test_a_long_line_and_control_letters(booked: Workspace, tmp_path: Path) -> None:
    (tmp_path / "log" / "1.out").write_bytes(b"\x1b[31mred\x07\n" + b"x" * 100_000 + b"\n\xff\n")
    (found,) = booked.json("logs", "--dbid", 1)
    assert [line["text"][:10] for line in found["lines"]] == ["?[31mred?", "xxxxxxxxxx", "\ufffd"]
    assert len(found["lines"][1]["text"]) == 10_000


@ONE_DATABASE
def test_placeholders_of_the_archive_are_checked(booked: Workspace) -> None:
    booked.settings["site"] = {"log_copies": ["/archive/{run}"]}
    booked.write()
    one_line(booked.run("logs", "--dbid", 1), 3, "log_copies: unknown {run}")
