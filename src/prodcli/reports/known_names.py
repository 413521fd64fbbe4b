"""The names that jobs of the books have, and what to say about a question with other names."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Protocol

from prodcli.books import rollup
from prodcli.db import Database, Transaction
from prodcli.names import did_you_mean
from prodcli.runs.selection import ALL_RUNS, RunSelection


class Asked(Protocol):
    """The names in a question about jobs; empty and None mean any."""

    @property
    def tags(self) -> Sequence[str] | None: ...
    @property
    def dsttypes(self) -> Sequence[str] | None: ...
    @property
    def rules(self) -> Sequence[str] | None: ...
    @property
    def runs(self) -> RunSelection | None: ...


def unknown_names(database: Database, asked: Asked, dsttypes: Collection[str]) -> list[str]:
    """A sentence for each name of a question that no job has; `dsttypes` are those of the site."""

    def work(tx: Transaction) -> list[str]:
        tags = _texts(tx, "known_tags")
        if not tags and tx.one("first_and_last_run") == (None, None):
            return ["the books have no jobs yet (prodcli submit makes jobs)"]
        return [*_tags(asked, tags), *_dsttypes(tx, asked, dsttypes), *_rules(tx, asked), *_runs(tx, asked)]

    return database.read(work)


def newest_rules(database: Database) -> list[str]:
    """The rules of the newest jobs."""
    return database.read(lambda tx: _texts(tx, "newest_rules"))


def runs_in_trouble(database: Database) -> list[str]:
    """The runs with held or failed jobs."""
    return database.read(lambda tx: _texts(tx, "runs_in_trouble"))


def known_tags(database: Database) -> list[str]:
    """The tags in the overview of the books."""
    return database.read(lambda tx: _texts(tx, "known_tags"))


def _texts(tx: Transaction, query: str) -> list[str]:
    return [str(text) for text in tx.column(query)]


def _tags(asked: Asked, known: Collection[str]) -> Iterator[str]:
    for tag in asked.tags or ():
        if tag not in known:
            yield f"no job has the tag {tag!r:.80}{_meant(tag, known)}"


def _dsttypes(tx: Transaction, asked: Asked, of_site: Collection[str]) -> Iterator[str]:
    if not asked.dsttypes or not rollup.is_readable(tx):
        return
    known = _texts(tx, "known_dsttypes")
    for name in asked.dsttypes:
        if all(one != name and not one.startswith(f"{name}_") for one in known):
            # leaves of one dsttype look alike: the dsttype of the site is what was meant
            families = [one for one in of_site if any(f"{has}_".startswith(f"{one}_") for has in known)]
            yield f"no job has the dsttype {name!r:.80}{_meant(name, families or known)}"


def _rules(tx: Transaction, asked: Asked) -> Iterator[str]:
    for rule in asked.rules or ():
        if tx.one("job_of_rule", rule=rule) is None:
            yield f"no job is of the rule {rule!r:.80}{_meant(rule, _texts(tx, 'known_rules'))}"


def _runs(tx: Transaction, asked: Asked) -> Iterator[str]:
    if asked.runs is None or asked.runs == ALL_RUNS:
        return
    if tx.one("job_of_runs", spans=[{"low": low, "high": high} for low, high in asked.runs.spans]) is None:
        low, high = tx.one("first_and_last_run") or (None, None)
        yield f"no job is of run {asked.runs}; runs {low} to {high} have jobs"


def _meant(word: str, known: Collection[str]) -> str:
    return did_you_mean(word, known, few="there are")
