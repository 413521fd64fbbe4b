"""Failures in the books, counted by signature: what everything that speaks of past failures begins with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from prodcli.db import Transaction
from prodcli.diagnosis.failure_question import FailureQuestion
from prodcli.error_catalog.known_error import KnownError
from prodcli.errors import one_line


@dataclass(frozen=True, slots=True)
class CountedPart:
    """The failures with a signature of a rule in an hour of the day; times in seconds since 1970."""

    signature: int
    rule: str
    hour: int | None
    failures: int
    first: int
    last: int
    least_dbid: int
    greatest_dbid: int


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature as the books have it: `entry` is the key in the error catalog, '' for none."""

    id: int
    state: str
    code: str
    text: str
    entry: str
    name: str
    category: str

    @property
    def kind(self) -> str:
        """`held 34/102`, `failed exit 1`, `lost`."""
        return f"{self.state} {self.code}".rstrip()

    def called(self, entry: KnownError | None) -> str:
        """What people see: the name of its entry in the catalog, else the booked name, else the masked text, else the state."""
        return one_line(entry.name if entry else self.name or self.text or self.kind)


@dataclass(frozen=True, slots=True)
class SignatureCount(Signature):
    """The failures with a signature: how many, and since when until when, in seconds since 1970."""

    failures: int
    first: int
    last: int
    least_dbid: int
    greatest_dbid: int


def signatures_of(tx: Transaction, ids: Sequence[int]) -> list[Signature]:
    """Some signatures by their ids."""
    return list(tx.rows_as(Signature, "signatures_by_id", ids=list(ids)))


def counted_parts(tx: Transaction, question: FailureQuestion) -> list[CountedPart]:
    """The failures of a question, counted by signature, rule and hour of the day."""
    return list(tx.rows_as(CountedPart, "counted_failures", **question.values()))


def signature_counts(tx: Transaction, parts: Sequence[CountedPart]) -> list[SignatureCount]:
    """A count for each signature of some parts, the most frequent first."""
    found: dict[int, list[CountedPart]] = {}
    for part in parts:
        found.setdefault(part.signature, []).append(part)
    counts = [_together(one, found[one.id]) for one in signatures_of(tx, list(found))]
    return sorted(counts, key=lambda one: (-one.failures, one.id))


def _together(one: Signature, parts: Sequence[CountedPart]) -> SignatureCount:
    return SignatureCount(
        *(one.id, one.state, one.code, one.text, one.entry, one.name, one.category),
        failures=sum(part.failures for part in parts),
        first=min(part.first for part in parts),
        last=max(part.last for part in parts),
        least_dbid=min(part.least_dbid for part in parts),
        greatest_dbid=max(part.greatest_dbid for part in parts),
    )
