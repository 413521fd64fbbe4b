"""Which prodcli.yaml is trusted: one found by the search upward must be yours, root's, or in a folder of your list.

A configuration decides what runs under your account, and anybody may put a file into /tmp, above your folders.
"""

import os
import pwd
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from prodcli.errors import ConfigError
from prodcli.text_files import read_text, why_unreadable

LIST = "trusted"  # the name of a list of folders, beside a user's own prodcli.yaml
_ROOT = 0
_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def require_trusted(file: Path, here: Path, environment: Mapping[str, str], lists: Sequence[Path]) -> None:
    """Raise ConfigError for a configuration found from `here` upward that is another user's, unless a list has its folder."""
    ours = _ours(environment)
    foreign = next(((path, uid) for path, uid in _owners(file, here) if uid not in ours), None)
    folder = file.resolve().parent
    if foreign is None or any(folder.is_relative_to(trusted) for trusted in _listed(lists)):
        return
    path, uid = foreign
    raise ConfigError(
        f"the file is not used, as {path} belongs to {_name(uid)}",
        where=str(file),
        todo=f"if you trust it: --site, $PRODCLI_SITE, or a line {folder} in {lists[0]}",
    )


def _ours(environment: Mapping[str, str]) -> set[int]:
    """The user ids that may own a configuration: yours, root's, and the one that called `sudo`, as git decides."""
    you, before = os.geteuid(), environment.get("SUDO_UID", "")
    return {you, _ROOT, *([int(before)] if you == _ROOT and before.isdecimal() else [])}


def _owners(file: Path, here: Path) -> Iterator[tuple[Path, int]]:
    """The owners of the file, of its folder, and of folders above that others may write to.

    Links count with their targets.
    """
    real = file.resolve()
    yield file, file.lstat().st_uid
    for path in (real, real.parent, file.parent):
        yield path, path.stat().st_uid
    for folder in (here, *here.parents):
        if folder.is_relative_to(file.parent) and folder.stat().st_mode & _BY_OTHERS:
            yield folder, folder.stat().st_uid


def _listed(lists: Sequence[Path]) -> Iterator[Path]:
    """The folders in the trust lists, one a line; a line with # is a comment."""
    for one in lists:
        try:
            lines = read_text(one).splitlines()
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError) as failure:
            raise ConfigError(f"the file cannot be read: {why_unreadable(failure)}", where=str(one)) from None
        folders = (line.strip() for line in lines)
        yield from (_absolute(folder, one) for folder in folders if folder and not folder.startswith("#"))


def _absolute(text: str, where: Path) -> Path:
    folder = Path(os.path.expanduser(text))  # noqa: PTH111 - of somebody who does not exist it stays as it is
    if not folder.is_absolute():
        raise ConfigError(f"{text!r} is no absolute folder", where=str(where))
    return folder.resolve()


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
