"""Checks of what the role of a database session may do: reports read, passes write."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from prodcli.db import Database
from prodcli.db.schema import own_tables
from prodcli.health.checked import Check

# Tables of the books into which no pass writes rows.
_ONLY_READ = {"production_dsttypes", "production_rollup_delta", "prodcli_schema"}
# The tables of the catalogs that every curator reads.
_OF_CATALOGS = {"filecatalog": ("datasets", "files"), "raw": ("datasets",), "daq": ("run",)}
_AGAIN = "grant the rights of docs/configuration.md, Roles, again"
_DENIED = 4


@dataclass(frozen=True, slots=True)
class Right:
    """What a role may do to a table, by 0 and 1."""

    role: str
    name: str
    may_read: int
    may_add: int


def check_rights(database: Database, role: str) -> Iterator[Check]:
    """What the session may not do though it should, of the books or of a catalog; nothing for SQLite."""
    if database.dialect != "postgresql":
        return
    ours = own_tables(database.dialect) if role.startswith("production") else set(_OF_CATALOGS[role])
    found = _rights(database, sorted(ours))
    what = f"rights in {role}"
    if unread := [one.name for one in found if not one.may_read]:
        problem = f"{found[0].role} may not read {', '.join(unread)}"
        yield Check(what, problem, exit_code=_DENIED, todo=_grant(database, unread))
    elif role == "production":
        yield from _writing(what, found)


def _writing(what: str, found: Sequence[Right]) -> Iterator[Check]:
    """Whether passes may write to the books; a role that adds no jobs only reads, and needs no more."""
    writes = any(one.name == "production_jobs" and one.may_add for one in found)
    closed = [one.name for one in found if not one.may_add and one.name not in _ONLY_READ]
    if writes and closed:
        yield Check(what, f"{found[0].role} may not write to {', '.join(closed)}", exit_code=_DENIED, todo=_AGAIN)
    elif found and not writes:
        yield Check(
            what,
            detail=f"{found[0].role} only reads: submit, harvest and the verbs that repair need a role that writes",
        )


def _grant(database: Database, unread: Sequence[str]) -> str:
    """The statement by which an owner lets the role of the session read tables."""
    rows = [{"name": name} for name in unread]
    statement: str = database.read(lambda tx: next(tx.column("grant_to_read", tables=rows)))
    return statement + ";"


def _rights(database: Database, tables: Sequence[str]) -> list[Right]:
    rows = [{"name": name} for name in tables]
    return database.read(lambda tx: list(tx.rows_as(Right, "rights_on_tables", tables=rows)))
