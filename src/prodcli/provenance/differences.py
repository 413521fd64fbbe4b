"""What differs between two records: keys of the rule, commits, files of the payload, worker kit, version.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prodcli.provenance.stored import Record, StoredCode

_SHOWN = 12  # digits of a hash


@dataclass(frozen=True, slots=True)
class Side:
    """A record with what its texts hold: the keys of its rule, and the hashes of its files by name."""

    record: Record
    keys: Mapping[str, str]
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs: a part of the records, the item in it, and its value on each side; empty where there is none."""

    part: str
    item: str
    a: str
    b: str


def differences(a: Side, b: Side) -> list[Difference]:
    """All that differs."""
    return [
        Difference(part, item, mine, other)
        for part, left, right in _parts(a, b)
        for item in dict.fromkeys([*left, *right])
        if (mine := left.get(item, "")) != (other := right.get(item, ""))
    ]


def _parts(a: Side, b: Side) -> Iterator[tuple[str, Mapping[str, str], Mapping[str, str]]]:
    yield "rule", _rule(a), _rule(b)
    yield "commit", commits(a.record), commits(b.record)
    yield "payload", a.files, b.files
    yield "kit", {"": a.record.kit or ""}, {"": b.record.kit or ""}
    yield "prodcli", {"": a.record.version}, {"": b.record.version}


def _rule(side: Side) -> dict[str, str]:
    """The keys of a rule; the payload's files say more than the places where they lie."""
    return {"name": side.record.rule, **side.keys}


def commits(record: Record) -> dict[str, str]:
    """The commit of each repository, by the name of the repository."""
    found: dict[str, str] = {}
    for code in record.code:
        name = _name(code)
        found[f"{name}, {code.folder}" if name in found else name] = _commit(code)
    return found


def _name(code: StoredCode) -> str:
    """A name that two clones of one repository share."""
    return PurePath(code.remote.rstrip("/").rpartition(":")[2] or code.folder).name.removesuffix(".git")


def _commit(code: StoredCode) -> str:
    if not code.commit:
        return code.note or "no commit"
    differing = f" with {len(code.changed)} changed ({(code.diff or '')[:_SHOWN]})" if code.changed else ""
    return f"{code.commit[:_SHOWN]}{differing}"
