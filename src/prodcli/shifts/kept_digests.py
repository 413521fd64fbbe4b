"""Digests in the books: the figures of the last one, and keeping those of a new one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from prodcli.shifts.figures import Figures

if TYPE_CHECKING:
    from prodcli.db import Database, Transaction
    from prodcli.shifts.span import Span


@dataclass(frozen=True, slots=True)
class KeptDigest:
    """A digest that was made: when, by whom, of which time (seconds since 1970), and its figures."""

    made: int
    author: str
    since: int
    until: int
    figures: Figures


def last_digest(books: Database, tags: Sequence[str]) -> KeptDigest | None:
    """The newest digest of these tags, or of all; None if there is none. Raises DatabaseError."""
    return books.read(lambda tx: next(tx.rows_as(_kept, "last_digest", tags=_key(tags)), None))


def keep_digest(books: Database, span: Span, tags: Sequence[str], figures: Figures, author: str) -> None:
    """Keep a digest, for a year; raises DatabaseError."""
    values = {"since": span.since, "until": span.until, "tags": _key(tags), "figures": text_of(figures)}

    def work(tx: Transaction) -> None:
        tx.run("forget_digests")
        tx.run("keep_digest", author=author, **values)

    books.write(work)


def text_of(figures: Figures) -> str:
    """The figures as the books keep them."""
    return json.dumps(asdict(figures))


def figures_of(text: str) -> Figures:
    """The figures of a text of the books."""
    return Figures(**json.loads(text))


def _key(tags: Sequence[str]) -> str:
    return json.dumps(sorted(set(tags)))


def _kept(figures: str, **rest: Any) -> KeptDigest:
    return KeptDigest(figures=figures_of(figures), **rest)
