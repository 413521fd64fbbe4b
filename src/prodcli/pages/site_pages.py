"""The pages of the site, one after another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from prodcli.pages import links
from prodcli.pages.campaigns.campaign import campaign_page
from prodcli.pages.campaigns.index import index
from prodcli.pages.campaigns.job_lists import job_pages
from prodcli.pages.campaigns.step import Step, parts_of, step_page
from prodcli.pages.datasets.dataset_page import dataset_page
from prodcli.pages.digest_page import digest_page
from prodcli.pages.failure_pages import failure_pages
from prodcli.pages.node_page import node_page
from prodcli.pages.plots.plot_files import plot_files, shown_plots
from prodcli.pages.quality_page import quality_page
from prodcli.pages.service_page import service_page
from prodcli.pages.trouble_page import trouble_page

if TYPE_CHECKING:
    from prodcli.campaigns.progress import Progress
    from prodcli.pages.books_of_pages import BooksOfPages
    from prodcli.pages.page import Page, PageFile
    from prodcli.pages.plots.page_plots import PagePlot, PlotRows
    from prodcli.reports.status_lines import Line


@dataclass(frozen=True)
class Look:
    """A look at the books that makes pages: their paths, without those of the files beside them, and how."""

    paths: Sequence[str]
    make: Callable[[], Iterable[Page | PageFile]]


def pages_of(books: BooksOfPages) -> Iterator[Page | PageFile]:
    """All pages and the files beside them; raises DatabaseError if the books cannot be read."""
    campaigns = books.campaigns()
    for look in first_looks(books, campaigns):
        yield from look.make()
    for campaign in campaigns:
        rows = books.plot_rows(campaign) if books.in_full(campaign) else None
        yield from campaign_pages(books, campaign, rows)
        if rows is not None:
            yield from _steps(books, campaign, rows)


def first_looks(books: BooksOfPages, campaigns: Sequence[Progress]) -> list[Look]:
    """The looks at the books that make the pages of no single campaign, the index first."""
    return [
        Look((links.INDEX,), lambda: [index(campaigns, books.screen)]),
        Look((links.DATASETS,), lambda: [dataset_page(books, campaigns)]),
        Look((links.TROUBLE,), lambda: [trouble_page(books)]),
        Look((links.FAILURES, links.FAILURE_LIST), lambda: failure_pages(books)),
        Look((links.NODES,), lambda: [node_page(books)]),
        Look((links.SERVICES,), lambda: [service_page(books)]),
        Look((links.QUALITY,), lambda: [quality_page(books)]),
        Look((links.DIGEST,), lambda: [digest_page(books)]),
    ]


def campaign_pages(books: BooksOfPages, campaign: Progress, rows: PlotRows | None) -> Iterator[Page | PageFile]:
    """The page of a campaign, with plots and what reports say of it if its runs and jobs have pages: with rows."""
    plots = books.plots_of_campaign(campaign, rows) if rows else []
    page = campaign_page(campaign, books.screen, books.reports(campaign, rows) if rows else None)
    yield from _with_plots(page, plots, books)


def _with_plots(page: Page, plots: Sequence[PagePlot], books: BooksOfPages) -> Iterator[Page | PageFile]:
    """A page with plots, and their files."""
    yield _showing(page, plots, books, page.path)
    yield from plot_files(page.path, plots, books.screen.zone)


def _showing(page: Page, plots: Sequence[PagePlot], books: BooksOfPages, beside: str) -> Page:
    """A page with plots, whose files lie beside a page."""
    return replace(page, context={**page.context, "plots": shown_plots(beside, plots, books.screen.zone)})


def _steps(books: BooksOfPages, campaign: Progress, rows: PlotRows) -> Iterator[Page | PageFile]:
    """The pages of the steps of a campaign, and of their jobs."""
    runs = runs_of(books, campaign)
    for one, jobs in books.jobs_of_steps(campaign.lines):
        step = (one.tag, one.dsttype, one.dataset)
        yield from step_pages(books, campaign, one, runs[step], rows.of(one))
        yield from job_pages(step, jobs, parts_of(runs[step]), campaign.campaign)


def step_pages(
    books: BooksOfPages, campaign: Progress, line: Line, runs: Sequence[Line], rows: PlotRows
) -> Iterator[Page | PageFile]:
    """The page of a step with its plots and runs; the only step of a campaign has those that the campaign has."""
    step, one = (line.tag, line.dsttype, line.dataset), campaign.campaign
    page, plots = step_page(step, runs, parts_of(runs), books.screen, one), books.plots_of_step(rows)
    if len(campaign.lines) == 1:
        yield _showing(page, plots, books, links.campaign(one.tag, one.production_type))
    else:
        yield from _with_plots(page, plots, books)


def runs_of(books: BooksOfPages, campaign: Progress) -> Mapping[Step, Sequence[Line]]:
    """The lines of the runs of each step of a campaign."""
    runs: dict[Step, list[Line]] = defaultdict(list)
    for line in books.runs(campaign):
        runs[line.tag, line.dsttype, line.dataset].append(line)
    return runs
