"""What a check finds beyond events: catalog, disk and books that disagree, on both databases."""

import os
from typing import Any

import pytest

from tests.support.seeds import Place, name, words
from tests.support.workspace import Workspace


def found(workspace: Workspace, *more: object, code: int = 1) -> list[tuple[str, int]]:
    """The findings of a check: kind and segment."""
    answer = workspace.run("check", *words(workspace, "--format", "json", *more))
    assert answer.code == code, answer.err
    return sorted((one["kind"], one["segment"]) for one in answer.data["findings"])


def test_what_agrees_is_complete(made: Workspace, place: Place) -> None:
    assert found(made, "--deep", code=0) == []
    assert made.run("check", *words(made), quiet=False).out.endswith("\ncomplete\n")


def test_files_and_entries_that_do_not_belong_together(made: Workspace, place: Place) -> None:
    place(name(0)).unlink()
    place(name(1)).write_text("longer than it was")
    place(name(2)).write_text("0utput 2")
    place(name(7)).write_text("nobody knows me")
    place(name(8) + ":nevents:5:first:1:last:5:md5:x:size:1:ctime:1:dbid:1").write_text("x")
    place("stranger.root").write_text("x")
    some = [("no_file", 0), ("size_differs", 1), ("unregistered", 7), ("unregistered", 8)]
    assert found(made) == some
    assert found(made, "--deep") == sorted([*some, ("md5_differs", 2)])
    assert found(made, "--no-disk", code=0) == []
    assert found(made, "--segments", 0) == [("no_file", 0)]
    answer = made.run("check", *words(made))
    assert answer.err == (
        "prodcli: seed: 4 findings: 1 no_file, 1 size_differs, 2 unregistered"
        " (--report flagged, and --format json, list all)\n"
    )


def test_books_that_say_otherwise(made: Workspace, place: Place) -> None:
    made.sql("DELETE FROM datasets WHERE filename = ?", name(0), role="filecatalog")
    place(name(0)).unlink()
    made.sql("UPDATE production_jobs SET status = 'running' WHERE segment = 1")
    made.sql("UPDATE production_jobs SET status = 'failed' WHERE segment = 2")
    assert found(made) == [("finished_without_file", 0), ("unfinished_with_file", 1), ("unfinished_with_file", 2)]


def test_entries_without_a_place_and_in_quarantine(made: Workspace, place: Place) -> None:
    made.sql("DELETE FROM files WHERE lfn = ?", name(0), role="filecatalog")
    made.sql("UPDATE datasets SET status = -1 WHERE filename = ?", name(1), role="filecatalog")
    made.sql("UPDATE datasets SET status = 0 WHERE filename = ?", name(2), role="filecatalog")
    place(name(2)).unlink()  # it is on tape
    assert found(made) == [("no_place", 0), ("quarantined", 1)]


def test_gaps_of_jobs_with_several_outputs(made: Workspace, place: Place) -> None:
    made.sql("DELETE FROM production_jobs")
    for old, new in ((2, 12), (3, 14)):
        place(name(old)).rename(place(name(new)))
        made.sql(
            "UPDATE datasets SET segment = ?, filename = ? WHERE filename = ?",
            new,
            name(new),
            name(old),
            role="filecatalog",
        )
        made.sql(
            "UPDATE files SET lfn = ?, full_file_path = ? WHERE lfn = ?",
            *(name(new), str(place(name(new))), name(old)),
            role="filecatalog",
        )
    made.sql("UPDATE datasets SET events = 500 WHERE dsttype = 'DST_TRKR_SEED'", role="filecatalog")
    place(name(25)).write_text("nobody knows me")
    place(name(25).replace("-00025", "-last")).write_text("no output")
    answer = made.run("check", *words(made), "-r", "roll", "--format", "json")
    gaps = [(one["kind"], one["segment"]) for one in answer.data["findings"]]
    assert gaps == [("unregistered", 25), ("rollover_gap", 10), ("rollover_gap", 11), ("rollover_gap", 13)]
    assert answer.data["findings"][1]["filename"] == name(10)
    lines = made.run("check", *words(made), "-r", "roll", "--report", "flagged").out.splitlines()
    assert lines == ["00069650 00020 missing_output 1000 -1", "00069650 00030 missing_output 1000 -1"]


def test_a_folder_that_cannot_be_read(made: Workspace, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = str(place(name(0)).parent)
    scan = os.scandir

    def shut(path: str) -> Any:
        if path == folder:
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr("prodcli.completeness.disk.os.scandir", shut)
    answer = made.run("check", *words(made, "--format", "json"))
    assert (answer.code, answer.data["unreadable"], answer.data["findings"]) == (6, [folder], [])
    assert answer.err == f"prodcli: seed: 1 folders cannot be read, like {folder}\n"


def test_a_host_without_the_disk_says_so(made: Workspace, place: Place) -> None:
    made.settings["roots"]["outdir"] = str(made.folder / "not mounted")
    made.write()
    answer: Any = made.run("check", *words(made), quiet=False)
    assert answer.code == 0
    assert f"the files are not looked at: there is no {made.folder}/not mounted on this host" in answer.err
