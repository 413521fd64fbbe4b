"""The page of datasets on both databases: events, missing runs with their reasons, and what may be used."""

import re

import pytest

from prodcli.config.settings import load_config
from prodcli.data_states.states import Data, DataState, NotedState
from prodcli.error_catalog.catalog import ErrorCatalog
from prodcli.pages.books_of_pages import BooksOfPages
from prodcli.pages.datasets.dataset_page import dataset_page, use_in_words
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


def whys(cells: list[str]) -> set[str]:
    """The reasons of all runs, without their numbers."""
    told = {part for cell in cells for part in re.split(r" \([0-9]+\)(?:; |$)", cell) if part}
    return told - {"nothing is wrong: its jobs are not over yet"}


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
