"""Write a site: all pages into a new folder, which then takes the place of the old one at once."""

from __future__ import annotations

import ctypes
import os
import shutil
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from prodcli.errors import UsageError
from prodcli.pages.assets import write_assets
from prodcli.pages.links import TOP
from prodcli.pages.page import Page
from prodcli.pages.row_data import data_of
from prodcli.resources import shipped

if TYPE_CHECKING:
    from prodcli.pages.page import PageFile

POLICY = (  # what browsers let pages do
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self' data:; "
    "base-uri 'none'; form-action 'none'"
)
_MARK = ".prodcli-pages"  # only a folder with this file is ever replaced
_LEFT = 3600  # seconds after which a folder that nobody finished is a leftover
_AT_WORKING_FOLDER, _EXCHANGE = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of Linux


def write_site(folder: Path, pages: Iterable[Page | PageFile], as_of: str) -> int:
    """Write the pages, and replace the folder by them; returns how many pages there are.

    `as_of` stands on every page. Readers see the old pages or the new ones, never both. Raises UsageError for a folder
    that is neither empty nor of pages, ConfigError without the extra `pages`, OSError if the folder cannot be written.
    """
    target = folder.resolve()
    require_ours(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    _clear_leftovers(target)
    made = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        count = _write(made, pages, as_of)
        _date(made, target)
        made.chmod(0o755)
        _replace(target, made)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return count


def require_ours(folder: Path) -> None:
    """Refuse a folder that holds anything but pages: raises UsageError."""
    if folder.exists() and not (folder.is_dir() and ((folder / _MARK).is_file() or not any(folder.iterdir()))):
        raise UsageError("it holds something else than pages", where=str(folder), todo="name a new or empty folder")


def _clear_leftovers(target: Path) -> None:
    """Delete what writers left that were killed; a folder that has changed lately may be at work."""
    for one in target.parent.iterdir():
        if one.name.startswith(f".{target.name}-") and (one / _MARK).is_file() and _age(one) > _LEFT:
            shutil.rmtree(one, ignore_errors=True)


def _age(folder: Path) -> float:
    return time.time() - folder.stat().st_mtime


def _write(folder: Path, pages: Iterable[Page | PageFile], as_of: str) -> int:
    (folder / _MARK).touch()
    write_assets(folder / "assets")
    environment = page_environment()
    count = 0
    for page in pages:
        (folder / page.path).write_bytes(content_of(page, environment, as_of))
        count += isinstance(page, Page)
    return count


def _date(made: Path, target: Path) -> None:
    """Give all files one time, in a later second than that of the old folder.

    Web servers tell the versions of a file apart by its size and the second of its last change.
    """
    mark, when = target / _MARK, time.time()
    if mark.exists():
        when = max(when, int(mark.stat().st_mtime) + 1)
    for path in made.rglob("*"):
        os.utime(path, (when, when))


def content_of(page: Page | PageFile, environment: Environment, as_of: str) -> bytes:
    """The bytes of a page, or of a file beside the pages."""
    if not isinstance(page, Page):
        return page.content
    template = environment.get_template(page.template)
    return template.render(page.context, page=page, top=TOP, as_of=as_of).encode("utf-8")


def page_environment() -> Environment:
    """The templates, in which every text is escaped."""
    environment = Environment(
        loader=FileSystemLoader(shipped("templates") / "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["policy"] = POLICY
    environment.filters["as_data"] = data_of
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":")}
    return environment


def _replace(target: Path, made: Path) -> None:
    """Exchange both folders at once; where the disk cannot, the old one goes first."""
    if not target.exists():
        made.rename(target)
    elif not _exchange(target, made):
        old = made.with_name(f"{made.name}-old")
        target.rename(old)
        made.rename(target)
        shutil.rmtree(old, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    paths = (_AT_WORKING_FOLDER, os.fsencode(one), _AT_WORKING_FOLDER, os.fsencode(other))
    return bool(rename(*paths, _EXCHANGE) == 0)
