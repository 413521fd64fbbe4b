"""The pages of failures, of jobs in trouble and of nodes: each number is that of the rows behind it."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from prodcli.config.settings import load_config
from prodcli.diagnosis.book_failures import book_failures
from prodcli.error_catalog.catalog import ErrorCatalog
from prodcli.pages.books_of_pages import BooksOfPages
from prodcli.pages.failure_pages import failure_pages
from prodcli.pages.node_page import node_page
from prodcli.pages.page import Page
from prodcli.pages.page_table import PageTable
from prodcli.pages.trouble_page import trouble_page
from prodcli.tables.screen import Screen
from tests.support.attributed_jobs import BEGIN, DAY, attributed_books
from tests.support.catalog import Catalog
from tests.support.generated_failures import BEGIN as FIRST
from tests.support.generated_failures import generated_failures, of_cause, write_failures
from tests.support.workspace import Workspace

NONE = ErrorCatalog(())


def books_of(workspace: Workspace, now: int) -> BooksOfPages:
    """The books as pages read them at a time."""
    site = load_config(workspace.file, workspace.folder).site
    return BooksOfPages(workspace.database(), workspace.database("filecatalog"), Screen(now), site, NONE)


def tables_of(page: Page) -> dict[str, PageTable]:
    """All tables of a page by name."""
    context: Any = page.context
    return {one.name: one for one in [*context["tables"], *(table for _, table in context["details"])]}


def texts(table: PageTable, key: str) -> list[str]:
    """The cells of a column."""
    place = [one.key for one in table.columns].index(key)
    return [row[place].text for row in table.rows]


def linked(table: PageTable, key: str) -> list[tuple[str, str]]:
    """The cells of a column with their links, where they have one."""
    place = [one.key for one in table.columns].index(key)
    return [(row[place].text, row[place].address) for row in table.rows if row[place].address]


def rows_behind(address: str, pages: Iterable[Page]) -> int:
    """The number of rows that an address chooses."""
    path, _, chosen = address.partition("#")
    page = next(one for one in pages if one.path == path)
    wanted = [(*name.split(".", 1), value) for name, value in parse_qsl(chosen)]
    table = tables_of(page)[wanted[0][0]]
    columns = [texts(table, key) for _, key, _ in wanted]
    return sum(cells == tuple(value for _, _, value in wanted) for cells in zip(*columns, strict=True))


def test_failures_are_counted_as_they_are_listed(workspace: Workspace, tmp_path: Path) -> None:
    workspace.load(Catalog())
    made = generated_failures(2, 400, tmp_path)
    write_failures(workspace, made)
    book_failures(workspace.database(), NONE)
    pages = [*failure_pages(books_of(workspace, FIRST + 3 * DAY))]
    signatures = tables_of(pages[0])["signatures"]
    by_hand = sorted((len(members) for _, members in of_cause(made.failures)), reverse=True)
    assert texts(signatures, "failures") == list(map(str, by_hand))
    assert len(tables_of(pages[1])["failures"].rows) == len(made.failures)
    for count, address in linked(signatures, "failures"):
        assert rows_behind(address, pages) == int(count), address


def test_failures_before_the_last_days_are_left_out(workspace: Workspace, tmp_path: Path) -> None:
    workspace.load(Catalog())
    write_failures(workspace, generated_failures(2, 40, tmp_path))
    book_failures(workspace.database(), NONE)
    pages = [*failure_pages(books_of(workspace, FIRST + 30 * DAY))]
    assert [len(one.rows) for page in pages for one in tables_of(page).values()] == [0, 0, 0, 0]
    assert pages[0].context["lines"] == ["Nothing failed in the last 7 days."]


def test_jobs_in_trouble_are_counted_as_they_are_listed(workspace: Workspace) -> None:
    workspace.load(Catalog())
    made = attributed_books(3)
    made.write(workspace)
    page = trouble_page(books_of(workspace, BEGIN + 4 * DAY))
    tables = tables_of(page)
    troubled = [job for job in made.jobs.values() if job["status"] in ("held", "failed", "evicted")]
    assert sorted(map(int, texts(tables["jobs"], "dbid"))) == sorted(job["dbid"] for job in troubled)
    assert sum(map(int, texts(tables["errors"], "jobs"))) == len(troubled)
    for table in ("errors", "attributes"):
        for count, address in linked(tables[table], "jobs"):
            assert rows_behind(address, [page]) == int(count), address
    columns = (texts(tables["attributes"], key) for key in ("attribute", "value", "jobs"))
    states = {value: int(jobs) for attribute, value, jobs in zip(*columns, strict=True) if attribute == "state"}
    assert states == Counter(job["state"] for job in troubled)


def test_the_failed_jobs_of_a_node_are_listed(workspace: Workspace, tmp_path: Path) -> None:
    workspace.load(Catalog())
    made = generated_failures(2, 400, tmp_path)
    write_failures(workspace, made)
    book_failures(workspace.database(), NONE)
    books = books_of(workspace, FIRST + 3 * DAY)
    pages = [node_page(books), *failure_pages(books)]
    at = Counter(one.node for one in made.failures)
    for node, address in linked(tables_of(pages[0])["nodes"], "node"):
        assert rows_behind(address, pages) == at[node], node
    failed = linked(tables_of(pages[0])["nodes"], "failed")
    assert sum(int(count) for count, _ in failed) < len(made.failures), "holds are failures, too"
    for count, address in failed:
        assert rows_behind(address, pages) == int(count), address
