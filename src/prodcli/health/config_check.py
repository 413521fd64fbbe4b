"""Connect to everything in the configuration, and report what is wrong."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from operator import methodcaller
from pathlib import Path

from prodcli.batch import Batch
from prodcli.batch.parallel import ask
from prodcli.config.settings import DATABASES, Config
from prodcli.db import Database, Transaction, open_database
from prodcli.db.schema import pending
from prodcli.errors import BatchError, DatabaseError, ProdError

_PATIENCE = 60.0  # seconds for the batch system
# The table that each database must have.
_TABLES = {
    "production": "production_jobs",
    "production_read": "production_jobs",
    "filecatalog": "datasets",
    "raw": "datasets",
    "daq": "run",
}


# What cannot be done without a database that not every site needs.
_NEEDED_BY = {
    "raw": "rules that combine raw files or count their hosts, queries that look inputs up, check --raw and tape need it",
    "daq": "all rules but those of jobs without inputs need it, for runs and their events; so do run selectors and mask auto",
}


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check; `absent`: it is not configured, which is no problem by itself."""

    what: str
    problem: str
    detail: str
    exit_code: int = 0
    absent: bool = False

    @property
    def word(self) -> str:
        """The result in a word."""
        return "WRONG" if self.problem else "absent" if self.absent else "ok"


def check_all(config: Config, batch: Callable[[], Batch]) -> list[Check]:
    """Check the site profile, every database, and every schedd; changes nothing."""
    found = [_tried("site profile", lambda: f"{config.get('profile')}: {len(config.site.dsttypes)} dsttypes")]
    found.append(_tried("roots", lambda: _roots(config)))
    found += [_database_check(config, role) for role in DATABASES]
    found.append(_tried("batch system", lambda: _batch(batch())))
    return found


def _roots(config: Config) -> str:
    """The folders below which jobs write; a missing folder is reported, and created at submission."""
    kinds: dict[str, list[str]] = {}
    for kind, root in config.site.roots.items():
        kinds.setdefault(root, []).append(kind)
    there = {root: "" if Path(root).is_dir() else " (not there yet)" for root in kinds}
    return "; ".join(f"{', '.join(names)}: {root}{there[root]}" for root, names in kinds.items())


def _tried(what: str, look: Callable[[], str]) -> Check:
    try:
        return Check(what, "", look())
    except ProdError as failure:
        return Check(what, str(failure), "", failure.exit_code)


def _database_check(config: Config, role: str) -> Check:
    """The check of a database; one that not every site needs may be absent."""
    if role in _NEEDED_BY and f"databases.{role}" not in config.values:
        return Check(f"database {role}", "", f"databases.{role} is missing: {_NEEDED_BY[role]}", absent=True)
    return _tried(f"database {role}", lambda: _database(config, role))


def _database(config: Config, role: str) -> str:
    with closing(open_database(config.url(role), read_only=True, timeouts=config.timeouts(role))) as database:
        return _looked_at(database, role)


def _looked_at(database: Database, role: str) -> str:
    def work(tx: Transaction) -> bool:
        return tx.one("has_table", table_name=_TABLES[role]) is not None

    if not database.read(work):
        todo = "prodcli db init makes it" if role.startswith("production") else "is this the right database?"
        raise DatabaseError(f"there is no table {_TABLES[role]}", where=database.where, todo=todo)
    if role == "production" and pending(database):
        raise DatabaseError("the schema is not current", where=database.where, todo="run prodcli db upgrade")
    return database.where


def _batch(batch: Batch) -> str:
    said = ask(batch, batch.capabilities.name, methodcaller("check"), _PATIENCE)
    problems = [line for line in said if not line.startswith("warning: ")]
    if problems:
        raise BatchError("; ".join(problems))
    return "; ".join([f"{batch.capabilities.name}: {', '.join(batch.schedds())}", *said])
