"""The look at the books that makes one page of a site, without the other pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from prodcli.pages import links
from prodcli.pages.campaigns.job_lists import IN_TROUBLE, part_page, trouble_list
from prodcli.pages.campaigns.step import parts_of
from prodcli.pages.site_pages import Look, campaign_pages, first_looks, runs_of, step_pages
from prodcli.runs.selection import RunSelection

if TYPE_CHECKING:
    from prodcli.campaigns.progress import Progress
    from prodcli.pages.books_of_pages import BooksOfPages
    from prodcli.pages.campaigns.step import Step
    from prodcli.pages.page import Page, PageFile
    from prodcli.reports.status_lines import Line


def look_at(books: BooksOfPages, campaigns: Sequence[Progress], path: str) -> Look | None:
    """The look that makes the page of a path, or the page beside which a file of this path lies; None for a path of no page."""
    page = links.page_of_plot(path) or path
    of_campaigns = (look for one in campaigns for look in _looks_of(books, one, links.part_of(page)))
    every = chain(first_looks(books, campaigns), of_campaigns)
    return next((look for look in every if page in look.paths), None)


def _looks_of(books: BooksOfPages, campaign: Progress, part: int) -> Iterator[Look]:
    """The looks at a campaign, with that at one list of jobs of each step."""
    one = campaign.campaign
    full = books.in_full(campaign)
    rows = books.plot_rows if full else lambda _: None
    yield Look((links.campaign(one.tag, one.production_type),), lambda: campaign_pages(books, campaign, rows(campaign)))
    for line in campaign.lines if full else ():
        looks = LooksAtStep(books, campaign, line)
        yield Look((links.step(*looks.step),), looks.pages)
        yield Look((links.trouble(*looks.step),), looks.trouble)
        yield Look((links.jobs(*looks.step, part),), partial(looks.jobs, part))


@dataclass(frozen=True)
class LooksAtStep:
    """The looks at a step of a campaign."""

    books: BooksOfPages
    campaign: Progress
    line: Line

    @property
    def step(self) -> Step:
        """The tag, dsttype and dataset of the step."""
        return self.line.tag, self.line.dsttype, self.line.dataset

    @property
    def _runs(self) -> Sequence[Line]:
        return runs_of(self.books, self.campaign)[self.step]

    def pages(self) -> Iterator[Page | PageFile]:
        """The page of the step."""
        return step_pages(self.books, self.campaign, self.line, self._runs, self.books.plot_rows_of_step(self.line))

    def trouble(self) -> Iterator[Page]:
        """The list of jobs in trouble: those in a queue and those that failed are found by an index each."""
        jobs = [job for states in IN_TROUBLE for job in self.books.jobs(self.line, states=states)]
        yield trouble_list(self.step, jobs, self.campaign.campaign)

    def jobs(self, part: int) -> Iterator[Page]:
        """A list of jobs of some runs; nothing if the step has fewer lists."""
        runs = [run for run, place in parts_of(self._runs).items() if place == part]
        if runs:
            jobs = self.books.jobs(self.line, RunSelection(((min(runs), max(runs)),), frozenset()))
            yield part_page(self.step, part, jobs, self.campaign.campaign)
