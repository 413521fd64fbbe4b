"""The page of quality results: how many of those outside of their limits are listed."""

import pytest

from prodcli.config.settings import load_config
from prodcli.error_catalog.catalog import ErrorCatalog
from prodcli.pages import quality_page
from prodcli.pages.books_of_pages import BooksOfPages
from prodcli.tables.screen import Screen
from tests.integration.pages.test_failure_pages import linked, rows_behind, tables_of
from tests.integration.quality.test_quality import dbids, production, told
from tests.support.workspace import Workspace

__all__ = ["production"]


def test_a_list_that_has_not_all_alarms_says_so(production: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    for dbid in dbids(production)[:3]:
        told(production, dbid, "tracks.mean", 9.5)
    site = load_config(production.file, production.folder).site
    database = production.database()
    books = BooksOfPages(database, database, Screen(0), site, ErrorCatalog(()))
    page = quality_page.quality_page(books)
    assert tables_of(page)["alarms"].note == ""
    assert [rows_behind(address, [page]) for _, address in linked(tables_of(page)["results"], "alarms")] == [3]
    monkeypatch.setattr(quality_page, "_LISTED", 2)
    alarms = tables_of(quality_page.quality_page(books))["alarms"]
    assert (len(alarms.rows), alarms.note) == (2, "those of the newest jobs, 2 of 3")
