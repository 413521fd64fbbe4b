"""A site of pages made from generated books, with texts that a browser must not obey."""

from dataclasses import replace
from pathlib import Path

from prodcli.config.settings import load_config
from prodcli.data_states.states import Data, DataState, StateChange, change_states
from prodcli.diagnosis.book_failures import book_failures
from prodcli.error_catalog.catalog import ErrorCatalog
from prodcli.error_catalog.entry_form import known_errors
from prodcli.pages.books_of_pages import BooksOfPages
from prodcli.pages.site import write_site
from prodcli.pages.site_pages import pages_of
from prodcli.services.announcements import announce
from prodcli.services.booked import set_states
from prodcli.services.states import ServiceState, Spell
from prodcli.tables.screen import Screen
from tests.support.catalog import Catalog
from tests.support.generated_failures import (
    BEGIN,
    GeneratedFailures,
    generated_failures,
    write_failures,
    write_rows,
    write_starts,
)
from tests.support.workspace import Workspace

DAY = 86_400
EVENTS = 1000  # of each job that reported
USABLE = "CLUSTER"  # the rule whose data is validated where it is done
HOSTILE = "<img src=absent onerror=alert(1)> </script><script>alert(2)</script> \"'&amp; {{ 7 * 7 }} #x %s"
NOW = BEGIN + 3 * DAY
NAMED = "no calibrations for the run"  # what the catalog calls the failures that end with exit code 1
_ENTRY = {
    "name": NAMED,
    "category": "service",
    "action": "retry",
    "advice": "wait for the database",
    "text": "cannot reach the calibrations",
    "examples": ["cannot reach the calibrations"],
}
CATALOG = ErrorCatalog(tuple(known_errors({"no-calibrations": _ENTRY}, "tests")))


def books_of_failures(workspace: Workspace, jobs: int = 400) -> GeneratedFailures:
    """Fill the books with jobs, their failures and what people said; nodes, reasons and notes are hostile."""
    workspace.load(Catalog())
    made = generated_failures(2, jobs, workspace.folder)
    write_failures(workspace, made)
    last = made.failures[-1].dbid
    for table, column in (("production_attempts", "node"), ("production_attempts", "hold_reason")):
        workspace.sql(f"UPDATE {table} SET {column} = ? WHERE dbid = ?", HOSTILE, last)  # noqa: S608
    workspace.sql("UPDATE production_jobs SET started = submitted")
    workspace.sql(
        "UPDATE production_reports SET events_out = ? WHERE dbid IN (SELECT id FROM production_jobs WHERE status = 'finished')",
        EVENTS,
    )
    database = workspace.database()
    book_failures(database, CATALOG)
    change_states(database, _validated(made), "looked at", "anna")
    announce(database, HOSTILE, HOSTILE, None)
    set_states(database, [Spell("conditions", ServiceState.DOWN, NOW - DAY, None, HOSTILE, HOSTILE)])
    return made


def with_idle_jobs(workspace: Workspace, made: GeneratedFailures, jobs: int = 3) -> GeneratedFailures:
    """The same with idle jobs of the rule whose data is validated, in a run that is not done anyway; attempts took ten minutes."""
    of_rule = [one for one in made.jobs if one["rulename"] == USABLE]
    open_ = next(one for one in of_rule if one["status"] != "finished")
    first = max(one["id"] for one in made.jobs) + 1
    ids = range(first, first + jobs)
    idle = {"status": "submitted", "substatus": "", "attempt": 1, "err": None, "execution_node": None}
    added = [{**open_, **idle, "id": dbid, "segment": dbid, "filename": f"f{dbid}"} for dbid in ids]
    write_rows(workspace, "production_jobs", added)
    write_starts(workspace, made, 600)
    return replace(made, jobs=[*made.jobs, *added])


def _validated(made: GeneratedFailures) -> list[StateChange]:
    """The data of the first rule is validated for the runs that are all done."""
    jobs = [one for one in made.jobs if one["rulename"] == USABLE]
    todo = {one["runnumber"] for one in jobs if one["status"] != "finished"}
    done = [one for one in jobs if one["runnumber"] not in todo]
    data = {Data(one["dataset"], one["tag"], one["dsttype"], one["runnumber"]) for one in done}
    return [StateChange(one, DataState.OPEN, DataState.VALIDATED) for one in sorted(data)]


def site_of(workspace: Workspace, now: int = NOW) -> Path:
    """Write the pages of the books as they are at a time; returns the folder."""
    site = load_config(workspace.file, workspace.folder).site
    books = BooksOfPages(workspace.database(), workspace.database("filecatalog"), Screen(now), site, CATALOG)
    write_site(workspace.folder / "site", pages_of(books), "books of 02:02 UTC")
    return workspace.folder / "site"
