"""All that is known of one job: its attempts, what it reported, its inputs and outputs, what people did, what to do next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from prodcli.config.profile import Match
from prodcli.db import Database, Transaction
from prodcli.errors import ProdError
from prodcli.names import leafdir, parse_output_name
from prodcli.states import Status, Substatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.config.profile import Site
    from prodcli.jobs.one_job import Job

Row = Mapping[str, Any]
_UNTAGGED = "N/A"  # the tag of raw inputs


@dataclass(frozen=True)
class Inputs:
    """The inputs of a job in a catalog: their number, how many are on disk, their size in bytes, and their events."""

    files: int
    on_disk: int
    size: int | None
    events: int | None


@dataclass(frozen=True)
class JobPage:
    """A job by its attributes, and rows about it; `unknown` says which catalogs did not answer."""

    job: Job
    attempts: Sequence[Row]
    phases: Sequence[Row]
    messages: Sequence[Row]
    reported: Sequence[Row]  # outputs, as the job reported them
    quality: Sequence[Row]
    actions: Sequence[Row]
    folder: str | None  # of the rendered files
    outputs: Sequence[Row] = ()  # as the file catalog has them
    inputs: Inputs | None = None
    unknown: Sequence[str] = ()


@dataclass(frozen=True)
class JobCatalogs:
    """Where inputs and outputs of jobs are looked up."""

    filecatalog: Database
    raw: Database
    site: Site


def read_page(database: Database, catalogs: JobCatalogs, job: Job) -> JobPage:
    """The page of a job; a catalog that does not answer leaves its part out. Raises DatabaseError if the books cannot be read."""
    unknown: list[str] = []

    def known(read: Callable[[], Any]) -> Any:
        try:
            return read()
        except ProdError as failure:
            unknown.append(str(failure))
            return None

    books = database.read(lambda tx: _of_books(tx, job["dbid"]))
    outputs = known(lambda: _outputs(catalogs.filecatalog, job))
    inputs = known(lambda: _inputs(catalogs, job))
    return JobPage(job, **books, outputs=outputs or (), inputs=inputs, unknown=unknown)


def output_names(job: Job) -> list[str]:
    """The names of the outputs that a job makes."""
    name = str(job["file"])
    if job["outputs"] == 1:
        return [name]
    try:
        base, run, segment = parse_output_name(name)
    except ValueError:
        return [name]
    stem = name.removesuffix(f"{segment:05d}.root")
    return [f"{stem}{segment + number:05d}.root" for number in range(job["outputs"])]


def _of_books(tx: Transaction, dbid: int) -> dict[str, Any]:
    def rows(query: str) -> list[Row]:
        return list(tx.rows_as(_row, query, dbid=dbid))

    return {
        "attempts": rows("job_attempts"),
        "phases": rows("job_phases"),
        "messages": rows("job_messages"),
        "reported": rows("job_outputs"),
        "quality": rows("job_quality"),
        "actions": rows("job_actions"),
        "folder": tx.value("job_folder", dbid=dbid) or None,
    }


def _row(**columns: Any) -> Row:
    return columns


def _outputs(filecatalog: Database, job: Job) -> list[Row]:
    return filecatalog.read(lambda tx: list(tx.rows_as(_row, "catalogued_outputs", names=output_names(job))))


def _inputs(catalogs: JobCatalogs, job: Job) -> Inputs | None:
    """The inputs; None for a job without inputs."""
    names = [name for name in (job["inputs"] or "").split(",") if name]
    if not names:
        return None
    if job["input_tag"] in (None, "", _UNTAGGED):
        hosts = _hosts_of(catalogs.site, job["dsttype"]) or names
        return catalogs.raw.read(lambda tx: _counted(tx, "raw_inputs", run=job["run"], inputs=hosts))
    segment = None if job["segment"] is None else job["segment"] // job["outputs"]
    wanted = {"run": job["run"], "segment": segment, "tag": job["input_tag"], "inputs": names}
    return catalogs.filecatalog.read(lambda tx: _counted(tx, "produced_inputs", **wanted))


def _counted(tx: Transaction, query: str, **values: object) -> Inputs:
    files, on_disk, size, events = next(tx.rows(query, **values))
    return Inputs(files, int(on_disk or 0), size, events)


def _hosts_of(site: Site, dsttype: str) -> list[str]:
    """The host whose raw files a job of a combining dsttype reads."""
    return [
        host.name
        for known in site.dsttypes.values()
        if known.match is Match.COMBINING
        for host in known.hosts
        if leafdir(known.name, host.leaf) == dsttype
    ]


def is_troubled(job: Job) -> bool:
    """True for a job that `rescue` has advice for."""
    if job["state"] == Substatus.STALLED:
        return True
    return job["status"] in (Status.HELD, Status.FAILED, Status.EVICTED) and job["state"] != Substatus.PARKED


def next_step(page: JobPage) -> str:
    """What to do about a job that is not in trouble, or to look at; empty if there is nothing to do."""
    job = page.job
    match job["state"]:
        case Status.SUBMITTING:
            return "its pass is still submitting; if the pass was killed: prodcli reconcile"
        case Substatus.WAITING | Status.SUBMITTED:
            return "it waits for a machine: prodcli why --idle"
        case Substatus.PARKED:
            return f"it is parked: prodcli unpark --dbid {job['dbid']}"
        case Status.FINISHED if not page.outputs and not page.unknown:
            verb = "spider dst" if any(one["staged"] for one in page.reported) else "register"
            return (
                f"no output of it is in the file catalog: prodcli {verb} -c RULES -r {job['rule']} --runs {job['run']}"
            )
        case Status.FINISHED:
            return ""
    return f"it runs; what it says: prodcli job {job['dbid']} --out"
