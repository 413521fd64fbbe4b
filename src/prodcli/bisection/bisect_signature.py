"""Bisect a signature: read how attempts of its rules came about and ended, and find what changed with its failures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from prodcli.batch.node_list import node_of
from prodcli.bisection.changes import Bisection, Line, Value, bisect
from prodcli.bisection.origins import Ended, Origins, varying
from prodcli.db import Database
from prodcli.diagnosis.chance import Counts
from prodcli.provenance.resolved_rule import rule_keys
from prodcli.provenance.stored import Records

if TYPE_CHECKING:
    from prodcli.books.filters import Filters

LOOK_BACK = 14 * 86400  # seconds before the first failure in which attempts count
_SHORTEST_PART, _PARTS = 600, 500  # seconds of a part of the time, and the most parts


Systems = Mapping[str, Sequence[tuple[int, str]]]  # by node, each with when it was first seen


class _System(NamedTuple):
    """An operating system that jobs reported on a node, and when first."""

    node: str
    os: str
    first: int | None


class _Circumstance(NamedTuple):
    """A run, node or part of the time, and how the attempts ended there."""

    what: str
    number: int
    word: str
    first: int | None
    failed: int
    passed: int


def bisect_signature(
    books: Database, signature: int, filters: Filters, since: int, until: int, systems: Callable[[], Systems]
) -> tuple[Bisection, dict[str, str]]:
    """What changed with the failures of a signature among attempts that ended in a span of time (seconds since 1970).

    The folders of the repositories come with it, by the name of each. `systems` is asked for the operating systems of nodes.
    """
    values = filters.values() | {"signature": signature, "since": since, "until": until}
    ended = books.read(lambda tx: list(tx.rows_as(Ended, "ends_alike", **values)))
    origins = _origins(books, ended, systems)
    parts = {"part": max(_SHORTEST_PART, (until - since) // _PARTS)}
    around = books.read(lambda tx: list(tx.rows_as(_Circumstance, "ends_by_circumstance", **values, **parts)))
    return bisect(origins.alike(ended), _lines(around)), origins.folders


def _lines(rows: Sequence[_Circumstance]) -> dict[str, Line]:
    """The runs, times and nodes of attempts, each with how they ended."""
    found: dict[str, dict[Value, tuple[int, Counts]]] = {}
    for row in rows:
        value = node_of(row.word) if row.what == "node" else row.number
        first, ended = found.setdefault(row.what, {}).get(value, (row.first or 0, Counts()))
        found[row.what][value] = (min(first, row.first or 0), ended.plus(Counts(row.failed, row.passed)))
    return dict(found)


def _origins(books: Database, ended: Sequence[Ended], systems: Callable[[], Systems]) -> Origins:
    """The records of attempts, with the keys of their rules that vary, and the systems of their nodes."""
    stored = Records(books)
    records = stored.get([one.provenance for one in ended if one.provenance])
    texts = stored.texts([record.resolved for record in records.values()])
    keys = varying({name: rule_keys(text) for name, text in texts.items()})
    return Origins(records, keys, systems() if any(one.node for one in ended) else {})


def systems_of_nodes(books: Database, since: int) -> Systems:
    """The operating systems of nodes, with when they were first seen, in the order of time."""
    found: dict[str, list[tuple[int, str]]] = {}
    rows = books.read(lambda tx: list(tx.rows_as(_System, "systems_of_nodes", since=since)))
    for row in sorted(rows, key=lambda row: row.first or 0):
        found.setdefault(node_of(row.node), []).append((row.first or 0, row.os))
    return found
