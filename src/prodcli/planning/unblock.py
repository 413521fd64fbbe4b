"""Unblock outputs: rows in named states whose jobs are gone do not block a pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from prodcli.books.queue_presence import ask_for
from prodcli.errors import PartlyDone
from prodcli.states import Status, Substatus, known_states

if TYPE_CHECKING:
    from prodcli.batch import Batch
    from prodcli.books.claims import Books, Seen

NO_STATE = "none"  # of a row whose status is NULL
STATES: tuple[str, ...] = (*Status, *(one for one in Substatus if one), NO_STATE)
_PARKED = "parked (prodcli unpark brings them back; say `parked` to give that up)"


@dataclass(frozen=True)
class Unblocked:
    """Rows to claim again, by file name; and the number of rows that stay blocked in a named state, by reason."""

    rows: Mapping[str, Seen] = field(default_factory=dict)
    left: Counter[str] = field(default_factory=Counter)
    silent: Mapping[str, str] = field(default_factory=dict)

    def of(self, names: Sequence[str]) -> dict[str, Seen]:
        """The rows of some outputs."""
        return {name: self.rows[name] for name in names if name in self.rows}

    def require_heard(self) -> None:
        """Raise PartlyDone if a schedd was silent, so that its rows stay blocked."""
        if self.silent:
            raise PartlyDone(
                f"not all outputs are unblocked: {'; '.join(self.silent.values())}", todo="run the command again"
            )


def parse_states(words: Sequence[str]) -> tuple[str, ...]:
    """States that may be unblocked; raises UsageError for other words."""
    return known_states(words, STATES, "--unblock")


def in_states(row: Seen, states: Sequence[str]) -> bool:
    """True for a row whose status or substatus is among the states."""
    return (row.status or NO_STATE) in states or row.substatus in states


def look(books: Books, batch: Batch, states: Sequence[str], names: Sequence[str]) -> Unblocked:
    """Find the rows that may be claimed again; the schedds of their jobs are asked."""
    named = [row for row in books.seen(names).values() if in_states(row, states)]
    kept = [row for row in named if row.substatus == Substatus.PARKED and Substatus.PARKED not in states]
    found = ask_for(batch, [row for row in named if row not in kept])
    left = Counter(found.left.values()) + Counter({_PARKED: len(kept)})
    return Unblocked({row.filename: row for row in found.rows}, left, found.silent)


def erased(books: Books, outputs: frozenset[str], names: Sequence[str]) -> Unblocked:
    """The outputs that an action of this pass has erased; their jobs are gone by then."""
    return Unblocked(books.seen([name for name in names if name in outputs]))


def in_words(rows: Mapping[str, Seen]) -> str:
    """`12 failed, 3 failed/lost`."""
    counts = Counter("/".join(filter(None, (row.status or NO_STATE, row.substatus))) for row in rows.values())
    return ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
