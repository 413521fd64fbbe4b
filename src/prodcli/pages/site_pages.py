"""The pages of the site, one after another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from prodcli.pages.campaigns.campaign import campaign
from prodcli.pages.campaigns.index import by_campaign, index
from prodcli.pages.campaigns.job_lists import job_pages
from prodcli.pages.campaigns.step import Step, parts_of, step_page
from prodcli.pages.dataset_page import dataset_page
from prodcli.pages.digest_page import digest_page
from prodcli.pages.failure_pages import failure_pages
from prodcli.pages.node_page import node_page
from prodcli.pages.quality_page import quality_page
from prodcli.pages.service_page import service_page
from prodcli.pages.trouble_page import trouble_page

if TYPE_CHECKING:
    from prodcli.pages.books_of_pages import BooksOfPages
    from prodcli.pages.page import Page
    from prodcli.reports.status_lines import Line


def pages_of(books: BooksOfPages) -> Iterator[Page]:
    """All pages; raises DatabaseError if the books cannot be read."""
    steps = books.steps()
    yield index(steps, books.screen)
    yield dataset_page(books, steps)
    yield trouble_page(books)
    yield from failure_pages(books)
    yield node_page(books)
    yield service_page(books)
    yield quality_page(books)
    yield digest_page(books)
    for lines in by_campaign(steps).values():
        if books.in_full(lines):
            yield from _campaign(books, lines)
        else:
            yield campaign(lines, books.screen)


def _campaign(books: BooksOfPages, steps: Sequence[Line]) -> Iterator[Page]:
    """The pages of a campaign, of its steps, and of their jobs."""
    yield campaign(steps, books.screen, books.reports(steps[0].tag))
    runs: dict[Step, list[Line]] = defaultdict(list)
    for line in books.runs(steps[0].tag):
        runs[line.tag, line.dsttype, line.dataset].append(line)
    for one in steps:
        step = (one.tag, one.dsttype, one.dataset)
        parts = parts_of(runs[step])
        yield step_page(step, runs[step], parts, books.screen)
        yield from job_pages(step, books.jobs(one), parts)
