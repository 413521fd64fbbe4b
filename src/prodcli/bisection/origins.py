"""What is known of how attempts came about, as values by property: code, build, dbtag, kit, mask, memory and system.

Pure: data in, data out.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from prodcli.batch.node_list import node_of
from prodcli.bisection.changes import Alike, Value
from prodcli.diagnosis.chance import Counts
from prodcli.names import is_triplet
from prodcli.provenance.differences import commits

if TYPE_CHECKING:
    from prodcli.provenance.stored import Record

COMMIT, RULE = "commit ", "rule "  # before the name of a repository, and before the key of a rule
_DIGITS = 12  # of a hash
_NONE = "none"
# Keys of a rule that other properties tell, or that only say where files lie.
_TOLD = ("params.build", "params.dbtag", "job.request_memory", "job.script", "job.payload")


@dataclass(frozen=True, slots=True)
class Ended:
    """Attempts that ended and came about alike; `node` is told of failures that no report says the system of.

    `first` is when the first was submitted, in seconds since 1970."""

    provenance: str | None
    kit: str
    tag: str
    mask: str
    memory: int | None
    os: str | None
    node: str | None
    first: int
    failed: int
    passed: int
    example: int | None = None


@dataclass(frozen=True)
class Origins:
    """Records by their ids, the keys of their rules by the hash of the text, and the systems of nodes by time."""

    records: Mapping[str, Record]
    keys: Mapping[str, Mapping[str, str]]
    systems: Mapping[str, Sequence[tuple[int, str]]] = field(default_factory=dict)

    @property
    def folders(self) -> dict[str, str]:
        """The folders of the repositories by the names that commits have here, of the newest record."""
        newest = sorted(self.records.values(), key=lambda record: record.made)
        return {name: code.folder for one in newest for name, code in zip(commits(one), one.code, strict=False)}

    def alike(self, ended: Iterable[Ended]) -> list[Alike]:
        """The attempts with all values that are known."""
        made = {name: dict(self._made(record)) for name, record in self.records.items()}
        return [
            Alike(
                {**made.get(one.provenance or "", {}), **dict(self._ran(one))},
                one.first,
                Counts(one.failed, one.passed),
                one.example,
            )
            for one in ended
        ]

    def _made(self, record: Record) -> Iterator[tuple[str, Value]]:
        """What jobs of a record are made from."""
        code = commits(record)
        yield from ((COMMIT + name, commit) for name, commit in code.items())
        if not any(one.commit for one in record.code) and record.payload:
            yield "payload", record.payload[:_DIGITS]
        keys = self.keys.get(record.resolved or "", {})
        yield from ((RULE + key, value) for key, value in keys.items() if key not in _TOLD)

    def _ran(self, one: Ended) -> Iterator[tuple[str, Value]]:
        """What each attempt has of its own."""
        if is_triplet(one.tag):
            build, _, rest = one.tag.partition("_")
            yield "build", build
            yield "dbtag", rest.rpartition("_v")[0]
        if one.kit:
            yield "kit", one.kit[:_DIGITS]
        yield "mask", one.mask or _NONE
        if one.memory:
            yield "memory", one.memory
        if system := one.os or self._system(one.node, one.first):
            yield "system", system

    def _system(self, node: str | None, time: int) -> str | None:
        """The operating system of a node at a time, as far as other jobs reported it."""
        known = self.systems.get(node_of(node or ""), ())
        number = bisect_right([first for first, _ in known], time)
        return known[max(0, number - 1)][1] if known else None


def varying(texts: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """The keys of rules that are not the same in all of them."""
    names = dict.fromkeys(name for keys in texts.values() for name in keys)
    vary = [name for name in names if len({keys.get(name, "") for keys in texts.values()}) > 1]
    return {text: {name: keys.get(name, "") for name in vary} for text, keys in texts.items()}
