"""The rollup of the books: counts by tag, dsttype, dataset, state and hour, kept true by triggers.

Every write to `production_jobs` appends its change to a delta. Readers add rollup and delta, so folding the delta into
the rollup only saves time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from prodcli.db import Database, Transaction
from prodcli.db.schema import require_current

# PostgreSQL takes what one snapshot shows, and leaves what others append meanwhile; nobody appends beside SQLite's write lock.
_FOLD: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"postgresql": ("fold_rollup",), "sqlite": ("fold_rollup", "drop_empty_rollup", "clear_delta")}
)


Totals = Mapping[tuple[str, str], int]  # jobs by status and substatus


@dataclass(frozen=True, slots=True)
class Difference:
    """A group of rows with a wrong count; `hour` as the database writes it."""

    tag: str
    dsttype: str
    dataset: str
    status: str
    substatus: str
    hour: str
    rows: int
    rolled_up: int


def is_readable(tx: Transaction) -> bool:
    """True if the books have a rollup that this session may read."""
    return tx.one("has_rollup") is not None


def fold(database: Database) -> None:
    """Fold the delta into the rollup; writers and other folds may run at the same time.

    Raises DatabaseError if a statement fails.
    """
    database.write(lambda tx: _run(tx, "lock_rollup", *_FOLD[tx.dialect]))


def rebuild(database: Database) -> None:
    """Count all rows anew; writers do not wait. Raises DatabaseError if a statement fails."""
    require_current(database)
    database.write(lambda tx: _run(tx, "lock_rollup", "clear_rollup", "fill_rollup"))


def totals(database: Database) -> Totals:
    """The number of jobs by state, of all books. Raises DatabaseError if a statement fails."""
    return database.read(lambda tx: {(status, sub or ""): int(n) for status, sub, n in tx.rows("rollup_totals")})


def differences(database: Database) -> list[Difference]:
    """The groups in which rollup and rows differ in one snapshot. Raises DatabaseError if a statement fails."""
    require_current(database)
    return database.read(lambda tx: list(tx.rows_as(Difference, "rollup_differences")))


def _run(tx: Transaction, *statements: str) -> None:
    for statement in statements:
        tx.run(statement)
