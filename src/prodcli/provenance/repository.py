"""The git repository of a payload: its commit, what differs from the commit, and whether a remote has the commit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from prodcli.errors import ProdError
from prodcli.provenance.git import MOST, git
from prodcli.secrets import hide_secrets

NO_REPOSITORY = "no git repository"
NO_COMMIT = "no commits yet"
_UNTRACKED = "??"
_CUT = f"the diff is cut at {MOST // 1_000_000} MB"


@dataclass(frozen=True)
class Code:
    """Where files of a payload come from: a folder, and what git says of it.

    `branch` is empty for a detached HEAD, `commit` without repository or commits, `pushed` if no remote branch that git
    knows has the commit. `changed` are files as `git status --short` writes them (`M run.sh`, `?? new.C`), `diff` their
    difference from the commit. `note` says what is not known, and why.
    """

    folder: str
    remote: str = ""
    branch: str = ""
    commit: str = ""
    pushed: str = ""
    changed: tuple[str, ...] = ()
    diff: str = ""
    note: str = ""


def look_at(repository: Path, paths: Sequence[Path]) -> Code:
    """What git says of a repository and some paths in it; a question without an answer is a note."""
    code = Code(str(repository))
    names = [str(path.relative_to(repository)) for path in paths]
    try:
        state = git(
            repository,
            "status",
            "--porcelain=v2",
            "--branch",
            "--untracked-files=all",
            "--no-renames",
            "-z",
            "--",
            *names,
        )
        code = _with_status(code, state)
        code = replace(code, remote=_remote(repository))
        if not code.commit:
            return replace(code, note=NO_COMMIT)
        code = replace(code, pushed=_pushed(repository, code.commit))
        return _with_diff(code, names) if code.changed else code
    except ProdError as failure:
        return replace(code, note=failure.what)


def _with_status(code: Code, answer: bytes) -> Code:
    """The code with what `git status --porcelain=v2 -z` says. Source: git-status(1)."""
    changed = []
    for line in _text(answer).split("\0"):
        kind, _, rest = line.partition(" ")
        if kind == "#":
            key, _, value = rest.partition(" ")
            if key == "branch.oid" and value != "(initial)":
                code = replace(code, commit=value)
            elif key == "branch.head" and value != "(detached)":
                code = replace(code, branch=value)
        elif kind == "?":
            changed.append(f"{_UNTRACKED} {rest}")
        elif kind in ("1", "u"):
            fields = rest.split(" ", 7 if kind == "1" else 9)
            changed.append(f"{fields[0].replace('.', '')} {fields[-1]}")
    note = "the list of changed files is cut" if len(answer) > MOST else ""
    return replace(code, changed=tuple(changed), note=note)


def _remote(repository: Path) -> str:
    """The address of the remote `origin`, else of the first one; empty if there is none."""
    try:
        answer = _text(git(repository, "config", "--get-regexp", r"^remote\..*\.url$"))
    except ProdError:  # git ends so if there is none
        return ""
    found = dict(line.partition(" ")[::2] for line in answer.splitlines())
    return hide_secrets(found.get("remote.origin.url") or next(iter(found.values()), ""))


def _pushed(repository: Path, commit: str) -> str:
    """A branch of a remote that has the commit, as far as git knows without asking the remote; empty if none has."""
    answer = _text(git(repository, "for-each-ref", "--format=%(refname)", f"--contains={commit}", "refs/remotes"))
    names = [name.removeprefix("refs/remotes/") for name in answer.splitlines()]
    return next((name for name in names if not name.endswith("/HEAD")), "")


def _with_diff(code: Code, names: Sequence[str]) -> Code:
    """The code with the difference of its changed files from the commit, new files included."""
    repository = Path(code.folder)
    diff, note = "", code.note
    if any(not line.startswith(_UNTRACKED) for line in code.changed):
        answer = git(
            repository, "diff", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", "HEAD", "--", *names
        )
        diff, note = _text(answer[:MOST]), _CUT if len(answer) > MOST else note
    for line in code.changed:
        if line.startswith(_UNTRACKED) and note != _CUT:
            diff += "".join(_new_file(repository, line.removeprefix(f"{_UNTRACKED} ")))
            note = _CUT if len(diff) > MOST else note
    return replace(code, diff=diff[:MOST], note=note)


def _new_file(repository: Path, name: str) -> Iterator[str]:
    """A file that git does not track as `git diff` would write it, so that `git apply` makes it again."""
    path = repository / name
    try:
        with path.open("rb") as file:
            content, mode = file.read(MOST + 1), path.stat().st_mode
    except OSError:
        return
    yield f"diff --git a/{name} b/{name}\nnew file mode {'100755' if mode & 0o111 else '100644'}\n"
    if b"\0" in content:
        yield f"Binary files /dev/null and b/{name} differ\n"
        return
    lines = content.decode("utf-8", "replace").split("\n")
    whole = lines[-1] == ""
    lines = lines[:-1] if whole else lines
    if lines:
        yield f"--- /dev/null\n+++ b/{name}\n@@ -0,0 +1,{len(lines)} @@\n"
        yield "".join(f"+{line}\n" for line in lines)
        yield "" if whole else "\\ No newline at end of file\n"


def _text(answer: bytes) -> str:
    return answer.decode("utf-8", "replace")
