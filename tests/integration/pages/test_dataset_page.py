"""The page of datasets on both databases: events, missing runs with their reasons, and what may be used."""

import re

import pytest

from prodcli.books.filters import Filters
from prodcli.config.settings import load_config
from prodcli.data_states.states import Data, DataState, NotedState
from prodcli.error_catalog.catalog import ErrorCatalog
from prodcli.pages.books_of_pages import BooksOfPages
from prodcli.pages.datasets.dataset_page import dataset_page, use_in_words
from prodcli.reports.books_report import Question
from prodcli.reports.job_figures import started
from prodcli.reports.status import events_of_datasets, status_lines, unfinished_runs
from prodcli.tables.screen import Screen
from tests.integration.pages.test_failure_pages import linked, rows_behind, tables_of, texts
from tests.support.site import EVENTS, NOW, USABLE, books_of_failures
from tests.support.workspace import Workspace


def test_datasets_are_told_as_the_books_have_them(workspace: Workspace) -> None:
    made = books_of_failures(workspace, 200)
    site = load_config(workspace.file, workspace.folder).site
    books = BooksOfPages(workspace.database(), workspace.database("filecatalog"), Screen(NOW), site, ErrorCatalog(()))
    page = dataset_page(books, books.campaigns())
    tables = tables_of(page)
    finished = {one["id"]: one["attempt"] for one in made.jobs if one["status"] == "finished"}
    reported = [one for one in made.reports if finished.get(one["dbid"]) == one["attempt"]]
    assert sum(map(int, texts(tables["datasets"], "events"))) == EVENTS * len(reported)
    todo = {(one["dsttype"], one["runnumber"]) for one in made.jobs if one["id"] not in finished}
    listed = zip(texts(tables["missing"], "dsttype"), map(int, texts(tables["missing"], "run")), strict=True)
    assert sorted(listed) == sorted(todo)
    assert whys(texts(tables["missing"], "why")) <= names_of_errors(workspace), "as diagnose says it"
    for count, address in linked(tables["datasets"], "missing"):
        assert rows_behind(address, [page]) == int(count)
    usable = {one["runnumber"] for one in made.jobs if one["rulename"] == USABLE}
    usable -= {run for dsttype, run in todo if dsttype == f"DST_{USABLE}"}
    assert sorted(map(int, texts(tables["states"], "run"))) == sorted(usable)


def test_missing_runs_are_those_of_the_counted_states(workspace: Workspace) -> None:
    made = books_of_failures(workspace, 200)
    first, second = (one["id"] for one in made.jobs if one["status"] == "finished"), made.jobs[0]["tag"]
    workspace.sql("UPDATE production_jobs SET status = NULL WHERE id = ?", next(first))  # as older tools leave them
    workspace.sql("UPDATE production_jobs SET status = 'running', substatus = 'stalled' WHERE id = ?", next(first))
    database = workspace.database()
    for tags in ([], [second]):
        counted = status_lines(database, Filters(tags or None), "run")
        mine = {(one.tag, one.dsttype, one.key): one for one in unfinished_runs(database, tags, stateless=True)}
        open_ = [one for one in counted if one.counts["finished"] < one.jobs]
        assert any(one.unknown for one in open_) or tags
        assert len(mine) == len(open_)
        for one in open_:
            found = mine[one.tag, one.dsttype, one.key]
            assert (found.counts, found.unknown) == ({**one.counts, "finished": 0}, one.unknown)


def test_events_are_those_of_the_report_of_started_jobs(workspace: Workspace) -> None:
    made = books_of_failures(workspace, 200)
    workspace.sql("UPDATE production_jobs SET started = NULL WHERE id = ?", made.jobs[1]["id"])
    database, family = workspace.database(), {"DST_CALO": "DST_SEED"}
    table = started(database, Question(name=lambda name: family.get(name, name)))
    rows = [dict(zip(table.keys, row, strict=True)) for row in table.rows]
    told = {(one["tag"], one["dsttype"], one["dataset"]): one["sum_events"] for one in rows if one["sum_events"]}
    assert len(told) == 2
    assert events_of_datasets(database, [], lambda name: family.get(name, name)) == told


def whys(cells: list[str]) -> set[str]:
    """The reasons of all runs, without their numbers."""
    told = {part for cell in cells for part in re.split(r" \([0-9]+\)(?:; |$)", cell) if part}
    return told - {"nothing is wrong: its jobs are not over yet", "duplicate"}  # neither is a failure


def names_of_errors(workspace: Workspace) -> set[str]:
    """What the signatures of the books are called."""
    rows = workspace.sql("SELECT name, text, state, code FROM production_signatures")
    return {name or text or f"{state} {code}".rstrip() for name, text, state, code in rows}


@pytest.mark.parametrize(
    ("states", "missing", "words"),
    [
        (["validated", "validated"], 0, "yes"),
        (["validated"], 3, "in part: 1 run"),
        (["validated", "validated", "broken"], 0, "in part: 2 runs"),
        (["invalidated"], 0, "no"),
        (["finalized"], 0, "not yet: nobody validated it"),
        ([], 0, "not yet: nobody validated it"),
    ],
)
def test_only_validated_data_may_be_used(states: list[str], missing: int, words: str) -> None:
    noted = [NotedState(Data("d", "t", "D", run), DataState(one), "", "anna", 1) for run, one in enumerate(states)]
    assert use_in_words(noted, missing) == words
