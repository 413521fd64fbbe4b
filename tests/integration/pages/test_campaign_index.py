"""The index of campaigns on both databases: in the order of the overview, with tracking and calo of one tag apart."""

import pytest

from prodcli.config.settings import load_config
from prodcli.error_catalog.catalog import ErrorCatalog
from prodcli.pages.books_of_pages import BooksOfPages
from prodcli.pages.links import INDEX, campaign
from prodcli.pages.page import Page
from prodcli.pages.site_pages import pages_of
from prodcli.tables.screen import Screen
from tests.integration.campaigns.test_overview import CALO, TRACKS, add_job, books
from tests.integration.pages.test_failure_pages import linked, tables_of, texts
from tests.support.site import NOW
from tests.support.workspace import Workspace

__all__ = ["books"]
OLD, NEW, OTHER = "ana530_2025p008_v001", "ana537_2025p010_v001", "DST_SOMEBODY_OWN"
OF_PAGE = {
    campaign(OLD, "calo"): CALO,
    campaign(NEW, "calo"): CALO,
    campaign(NEW, "tracking"): TRACKS,
    campaign(NEW): OTHER,
}


@pytest.fixture
def pages(books: Workspace) -> dict[str, Page]:
    """The pages of a tag of two production types and a dsttype of none, and of one that is active, by their files."""
    for run in (1, 2):
        add_job(books, NEW, TRACKS, run)
    add_job(books, NEW, CALO)
    add_job(books, NEW, OTHER)
    add_job(books, OLD, CALO)
    books.sql("UPDATE production_jobs SET status = 'failed' WHERE tag = ? AND dsttype = ?", NEW, CALO)
    books.ok("campaign", "set", NEW, "--type", "calo", "--display-name", "Run 3 Au+Au", "--priority", "-5")
    books.ok("campaign", "set", OLD, "--type", "calo", "--expected-end", "2026-05-01")
    books.ok("campaign", "activate", OLD)
    site = load_config(books.file, books.folder).site
    of_pages = BooksOfPages(books.database(), books.database("filecatalog"), Screen(NOW), site, ErrorCatalog(()))
    return {one.path: one for one in pages_of(of_pages)}


def test_active_campaigns_come_first_and_then_the_lowest_priority(pages: dict[str, Page]) -> None:
    table = tables_of(pages[INDEX])["campaigns"]
    rows = [*zip(*(texts(table, key) for key in ("name", "production_type", "active", "priority")), strict=True)]
    assert rows == [
        (OLD, "calo", "yes", "0"),
        ("Run 3 Au+Au", "calo", "no", "-5"),
        (NEW, "tracking", "no", "0"),
        (NEW, "none", "no", "0"),
    ]
    assert texts(table, "tag") == ["", NEW, "", ""]
    assert texts(table, "expected_end")[0].startswith("2026-05-01")
    assert (table.tabs, table.total) == ("production_type", ())


def test_tracking_and_calo_of_a_tag_are_never_in_one_figure(pages: dict[str, Page]) -> None:
    index = tables_of(pages[INDEX])["campaigns"]
    assert linked(index, "jobs") == [
        ("1", campaign(OLD, "calo")),
        ("1", campaign(NEW, "calo")),
        ("2", campaign(NEW, "tracking")),
        ("1", campaign(NEW)),
    ]
    for jobs, address in linked(index, "jobs"):
        steps = tables_of(pages[address])["steps"]
        assert [*zip(texts(steps, "dsttype"), texts(steps, "jobs"), strict=True)] == [(OF_PAGE[address], jobs)]
    assert texts(tables_of(pages[campaign(NEW, "calo")])["trouble"], "jobs") == ["1"]
    assert not tables_of(pages[campaign(NEW, "tracking")])["trouble"].rows


def test_a_campaign_says_what_curators_say(pages: dict[str, Page]) -> None:
    page = pages[campaign(NEW, "calo")]
    assert page.title == "Run 3 Au+Au"
    (said, times, jobs) = page.context["lines"]  # type: ignore[misc]
    assert said == f"calo {NEW} (Run 3 Au+Au): not active, priority -5"
    assert times.startswith("registered ")
    assert jobs == "1 job, 0% done: 1 failed"
    assert pages[campaign(NEW)].context["lines"][0].startswith("No campaign")  # type: ignore[index]
