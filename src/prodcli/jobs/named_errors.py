"""The errors of jobs with the signatures of what the jobs died of, by whose names `diagnose` and the page of failures call them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from prodcli.db import Database, Transaction
from prodcli.diagnosis.signature_counts import Signature, signatures_of
from prodcli.jobs.error_summary import ErrorCount, ErrorLine, error_lines
from prodcli.jobs.question import JobQuestion
from prodcli.jobs.search import about, read_chosen


@dataclass(frozen=True, slots=True)
class NamedError:
    """A kind of error of jobs with one signature; None for jobs without one, as those that were evicted once.

    `newest` is when the newest of their failures began, in seconds since 1970.
    """

    line: ErrorLine
    signature: Signature | None
    newest: int | None


@dataclass(frozen=True, slots=True)
class _Counted:
    """Jobs in trouble for one reason, with the id of their signature."""

    count: ErrorCount
    signature: int | None
    newest: int | None


def named_errors(database: Database, question: JobQuestion) -> list[NamedError]:
    """The errors of chosen jobs by kind and signature, the most frequent first; raises DatabaseError if the books cannot be read."""

    def work(tx: Transaction, question: JobQuestion) -> list[NamedError]:
        rows = list(tx.rows_as(_counted, about(tx, "counted_errors_by_signature", question), **question.values()))
        ids = sorted({row.signature for row in rows if row.signature is not None})
        named = _named(rows, {one.id: one for one in signatures_of(tx, ids)} if ids else {})
        return sorted(named, key=lambda one: (-one.line.count.jobs, one.line.kind, one.line.text))

    return read_chosen(database, question, work)


def _counted(signature: int | None, newest: int | None, **count: Any) -> _Counted:
    return _Counted(ErrorCount(**count), signature, newest)


def _named(rows: Iterable[_Counted], signatures: Mapping[int, Signature]) -> Iterator[NamedError]:
    """Errors of one signature with the same state, codes and masked reason together."""
    found: dict[int | None, list[_Counted]] = defaultdict(list)
    for row in rows:
        found[row.signature].append(row)
    for signature, some in found.items():
        newest = max((row.newest for row in some if row.newest is not None), default=None)
        for line in error_lines(row.count for row in some):
            yield NamedError(line, signatures.get(signature or 0), newest)
