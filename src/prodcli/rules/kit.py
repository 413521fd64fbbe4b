"""The worker kit: files of the site that jobs copy or source, and the name of its content.

Jobs never use the site's folder itself but a copy, so that a change of the kit never reaches jobs that wait.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from prodcli.config.profile import OF_KIT, Site
from prodcli.errors import RuleError
from prodcli.resources import worker_kit
from prodcli.rules.layout import Layout
from prodcli.rules.model import Rule

_MOST_BYTES = 50_000_000  # of a kit; a larger folder is likely named by mistake
_LEFT_OUT = "__pycache__"  # Python leaves it in a folder that it imports from
_DIGITS = 16  # of the name of a content


@dataclass(frozen=True, slots=True)
class KitFile:
    """A file of a kit: its path in the folder, and its content."""

    path: str
    executable: bool
    content: bytes

    @property
    def mode(self) -> int:
        """The permissions of its copy: nobody writes it."""
        return 0o555 if self.executable else 0o444


@dataclass(frozen=True)
class Kit:
    """The files of a kit, by path."""

    files: tuple[KitFile, ...]

    @property
    def name(self) -> str:
        """The name of the content: a hash over paths, permissions and contents."""
        content = hashlib.sha256()
        for file in self.files:
            size = f"{file.path}\0{file.mode:o}\0{len(file.content)}\0"
            content.update(size.encode("utf-8", "surrogateescape") + file.content)
        return content.hexdigest()[:_DIGITS]


def read_kit(folder: Path) -> Kit:
    """The kit in a folder; raises OSError for a file that cannot be read, ValueError for a folder without files or a huge one."""
    files, left = [], _MOST_BYTES
    for path in sorted(_files(folder)):
        found = path.stat()
        left -= found.st_size
        if left < 0:
            raise ValueError(f"it has more than {_MOST_BYTES // 1_000_000} MB")
        files.append(KitFile(str(path.relative_to(folder)), bool(found.st_mode & 0o111), path.read_bytes()))
    if not files:
        raise ValueError("it has no files")
    return Kit(tuple(files))


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_dir():
            yield from _files(path) if path.name != _LEFT_OUT else ()
        elif path.is_file():
            yield path


def kit_folder(site: Site) -> Path:
    """The folder that a site takes its kit from."""
    return Path(site.kit_folder) if site.kit_folder else worker_kit()


def uses_kit(rule: Rule) -> bool:
    """True if the jobs of a rule get a path in the kit."""
    return Layout(rule).gives("kit")


def kit_lacks(rule: Rule) -> Iterator[str]:
    """One line for each file of the kit that the jobs of a rule would not find."""
    if not uses_kit(rule):
        return
    folder = kit_folder(rule.site)
    try:
        there = {file.path for file in read_kit(folder).files}
    except (OSError, ValueError) as failure:
        yield f"kit_folder: {folder}: {_why(failure)}"
        return
    for entry in rule.site.kit:
        if entry.startswith(OF_KIT) and entry.removeprefix(OF_KIT) not in there:
            yield f"kit: {entry}: there is no such file in {folder}"


def with_kit(rule: Rule, campaigns: Path) -> Rule:
    """The rule with the folder of the kit that its jobs use, a copy in the campaign folder; nothing is checked or made."""
    if not uses_kit(rule):
        return rule
    try:
        return replace(rule, kit=str(campaigns / "kit" / read_kit(kit_folder(rule.site)).name))
    except (OSError, ValueError):
        return rule


def require_kit(rule: Rule) -> Kit:
    """The kit of the rule's site; raises RuleError if it cannot be read, or if it is no longer the one that the rule names."""
    folder = kit_folder(rule.site)
    try:
        kit = read_kit(folder)
    except (OSError, ValueError) as failure:
        raise RuleError(f"kit_folder: {_why(failure)}", where=str(folder)) from None
    if kit.name != Path(rule.kit).name:
        raise RuleError("the worker kit has changed since the pass began", where=str(folder), todo="begin again")
    return kit


def _why(failure: OSError | ValueError) -> str:
    return (failure.strerror if isinstance(failure, OSError) else None) or str(failure)
