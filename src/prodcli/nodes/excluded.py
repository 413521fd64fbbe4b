"""Excluded nodes: notes in the books; submissions carry the list, and jobs in the queues get it.

The books have the list that the jobs of each schedd got last. If the notes differ from it - a note was added, removed
or expired, a schedd was silent - the next harvest brings the list up to date.
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
from prodcli.sizes import counted
from prodcli.verbs import APPLY_NODES, EXCLUDE_NODES, INCLUDE_NODES, Verb

if TYPE_CHECKING:
    from prodcli.batch import Batch, NodeLists
    from prodcli.books.actions import Author
    from prodcli.db import Database, Transaction

log = logging.getLogger(__name__)
_REMEMBERED = 2 * 86400  # seconds; where jobs ended in this time says whether a node is known, in a second or so


@dataclass(frozen=True, slots=True)
class BadNode:
    """An excluded node and its author; times in seconds since 1970, `expires` None for ever."""

    id: int
    node: str
    reason: str
    author: str
    added: int
    expires: int | None
    expired: bool


@dataclass
class NodeListUpdate:
    """The result of an update, by schedd: jobs that got the list, jobs that keep another list, and the reason."""

    jobs: dict[str, int] = field(default_factory=dict)
    kept: dict[str, int] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    @property
    def updated(self) -> str:
        """The number of updated jobs, in words."""
        return f"{counted(sum(self.jobs.values()), 'queued job')} updated"

    @property
    def words(self) -> str:
        """The result in a few words, for the log."""
        done = [f"{schedd}: {counted(count, 'queued job')} updated" for schedd, count in self.jobs.items()]
        done += [f"{schedd}: {counted(count, 'job')} of others not updated" for schedd, count in self.kept.items()]
        return "; ".join([*done, *(f"{schedd}: {why}" for schedd, why in self.failed.items())])

    def require_done(self) -> None:
        """Raise PartlyDone if a schedd was silent, or has jobs that keep another list."""
        words = [f"{schedd}: {why}" for schedd, why in self.failed.items()]
        words += [f"{schedd}: {counted(count, 'job')} of others not updated" for schedd, count in self.kept.items()]
        if words:
            raise PartlyDone(
                f"the exclusion is saved, but not all queued jobs were updated: {'; '.join(words)}",
                todo="the next harvest updates them",
            )


@dataclass(frozen=True)
class Excluder:
    """Everything that excluding nodes needs from outside; with `tell` off the next harvest updates the queued jobs."""

    database: Database
    batch: Batch
    tell: bool = True
    progress: Progress = silent

    def exclude(self, nodes: Sequence[str], author: Author, until: Until | None = None) -> NodeListUpdate:
        """Note excluded nodes, and update queued jobs; a noted node is not noted again."""
        expires = expiry(self.database, until or Until(), "--until")
        rows = [{"node": node} for node in nodes]

        def work(tx: Transaction) -> None:
            tx.run("exclude_nodes", rows=rows, reason=author.reason, author=author.account, expires=expires)

        return self._logged(EXCLUDE_NODES, author, {"nodes": list(nodes), "expires": expires}, work)

    def include(self, nodes: Sequence[str], author: Author) -> NodeListUpdate:
        """Delete notes of nodes, and update queued jobs."""

        def work(tx: Transaction) -> None:
            tx.run("include_nodes", nodes=list(nodes))

        return self._logged(INCLUDE_NODES, author, {"nodes": list(nodes)}, work)

    def apply(self, author: Author) -> NodeListUpdate:
        """Update queued jobs now."""
        return self._logged(APPLY_NODES, author, {}, lambda tx: None)

    def _logged(
        self, verb: Verb, author: Author, said: dict[str, Any], work: Callable[[Transaction], None]
    ) -> NodeListUpdate:
        """Write the action, change the notes, update the queues, and close the action."""
        action = actions.intend(self.database, verb, [], author, said)
        self.database.write(work)
        schedds = self.batch.schedds() if self.tell else []
        told = tell(self.database, self.batch, schedds, self.progress)
        actions.close(self.database, action, told.words or "left to the next harvest")
        return told


def bad_nodes(database: Database, every: bool = False) -> list[BadNode]:
    """The notes, oldest first; with `every` also expired notes. Empty in books without the table of notes."""

    def work(tx: Transaction) -> list[BadNode]:
        if tx.one("has_table", table_name="production_excluded_nodes") is None:
            return []
        return list(tx.rows_as(_bad_node, "excluded_nodes", every=int(every)))

    return database.read(work)


def _bad_node(expired: int, **rest: Any) -> BadNode:
    return BadNode(expired=bool(expired), **rest)


def bad_list(database: Database) -> str:
    """The list that jobs must carry now."""
    return listed(one.node for one in bad_nodes(database))


def behind(database: Database, schedds: Sequence[str], nodes: str) -> list[str]:
    """The schedds whose jobs have another list."""
    told: dict[str, str] = database.read(lambda tx: dict(tx.rows("told_nodes", schedds=list(schedds))))
    return [schedd for schedd in schedds if told.get(schedd, "") != nodes]


def tell(database: Database, batch: Batch, schedds: Sequence[str], progress: Progress = silent) -> NodeListUpdate:
    """Give the list to the jobs in the queues of schedds; a silent schedd does not stop the others."""
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
            log.info("%s: %d jobs now have the excluded nodes %s", schedd, told.jobs[schedd], nodes or "no node")
    return told


def _give(lists: NodeLists | None, schedd: str, nodes: str) -> tuple[int, int]:
    """Give the jobs of a schedd a list: how many had another one, and how many of these keep it."""
    differ = lists.count_other_nodes(schedd, nodes) if lists else 0
    return differ, lists.edit_nodes(schedd, nodes) if lists and differ else 0


def catch_up(database: Database, batch: Batch, answered: Sequence[str], swept: Sequence[str]) -> NodeListUpdate:
    """Update the jobs of schedds that answered and have another list; swept queues are checked again."""
    due = {*behind(database, answered, bad_list(database)), *swept}
    return tell(database, batch, [schedd for schedd in answered if schedd in due])


def unknown(database: Database, batch: Batch, nodes: Sequence[str]) -> list[str]:
    """The names that match no machine of the pool, and no node on which jobs ended lately."""
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
        since = int(tx.value("database_clock")) - _REMEMBERED
        return set(tx.column("known_nodes", rows=rows, since=since))

    known = database.read(work)
    return [node for node in left if node not in known]
