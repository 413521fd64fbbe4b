"""Books with jobs in every state, made by chance from a seed, as lists to count by hand and as rows of a database."""

import random
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any

from tests.support.catalog import insert_rows
from tests.support.workspace import Workspace

HOUR, DAY = 3600, 86_400
NOW = 1_780_000_000  # seconds since 1970; what the generated books take for the present
TAGS = ("ana537_2025p010_v001", "ana541_2025p014_v002", "new_nocdbtag_v000")
LEAVES = ("intt0", "intt7", "mvtx1", "ebdc00_0", "ebdc00_1", "ebdc39")
DSTTYPES = ("DST_TRKR_CLUSTER", "DST_TRKR_SEED", "DST_CALO", *(f"DST_STREAMING_EVENT_{leaf}" for leaf in LEAVES))
_STATES: tuple[tuple[str | None, str, int], ...] = (
    *(("submitting", "", 1), ("submitted", "", 3), ("submitted", "waiting", 2), ("started", "", 1), ("running", "", 4)),
    *(("running", "transferring", 1), ("held", "", 4), ("held", "parked", 1), ("evicted", "", 1), ("failed", "", 4)),
    *(("failed", "removed", 1), ("failed", "lost", 1), ("failed", "no_output", 1), ("finished", "", 14), (None, "", 1)),
)
_PHASES = ("prep", "stage-in", "run", "stage-out")
_HOLDS = ((34, 102), (21, 102), (14, 2), (3, 0), (None, None))


@dataclass(frozen=True)
class BookedRow:
    """A row of production_jobs; times in seconds since 1970."""

    id: int
    rulename: str
    tag: str
    dataset: str
    dsttype: str
    filename: str
    runnumber: int
    segment: int
    status: str | None
    substatus: str
    submitted: int | None
    started: int | None
    finished: int | None
    remoteusercpu: float | None
    remotesyscpu: float | None
    memoryusage: int | None
    exitcode: int | None
    jobstarts: int | None
    execution_node: str | None
    schedd: str | None
    clusterid: int | None
    procid: int | None
    attempt: int
    request_cpus: int | None


@dataclass(frozen=True)
class BookedAttempt:
    """A row of production_attempts; times in seconds since 1970, memory in MB."""

    dbid: int
    attempt: int
    step: int
    schedd: str | None
    clusterid: int | None
    procid: int | None
    memory_asked: int | None
    memory_used: int | None
    node: str | None
    started: int | None
    finished: int | None
    exit_code: int | None
    hold_code: int | None
    hold_subcode: int | None
    status: str | None
    substatus: str
    entered: int | None


@dataclass(frozen=True)
class BookedReport:
    """A row of production_reports, as far as reports of the books read it."""

    dbid: int
    attempt: int
    user_cpu: float | None
    sys_cpu: float | None
    wall: float | None
    events_out: int | None
    messages: int = 0
    outputs: int = 0
    staged: int = 0
    read: int = NOW


@dataclass(frozen=True)
class BookedPhase:
    """A row of production_phases."""

    dbid: int
    attempt: int
    number: int
    name: str
    wall: float | None
    user_cpu: float | None
    sys_cpu: float | None


@dataclass(frozen=True)
class GeneratedBooks:
    """The rows of four tables."""

    jobs: Sequence[BookedRow]
    attempts: Sequence[BookedAttempt]
    reports: Sequence[BookedReport]
    phases: Sequence[BookedPhase] = ()

    def current(self, job: BookedRow) -> BookedAttempt | None:
        """The newest step of the attempt that a job is in."""
        steps = [one for one in self.attempts if (one.dbid, one.attempt) == (job.id, job.attempt)]
        return max(steps, key=lambda one: one.step, default=None)

    def report(self, dbid: int, attempt: int) -> BookedReport | None:
        """The report of an attempt."""
        return next((one for one in self.reports if (one.dbid, one.attempt) == (dbid, attempt)), None)

    def job(self, dbid: int) -> BookedRow:
        """The job of an attempt."""
        return next(one for one in self.jobs if one.id == dbid)


def generated_books(seed: int, jobs: int = 300, now: int = NOW) -> GeneratedBooks:
    """Books of some jobs in the ten days before `now`, the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311
    books = GeneratedBooks([], [], [])
    for dbid in range(1, jobs + 1):
        _add(books, chance, dbid, now)
    return replace(books, phases=_phases(random.Random(seed), books.reports))  # noqa: S311


def _add(books: Any, chance: random.Random, dbid: int, now: int) -> None:
    job = _job(chance, dbid, now)
    books.jobs.append(job)
    if job.schedd is None:  # of another tool
        return
    for number in range(1, job.attempt + 1):
        current = number == job.attempt
        books.attempts.extend(_attempts(chance, job if current else _failed_before(chance, job, number)))
        if job.started is not None and chance.random() < 0.6:
            cpu = chance.choice([None, round(chance.uniform(10, 9000), 1)])
            events = chance.choice([None, chance.randrange(10_000)])
            books.reports.append(BookedReport(dbid, number, cpu, 12.5, 4000.0, events))


def _phases(chance: random.Random, reports: Sequence[BookedReport]) -> list[BookedPhase]:
    """The phases of most reports, from preparation to one that was the last."""
    return [
        BookedPhase(one.dbid, one.attempt, number, name, round(chance.uniform(1, 9000), 1), cpu, 1.5)
        for one in reports
        if chance.random() < 0.8
        for number, name in enumerate(_PHASES[: chance.randrange(1, len(_PHASES) + 1)])
        for cpu in [chance.choice([None, round(chance.uniform(1, 900), 1)])]
    ]


def _job(chance: random.Random, dbid: int, now: int) -> BookedRow:
    status, substatus, _ = chance.choices(_STATES, [weight for *_, weight in _STATES])[0]
    dsttype, tag, run, segment = chance.choice(DSTTYPES), chance.choice(TAGS), 66_456 + chance.randrange(8), dbid
    submitted = now - chance.randrange(10 * DAY) - DAY if chance.random() < 0.97 else None
    begun = status not in ("submitting", "submitted", None) and not (status == "held" and chance.random() < 0.3)
    started = (submitted or now - 9 * DAY) + chance.randrange(4 * HOUR) if begun else None
    ended = status in ("failed", "finished") and started is not None
    ours = chance.random() < 0.95
    return BookedRow(
        id=dbid,
        rulename=f"Full_{dsttype[4:]}",
        tag=tag,
        dataset=chance.choice(["run3auau", "run3cosmics"]),
        dsttype=dsttype,
        filename=f"{dsttype}_run3auau_{tag}-{run:08d}-{segment:05d}.root",
        runnumber=run,
        segment=segment,
        status=status,
        substatus=substatus,
        submitted=submitted,
        started=started,
        finished=started + chance.randrange(1, 20 * HOUR) if started and ended else None,
        remoteusercpu=round(chance.uniform(10, 9000), 1) if begun and chance.random() < 0.9 else None,
        remotesyscpu=round(chance.uniform(1, 90), 1) if begun else None,
        memoryusage=chance.randrange(200, 4000) if begun else None,
        exitcode={"finished": 0, "failed": chance.choice([1, 1, 139, None])}.get(status or ""),
        jobstarts=chance.choice([1, 1, 1, 2, 5]) if begun else 0,
        execution_node=f"node{chance.randrange(4)}.pool" if begun else None,
        schedd=chance.choice(["a@pool", "b@pool"]) if ours else None,
        clusterid=1000 + dbid // 20 if ours and status != "submitting" else None,
        procid=dbid % 20 if ours and status != "submitting" else None,
        attempt=chance.choice([1, 1, 1, 2]) if ours else 1,
        request_cpus=chance.choice([None, 1, 2]),
    )


def _failed_before(chance: random.Random, job: BookedRow, number: int) -> BookedRow:
    """A former attempt of a job, which failed or was removed."""
    began = (job.submitted or NOW - 9 * DAY) - 2 * DAY
    substatus = chance.choice(["", "", "removed"])
    ended = began + chance.randrange(1, 10 * HOUR)
    return replace(
        job, attempt=number, status="failed", substatus=substatus, started=began, finished=ended, exitcode=139
    )


def _attempts(chance: random.Random, job: BookedRow) -> list[BookedAttempt]:
    """The steps of an attempt: sometimes one that was held for memory, then the last one."""
    status = "submitting" if job.status is None else job.status
    code, subcode = chance.choice(_HOLDS) if status == "held" or job.substatus == "removed" else (None, None)
    entered = job.finished or (job.started or job.submitted or NOW) + 600
    asked = chance.choice([2000, 4000])
    last = BookedAttempt(
        *(job.id, job.attempt, 0, job.schedd, job.clusterid, job.procid, asked, job.memoryusage, job.execution_node),
        *(job.started, job.finished, job.exitcode, code, subcode, status, job.substatus, entered),
    )
    if chance.random() < 0.8:
        return [last]
    first = replace(last, memory_asked=1000, memory_used=1100, finished=None, hold_code=34, hold_subcode=102)
    return [replace(first, status="held", substatus="", entered=entered - 1000), replace(last, step=1)]


def write_books(workspace: Workspace, books: GeneratedBooks) -> None:
    """Put generated books into the books of a workspace."""
    for table, rows in (
        ("production_jobs", books.jobs),
        ("production_attempts", books.attempts),
        ("production_reports", books.reports),
        ("production_phases", books.phases),
    ):
        connection = workspace.connect()
        names = [one.name for one in fields(rows[0])] if rows else []
        marks = ", ".join("?" * len(names))
        statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608
        if rows:
            insert_rows(connection, statement, [_values(workspace, names, row) for row in rows])
        connection.commit()
        connection.close()


_TIMES = {"submitted", "started", "finished", "entered", "read"}


def _values(workspace: Workspace, names: Sequence[str], row: Any) -> list[Any]:
    return [
        time_of(workspace, value) if name in _TIMES and value is not None else value
        for name, value in zip(names, astuple(row), strict=True)
    ]


def time_of(workspace: Workspace, seconds: int) -> str:
    """A time as the database takes it."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat() if workspace.cluster else moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
