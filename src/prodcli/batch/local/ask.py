"""The queue of the local batch, and the jobs that have left it."""

import json
import logging
import os
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from dataclasses import fields
from types import MappingProxyType
from typing import Any

from prodcli.batch import Changes, ClaimedCluster, Counted, DescribedJob, Factory, JobEvent, ProcId, QueuedJob
from prodcli.batch.description import expand
from prodcli.batch.event_limits import AMOUNT, CODE, CPU, INT, TIME, fitting, names_row
from prodcli.batch.local.process import process_table, runs
from prodcli.batch.local.queue_file import QUEUE, is_missing, reading, reading_made
from prodcli.batch.local.rendered import attribute
from prodcli.batch.local.schedd import SCHEDD, LocalSchedd, require_local
from prodcli.batch.local.signs import with_signs
from prodcli.errors import BatchError
from prodcli.states import Queue

log = logging.getLogger(__name__)

_COUNT = """
    SELECT count(*) FROM clusters JOIN jobs USING (cluster) WHERE batch_name = ? AND status NOT IN (3, 4)"""
# One statement, as somebody may make the queue at this moment.
_CHANGES = "SELECT * FROM events WHERE change > ? ORDER BY change, cluster, proc"
_SWEEP = "SELECT * FROM events WHERE change > ? OR queue NOT IN (3, 4) ORDER BY change, cluster, proc"
_IN_QUEUE = "SELECT cluster, proc FROM jobs WHERE status NOT IN (3, 4)"
_ENDING = """
    SELECT cluster, proc, pid, born, claim FROM jobs JOIN clusters USING (cluster)
    WHERE status = 3 AND pid IS NOT NULL"""
_LIVING = "SELECT cluster, proc FROM jobs JOIN clusters USING (cluster) WHERE status NOT IN (3, 4) AND claim <> ''"
_HISTORY = """
    SELECT * FROM events WHERE cluster IN (SELECT value FROM json_each(?)) AND queue IN (3, 4)
    ORDER BY change, cluster, proc"""
_FIND_CLAIMS = """
    SELECT claim, cluster, procs,
        EXISTS (SELECT 1 FROM jobs WHERE jobs.cluster = clusters.cluster AND status NOT IN (3, 4)) AS living
    FROM clusters WHERE claim IN (SELECT value FROM json_each(?)) ORDER BY cluster"""
_OURS = """
    SELECT cluster, proc, dbid, attempt, claim, status FROM jobs JOIN clusters USING (cluster)
    WHERE status NOT IN (3, 4) AND claim <> ''"""
_DESCRIBE = """
    SELECT events.*, commands, item FROM events JOIN jobs USING (cluster, proc) JOIN clusters USING (cluster)
    WHERE cluster IN (SELECT value FROM json_each(?)) AND queue NOT IN (3, 4)"""
_FULL = """
    SELECT clusters.*, jobs.* FROM json_each(?) AS wanted
    JOIN jobs ON jobs.cluster = json_extract(wanted.value, '$.cluster') AND jobs.proc = json_extract(wanted.value, '$.proc')
    JOIN clusters ON clusters.cluster = jobs.cluster
    WHERE jobs.status NOT IN (3, 4)"""

_SIGNS = ("odd", "events_done", "events_total", "output_changed")  # what the queue's file does not have of a job
_RESOURCES = ("request_disk", "request_cpus")
_FACTS = tuple(field.name for field in fields(JobEvent) if field.name not in _SIGNS)
_NUMBERS = MappingProxyType(
    {
        **{"since": TIME, "started": TIME, "finished": TIME},
        **{"num_starts": AMOUNT, "memory_used": AMOUNT, "memory_provisioned": AMOUNT, "memory_asked": AMOUNT},
        **{"disk_used": AMOUNT, "exit_code": CODE, "hold_code": CODE, "hold_subcode": CODE},
        **{"user_cpu": CPU, "sys_cpu": CPU},
    }
)


class AskQueue(LocalSchedd):
    """Questions to the queue; they change nothing."""

    def check(self) -> list[str]:
        """The reasons why the queue cannot be read or written."""
        folder = self.database.parent
        if not folder.is_dir():
            return [f"local queue {self.database}: the folder does not exist"]
        try:
            self.living(SCHEDD)
        except BatchError as err:
            return [str(err)]
        shut = [path for path in (folder, self.database) if path.exists() and not os.access(path, os.W_OK)]
        return [f"local queue {self.database}: {path} is not writable" for path in shut]

    def count(self, batch_name: str) -> Counted:
        """Count the jobs of a batch name: idle, running and held."""
        with reading(self.database) as connection:
            return Counted(int(connection.execute(_COUNT, (batch_name,)).fetchone()[0]))

    def changes(self, schedd: str, cursor: str, sweep: bool = False) -> Iterator[Changes]:
        """The jobs touched since the cursor, in their present state; the cursor of another queue file counts as none.

        Raises BatchError if the file of an earlier cursor is missing.
        """
        require_local(schedd)
        if is_missing(self.database) and not cursor:  # nothing may have been submitted yet; no job is looked for
            yield Changes([], cursor)
            return
        with reading_made(self.database) as connection:
            queue = connection.execute(QUEUE).fetchone()["id"]
            known, _, seen = cursor.partition(":")
            if known not in ("", queue):
                log.warning(
                    "local queue %s is another file than at the last harvest: its former jobs are lost", self.database
                )
            since = int(seen) if known == queue and seen.isdecimal() else 0
            rows = connection.execute(_SWEEP if sweep else _CHANGES, (since,)).fetchall()
            events = with_signs(_events(rows), connection) if sweep else _events(rows)
        following = f"{queue}:{max(since, rows[-1]['change'])}" if rows else cursor
        yield Changes(events, following, swept=sweep)

    def living(self, schedd: str) -> set[ProcId]:
        """The jobs with a claim that are idle, running or held, or were removed and have not ended yet."""
        return self._ids(schedd, _LIVING) | {id for id, claim in self._ending().items() if claim}

    def in_queue(self, schedd: str) -> set[ProcId]:
        """All jobs that are idle, running or held, or were removed and have not ended yet."""
        return self._ids(schedd, _IN_QUEUE) | set(self._ending())

    def ours(self, schedd: str) -> tuple[list[QueuedJob], list[Factory]]:
        """The jobs with a claim that are idle, running or held; none ever waits to be materialized."""
        require_local(schedd)
        with reading(self.database) as connection:
            rows = connection.execute(_OURS).fetchall()
        keys = ("cluster", "proc", "dbid", "attempt", "claim")
        named = [row for row in rows if names_row(row["dbid"], row["attempt"])]
        return [QueuedJob(**{key: row[key] for key in keys}, queue=Queue(row["status"])) for row in named], []

    def describe(self, schedd: str, clusters: Collection[int]) -> list[DescribedJob]:
        """The jobs of these clusters that are idle, running or held, with the attributes of their output."""
        require_local(schedd)
        with reading(self.database) as connection:
            rows = connection.execute(_DESCRIBE, (json.dumps(list(clusters)),)).fetchall()
        named = [row for row in rows if names_row(row["dbid"], row["attempt"])]
        return [one for row in named if (one := _described(row)) is not None]

    def full_ads(self, schedd: str, ids: Collection[ProcId]) -> dict[ProcId, dict[str, Any]]:
        """The rows of jobs that are idle, running or held, with their commands and items."""
        require_local(schedd)
        wanted = json.dumps([{"cluster": cluster, "proc": proc} for cluster, proc in ids])
        with reading(self.database) as connection:
            rows = connection.execute(_FULL, (wanted,)).fetchall()
        nested = ("commands", "item")
        return {
            (row["cluster"], row["proc"]): dict(row) | {name: json.loads(row[name]) for name in nested} for row in rows
        }

    def running_output(self, _schedd: str, _job: ProcId, _stderr: bool, _most: int) -> bytes | None:
        """None: jobs write to their files themselves."""
        return None

    def history(self, schedd: str, clusters: Collection[int]) -> list[JobEvent]:
        """The jobs of these clusters that are completed or removed."""
        require_local(schedd)
        with reading_made(self.database) as connection:
            return _events(connection.execute(_HISTORY, (json.dumps(list(clusters)),)))

    def find_claims(self, schedd: str, claims: Collection[str]) -> dict[str, list[ClaimedCluster]]:
        """The clusters of claims."""
        require_local(schedd)
        found: dict[str, list[ClaimedCluster]] = {claim: [] for claim in claims}
        with reading(self.database) as connection:
            for row in connection.execute(_FIND_CLAIMS, (json.dumps(list(found)),)):
                found[row["claim"]].append(ClaimedCluster(row["cluster"], row["procs"], bool(row["living"])))
        return found

    def _ids(self, schedd: str, query: str) -> set[ProcId]:
        require_local(schedd)
        with reading(self.database) as connection:
            return {(row["cluster"], row["proc"]) for row in connection.execute(query)}

    def _ending(self) -> dict[ProcId, str]:
        """Removed jobs whose processes have not ended yet, with their claims."""
        with reading(self.database) as connection:
            rows = connection.execute(_ENDING).fetchall()
        table = process_table() if rows else {}
        return {(row["cluster"], row["proc"]): row["claim"] for row in rows if runs(row["pid"], row["born"], table)}


def _events(rows: Iterable[sqlite3.Row]) -> list[JobEvent]:
    """The events of jobs with a row of the books."""
    return [_event(row) for row in rows if names_row(row["dbid"], row["attempt"])]


def _event(row: sqlite3.Row) -> JobEvent:
    facts: dict[str, Any] = {key: row[key] for key in _FACTS} | {"queue": Queue(row["queue"])}
    known, odd = fitting(facts, _NUMBERS)
    unknown = {key: 0 if key == "since" else None for key in _NUMBERS}
    return JobEvent(**facts | unknown | known, odd=odd)


def _described(row: sqlite3.Row) -> DescribedJob | None:
    commands = json.loads(row["commands"])
    macros = {**commands, **json.loads(row["item"])}

    def said(command: str) -> str:
        return expand(commands.get(command, ""), macros).strip('"')

    rule, tag, dataset, dsttype = (said(attribute(key)) for key in ("rule", "tag", "dataset", "dsttype"))
    run, segment = (_whole(said(attribute(key))) for key in ("run", "segment"))
    if not (rule and tag and dataset and dsttype) or run is None or segment is None:
        return None
    places = (said("log"), said("output"), said("error"))
    disk, cpus = (_whole(said(key).removesuffix("KB")) for key in _RESOURCES)
    mask, outputs = said(attribute("mask")), _whole(said(attribute("outputs"))) or 1
    return DescribedJob(_event(row), rule, tag, dataset, dsttype, run, segment, *places, disk, cpus, mask, outputs)


def _whole(word: str) -> int | None:
    """A number that the books can hold."""
    return number if word.isdecimal() and (number := int(word)) <= INT else None
