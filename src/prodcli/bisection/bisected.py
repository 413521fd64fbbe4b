"""The signatures of a question, the most frequent first, each with what changed when its failures began."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from prodcli.bisection.bisect_signature import LOOK_BACK, bisect_signature
from prodcli.bisection.changes import Bisection
from prodcli.db import Database

if TYPE_CHECKING:
    from prodcli.books.filters import Filters

MOST = 5  # signatures that are looked at; each costs a statement over the attempts of its rules


class FailedWith(NamedTuple):
    """A signature with its failures; times in seconds since 1970."""

    id: int
    state: str
    code: str
    text: str
    name: str
    category: str
    failures: int
    first: int
    last: int

    @property
    def title(self) -> str:
        """Words for people."""
        return self.name or " ".join(filter(None, (self.state, self.code, self.text)))


@dataclass(frozen=True)
class Bisected:
    """A signature with what changed, and the folders of the repositories that changed, by the name of each."""

    signature: FailedWith
    found: Bisection
    folders: Mapping[str, str]


def bisected(books: Database, filters: Filters, since: int, until: int, most: int = MOST) -> Sequence[Bisected]:
    """The most frequent signatures of a span of time; attempts from two weeks before each began are compared with its failures."""
    values = filters.values() | {"since": since, "until": until, "most": most}
    signatures = books.read(lambda tx: list(tx.rows_as(FailedWith, "bisected_signatures", **values)))
    return [_bisected(books, one, filters, until) for one in signatures]


def _bisected(books: Database, one: FailedWith, filters: Filters, until: int) -> Bisected:
    found, folders = bisect_signature(books, one.id, filters, one.first - LOOK_BACK, until)
    return Bisected(one, found, folders)
