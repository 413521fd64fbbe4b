"""The report of the queues as they are now: the schedds are asked, and the books say what each job makes."""

from __future__ import annotations

from operator import methodcaller

from prodcli.batch import Batch, Factory, QueuedJob
from prodcli.batch.parallel import ask_each
from prodcli.db import Database
from prodcli.errors import BatchError
from prodcli.reports.books_report import PRODUCT, BooksReport, Question
from prodcli.reports.folded_rows import Folding
from prodcli.reports.job_figures import names
from prodcli.tables.table import Column, Kind, Table

_KEYS = ("schedd", "owner", "rule", *PRODUCT)
_UNKNOWN = "jobs without a rule are not in the books: prodcli reconcile"


def condor(database: Database, question: Question, batch: Batch) -> Table:
    """The jobs of prodcli in the queues, by schedd, owner, rule and product; a schedd that does not answer is named below.

    Raises BatchError if no schedd answers, DatabaseError if the books cannot be read.
    """
    queued: list[dict[str, object]] = []
    factories: list[dict[str, object]] = []
    silent = []
    schedds = batch.schedds()
    for schedd, answer in ask_each(batch, {name: methodcaller("ours", name) for name in schedds}):
        if isinstance(answer, BatchError):
            silent.append(answer)
            continue
        jobs, made_late = answer
        queued += [_job(schedd, job) for job in jobs]
        factories += [_factory(schedd, one) for one in made_late]
    if silent and len(silent) == len(schedds):
        raise silent[0]
    report = BooksReport("queued_by_product", Folding(_KEYS), _columns(), empty="no job of prodcli is in a queue")
    table = report.table(database, question, queued=queued, factories=factories)
    place = table.keys.index("rule")
    notes = [_UNKNOWN] if any(row[place] is None for row in table.rows) else []
    return table.noted(*notes, *(f"not in the table: {failure}" for failure in silent))


def _job(schedd: str, job: QueuedJob) -> dict[str, object]:
    return {"schedd": schedd, "owner": job.owner, "state": int(job.queue), "dbid": job.dbid}


def _factory(schedd: str, one: Factory) -> dict[str, object]:
    return {"schedd": schedd, "owner": one.owner, "cluster": one.cluster, "low": one.following, "high": one.total}


def _columns() -> list[Column]:
    return [
        Column("schedd", shared=True),
        Column("owner", shared=True),
        Column("rule", level=1),
        *names(),
        Column("jobs", kind=Kind.COUNT),
        Column("running", "run", Kind.COUNT, 1, "cyan"),
        Column("idle", kind=Kind.COUNT, level=1),
        Column("held", kind=Kind.COUNT, level=1, style="bold magenta", drop_empty=True),
        Column("transferring", kind=Kind.COUNT, level=2, drop_empty=True),
        Column("suspended", kind=Kind.COUNT, level=2, drop_empty=True),
        Column("waiting", kind=Kind.COUNT, level=2, drop_empty=True),
    ]
