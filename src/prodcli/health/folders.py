"""Checks of the folders that submissions and jobs write to: they can be written, or made, and have space."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from prodcli.config.settings import Config
from prodcli.errors import ProdError
from prodcli.health.checked import Check, tried
from prodcli.health.disk_space import disk_spaces, too_full
from prodcli.sizes import bytes_in_words


def check_folders(config: Config) -> Iterable[Check]:
    """The roots of the site, and the folders of prodcli itself."""
    yield tried("roots", lambda: _looked_at(_by_folder(config.site.roots), config.site.full_at))
    yield tried("campaigns", lambda: _looked_at({str(config.campaigns): ["rendered submissions"]}, {}))
    yield tried("logs", lambda: _looked_at({str(config.logs): ["the log"]}, {}))


def _by_folder(roots: Mapping[str, str]) -> dict[str, list[str]]:
    """The kinds of each root."""
    kinds: dict[str, list[str]] = {}
    for kind, root in roots.items():
        kinds.setdefault(root, []).append(kind)
    return kinds


def _looked_at(folders: Mapping[str, list[str]], full_at: Mapping[str, float]) -> str:
    """Folders with their space, in words; a missing folder is made at submission.

    Raises ProdError for folders that cannot be written, or are fuller than the site allows.
    """
    faults = {folder: fault for folder in folders if (fault := _fault(Path(folder)))}
    if faults:
        todo = "let the account write there, or name other folders in prodcli.yaml"
        raise ProdError("; ".join(f"{', '.join(folders[one])}: {fault}" for one, fault in faults.items()), todo=todo)
    by_kind = {kind: folder for folder, kinds in folders.items() for kind in kinds}
    if full := list(too_full(disk_spaces({kind: by_kind[kind] for kind in full_at if kind in by_kind}), full_at)):
        raise ProdError(
            "; ".join(full), todo="submit submits nothing until then: prodcli usage shows what takes the space"
        )
    return "; ".join(f"{', '.join(kinds)}: {folder}{_state(folder)}" for folder, kinds in folders.items())


def _fault(folder: Path) -> str:
    """Why an account cannot write below a folder; empty if it can."""
    for place in (folder, *folder.parents):
        try:
            place.lstat()
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as failure:
            return f"{place}: {failure.strerror}"
        if not place.is_dir():
            return f"{place} is no folder"
        if not os.access(place, os.W_OK | os.X_OK):
            lacks = f"{folder} does not exist, and " if place != folder else ""
            return f"{lacks}{place} cannot be written"
        return ""
    return f"{folder} cannot be made"


def _state(folder: str) -> str:
    """Whether a folder is there, and its space."""
    missing = "" if Path(folder).is_dir() else " (not there yet)"
    spaces = disk_spaces({"": folder})
    return missing + "".join(f", {bytes_in_words(one.free)} free, {100 * one.fullness:.0f}% full" for one in spaces)
