"""Connect to everything in the configuration, and report what is wrong."""

from collections.abc import Callable, Iterator
from contextlib import closing
from operator import methodcaller

from prodcli.batch import Batch
from prodcli.batch.parallel import ask
from prodcli.config.settings import DATABASES, Config
from prodcli.db import Database, Transaction, open_database
from prodcli.db.schema import pending
from prodcli.errors import BatchError, DatabaseError, ProdError
from prodcli.health.checked import Check, tried
from prodcli.health.folders import check_folders
from prodcli.health.indexes import check_indexes
from prodcli.health.rights import check_rights

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


def check_all(config: Config, batch: Callable[[], Batch]) -> list[Check]:
    """Check the site profile, the folders, every database, and every schedd; changes nothing."""
    found = [tried("site profile", lambda: f"{config.get('profile')}: {len(config.site.dsttypes)} dsttypes")]
    found += check_folders(config) if not found[0].problem else []
    found += [check for role in DATABASES for check in _database_checks(config, role)]
    found.append(tried("batch system", lambda: _batch(batch())))
    return found


def _database_checks(config: Config, role: str) -> Iterator[Check]:
    """The checks of a database; one that not every site needs may be absent."""
    what = f"database {role}"
    if role in _NEEDED_BY and f"databases.{role}" not in config.values:
        yield Check(what, detail=f"databases.{role} is missing: {_NEEDED_BY[role]}", absent=True)
        return
    try:
        with closing(open_database(config.url(role), read_only=True, timeouts=config.timeouts(role))) as database:
            yield Check(what, detail=_looked_at(database, role))
            yield from check_rights(database, role)
            yield from check_indexes(database, role)
    except ProdError as failure:
        yield Check.failed(what, failure)


def _looked_at(database: Database, role: str) -> str:
    def work(tx: Transaction) -> bool:
        return tx.one("has_table", table_name=_TABLES[role]) is not None

    if not database.read(work):
        todo = "prodcli db init" if role.startswith("production") else "name the right database in prodcli.yaml"
        raise DatabaseError(f"there is no table {_TABLES[role]}", where=database.where, todo=todo)
    if role == "production" and pending(database):
        raise DatabaseError("migrations are due", where=database.where, todo="prodcli db upgrade")
    return database.where


def _batch(batch: Batch) -> str:
    said = ask(batch, batch.capabilities.name, methodcaller("check"), _PATIENCE)
    problems = [line for line in said if not line.startswith("warning: ")]
    if problems:
        raise BatchError("; ".join(dict.fromkeys(problems)))
    return "; ".join([f"{batch.capabilities.name}: {', '.join(batch.schedds())}", *said])
