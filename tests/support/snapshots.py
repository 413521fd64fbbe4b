"""Workspaces that a module's tests share, and looking whether anything in one has changed."""

import hashlib
import importlib
import os
import pkgutil
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import prodcli
from prodcli.resources import profile_file
from tests.support.workspace import Answer, Workspace

NOBODY = 65534


def books(workspace: Workspace) -> list[Any]:
    """Every row that a pass may change: jobs, attempts, open claims."""
    jobs = workspace.sql(
        "SELECT id, filename, status, substatus, clusterid, procid, attempt FROM production_jobs ORDER BY id"
    )
    claims = workspace.sql("SELECT id, state, n FROM production_claims WHERE state <> 'released' ORDER BY id")
    return [jobs, claims, workspace.sql("SELECT COUNT(*) FROM production_attempts")]


def campaign(workspace: Workspace) -> list[str]:
    """The files of rendered submissions and of the queue's jobs; lock files are nobody's business, nor what is kept once a content."""
    folder = workspace.folder / "campaigns"
    files = (file for file in folder.rglob("*") if file.is_file())
    return sorted(
        str(file) for file in files if file.relative_to(folder).parts[0] not in ("locks", "kit", "provenance")
    )


def tree(folder: Path) -> dict[str, str]:
    """Every file and folder below a folder, with the hash of what it holds."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        for path in sorted(folder.rglob("*"))
    }


def one_line(answer: Answer, code: int, says: str) -> None:
    """A failure as it has to look: the exit code, and one line on stderr that says what it is."""
    assert (answer.code, answer.out) == (code, ""), answer
    assert answer.err.startswith("prodcli: "), answer.err
    assert answer.err.count("\n") == 1, answer.err
    assert "Traceback" not in answer.err
    assert says in answer.err, answer.err
    assert len(answer.err) < 5000


@contextmanager
def ordinary_user() -> Iterator[None]:
    """Be somebody whom permissions stop: nobody, if we are root."""
    if os.geteuid():
        yield
        return
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


@cache
def why_no_ordinary_user() -> str:
    """Why prodcli cannot be run as an ordinary user; empty if it can."""
    for _, name, _ in pkgutil.walk_packages(prodcli.__path__, "prodcli."):
        with suppress(ImportError):
            importlib.import_module(name)  # later they might be out of reach
    try:
        with ordinary_user():
            profile_file("sphenix").read_bytes()
    except OSError as reason:
        return f"an ordinary user cannot read the checkout: {reason}"
    return ""


def as_ordinary_user(workspace: Workspace, *words: object) -> Answer:
    """Call the command line as somebody whom permissions stop."""
    with ordinary_user():
        return workspace.run(*words)


class OpenFolder:
    """A folder that an ordinary user may reach, unlike those of pytest, and write to."""

    def __enter__(self) -> Path:
        """Make it."""
        self.path = Path(tempfile.mkdtemp(prefix="prodcli-open-"))
        self.path.chmod(0o777)
        return self.path

    def __exit__(self, *_: object) -> None:
        """Take it away."""
        shutil.rmtree(self.path)


def without_rollup(workspace: Workspace) -> None:
    """Put the books back to what they were before they had a rollup."""
    for verb in ("insert", "update", "delete", *(["truncate"] if workspace.cluster else [])):
        workspace.sql(f"DROP TRIGGER prodcli_rollup_{verb}" + (" ON production_jobs" if workspace.cluster else ""))
    for table in ("production_rollup", "production_rollup_delta"):
        workspace.sql(f"DROP TABLE {table}")
    workspace.sql("DELETE FROM prodcli_schema WHERE version = 3")
