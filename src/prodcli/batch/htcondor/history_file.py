"""Read a schedd's history from its file, in a third of the time that the schedd takes to deliver it.

The schedd vouches for the ads: all lie between two records that the schedd named itself, the last one of the previous
harvest and the newest one now. A file without both, as on another host, is not used.

Source: HTCondor manual, HISTORY and MAX_HISTORY_LOG; a record is an ad of old syntax and a line that begins with `***`.
"""

import mmap
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from glob import escape
from pathlib import Path
from typing import Any

_BANNER = b"\n*** "
_ROTATED = ".[0-9]*"  # the time of the rotation follows
_PLAIN = re.compile(r'(?P<int>-?\d+)|(?P<text>"[^"\\]*")|(?P<float>-?\d+\.\d+(?:[eE][-+]?\d+)?)|(?P<truth>true|false)')


class UnknownHistory(Exception):
    """A file does not have the wanted records."""


def left_between(file: str, mark: str, newest: str, having: str, names: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The ads that left the queue after a job, up to another, oldest first, with these attributes.

    Jobs are named by GlobalJobId. Raises UnknownHistory if the file and its rotated parts do not have both jobs, or
    cannot be read, and at an ad that is not understood.
    """
    lines = re.compile(rf"\n({'|'.join(names)}) = ([^\n]*)".encode())
    wanted = f"\n{having} = ".encode()
    try:
        with ExitStack() as opened:
            for text in _records(_mapped(Path(file), opened), mark, newest):
                if wanted in text:
                    yield _ad(lines.findall(text))
    except (OSError, ValueError) as failure:
        raise UnknownHistory(f"{file}: {failure}") from failure


def _mapped(file: Path, opened: ExitStack) -> Iterator[mmap.mmap]:
    """The history's files, newest first, mapped into memory."""
    for path in (file, *sorted(file.parent.glob(escape(file.name) + _ROTATED), reverse=True)):
        stream = opened.enter_context(path.open("rb"))
        if path.stat().st_size:
            yield opened.enter_context(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))


def _records(files: Iterable[mmap.mmap], mark: str, newest: str) -> Iterator[bytes]:
    """The records after that of one job and up to that of another, each with a line's end before it."""
    spans: list[tuple[mmap.mmap, int, int]] = []
    for data in files:
        end = len(data) if spans else _end_of(data, newest, len(data))
        if not end:
            continue  # it was rotated just now
        start = _end_of(data, mark, end)
        spans.append((data, start, end))
        if start:
            break
    else:
        raise UnknownHistory(f"{mark} is not there before {newest}")
    for span in reversed(spans):
        yield from _split(*span)


def _end_of(data: mmap.mmap, job: str, before: int) -> int:
    """The end of the line after a job's record; 0 without such a record, or for a record that is not complete."""
    place = data.rfind(f'\nGlobalJobId = "{job}"\n'.encode(), 0, before)
    banner = data.find(_BANNER, place) if place >= 0 else -1
    return data.find(b"\n", banner + 1) + 1 if banner >= 0 else 0


def _split(data: mmap.mmap, start: int, end: int) -> Iterator[bytes]:
    while start < end:
        banner = data.find(_BANNER, start, end)
        if banner < 0:
            return
        yield b"\n" + data[start : banner + 1]
        start = data.find(b"\n", banner + 1) + 1


def _ad(lines: Iterable[tuple[bytes, bytes]]) -> dict[str, Any]:
    """The ad of some lines."""
    ad: dict[str, Any] = {}
    texts = {name.decode(): value.decode(errors="replace") for name, value in lines}
    for name, text in texts.items():
        if found := _PLAIN.fullmatch(text):
            ad[name] = _value(found)
    if len(ad) < len(texts):
        _evaluate(ad, texts)
    return ad


def _value(found: re.Match[str]) -> int | float | str | bool:
    text = found[0]
    match found.lastgroup:
        case "int":
            return int(text)
        case "text":
            return text[1:-1]
        case "float":
            return float(text)
        case _:
            return text == "true"


def _evaluate(ad: dict[str, Any], texts: Mapping[str, str]) -> None:
    """Add expressions, and texts with escaped characters, as HTCondor reads them.

    Raises ValueError if they cannot be read.
    """
    from classad2 import parseOne

    asked = [name for name in texts if name not in ad]
    words = " ".join(texts[name] for name in asked).casefold()
    used = [name for name in ad if name.casefold() in words]
    found = parseOne("".join(f"{name} = {texts[name]}\n" for name in (*asked, *used)))
    for name in asked:
        if name not in found:
            raise ValueError(f"{name} = {texts[name]}")
        ad[name] = found.eval(name)
