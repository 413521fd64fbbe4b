"""Staged files on both databases: rows first, then names; the newest file counts; nothing is lost on the way."""

import errno
import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from threading import Event

import pytest

from prodcli.errors import DatabaseError
from prodcli.registration import register_staged as service
from prodcli.registration import staged_on_disk
from prodcli.registration.register_staged import LeftOut, Registered, plan_staged, register_chunks, register_staged
from prodcli.registration.staged_names import parse_staged
from prodcli.registration.staged_on_disk import Examiner, Output
from tests.support.catalog import Catalog
from tests.support.staged_files import DATASET, TAG, WHEN, base, datasets, folder_of, names, places, production, stage
from tests.support.workspace import Workspace

NAME = base()
BETWEEN = "staged.catalogued"  # rows are written, names are not
MD5 = hashlib.md5(b"content", usedforsecurity=False).hexdigest()


@pytest.fixture(autouse=True)
def _empty(workspace: Workspace) -> None:
    """Empty catalogs."""
    workspace.load(Catalog())


def register(workspace: Workspace, *paths: Path, how: Callable[..., Registered] = register_staged) -> Registered:
    """Register staged files."""
    files = [parse_staged(str(path)) for path in paths]
    return how(files, production(workspace), workspace.database("filecatalog"))


def counts(done: Registered) -> tuple[int, ...]:
    """The numbers of new, refreshed, unchanged, superseded and left out files."""
    return tuple(map(len, (done.new, done.refreshed, done.same, done.superseded, done.left_out)))


def reasons(done: Registered) -> list[str]:
    """Why files were left out."""
    return [one.reason for one in done.left_out]


def test_a_staged_file_gets_rows_and_its_name(workspace: Workspace) -> None:
    path = stage(folder_of(workspace), NAME)
    assert counts(register(workspace, path)) == (1, 0, 0, 0, 0)
    assert datasets(workspace) == [(NAME, 69650, 0, 7, DATASET, "DST_TRKR_CLUSTER", 1000, 0, 999, 1, TAG)]
    assert places(workspace) == [("lustre", str(path.parent / NAME), 7, MD5, "2025-10-09 08:53:20")]
    assert names(path.parent) == [NAME]
    assert (path.parent / NAME).stat().st_mtime == WHEN


def test_every_kind_of_output_has_its_own_dsttype(workspace: Workspace) -> None:
    folder = folder_of(workspace)
    kinds = ("CALIB_HOTMAP", "DST_Jet", "DST_TRKR_CLUSTER", "HIST_JETQA_a")
    assert counts(register(workspace, *(stage(folder, base(dsttype=kind)) for kind in kinds))) == (4, 0, 0, 0, 0)
    assert tuple(row[5] for row in datasets(workspace)) == kinds


def test_the_older_form_takes_size_and_time_from_the_disk(workspace: Workspace) -> None:
    fresh = stage(folder_of(workspace), base(segment=1), older=True)
    path = stage(folder_of(workspace), NAME, older=True)
    os.utime(path, (WHEN, WHEN))
    done = register(workspace, path, fresh)
    assert (counts(done), reasons(done)) == (
        (1, 0, 0, 0, 1),
        ["was changed in the last hour, and its name has no size"],
    )
    assert places(workspace) == [("lustre", str(path.parent / NAME), 7, MD5, "2025-10-09 08:53:20")]
    assert fresh.exists()


def test_again_changes_nothing_and_a_remade_file_refreshes_its_rows(workspace: Workspace) -> None:
    folder = folder_of(workspace)
    register(workspace, stage(folder, NAME))
    remade = stage(folder, NAME, b"remade", ctime=WHEN + 60, nevents=2000, last=1999, dbid=2)
    done = register(workspace, remade)
    assert counts(done) == (0, 1, 0, 1, 0)
    assert datasets(workspace) == [(NAME, 69650, 0, 6, DATASET, "DST_TRKR_CLUSTER", 2000, 0, 1999, 1, TAG)]
    assert places(workspace)[0][4] == "2025-10-09 08:54:20"
    assert (folder / NAME).read_bytes() == b"remade"
    (kept,) = done.superseded
    assert Path(kept).read_bytes() == b"content"
    assert names(folder) == [NAME, Path(kept).name]
    assert kept.startswith(f"{folder}/superseded-{NAME},{WHEN},")


def test_the_newest_of_several_files_counts_and_the_others_keep_their_content(workspace: Workspace) -> None:
    folder = folder_of(workspace)
    old = stage(folder, NAME, b"old", dbid=9)
    new = stage(folder, NAME, b"newest", ctime=WHEN + 5, dbid=8)
    done = register(workspace, old, new)
    assert counts(done) == (1, 0, 0, 1, 0)
    assert (folder / NAME).read_bytes() == b"newest"
    assert done.superseded == (parse_staged(str(old)).aside,)
    assert Path(done.superseded[0]).read_bytes() == b"old"
    assert datasets(workspace)[0][3] == 6


def test_of_two_files_of_one_second_the_later_row_of_the_books_counts(workspace: Workspace) -> None:
    folder = folder_of(workspace)
    register(workspace, stage(folder, NAME, b"late", dbid=10), stage(folder, NAME, b"early", dbid=9))
    assert (folder / NAME).read_bytes() == b"late"


def test_an_older_file_that_comes_late_changes_nothing(workspace: Workspace) -> None:
    folder = folder_of(workspace)
    register(workspace, stage(folder, NAME, b"new", ctime=WHEN + 5))
    before = datasets(workspace), places(workspace)
    done = register(workspace, stage(folder, NAME, b"late"))
    assert counts(done) == (0, 0, 0, 1, 0)
    assert (datasets(workspace), places(workspace)) == before
    assert (folder / NAME).read_bytes() == b"new"
    assert Path(done.superseded[0]).read_bytes() == b"late"


def test_a_newer_file_of_another_folder_supersedes(workspace: Workspace) -> None:
    here, there = folder_of(workspace), folder_of(workspace, 70000)
    register(workspace, stage(here, NAME, b"old"))
    assert counts(register(workspace, stage(there, NAME, b"newer", ctime=WHEN + 1))) == (0, 1, 0, 0, 0)
    paths = [row[1] for row in places(workspace)]
    assert paths == [str(here / NAME), str(there / NAME)]  # both files are there
    assert datasets(workspace)[0][3] == 5
    assert counts(register(workspace, stage(here, NAME, b"late", ctime=WHEN - 1))) == (0, 0, 0, 1, 0)


def test_the_old_place_of_a_moved_file_goes(workspace: Workspace) -> None:
    here, there = folder_of(workspace), folder_of(workspace, 70000)
    register(workspace, stage(here, NAME))
    (here / NAME).unlink()
    insert = "INSERT INTO files (lfn, full_host_name, full_file_path) VALUES (?, ?, ?)"
    tape, off, same = ("hpss", "/tape/x"), ("lustre", "/nowhere/x"), ("gpfs", str(there / NAME))
    for place in (tape, off, same):
        workspace.sql(insert, NAME, *place, role="filecatalog")
    assert counts(register(workspace, stage(there, NAME, ctime=WHEN + 1))) == (0, 1, 0, 0, 0)
    left = {row[:2] for row in places(workspace)}
    # another system's place stays, and one on a disk that is not there
    assert left == {("lustre", str(there / NAME)), tape, off}


def test_a_row_without_its_name_is_healed(workspace: Workspace) -> None:
    path = stage(folder_of(workspace), NAME)
    register(workspace, path)
    (path.parent / NAME).rename(path)
    assert counts(register(workspace, path)) == (0, 0, 1, 0, 0)
    assert names(path.parent) == [NAME]
    assert len(datasets(workspace)) == len(places(workspace)) == 1


def test_a_name_without_its_row_is_healed(workspace: Workspace) -> None:
    path = stage(folder_of(workspace), NAME)
    path.rename(path.parent / NAME)
    assert counts(register(workspace, path)) == (1, 0, 0, 0, 0)
    assert datasets(workspace)[0][3] == 7


def test_what_people_decided_of_an_unchanged_file_stays(workspace: Workspace) -> None:
    path = stage(folder_of(workspace), NAME)
    register(workspace, path)
    workspace.sql("UPDATE datasets SET status = -1", role="filecatalog")
    assert counts(register(workspace, path)) == (0, 0, 1, 0, 0)
    assert datasets(workspace)[0][9] == -1


def test_a_dry_run_changes_nothing(workspace: Workspace) -> None:
    folder = folder_of(workspace)
    register(workspace, stage(folder, base(segment=1)))
    paths = [
        stage(folder, NAME),
        stage(folder, NAME, b"older", ctime=WHEN - 1),
        stage(folder, base(segment=1), b"x", ctime=WHEN + 1),
    ]
    before = datasets(workspace), places(workspace), names(folder)
    assert counts(register(workspace, *paths, how=plan_staged)) == (1, 1, 0, 1, 0)
    assert (datasets(workspace), places(workspace), names(folder)) == before


def test_files_that_cannot_be_registered_have_reasons(workspace: Workspace) -> None:
    folder = folder_of(workspace)
    good, gone = stage(folder, NAME), stage(folder, base(segment=1))
    gone.unlink()
    partly = stage(folder, base(segment=2), b"whole")
    partly.write_bytes(b"par")
    empty = stage(folder, base(segment=3), b"x")
    empty.write_bytes(b"")
    link = stage(folder, base(segment=4))
    link.unlink()
    link.symlink_to(good)
    folded = stage(folder, base(segment=5))
    folded.unlink()
    folded.mkdir()
    other = stage(folder, NAME.replace(TAG, "ana537_2025p010_v002"))
    done = register(workspace, good, gone, partly, empty, link, folded, other)
    assert len(done.new) == 1
    assert {Path(one.path): one.reason for one in done.left_out} == {
        gone: "has vanished",
        partly: "is incomplete: 3 bytes",
        empty: "is incomplete: 0 bytes",
        link: "is not a plain file",
        folded: "is not a plain file",
        other: f"is no output of {DATASET} {TAG}",
    }
    assert [row[0] for row in datasets(workspace)] == [NAME]
    assert all(os.path.lexists(path) for path in (partly, empty, link, other))


def test_a_clock_that_is_ahead_does_not_win_for_ever(workspace: Workspace) -> None:
    folder = folder_of(workspace)
    register(workspace, stage(folder, NAME, ctime=4_000_000_000))
    assert places(workspace)[0][4] < "2090"


def test_nothing_is_written_for_a_folder_that_cannot_be_written(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = stage(folder_of(workspace), NAME)
    monkeypatch.setattr(staged_on_disk.os, "access", lambda *_: False)
    assert reasons(register(workspace, path)) == ["cannot be registered: its folder cannot be written"]
    assert (datasets(workspace), places(workspace), path.exists()) == ([], [], True)


def test_the_row_of_a_file_that_keeps_its_staged_name_says_so_until_it_is_healed(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, other = stage(folder_of(workspace), NAME), stage(folder_of(workspace), base(segment=1))
    rename = os.rename

    def refuse(source: str, target: str) -> None:
        if source == str(path):
            raise OSError(errno.EROFS, "Read-only file system")
        rename(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(staged_on_disk.os, "rename", refuse)
        done = register(workspace, path, other)
    assert (counts(done), reasons(done)) == ((1, 0, 0, 0, 1), ["cannot be renamed: Read-only file system"])
    assert [row[9] for row in datasets(workspace)] == [0, 1]
    assert path.exists()
    assert counts(register(workspace, path)) == (0, 1, 0, 0, 0)
    assert [row[9] for row in datasets(workspace)] == [1, 1]
    assert names(path.parent) == [NAME, base(segment=1)]


def test_a_file_that_vanishes_in_between_leaves_no_row(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [stage(folder_of(workspace), base(segment=segment)) for segment in range(3)]
    monkeypatch.setattr(service, "reached", lambda step: step == BETWEEN and paths[1].unlink())
    done = register(workspace, *paths)
    assert (counts(done), done.left_out) == ((2, 0, 0, 0, 1), (LeftOut(str(paths[1]), "has vanished"),))
    assert [row[2] for row in datasets(workspace)] == [0, 2]
    assert len(places(workspace)) == 2


def test_another_process_that_is_quicker_is_no_failure(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    path = stage(folder_of(workspace), NAME)

    def quick(step: str) -> None:
        if step == BETWEEN:
            path.rename(path.parent / NAME)

    monkeypatch.setattr(service, "reached", quick)
    assert counts(register(workspace, path)) == (1, 0, 0, 0, 0)
    assert (names(path.parent), len(datasets(workspace))) == ([NAME], 1)


def test_a_newer_file_that_another_process_registers_meanwhile_wins(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other process comes between the rows and the names of the first."""
    folder = folder_of(workspace)
    old, new = stage(folder, NAME, b"old"), stage(folder, NAME, b"newer", ctime=WHEN + 1)
    said: list[Registered] = []

    def other(step: str) -> None:
        if step == BETWEEN:
            monkeypatch.undo()
            said.append(register(workspace, new))

    monkeypatch.setattr(service, "reached", other)
    done = register(workspace, old)
    assert (counts(done), counts(said[0])) == ((0, 0, 0, 1, 0), (0, 1, 0, 0, 0))
    assert (folder / NAME).read_bytes() == b"newer"
    assert Path(done.superseded[0]).read_bytes() == b"old"
    assert (datasets(workspace)[0][3], len(places(workspace))) == (5, 1)


def test_in_bulk(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "CHUNK", 10)
    statements: list[str] = []
    database = workspace.database("filecatalog")
    database.trace = lambda name, sql: statements.append(name)
    files = [parse_staged(str(stage(folder_of(workspace), base(segment=segment)))) for segment in range(25)]
    assert counts(register_staged(files, production(workspace), database)) == (25, 0, 0, 0, 0)
    chunk = ["lock_production", "locked_file_rows", "refresh_datasets", "refresh_files", "own_rows"]
    assert statements == chunk * 3


def chunked(workspace: Workspace, chunks: Iterable[Sequence[Path]]) -> Iterator[Registered]:
    """Register staged files in these chunks."""
    made = production(workspace)

    def examined(path: Path) -> Output:
        file = parse_staged(str(path))
        return Examiner(made).examine(file, made.parse(file.filename))

    outputs = ([examined(path) for path in chunk] for chunk in chunks)
    return register_chunks(outputs, made, workspace.database("filecatalog"), None)


def test_the_rows_of_a_chunk_are_written_while_the_files_before_get_their_names(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL; SQLite has one writer, and does one after the other."""
    together = workspace.database("filecatalog").dialect == "postgresql"
    steps: list[str] = []
    second = Event()

    def reached(step: str) -> None:
        steps.append(step)
        if step == BETWEEN and steps.count(BETWEEN) == 2:
            second.set()

    def rename(source: str, target: str) -> None:
        assert second.wait(20 if together else 0) is together or steps.count("staged.settled") == 1
        Path(source).replace(target)

    monkeypatch.setattr(service, "reached", reached)
    monkeypatch.setattr(staged_on_disk.os, "rename", rename)
    chunks = [[stage(folder_of(workspace), base(segment=segment))] for segment in range(2)]
    assert [counts(done) for done in chunked(workspace, chunks)] == [(1, 0, 0, 0, 0)] * 2
    assert names(folder_of(workspace)) == [NAME, base(segment=1)]
    if not together:
        assert steps == ["staged.examined", "staged.catalogued", "staged.settled"] * 2


@pytest.mark.parametrize("newer_first", [True, False])
def test_files_of_one_output_in_chunks_one_after_the_other(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, newer_first: bool
) -> None:
    """The second chunk waits for the name of the first one's file, without which its row would look abandoned."""
    folder = folder_of(workspace)
    old, new = stage(folder, NAME, b"old"), stage(folder, NAME, b"newer", ctime=WHEN + 1)
    rename = os.rename

    def slow(source: str, target: str) -> None:
        time.sleep(0.3)
        rename(source, target)

    monkeypatch.setattr(staged_on_disk.os, "rename", slow)
    first, second = chunked(workspace, [[new], [old]] if newer_first else [[old], [new]])
    assert (counts(first), counts(second)) == ((1, 0, 0, 0, 0), (0, 0 if newer_first else 1, 0, 1, 0))
    assert (folder / NAME).read_bytes() == b"newer"
    assert Path(second.superseded[0]).read_bytes() == b"old"
    assert (datasets(workspace)[0][3], len(places(workspace))) == (5, 1)


def test_a_failure_leaves_the_chunks_before_registered(workspace: Workspace) -> None:
    def chunks() -> Iterator[list[Path]]:
        yield [stage(folder_of(workspace), NAME)]
        yield [stage(folder_of(workspace), base(segment=1))]
        raise DatabaseError("the books are gone")

    found = chunked(workspace, chunks())
    assert counts(next(found)) == (1, 0, 0, 0, 0)
    with pytest.raises(DatabaseError, match="the books are gone"):
        next(found)
    assert names(folder_of(workspace)) == [NAME, base(segment=1)]
    assert [row[9] for row in datasets(workspace)] == [1, 1]


def test_a_catalog_in_trouble_leaves_the_names(workspace: Workspace) -> None:
    path = stage(folder_of(workspace), NAME)
    workspace.sql("DROP TABLE files", role="filecatalog")
    with pytest.raises(DatabaseError):
        register(workspace, path)
    assert (path.exists(), datasets(workspace)) == (True, [])


def test_a_file_system_without_second_names_keeps_the_older_file_too(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folder_of(workspace)
    register(workspace, stage(folder, NAME, b"old"))

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(staged_on_disk.os, "link", refuse)
    done = register(workspace, stage(folder, NAME, b"newer", ctime=WHEN + 1))
    assert Path(done.superseded[0]).read_bytes() == b"old"
    assert (folder / NAME).read_bytes() == b"newer"
