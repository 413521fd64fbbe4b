"""The schema by numbered migrations: applied ones, due ones, and applying them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from prodcli.db.connect import sqlite_path
from prodcli.db.database import Database, Transaction
from prodcli.db.production_types import fit_overview, write_production_types
from prodcli.errors import DatabaseError
from prodcli.resources import migration_files

_STEP = re.compile(r"(?m)^-- step(?: (?P<condition>.+))?$")
_CREATED = re.compile(r"(?m)^CREATE TABLE (?:IF NOT EXISTS )?(\w+)")
_OWN_TABLE = {
    "postgresql": "CREATE TABLE IF NOT EXISTS prodcli_schema "
    "(version int PRIMARY KEY, name text NOT NULL, applied timestamptz NOT NULL)",
    "sqlite": "CREATE TABLE IF NOT EXISTS prodcli_schema "
    "(version integer PRIMARY KEY, name text NOT NULL, applied text NOT NULL)",
}


@dataclass(frozen=True, slots=True)
class Migration:
    """A numbered file of statements; `concurrent` ones run outside of a transaction and are safe to repeat."""

    version: int
    name: str
    steps: tuple[tuple[str, str], ...]  # condition, statement
    concurrent: bool


@dataclass(frozen=True)
class SchemaStatus:
    """Applied and due migrations, and faults of a production database."""

    dialect: str
    where: str
    applied: tuple[int, ...]
    pending: tuple[str, ...]
    duplicates: tuple[tuple[str, int], ...]
    jobs: int | None
    unknown_dsttypes: tuple[str, ...]


def migrations(dialect: str) -> list[Migration]:
    """The migrations of a dialect, in order."""
    return [_read(path) for path in migration_files(dialect)]


def own_tables(dialect: str) -> set[str]:
    """The tables that the migrations make."""
    steps = "\n".join(statement for migration in migrations(dialect) for _, statement in migration.steps)
    return {*_CREATED.findall(steps), "prodcli_schema"}


def create_file(url: str) -> None:
    """Make the empty SQLite file of a URL, if it does not exist; raises DatabaseError if it cannot be made."""
    path = sqlite_path(url)
    if path is None or path.exists():
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    except OSError as failure:
        raise DatabaseError(f"the file cannot be made: {failure.strerror}", where=f"SQLite {path}") from None


def pending(database: Database) -> list[Migration]:
    """The due migrations of a database."""
    applied = set(database.read(_applied))
    return [migration for migration in migrations(database.dialect) if migration.version not in applied]


def require_current(database: Database) -> None:
    """Raise DatabaseError unless every migration is applied."""
    due = pending(database)
    if due:
        raise DatabaseError(
            f"the schema lacks {', '.join(m.name for m in due)}", where=database.where, todo="run prodcli db upgrade"
        )


def readable(database: Database) -> bool:
    """True if no migration is due; False if some are, but job rows of other tools can be read.

    Raises DatabaseError if there are no job rows to read.
    """
    if not pending(database):
        return True
    if not has_jobs(database):
        require_current(database)
    return False


def has_jobs(database: Database) -> bool:
    """True if there is a table of jobs, of whatever tool."""
    return database.read(lambda tx: tx.one("has_table", table_name="production_jobs")) is not None


def upgrade(database: Database, dsttypes: list[dict[str, str]], last: int | None = None) -> list[str]:
    """Apply due migrations, up to version `last`, and fit the overview to the dsttypes; returns the names of migrations.

    Rows of dsttypes are `prefix, production_type`; the overview is fitted after the last migration that there is.
    Raises DatabaseError, with nothing changed, if file names repeat.
    """
    due = [migration for migration in pending(database) if last is None or migration.version <= last]
    if any(migration.version > 1 for migration in due):
        _refuse_duplicates(database)
    done = []
    for migration in due:
        if migration.concurrent:
            with database.autocommit() as tx:
                for _, statement in migration.steps:
                    tx.script(statement)
            database.write(lambda tx, m=migration: _note(tx, m))  # type: ignore[misc]
        else:
            database.write(lambda tx, m=migration: _apply(tx, m))  # type: ignore[misc]
        done.append(migration.name)
        if migration.version == 1:
            database.write(lambda tx: write_production_types(tx, dsttypes))
    if last is None:
        database.write(lambda tx: fit_overview(tx, dsttypes))
    return done


def status(database: Database) -> SchemaStatus:
    """The status of a database; changes nothing."""

    def work(tx: Transaction) -> SchemaStatus:
        applied = _applied(tx)
        have_jobs = tx.one("has_table", table_name="production_jobs") is not None
        have_unknown = tx.one("has_table", table_name="production_unknown_dsttypes") is not None
        return SchemaStatus(
            dialect=database.dialect,
            where=database.where,
            applied=tuple(applied),
            pending=tuple(m.name for m in migrations(database.dialect) if m.version not in applied),
            duplicates=tuple((name, count) for name, count in tx.rows("duplicate_filenames")) if have_jobs else (),
            jobs=tx.value("count_jobs") if have_jobs else None,
            unknown_dsttypes=tuple(tx.column("unknown_dsttypes")) if have_unknown else (),
        )

    return database.read(work)


def _read(path: Path) -> Migration:
    text = path.read_text()
    parts = _STEP.split(text)
    steps = tuple(
        (condition or "", statement.strip()) for condition, statement in zip(parts[1::2], parts[2::2], strict=True)
    )
    return Migration(int(path.stem[:4]), path.stem, steps, "\n-- no transaction\n" in parts[0])


def _applied(tx: Transaction) -> list[int]:
    if tx.one("has_table", table_name="prodcli_schema") is None:
        return []
    return list(tx.column("applied_migrations"))


def _apply(tx: Transaction, migration: Migration) -> None:
    for condition, statement in migration.steps:
        for sql in _statements(tx, condition, statement):
            tx.script(sql)
    _note(tx, migration)


def _note(tx: Transaction, migration: Migration) -> None:
    tx.script(_OWN_TABLE[tx.dialect])
    tx.run("note_migration", version=migration.version, name=migration.name)


def _statements(tx: Transaction, condition: str, statement: str) -> Iterator[str]:
    """The statements of a step, without objects that the database has already."""
    if condition.startswith("unless column "):
        table, _, column = condition.removeprefix("unless column ").partition(".")
        if tx.one("has_column", table_name=table, column_name=column) is None:
            yield statement
    elif condition == "drop unique clusterid,procid":
        for name, origin in list(tx.rows("unique_cluster_indexes")):
            if origin != "c":
                raise DatabaseError(
                    "production_jobs was made with UNIQUE (clusterid, procid), which SQLite cannot drop",
                    todo="copy the rows into a database made by prodcli db init",
                )
            yield "DROP INDEX " + '"' + str(name).replace('"', '""') + '"'
    else:
        yield statement


def _refuse_duplicates(database: Database) -> None:
    found = database.read(
        lambda tx: list(tx.rows("duplicate_filenames")) if tx.one("has_table", table_name="production_jobs") else []
    )
    if found:
        names = ", ".join(f"{name} ({count} rows)" for name, count in found[:5])
        raise DatabaseError(
            f"{len(found)} file names have more than one row: {names}{' ...' if len(found) > 5 else ''}; nothing was changed",
            where=database.where,
            todo="prodcli db dedupe shows which rows to keep",
        )
