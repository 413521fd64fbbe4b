"""Read the reports of jobs that ended, and write them into the books.

Each end is noted with the end itself, and forgotten in the transaction that writes the report, so that a pass that is
killed reads it again. A file may come late on a shared file system: it is looked for again and again, ever less often.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from prodcli.db import Database, Transaction, records
from prodcli.fault_points import reached
from prodcli.job_reports.quality_values import quality_values
from prodcli.job_reports.report import JobReport
from prodcli.job_reports.report_files import DueReport, FoundReport, read_files
from prodcli.progress import Progress, silent

log = logging.getLogger(__name__)
GRACE = 3600  # seconds after its end that a job's report is looked for
_SOON = 30  # seconds until a report that is not there yet is looked for again; later as long as was waited
_ROWS = 1_000  # reports per transaction
_SECONDS = 120.0  # for the files of a pass; the next pass goes on
_PARTS = (
    ("insert_phases", "phases"),
    ("insert_messages", "messages"),
    ("insert_report_outputs", "outputs"),
)  # the lists of a report, and the query that writes each


@dataclass(frozen=True, slots=True)
class ReportsRead:
    """The number of reports that were read, that were refused, and that did not come within the grace."""

    read: int = 0
    refused: int = 0
    missing: int = 0


def read_reports(
    database: Database, progress: Progress = silent, register: Callable[[Sequence[JobReport]], object] | None = None
) -> ReportsRead:
    """Read the reports that are due; raises DatabaseError if the books cannot be written.

    `register` gets the reports before they are written, and again if the pass is killed in between.
    """
    until, read, refused, missing = time.monotonic() + _SECONDS, 0, [], 0
    while due := database.read(lambda tx: list(tx.rows_as(DueReport, "due_reports", most=_ROWS))):
        with progress(f"reading the reports of jobs ({read} read)"):
            found = read_files(due, until)
            reached("reports.read")
            if register is not None:
                register([one.report for one in found if one.report is not None])
            late = [one.due for one in found if one.report is None and not one.trouble]
            waiting = [one for one in late if one.age < GRACE and one.current]
            _write(database, found, waiting)
        read += sum(one.report is not None for one in found)
        refused += [one.trouble for one in found if one.trouble and one.due.current]
        missing += len(late) - len(waiting)
        if len(found) < len(due):
            log.warning("reports of jobs are read slowly: the next pass goes on")
            break
    _tell(refused, missing)
    return ReportsRead(read, len(refused), missing)


def _tell(refused: Sequence[str], missing: int) -> None:
    if refused:
        log.warning("%d reports of jobs are refused, the first one %s", len(refused), refused[0])
    if missing:
        log.info("%d jobs left no report within %d minutes", missing, GRACE // 60)


def _write(database: Database, found: Sequence[FoundReport], waiting: Sequence[DueReport]) -> None:
    """Write reports, and forget that they are due, in one transaction; what waits is looked for later."""
    kept = {(one.dbid, one.attempt) for one in waiting}
    settled = [one.due for one in found if (one.due.dbid, one.due.attempt) not in kept]
    reports = [one.report for one in found if one.report is not None]

    def work(tx: Transaction) -> None:
        if reports:
            _insert(tx, reports)
        if settled:
            tx.run("settle_reports", rows=[_key(one) for one in settled])
        if waiting:
            now = int(tx.value("database_clock"))
            tx.run("postpone_reports", rows=[{**_key(one), "due": now + max(_SOON, one.age)} for one in waiting])

    database.write(work)
    reached("reports.booked")


def _insert(tx: Transaction, reports: Sequence[JobReport]) -> None:
    rows = records([_row(report) for report in reports])
    tx.run("insert_reports", rows=rows)
    tx.run("note_reported_failures", rows=rows)
    for query, part in _PARTS:
        parts = [
            {**_key(report), "number": number, **asdict(one)}
            for report in reports
            for number, one in enumerate(getattr(report, part))
        ]
        if parts:
            tx.run(query, rows=records(parts))
    results = [{**_key(report), **one} for report in reports for one in quality_values(report.quality)]
    if results:
        tx.run("insert_quality", rows=records(results))


def _key(one: DueReport | JobReport) -> dict[str, int]:
    return {"dbid": one.dbid, "attempt": one.attempt}


def _row(report: JobReport) -> dict[str, object]:
    return {
        **_key(report),
        **report.numbers,
        **report.machine,
        "quality": report.quality,
        "messages": report.said,
        "outputs": len(report.outputs),
        "staged": sum(output.code == 0 for output in report.outputs),
    }
