"""Words for completion that were found lately, in small files below ~/.cache: a shell waits while somebody types.

Words of the last minute are answered as they are. Older ones are answered, too, and found anew by a process that stays
behind, so that only the first question at a place waits for a configuration and a database.
"""

import atexit
import os
import signal
import sys
import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_FRESH, _KEPT = 60, 86_400  # seconds
_BEHIND = 30  # seconds that a process behind an answer may take
Find = Callable[[], list[str]]


def place_of(site: object, testbed: object) -> str:
    """The place that words belong to: working folder, configuration, and whether it is a testbed."""
    return "|".join((os.environ.get("PWD", ""), os.environ.get("PRODCLI_SITE", ""), str(site), str(bool(testbed))))


def remembered(source: str, place: str, find: Find) -> list[str]:
    """The words of a source at a place, from its file if it has one that is not too old; raises what `find` raises."""
    file = _file(source, place)
    words, age = _read(file, place)
    if age > _KEPT:
        return remember(source, place, find())
    if age > _FRESH:
        atexit.register(_find_behind, lambda: remember(source, place, find()))
    return words


def remember(source: str, place: str, words: list[str]) -> list[str]:
    """Keep the words of a source at a place, if there are any; a folder that cannot be written is no trouble."""
    file = _file(source, place)
    if words:
        with suppress(OSError, ValueError):  # ValueError: a name that is no text
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            new = file.with_name(f"{file.name}.{os.getpid()}")
            new.write_text("\n".join([place, *words]), encoding="utf-8")
            new.replace(file)
    return words


def _file(source: str, place: str) -> Path:
    caches = os.environ.get("XDG_CACHE_HOME") or f"{os.environ.get('HOME', '')}/.cache"
    return Path(caches) / "prodcli" / f"{source}-{zlib.crc32(place.encode(errors='surrogateescape')):08x}"


def _read(file: Path, place: str) -> tuple[list[str], float]:
    """The words of a file and their age in seconds; without end for a file of another place, or none."""
    with suppress(OSError, UnicodeDecodeError):
        first, *words = file.read_text(encoding="utf-8").split("\n")
        if first == place:
            return words, max(0.0, time.time() - file.stat().st_mtime)
    return [], float("inf")


def _find_behind(find: Callable[[], object]) -> None:
    """Find words in a process that nobody waits for."""
    sys.stdout.flush()
    if os.fork():
        return
    with suppress(BaseException):
        signal.alarm(_BEHIND)  # ends the process, also within a driver
        os.setsid()
        null = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(null, stream)
        find()
    os._exit(0)
