"""Quality results of reports that were read before the books kept results one by one: the reports in the books have them."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from prodcli.db import Database, Transaction, records
from prodcli.errors import DatabaseError
from prodcli.job_reports.quality_values import quality_values

log = logging.getLogger(__name__)
_ROWS = 1_000  # reports per transaction
_SECONDS = 5.0  # for a pass; the next pass goes on


@dataclass(frozen=True, slots=True)
class _OlderReport:
    dbid: int
    attempt: int
    quality: str | None


def fill_in_older_quality(database: Database, seconds: float = _SECONDS) -> None:
    """Write the results of older reports for so many seconds, the newest first; what cannot be written is a warning."""
    until = time.monotonic() + seconds
    try:
        while due := database.read(lambda tx: list(tx.rows_as(_OlderReport, "older_quality", most=_ROWS))):
            _fill_in(database, due)
            if time.monotonic() >= until:
                log.info("more quality results of older reports are to be written: the next pass goes on")
                return
    except DatabaseError as failure:
        log.warning("quality results of older reports are not written: %s", failure)


def _fill_in(database: Database, due: list[_OlderReport]) -> None:
    keys = [{"dbid": one.dbid, "attempt": one.attempt} for one in due]
    results = [{**key, **result} for key, one in zip(keys, due, strict=True) for result in quality_values(one.quality)]

    def work(tx: Transaction) -> None:
        if results:
            tx.run("insert_quality", rows=records(results))
        tx.run("settle_older_quality", rows=records(keys))

    database.write(work)
