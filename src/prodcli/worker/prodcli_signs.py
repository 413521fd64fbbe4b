"""Signs of life of a running job: its events so far, and when it wrote something last."""

import contextlib
import os
import re
import stat

import prodcli_notes as notes
import prodcli_usage as usage

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing takes longer to load than many a tool to work
    from typing import Dict, Iterator, Optional, Tuple

_LINE = re.compile(r"(?m)^\s*(\d{1,18})(?:[ \t/]+(\d{1,18}))?\s*$")
_MOST_BYTES = 4096
_MOST_FILES = 1000


def signs() -> "Dict[str, Optional[int]]":
    """What is known of the signs, by the last part of their attributes."""
    done, total = _progress()
    return {"EventsDone": done, "EventsTotal": total, "OutputChanged": max(_changes(), default=None)}


def _progress() -> "Tuple[Optional[int], Optional[int]]":
    """The events so far and those in all, by the last line of the payload's file that says so."""
    path = os.environ.get("PRODCLI_PROGRESS") or os.path.join(notes.folder(), "progress")
    try:
        with open(path, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _MOST_BYTES))
            lines = _LINE.findall(file.read(_MOST_BYTES).decode("ascii", "replace"))
    except OSError:
        return None, None
    if not lines:
        return None, None
    done, total = lines[-1]
    return int(done), int(total) if total else None


def _changes() -> "Iterator[int]":
    """When stdout, stderr and the files of the scratch folder were written last, without hidden ones."""
    shell = usage.shell()
    for path in ("/proc/%d/fd/1" % shell, "/proc/%d/fd/2" % shell):
        with contextlib.suppress(OSError):
            about = os.stat(path)
            if stat.S_ISREG(about.st_mode):
                yield int(about.st_mtime)
    with contextlib.suppress(OSError):
        for entry in list(os.scandir(os.path.dirname(notes.folder()) or "."))[:_MOST_FILES]:
            if not entry.name.startswith("."):
                with contextlib.suppress(OSError):
                    yield int(entry.stat(follow_symlinks=False).st_mtime)
