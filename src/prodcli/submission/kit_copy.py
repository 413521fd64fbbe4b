"""The copy of the worker kit that jobs use: one folder for each content, which no later change of the kit touches."""

from __future__ import annotations

import errno
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from prodcli.errors import ProdError
from prodcli.fault_points import reached
from prodcli.rules.kit import Kit, read_kit, require_kit
from prodcli.rules.model import Rule

_ABANDONED = 3600  # seconds after which what stands aside is a killed pass's; writing a copy takes seconds
_TRIES = 5  # each is lost only to another pass that makes the same copy
_OUTRUN = (errno.EEXIST, errno.ENOTEMPTY, errno.ENOENT)  # another pass has put its copy there, or moved the damaged one


def keep_kit(rule: Rule) -> None:
    """Make the copy that the rule's jobs name, unless it is there as it should be.

    A copy is made aside and renamed, so that jobs and other passes see a whole one or none. Raises RuleError if a copy is
    to be made and the kit cannot be read or has changed, ProdError if the copy cannot be written.
    """
    place = Path(rule.kit)
    if not rule.kit or is_whole(place):
        return
    kit = require_kit(rule)
    try:
        for _ in range(_TRIES):
            _put(kit, place)
            if is_whole(place):
                return
    except OSError as failure:
        raise ProdError(f"the worker kit cannot be copied: {failure.strerror}", where=str(place)) from None
    raise ProdError("the copy of the worker kit does not stay as it is made", where=str(place))


def is_whole(place: Path) -> bool:
    """True for a copy with the content that its name says."""
    try:
        return read_kit(place).name == place.name
    except (OSError, ValueError):
        return False


def _put(kit: Kit, place: Path) -> None:
    """Write the copy aside, move a damaged one away, and rename; another pass may be quicker."""
    place.parent.mkdir(parents=True, exist_ok=True)
    _clear_abandoned(place.parent)
    aside = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
    try:
        new = aside / "new"
        _write(kit, new)
        reached("kit.written")
        if place.exists() and not is_whole(place):
            place.rename(aside / "damaged")
        new.rename(place)
    except OSError as failure:
        if failure.errno not in _OUTRUN:
            raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _clear_abandoned(copies: Path) -> None:
    """Take away what killed passes left aside."""
    for aside in copies.glob(".*-*"):
        with suppress(OSError):  # another pass is quicker
            if aside.stat().st_mtime < time.time() - _ABANDONED:
                shutil.rmtree(aside)


def _write(kit: Kit, folder: Path) -> None:
    for file in kit.files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
        path.chmod(file.mode)
