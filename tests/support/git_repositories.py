"""Real git repositories for tests."""

import os
import shutil
import subprocess
from pathlib import Path

NAME = ("-c", "user.name=a curator", "-c", "user.email=curator@example.org", "-c", "init.defaultBranch=main")


def why_missing() -> str:
    """Why there is no git; empty if there is."""
    return "" if shutil.which("git") else "git is not installed"


def git(folder: Path, *words: object) -> str:
    """What git answers in a folder."""
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    command = ["git", "-C", str(folder), *NAME, *map(str, words)]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout.strip()


def committed(folder: Path, text: str = "one") -> str:
    """Commit all of a folder, which becomes a repository; returns the commit."""
    if not (folder / ".git").exists():
        git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", text)
    return git(folder, "rev-parse", "HEAD")


def pushed(folder: Path) -> Path:
    """Push the branch of a repository to a remote of its own; returns the remote."""
    remote = folder.parent / f"{folder.name}.git"
    git(folder.parent, "clone", "-q", "--bare", folder, remote)
    if not git(folder, "remote"):
        git(folder, "remote", "add", "origin", remote)
    git(folder, "push", "-q", "origin", "HEAD")
    return remote
