"""What became of jobs that went on after failures with the same signature: what `diagnose`, `rescue` and loops learn from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from prodcli.db import Transaction
from prodcli.diagnosis.signature_counts import Signature
from prodcli.diagnosis.signatures import signature
from prodcli.states import Status

_MEMORY = 30 * 86_400  # seconds before the failures in question; retries that are longer ago say little


@dataclass(frozen=True, slots=True)
class Retries:
    """After how many failures the job went on and ended again, and how many of these jobs have finished."""

    retried: int = 0
    won: int = 0

    def __add__(self, other: Retries) -> Retries:
        """Both together."""
        return Retries(self.retried + other.retried, self.won + other.won)


@dataclass(frozen=True, slots=True)
class _HeldBefore:
    """Jobs that were held, released where they were, and failed then: the failure has a signature, the hold has none."""

    code: str
    reason: str
    retried: int
    won: int


def looks_back(since: int | None) -> int:
    """Since when retries count, for failures since a time; from the beginning for all failures."""
    return max(0, (since or 0) - _MEMORY)


def retries_of(tx: Transaction, signatures: Iterable[Signature], since: int | None) -> Mapping[int, Retries]:
    """The retries after failures with some signatures by id, from a month before a time on (seconds since 1970).

    Failures of all tags, rules and runs count: a cause is the same whatever jobs meet it.
    """
    chosen, begin = list(signatures), looks_back(since)
    counts = {
        key: Retries(retried, won)
        for key, retried, won in tx.rows("retries_of_signatures", ids=[one.id for one in chosen], since=begin)
    }
    holds = {(one.code, one.text): one.id for one in chosen if one.state == Status.HELD}
    if not holds:
        return counts
    codes = [
        dict(zip(("code", "subcode"), map(int, code.split("/")), strict=True)) for code in {key[0] for key in holds}
    ]
    for one in tx.rows_as(_HeldBefore, "holds_before_failures", codes=codes, since=begin):
        key = holds.get((one.code, signature(one.reason)))
        if key is not None:
            counts[key] = counts.get(key, Retries()) + Retries(one.retried, one.won)
    return counts
