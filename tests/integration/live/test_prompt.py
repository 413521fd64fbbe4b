"""`prodcli prompt` on both databases: what it counts, and who keeps it."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.attributed_jobs import attributed_books
from tests.support.catalog import Catalog
from tests.support.workspace import Workspace

BOOKS = attributed_books(19)
_TIME = "2026-01-31T00:00:00.000Z"
_NEW = "2999-01-01T00:00:00.000Z"


@pytest.fixture
def caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for the file of the account."""
    folder = tmp_path / "caches"
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    monkeypatch.setenv("NO_COLOR", "1")
    return folder / "prodcli/prompt"


def test_the_word_counts_held_failed_and_silent(workspace: Workspace, caches: Path) -> None:
    workspace.load(Catalog([], [], [], []))
    BOOKS.write(workspace)
    held = sum(job["state"] == "held" for job in BOOKS.jobs.values())
    assert held
    assert workspace.ok("prompt", "--for", "plain").out == f"held {held}\n"  # what failed was submitted long ago
    new = [job["dbid"] for job in BOOKS.jobs.values() if job["status"] == "failed"]
    workspace.sql(f"UPDATE production_jobs SET submitted = ? WHERE id IN ({', '.join(map(str, new))})", _NEW)  # noqa: S608
    failed = sum(job["status"] == "failed" and job["state"] != "removed" for job in BOOKS.jobs.values())
    workspace.sql(
        "INSERT INTO production_loops (id, kind, file, account, host, pid, boot_id, process_start, started, heartbeat,"
        " silent_after, state, doing) VALUES ('abc123', 'loop', '/x/a.yaml', 'me', 'far', 1, 'b', '1', ?, ?, 120, 'waiting', '')",
        *(_TIME, _TIME),
    )
    assert workspace.ok("prompt", "--for", "plain").out == f"held {held}\n"  # as it was kept
    workspace.ok("prompt", "--refresh")
    assert workspace.ok("prompt", "--for", "plain").out == f"held {held} failed {failed} silent 1\n"
    assert caches.read_text().startswith(f"{workspace.file}\t")


def test_a_harvest_keeps_the_word_and_an_old_one_is_renewed_behind(workspace: Workspace, caches: Path) -> None:
    workspace.load(Catalog([], [], [], []))
    workspace.ok("harvest")
    command = [sys.executable, "-m", "prodcli", "prompt", "--for", "bash", "--renew", "5m"]
    environment = {**os.environ, "PWD": str(workspace.folder)}

    def prompt() -> str:
        return subprocess.run(
            command, cwd=workspace.folder, env=environment, capture_output=True, text=True, check=True
        ).stdout

    assert prompt() == "ok"
    path, when, *counts = caches.read_text().rstrip("\n").split("\t")
    caches.write_text("\t".join([path, str(int(when) - 7300), "9", *counts[1:]]) + "\n")
    assert prompt() == "held 9 2h old"
    end = time.monotonic() + 60
    while prompt() != "ok" and time.monotonic() < end:
        time.sleep(0.2)
    assert prompt() == "ok"


@pytest.mark.parametrize("shell", ["bash", "zsh", "tmux"])
def test_each_shell_gets_its_lines(workspace: Workspace, shell: str, caches: Path) -> None:
    said = workspace.ok("prompt", "--install", shell).out
    assert f"prodcli prompt --for {shell} --renew 5m" in said
    assert ("PRODCLI_SITE=" in said) == (shell == "tmux")
