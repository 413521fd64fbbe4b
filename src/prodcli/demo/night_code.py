"""The payload of the bad night in a git repository: a first commit that works, and one that does not."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from prodcli.errors import ProdError

_AUTHOR = ("prodcli demo", "demo@example.org")
_SEEDING = Path("night_code", "seeding.awk")
_GOOD, _BAD = "least = 3", "least = 7"


def require_git() -> None:
    """Raise ProdError where git is not installed."""
    if shutil.which("git") is None:
        raise ProdError(
            "git is not installed", where="prodcli demo --bad-night", todo="the payload is a git repository"
        )


def begin_history(rules: Path, at: int) -> None:
    """Make the folder of rules a repository with a first commit, made at a time (seconds since 1970)."""
    _git(rules, at, "init", "--quiet", "--initial-branch=main")
    _git(rules, at, "add", ".")
    _git(rules, at, "commit", "--quiet", "-m", "Seeds, tracks and calorimeter clusters")


def commit_bug(rules: Path, at: int) -> None:
    """Commit a change with which the seeding fails."""
    file = rules / _SEEDING
    file.write_text(file.read_text().replace(_GOOD, _BAD))
    _git(rules, at, "commit", "--quiet", "--all", "-m", "Ask for seven hits per seed")


def _git(folder: Path, at: int, *words: str) -> None:
    """Run git, with an author and a time of its own; raises ProdError if git fails."""
    when = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    names = {"GIT_AUTHOR": _AUTHOR, "GIT_COMMITTER": _AUTHOR}
    who = {
        f"{key}_{part}": one
        for key, author in names.items()
        for part, one in zip(("NAME", "EMAIL"), author, strict=True)
    }
    dates = {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}
    own = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    around = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment = around | who | dates | own
    command = ["git", "-C", str(folder), *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ProdError(f"git {words[0]} ended with {done.returncode}: {done.stderr.strip()[:200]}", where=str(folder))
