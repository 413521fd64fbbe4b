"""Words of a command line that are no text, and why a SQLite file cannot be opened."""

import errno
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from prodcli.batch.parallel import _ask
from prodcli.cli.command_groups import ENTRIES
from prodcli.db import open_database
from prodcli.errors import DatabaseError
from tests.support.snapshots import one_line
from tests.support.workspace import make_workspace

NO_TEXT = os.fsdecode(b"a\xff")


@pytest.mark.parametrize("verb", ENTRIES)
def test_a_word_that_is_no_text_is_one_line(tmp_path: Path, verb: str) -> None:
    workspace = make_workspace(tmp_path)
    for words in ((verb, NO_TEXT), (verb, "--tag", NO_TEXT), (verb, f"--reason={NO_TEXT}"), ("--site", NO_TEXT, verb)):
        one_line(workspace.run(*words), 2, r"a\xff' is not UTF-8 text")


def test_such_words_of_a_shell_are_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "prodcli", "query", "--tag", b"a\xff"], capture_output=True, cwd=tmp_path, check=False
    )
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == b"prodcli: '--tag'".replace(b"--tag", rb"a\xff") + (
        b" is not UTF-8 text (rename the file, or type it anew)\n"
    )


@pytest.mark.parametrize("words", [["query"], ["db", "init"], ["harvest"], ["config", "check"], ["log"]])
@pytest.mark.parametrize("how", ["found", "said"])
def test_a_workspace_whose_name_is_no_text_is_one_line(tmp_path: Path, words: list[str], how: str) -> None:
    folder = tmp_path / NO_TEXT
    folder.mkdir()
    (folder / "prodcli.yaml").write_text("databases: {production: 'sqlite:///p.db'}\n")
    said = {"PRODCLI_SITE": str(folder / "prodcli.yaml")} if how == "said" else {}
    done = subprocess.run(
        [sys.executable, "-m", "prodcli", *words],
        capture_output=True,
        cwd=tmp_path if said else folder,
        env=os.environ | said,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (3, b"", 1)
    assert b"the path is not UTF-8 text" in done.stderr


@contextmanager
def few_files(most: int) -> Iterator[None]:
    """A process that may have only so many files open."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, limits[1]))
    held = []
    try:
        with pytest.raises(OSError, match="Too many"):
            while True:
                held.append(os.open(os.devnull, os.O_RDONLY))
        yield
    finally:
        for one in held:
            os.close(one)
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_too_many_open_files_are_said(tmp_path: Path) -> None:
    file = tmp_path / "p.db"
    file.touch()
    with (
        few_files(200),
        pytest.raises(DatabaseError, match=f"{os.strerror(errno.EMFILE)} .close some, or raise the limit"),
    ):
        open_database(f"sqlite:///{file}").read(lambda tx: tx.one("database_clock"))


def test_a_file_that_was_moved_while_it_was_open_is_said(tmp_path: Path) -> None:
    file = tmp_path / "p.db"
    file.touch()
    database = open_database(f"sqlite:///{file}")
    database.write(lambda tx: tx.script("CREATE TABLE t (x)"))
    file.rename(tmp_path / "q.db")
    with pytest.raises(DatabaseError, match="moved or deleted while it was open"):
        database.write(lambda tx: tx.script("CREATE TABLE u (x)"))


def test_a_child_whose_parent_was_killed_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed:
        def send(self, _part: object) -> None:
            raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    with monkeypatch.context() as patched:
        patched.setattr("signal.signal", lambda *_: None)  # a child leaves Ctrl-C to the one that asks
        _ask(Closed(), None, lambda _batch: [1, 2])  # type: ignore[arg-type]
