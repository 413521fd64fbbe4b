"""Past failures in the books by signature: what entries of the catalog would say of them, and giving them their new names."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from prodcli.books.filters import Filters
from prodcli.db import Database, Transaction
from prodcli.diagnosis.failure_question import FailureQuestion
from prodcli.diagnosis.signature_counts import SignatureCount, counted_parts, signature_counts
from prodcli.error_catalog.catalog import ErrorCatalog
from prodcli.error_catalog.cluster_key import error_key
from prodcli.error_catalog.known_error import Category, KnownError, Symptom

_HOLD = re.compile(r"([0-9]{1,9})/(-?[0-9]{1,9})")
_EXIT = re.compile(r"exit (-?[0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class PastFailures(SignatureCount):
    """Failures of one signature, whose text is masked; `err` is the err file of the newest job."""

    err: str | None

    @property
    def key(self) -> str:
        """The key of the masked text."""
        return error_key(self.text)

    def symptom(self, text: str = "") -> Symptom:
        """The symptom of the masked text, or of a text as it is."""
        hold, end = _HOLD.fullmatch(self.code), _EXIT.fullmatch(self.code)
        return Symptom(
            self.state,
            exit_code=int(end[1]) if end else None,
            hold_code=int(hold[1]) if hold else None,
            hold_subcode=int(hold[2]) if hold else None,
            text=text or self.text,
        )


def past_failures(database: Database, since: int) -> list[PastFailures]:
    """The signatures of failures since a time (seconds since 1970), the most frequent first."""
    return database.read(lambda tx: _past_failures(tx, FailureQuestion(Filters(since=since))))


def _past_failures(tx: Transaction, question: FailureQuestion) -> list[PastFailures]:
    counts = signature_counts(tx, counted_parts(tx, question))
    files: dict[int, str] = dict(tx.rows("err_files_of_jobs", ids=[one.greatest_dbid for one in counts]))
    return [PastFailures(**asdict(one), err=files.get(one.greatest_dbid)) for one in counts]


def tried(
    entries: Iterable[KnownError], failures: Sequence[PastFailures], ends: Mapping[str, str]
) -> list[tuple[KnownError, PastFailures]]:
    """The past failures that entries fit, by their masked text or by the end of the newest job's err file."""
    return [
        (entry, one)
        for entry in entries
        for one in failures
        if ErrorCatalog((entry,)).known(one.symptom())
        or ErrorCatalog((entry,)).known(one.symptom(ends.get(one.err or "", "")))
    ]


def renamed(failures: Iterable[PastFailures], catalog: ErrorCatalog) -> list[tuple[PastFailures, KnownError | None]]:
    """The failures to which the catalog gives another entry now, each with the entry; None for an unknown error.

    The books have one line of each log. A built-in entry was found in the whole log, so it stays, unless an entry of the
    site or of a plug-in fits.
    """
    answers = ((one, _entry_of(one, catalog)) for one in failures)
    return [(one, entry) for one, entry in answers if _written(entry) != (one.entry, one.name, one.category)]


def rename(database: Database, changes: Sequence[tuple[PastFailures, KnownError | None]]) -> None:
    """Write the entries of failures into the books; raises DatabaseError if the books cannot be written."""
    by_entry: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for one, entry in changes:
        by_entry[_written(entry)].append(one.id)

    def work(tx: Transaction) -> None:
        for (key, name, category), ids in by_entry.items():
            tx.run("rename_signatures", ids=ids, entry=key, name=name, category=category)

    if by_entry:
        database.write(work)


def _entry_of(one: PastFailures, catalog: ErrorCatalog) -> KnownError | None:
    found, booked = catalog.known(one.symptom()), catalog.get(one.entry)
    if booked is not None and (found is None or found.is_built_in):
        return booked
    return found


def _written(entry: KnownError | None) -> tuple[str, str, str]:
    return (entry.key, entry.name, str(entry.category)) if entry else ("", "", str(Category.UNKNOWN))
