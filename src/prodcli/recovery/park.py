"""Park jobs: everything for a later submission is kept before the jobs leave the queue.

Kept are the whole ad, the description and the row of items: in the books, and as JSON beside the rendered files. The
books then say held and parked; a removal that shows up later does not change this, see harvest.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from prodcli.batch import Batch, ProcId
from prodcli.batch.hold_codes import hold_word, is_memory
from prodcli.books.actions import Author, Target
from prodcli.books.job_filter import BookedJob, JobFilter
from prodcli.books.job_search import find_jobs
from prodcli.books.queue_presence import wait_until_gone
from prodcli.db import Database, Transaction, chunks_of
from prodcli.errors import ProdError
from prodcli.fault_points import reached
from prodcli.memory.advice import enough_for, span
from prodcli.recovery.job_choice import JobChoice
from prodcli.recovery.preview import Family
from prodcli.recovery.recovery import PlanWork
from prodcli.recovery.recovery_plan import RecoveryPlan, plan_of
from prodcli.recovery.recovery_verb import RecoveryVerb
from prodcli.recovery.stored_submissions import GONE, FileReader, StoredSubmission, dbids_of, in_files, read_rendered
from prodcli.runs.selection import RunSelection
from prodcli.verbs import PARK, Verb

_ROWS = 1_000  # rows per statement: ads are long
_IDS = 5_000
NOT_MADE = "not materialized yet: nothing to keep"


@dataclass(frozen=True)
class Park(RecoveryVerb):
    """Park jobs; jobs held by a person only with `user_holds`."""

    verb: Verb = PARK
    user_holds: bool = False
    read: FileReader = read_rendered

    def plan_for(self, jobs: Sequence[BookedJob]) -> RecoveryPlan:
        """The jobs that can be submitted again later, with their stored submissions."""
        made = JobChoice(jobs).not_held_by_persons(self.user_holds).materialized(NOT_MADE)
        stored = in_files(self.recovery.database, [job.dbid for job in made.jobs], self.read)
        return replace(plan_of(self.verb, made.among(dbids_of(stored), GONE)), stored=stored)

    def work(self, part: RecoveryPlan, author: Author) -> PlanWork:
        """Keep the jobs, then remove them."""
        return PlanWork(part, _Keeper(self.recovery.database, part.stored, author).keep_and_remove)


@dataclass(frozen=True, slots=True)
class Parked:
    """A parked job: who parked it, when (seconds since 1970), and why."""

    job: BookedJob
    account: str
    when: int
    reason: str


@dataclass(frozen=True, slots=True)
class ParkedGroup:
    """Parked jobs of one tag, dsttype and hold code that one person parked at once."""

    tag: str
    dsttype: str
    code: str
    account: str
    when: int
    reason: str
    jobs: Sequence[BookedJob]

    @property
    def cause(self) -> str:
        """`memory, 200 MB asked, 318 used`, or the cause of another hold."""
        first = self.jobs[0]
        words = [hold_word(first.hold_code, first.hold_subcode, first.hold_reason)] if self.code else []
        sizes = {"MB asked": [job.memory_asked for job in self.jobs], "used": [job.memory_used for job in self.jobs]}
        if is_memory(first.hold_code, first.hold_subcode):
            known = {word: [size for size in found if size] for word, found in sizes.items()}
            words += [f"{span(found)} {word}" for word, found in known.items() if found]
        return ", ".join(words)

    @property
    def enough(self) -> int:
        """The memory in MB that jobs are likely to need that lacked some; 0 for others."""
        if not is_memory(self.jobs[0].hold_code, self.jobs[0].hold_subcode):
            return 0
        return enough_for(max(max(job.climbs_from or 0, job.memory_exceeded) for job in self.jobs))

    def runs(self, most: int | None = None) -> str:
        """The runs as ranges, at most so many of them: `66480-66481, 66499 and 3 more`."""
        ranges = RunSelection((), frozenset(job.run for job in self.jobs)).spans
        shown = [str(low) if low == high else f"{low}-{high}" for low, high in ranges[:most]]
        more = len(ranges) - len(shown)
        return ",".join(shown) + (f" and {more} more" if more else "")


class _ParkedBy(NamedTuple):
    """Who parked a job, when (seconds since 1970), and why."""

    dbid: int
    account: str
    started: int
    reason: str


def parked(database: Database, wanted: JobFilter) -> list[Parked]:
    """The parked jobs of a filter, of any schedd, by dbid."""
    schedds = database.read(lambda tx: list(tx.column("parked_schedds")))
    jobs = find_jobs(database, schedds, wanted, "parked")

    def work(tx: Transaction) -> dict[int, _ParkedBy]:
        chunks = chunks_of([job.dbid for job in jobs], _IDS)
        return {row.dbid: row for chunk in chunks for row in tx.rows_as(_ParkedBy, "parked_by", ids=chunk)}

    by = database.read(work)
    parkings = ((job, by.get(job.dbid, _ParkedBy(job.dbid, "", job.entered, ""))) for job in jobs)
    return [Parked(job, one.account, one.started, one.reason) for job, one in parkings]


def parked_groups(found: Sequence[Parked], family: Family = str) -> list[ParkedGroup]:
    """Parked jobs by tag, dsttype without its host, hold code, and by who parked them, when and why."""
    groups: dict[tuple[str, str, str, str, int, str], list[BookedJob]] = {}
    for one in found:
        job = one.job
        groups.setdefault((job.tag, family(job.dsttype), job.code, one.account, one.when, one.reason), []).append(job)
    return [ParkedGroup(*key, jobs) for key, jobs in groups.items()]


@dataclass(frozen=True)
class _Keeper:
    """Keeps jobs in the books and in files before they leave the queue."""

    database: Database
    stored: Sequence[StoredSubmission]
    author: Author

    def keep_and_remove(self, batch: Batch, schedd: str, targets: Sequence[Target]) -> None:
        """Read the ads of jobs from a schedd, and remove the jobs that are kept; raises ProdError for the others."""
        ads = batch.full_ads(schedd, [target.proc_id for target in targets])
        kept = self._keep([target for target in targets if target.proc_id in ads], ads)
        reached("park.kept")
        kept &= _acting(self.database, kept).keys()  # who was taken for dead meanwhile has lost them
        reason = f"prodcli park: {self.author.reason}".rstrip(": ")
        ids = [target.proc_id for target in targets if target.dbid in kept]
        batch.remove(schedd, ids, reason)
        wait_until_gone(batch, schedd, ids)  # a job that still ends is not parked
        if missing := len(targets) - len(kept):
            raise ProdError(
                f"{missing} of {len(targets)} jobs not parked: they left the queue, or {GONE}", where=schedd
            )

    def _keep(self, targets: Sequence[Target], ads: Mapping[ProcId, dict[str, Any]]) -> set[int]:
        """Keep jobs in the books and in files; returns the rows of jobs that are in both, while the action is open."""
        by_id = {target.dbid: target for target in targets}
        kept: set[int] = set()
        for one in self.stored:
            there = {dbid: item for dbid, item in one.items.items() if dbid in by_id}
            if there:
                rows = [_row(by_id[dbid], one.claim, ads[by_id[dbid].proc_id], item) for dbid, item in there.items()]
                acting = _book(self.database, one, rows)
                _write(one, [row for row in rows if row["dbid"] in acting], by_id, acting, self.author)
                kept |= acting.keys()
        return kept


def _row(target: Target, claim: str, ad: Mapping[str, Any], item: Mapping[str, str]) -> dict[str, Any]:
    words = {"ad": json.dumps(ad), "item": json.dumps(dict(item))}
    return {"dbid": target.dbid, "attempt": target.attempt, "claim": claim, **words}


def _book(database: Database, one: StoredSubmission, rows: Sequence[dict[str, Any]]) -> dict[int, str]:
    """Keep jobs of one submission in the books; returns the open action of each job that is in one."""
    description = [{"claim": one.claim, "description": one.description}]

    def work(tx: Transaction) -> dict[int, str]:
        tx.run("keep_descriptions", rows=description)
        for chunk in chunks_of(rows, _ROWS):
            tx.run("keep_jobs", rows=chunk)
        return dict(tx.rows("kept_jobs", ids=[row["dbid"] for row in rows]))

    return database.write(work)


def _acting(database: Database, dbids: Collection[int]) -> dict[int, str]:
    """The open actions of the jobs that are kept for one."""
    return database.read(lambda tx: dict(tx.rows("kept_jobs", ids=sorted(dbids))))


def _write(
    one: StoredSubmission,
    rows: Sequence[dict[str, Any]],
    targets: Mapping[int, Target],
    acting: Mapping[int, str],
    author: Author,
) -> None:
    """Keep jobs of one submission in a file beside its rendered files, named by the action.

    Raises ProdError if it cannot be written.
    """
    if not rows:
        return
    about = {"by": author.account, "when": datetime.now(UTC).isoformat(timespec="seconds"), "reason": author.reason}
    jobs = [
        {
            "dbid": row["dbid"],
            "attempt": row["attempt"],
            "job": f"{targets[row['dbid']].cluster}.{targets[row['dbid']].proc}@{targets[row['dbid']].schedd}",
            **{key: json.loads(row[key]) for key in ("item", "ad")},
        }
        for row in rows
    ]
    action = acting[rows[0]["dbid"]]
    content = {"action": action, **about, "claim": one.claim, "description": one.description, "jobs": jobs}
    _write_safely(Path(one.folder) / f"parked-{action}.json", lambda file: json.dump(content, file, indent=1))


def _write_safely(path: Path, write: Callable[[Any], None]) -> None:
    """Write a file completely to the disk, or not at all."""
    unfinished = path.with_suffix(".unfinished")
    try:
        with unfinished.open("w") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as failure:
        raise ProdError(f"the jobs cannot be kept: {failure.strerror}", where=str(path)) from None
