"""The manifest of a certificate: a line of JSON that says what is certified, one for each file, and one with the sums.

The last line has the checksum of all lines before it. The checksum of the whole manifest is in the books.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from json import JSONDecodeError, dumps, loads
from types import NoneType
from typing import Any, TypeVar

T = TypeVar("T")
FORMAT = 1
NAME = "prodcli_manifest"


class DamagedManifest(ValueError):
    """A line of a manifest that cannot be one; the text says which and why."""


@dataclass(frozen=True)
class Header:
    """What a manifest certifies, by whom and with which version; `rule` has every field of the rule."""

    id: str
    version: str
    made: str
    author: str
    rule: Mapping[str, str]
    rule_sha256: str
    tag: str
    dataset: str
    dsttype: str
    runs: str


@dataclass(frozen=True, slots=True)
class CertifiedFile:
    """A file with its size in bytes, md5 and number of events (None: unknown)."""

    path: str
    size: int
    md5: str
    events: int | None
    run: int
    segment: int


@dataclass(frozen=True, slots=True)
class Sums:
    """The last line: counts, and the checksum of the lines before."""

    files: int
    bytes: int
    events: int
    sha256: str


def line_of(part: Header | CertifiedFile | Sums) -> str:
    """A line of a manifest."""
    told = {NAME: FORMAT, **asdict(part)} if isinstance(part, Header) else asdict(part)
    return dumps(told, separators=(",", ":")) + "\n"


def header_of(line: str) -> Header:
    """The first line; raises DamagedManifest for another file."""
    told = _object(line, 1)
    if told.pop(NAME, None) != FORMAT:
        raise DamagedManifest("it is no manifest of a certificate, or one of a newer prodcli")
    return _made(Header, told, 1)


def part_of(line: str, number: int) -> CertifiedFile | Sums:
    """A later line of a manifest; raises DamagedManifest for a line that is neither a file nor the sums."""
    told = _object(line, number)
    return _made(Sums, told, number) if "sha256" in told else _made(CertifiedFile, told, number)


def _object(line: str, number: int) -> dict[str, Any]:
    try:
        told = loads(line)
    except (JSONDecodeError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise DamagedManifest(f"line {number} is damaged")
    return told


def _made(kind: type[T], told: Mapping[str, Any], number: int) -> T:
    wanted = kind.__annotations__
    if set(told) != set(wanted) or not all(_fits(told[name], word) for name, word in wanted.items()):
        raise DamagedManifest(f"line {number} is damaged")
    return kind(**told)


_KINDS: Mapping[str, tuple[type, ...]] = {"int": (int,), "int | None": (int, NoneType), "str": (str,)}


def _fits(value: object, kind: str) -> bool:
    return isinstance(value, _KINDS.get(kind, (dict,))) and not isinstance(value, bool)
