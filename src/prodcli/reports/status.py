"""Read the status of productions from the replica of the books."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from prodcli.books import rollup
from prodcli.books.filters import Filters
from prodcli.db import Database, Transaction
from prodcli.reports.status_lines import GROUPS, Line, StateCount, lines

_HOUR = 3600


def status_lines(
    database: Database, filters: Filters, by: str | None = None, name: Callable[[str], str] = str
) -> list[Line]:
    """One line per (tag, dsttype, dataset), or per value of `by` within them; `name` folds dsttypes.

    Read from the rollup if it exists, may be read and has the columns, else counted.
    """

    def work(tx: Transaction) -> list[Line]:
        rolled_up = _rollup_can_tell(filters, by) and rollup.is_readable(tx)
        rows = _rolled_up(tx, filters) if rolled_up else _counted(tx, filters, by)
        return lines((row._replace(key=row.status) for row in rows) if by == "status" else rows, name)

    return database.read(work)


def unfinished_runs(
    database: Database, tags: Sequence[str], stateless: bool, name: Callable[[str], str] = str
) -> list[Line]:
    """The lines of the runs that have jobs which are not finished, with these jobs alone, of some tags or of all.

    `stateless`: look also for jobs of other tools without a state, which no index finds.
    """
    values = {"any_tag": int(not tags), "tags": list(tags), "stateless": int(stateless)}
    return database.read(lambda tx: lines(tx.rows_as(StateCount, "unfinished_runs", **values), name))


def events_of_datasets(
    database: Database, tags: Sequence[str], name: Callable[[str], str] = str
) -> dict[tuple[str, str, str], int]:
    """The events that jobs wrote which have started, as they reported, by tag, dsttype and dataset; of some tags or of all."""
    values, events = {"any_tag": int(not tags), "tags": list(tags)}, Counter[tuple[str, str, str]]()
    for tag, dsttype, dataset, number in database.read(lambda tx: list(tx.rows("events_of_datasets", **values))):
        events[tag, name(dsttype), dataset] += number
    return dict(events)


def running_progress(
    database: Database, filters: Filters, name: Callable[[str], str] = str
) -> dict[tuple[str, str, str], float]:
    """How far running jobs that tell their progress are, in percent of their events, by tag, dsttype and dataset."""

    def work(tx: Transaction) -> dict[tuple[str, str, str], float]:
        attempts = {"table_name": "production_jobs", "column_name": "attempt"}  # that books of other tools do not have
        if tx.one("has_signs") is None or tx.one("has_column", **attempts) is None:
            return {}
        events: dict[tuple[str, str, str], tuple[int, int]] = {}
        for tag, dsttype, dataset, done, total in tx.rows("progress_of_running", **filters.values()):
            before = events.get(key := (tag, name(dsttype), dataset), (0, 0))
            events[key] = before[0] + done, before[1] + total
        return {key: round(100.0 * done / total, 1) for key, (done, total) in events.items()}

    return database.read(work)


def _rollup_can_tell(filters: Filters, by: str | None) -> bool:
    """True if the rollup has all columns of the question."""
    whole_hours = filters.since is None or filters.since % _HOUR == 0
    return not filters.rules and filters.runs is None and by in (None, "status", "host") and whole_hours


def _rolled_up(tx: Transaction, filters: Filters) -> Iterator[StateCount]:
    return tx.rows_as(StateCount, "rolled_up_states", **filters.values())


def _counted(tx: Transaction, filters: Filters, by: str | None) -> Iterator[StateCount]:
    # books of other tools, before the upgrade, have no substatus
    refined = tx.one("has_column", table_name="production_jobs", column_name="substatus") is not None
    query = tx.named("counted_states" if refined else "counted_plain_states")
    return tx.rows_as(StateCount, query.keyed(GROUPS.get(by or "", "")), **filters.values())
