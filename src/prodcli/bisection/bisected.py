"""The signatures of a question, the most frequent first, each with what changed when its failures began."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from prodcli.bisection.bisect_signature import LOOK_BACK, bisect_signature, systems_of_nodes
from prodcli.bisection.changes import Bisection
from prodcli.db import Database

if TYPE_CHECKING:
    from prodcli.diagnosis.failure_question import FailureQuestion

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


def bisected(books: Database, question: FailureQuestion, now: int, most: int = MOST) -> Sequence[Bisected]:
    """The most frequent signatures of a question, compared with attempts from two weeks before each began until now.

    `now` is in seconds since 1970.
    """
    values = question.values() | {"most": most}
    signatures = books.read(lambda tx: list(tx.rows_as(FailedWith, "bisected_signatures", **values)))
    until = now if question.until is None else question.until
    since = min((one.first for one in signatures), default=now) - LOOK_BACK
    systems = cache(lambda: systems_of_nodes(books, since))  # one answer for all signatures, if any of them needs it

    def look(one: FailedWith) -> Bisected:
        began = one.first - LOOK_BACK
        return Bisected(one, *bisect_signature(books, one.id, question.filters, began, until, systems))

    return [look(one) for one in signatures]
