"""prodcli job."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import options
from prodcli.cli.context import Session, current
from prodcli.errors import UsageError

if TYPE_CHECKING:
    from prodcli.jobs.job_page import JobPage
    from prodcli.jobs.one_job import Job

EXAMPLE = "Example: prodcli job 1"
_LATELY = 7 * 86_400  # seconds; what other jobs did before says little


def job(
    context: typer.Context,
    which: Annotated[
        str,
        typer.Argument(
            metavar="DBID|CLUSTER.PROC|FILE", help="Row of the books, job like 4.217, or a file of the job."
        ),
    ],
    err: Annotated[bool, typer.Option("--err", help="Show the end of its err file.")] = False,
    out: Annotated[bool, typer.Option("--out", help="Show the end of its out file.")] = False,
    log: Annotated[bool, typer.Option("--log", help="Show the end of its log.")] = False,
    tail: options.Tail = 50,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Show one job: attempts, resources, outputs, and what to do next.

    A job is named by its row in the books (dbid), as HTCondor names it, or by its output, log, err or out file.
    """
    from prodcli.db.schema import require_current
    from prodcli.jobs.one_job import find_job

    session = current(context)
    database = session.database("production_read", read_only=True)
    require_current(database)
    found = find_job(database, which)
    kinds = [kind for kind, said in (("out", out), ("err", err), ("log", log)) if said]
    if kinds:
        _show_files(session, found, kinds, tail, style)
    else:
        _show_page(session, found, style)


def _show_files(session: Session, found: Job, kinds: list[str], tail: int, style: options.Style) -> None:
    from prodcli.cli.jobs.shown_lines import show_files
    from prodcli.jobs.log_lines import Wanted

    show_files(session, [found], kinds, Wanted(tail), style)


def _show_page(session: Session, found: Job, style: options.Style) -> None:
    from prodcli.cli.jobs.page_report import page_data, show_page
    from prodcli.jobs.job_page import JobCatalogs, read_page
    from prodcli.reports.freshness import freshness

    if style not in (options.Style.TABLE, options.Style.JSON):
        raise UsageError("a page has no such format", where="--format", todo="--format json, or prodcli jobs")
    catalogs = JobCatalogs(session.catalog("filecatalog"), session.catalog("raw"), session.site)
    database = session.database("production_read", read_only=True)
    page = read_page(database, catalogs, found)
    advice, met = _advice(session, page), _outages(session, page)
    if style is options.Style.JSON:
        session.show_json(page_data(page, advice) | {"outages": met})
    else:
        show_page(session, page, advice, met, freshness(database).words(session.zone))


def _outages(session: Session, page: JobPage) -> list[str]:
    """The outages in which a job got into trouble, and the logs of the services."""
    from prodcli.cli.diagnosis.service_logs import outage_lines
    from prodcli.jobs.job_page import is_troubled

    since = page.job["since"]
    return outage_lines(session, {0: [since]}).get(0, []) if since is not None and is_troubled(page.job) else []


def _advice(session: Session, page: JobPage) -> tuple[str, str]:
    """Why a job in trouble is so, and what helps; for other jobs what is next."""
    from prodcli.books.job_filter import JobFilter
    from prodcli.causes.advice import Scope, what_helps
    from prodcli.causes.failures import MasterAndReplica, find_failures
    from prodcli.error_catalog.read_catalog import usable_catalog
    from prodcli.jobs.job_page import is_troubled, next_step

    found = page.job
    if not is_troubled(found) or found["schedd"] is None:
        return "", next_step(page)
    database = session.database("production_read", read_only=True)
    wanted = JobFilter(dbids=[found["dbid"]])
    books = MasterAndReplica(database, database)
    most, lately = session.config.max_memory, int(time.time()) - _LATELY
    known = partial(usable_catalog, session.config)
    groups, _ = find_failures(books, [found["schedd"]], wanted, 0, most, compared_since=lately, catalog=known)
    if not groups:
        return "", "wait: HTCondor starts it again"
    return groups[0].why, what_helps(groups[0], groups, Scope(wanted))
