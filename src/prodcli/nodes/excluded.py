"""Nodes that jobs keep away from: notes in the books, which submissions carry, and jobs in the queues are told.

The books know which list the jobs of each schedd were told last. Whatever makes that differ from the notes - a note that
is added, removed or expires, a schedd that was silent then - the next harvest pass puts right.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from prodcli.batch.node_list import listed, means, node_of
from prodcli.books import actions
from prodcli.books.expiry import Until, expiry
from prodcli.errors import BatchError, PartlyDone
from prodcli.progress import Progress, silent
from prodcli.verbs import APPLY_NODES, EXCLUDE_NODES, INCLUDE_NODES, Verb

if TYPE_CHECKING:
    from prodcli.batch import Batch, NodeLists
    from prodcli.books.actions import Author
    from prodcli.db import Database, Transaction
    from prodcli.db.database import Row

log = logging.getLogger(__name__)
_REMEMBERED = 2 * 86400  # seconds; where jobs ended in this time says whether a node is known, in a second or so


@dataclass(frozen=True, slots=True)
class BadNode:
    """A node that is excluded, and who says so; times in seconds since 1970, `expires` None for ever."""

    id: int
    node: str
    reason: str
    author: str
    added: int
    expires: int | None
    expired: bool


@dataclass
class NodeListUpdate:
    """What telling the queues the list came to, by schedd: jobs that were told, jobs that keep another list, and why not."""

    jobs: dict[str, int] = field(default_factory=dict)
    kept: dict[str, int] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """In short, for the log."""
        done = [f"{schedd}: {count} jobs told" for schedd, count in self.jobs.items()]
        done += [f"{schedd}: {count} jobs keep another list" for schedd, count in self.kept.items()]
        return "; ".join([*done, *(f"{schedd}: {why}" for schedd, why in self.failed.items())])

    def require_done(self) -> None:
        """Raise PartlyDone if a schedd was silent, or has jobs that keep another list."""
        words = [f"{schedd}: {why}" for schedd, why in self.failed.items()]
        words += [f"{schedd}: {count} jobs of others keep another list" for schedd, count in self.kept.items()]
        if words:
            raise PartlyDone(
                f"noted, but not all jobs are told: {'; '.join(words)}", todo="the next harvest tells them"
            )


@dataclass(frozen=True)
class Excluder:
    """What excluding nodes needs of the outside; with `tell` off jobs in the queues are left to the next harvest."""

    database: Database
    batch: Batch
    tell: bool = True
    progress: Progress = silent

    def exclude(self, nodes: Sequence[str], author: Author, until: Until | None = None) -> NodeListUpdate:
        """Note that jobs keep away from nodes, and tell those in the queues; what is noted already is not noted again."""
        expires = expiry(self.database, until or Until(), "--expires")
        rows = [{"node": node} for node in nodes]

        def work(tx: Transaction) -> None:
            tx.run("exclude_nodes", rows=rows, reason=author.reason, author=author.account, expires=expires)

        return self._logged(EXCLUDE_NODES, author, {"nodes": list(nodes), "expires": expires}, work)

    def include(self, nodes: Sequence[str], author: Author) -> NodeListUpdate:
        """Take nodes out of the notes, and tell the jobs in the queues."""

        def work(tx: Transaction) -> None:
            tx.run("include_nodes", nodes=list(nodes))

        return self._logged(INCLUDE_NODES, author, {"nodes": list(nodes)}, work)

    def apply(self, author: Author) -> NodeListUpdate:
        """Tell the jobs in the queues what is noted."""
        return self._logged(APPLY_NODES, author, {}, lambda tx: None)

    def _logged(
        self, verb: Verb, author: Author, said: dict[str, Any], work: Callable[[Transaction], None]
    ) -> NodeListUpdate:
        """Write the intent, note it, tell the queues, and close the action."""
        action = actions.intend(self.database, verb, [], author, said)
        self.database.write(work)
        schedds = self.batch.schedds() if self.tell else []
        told = tell(self.database, self.batch, schedds, self.progress)
        actions.close(self.database, action, told.words or "left to the next harvest")
        return told


def bad_nodes(database: Database, every: bool = False) -> list[BadNode]:
    """The notes, oldest first; `every` one, or those that have not expired. None in books that know no such notes yet."""

    def work(tx: Transaction) -> list[BadNode]:
        if tx.one("has_table", table_name="production_excluded_nodes") is None:
            return []
        return [_note(row) for row in tx.rows("excluded_nodes", every=int(every))]

    return database.read(work)


def _note(row: Row) -> BadNode:
    number, node, reason, author, added, expires, expired = row
    return BadNode(number, node, reason, author, added, expires, bool(expired))


def bad_list(database: Database) -> str:
    """The list that jobs are to carry now."""
    return listed(one.node for one in bad_nodes(database))


def behind(database: Database, schedds: Sequence[str], nodes: str) -> list[str]:
    """The schedds whose jobs were told another list last."""
    told: dict[str, str] = database.read(
        lambda tx: {row[0]: row[1] for row in tx.rows("told_nodes", schedds=list(schedds))}
    )
    return [schedd for schedd in schedds if told.get(schedd, "") != nodes]


def tell(database: Database, batch: Batch, schedds: Sequence[str], progress: Progress = silent) -> NodeListUpdate:
    """Tell the jobs in the queues of schedds the list; one that is silent holds up no other."""
    nodes, told = bad_list(database), NodeListUpdate()
    for schedd in schedds:
        with progress(f"telling the jobs of {schedd}"):
            try:
                differ, kept = _give(batch.node_lists, schedd, nodes)
            except BatchError as failure:
                log.info("%s", failure)
                told.failed[schedd] = str(failure)
                continue
        told.jobs[schedd] = max(0, differ - kept)
        if kept:
            told.kept[schedd] = kept
        else:
            database.write(lambda tx, schedd=schedd: tx.run("note_told", schedd=schedd, nodes=nodes))  # type: ignore[misc]
        if differ:
            log.info("%s: %d jobs keep away from %s now", schedd, told.jobs[schedd], nodes or "no node")
    return told


def _give(lists: NodeLists | None, schedd: str, nodes: str) -> tuple[int, int]:
    """Give the jobs of a schedd a list: how many had another one, and how many of these keep it."""
    differ = lists.count_other_nodes(schedd, nodes) if lists else 0
    return differ, lists.edit_nodes(schedd, nodes) if lists and differ else 0


def catch_up(database: Database, batch: Batch, answered: Sequence[str], swept: Sequence[str]) -> NodeListUpdate:
    """Tell the jobs of schedds that have answered and were told another list; those whose queue is swept are looked at again."""
    due = {*behind(database, answered, bad_list(database)), *swept}
    return tell(database, batch, [schedd for schedd in answered if schedd in due])


def unknown(database: Database, batch: Batch, nodes: Sequence[str]) -> list[str]:
    """Those of some names that mean no machine of the pool, and no node that jobs ended on lately."""
    try:
        pool = {node_of(one) for one in batch.node_lists.nodes()} if batch.node_lists else set()
    except BatchError as failure:
        log.info("%s", failure)
        pool = set()
    left = [node for node in nodes if not any(means(node, one) for one in pool)]
    if not left:
        return []
    rows = [{"node": node} for node in left]

    def work(tx: Transaction) -> set[str]:
        clock = tx.one("database_clock")
        since = (int(clock[0]) if clock else 0) - _REMEMBERED
        return {node for (node,) in tx.rows("known_nodes", rows=rows, since=since)}

    known = database.read(work)
    return [node for node in left if node not in known]
