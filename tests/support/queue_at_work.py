"""Books of a rule whose jobs have ended at a steady pace, and of which some are open."""

from contextlib import closing

from prodcli.db import Database
from tests.support.catalog import insert_rows
from tests.support.generated_books import DAY, HOUR, time_of
from tests.support.workspace import Workspace

INSERT_JOB = (
    "INSERT INTO production_jobs (id, rulename, tag, dataset, dsttype, filename, runnumber, segment, status, submitted,"
    " started, finished, schedd, clusterid, procid) VALUES (?, 'Full_SEED', 'ana1_x_v001', 'd', 'DST_TRKR_SEED', ?, ?, 0, ?,"
    " ?, ?, ?, 'a', 1, ?)"
)
INSERT_ATTEMPT = (
    "INSERT INTO production_attempts (dbid, attempt, step, schedd, clusterid, procid, started, finished, status)"
    " VALUES (?, 1, 0, 'a', 1, ?, ?, ?, ?)"
)


def clock(database: Database) -> int:
    """The time by the database."""
    return int(database.read(lambda tx: tx.value("database_clock")))


def queue_at_work(workspace: Workspace, now: int) -> None:
    """A rule that has ended ten jobs an hour for a day, each of an hour, with ten running, 40 idle and 3 held jobs."""
    rows = [("finished", now - 24 * HOUR + n * 360, now - 23 * HOUR + n * 360) for n in range(230)]
    rows += [("running", now - n * 360, None) for n in range(10)]
    rows += [("submitted", None, None)] * 40 + [("held", now - HOUR, None)] * 3
    jobs, attempts = [], []
    for number, (status, started, ended) in enumerate(rows, 1):
        times = [None if one is None else time_of(workspace, one) for one in (now - 2 * DAY, started, ended)]
        jobs.append((number, f"f{number}", 5 if number < 260 else 6, status, *times, number))
        attempts.append((number, number, times[1], times[2], status))
    with closing(workspace.connect()) as connection:
        insert_rows(connection, INSERT_JOB, jobs)
        insert_rows(connection, INSERT_ATTEMPT, attempts)
        connection.commit()
