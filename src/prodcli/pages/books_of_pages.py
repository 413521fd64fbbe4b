"""What all pages are made from: the books, the site profile, the error catalog, and which tags are shown in full."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from prodcli.books.filters import Filters
from prodcli.books.job_filter import JobFilter
from prodcli.campaigns.overview import campaigns
from prodcli.campaigns.progress import progress_of, without_campaign
from prodcli.estimates.estimate_table import estimates
from prodcli.jobs.named_errors import named_errors
from prodcli.jobs.question import JobQuestion
from prodcli.jobs.search import listed
from prodcli.pages.campaigns.campaign import CampaignReports
from prodcli.pages.campaigns.job_lists import READ
from prodcli.pages.campaigns.named_trouble import trouble_table
from prodcli.pages.plots.page_plots import PagePlot, campaign_plots, step_plots
from prodcli.reports.books_report import Question
from prodcli.reports.job_figures import started
from prodcli.reports.run_progress import outputs
from prodcli.reports.status import status_lines
from prodcli.runs.selection import ALL_RUNS

if TYPE_CHECKING:
    from prodcli.campaigns.progress import Progress
    from prodcli.catalogs.catalogs import Catalogs
    from prodcli.config.profile import Site
    from prodcli.db import Database
    from prodcli.error_catalog.catalog import ErrorCatalog
    from prodcli.reports.status_lines import Line
    from prodcli.runs.selection import RunSelection
    from prodcli.tables.screen import Screen

_LATELY = 7 * 86_400  # seconds; links.LATELY


@dataclass(frozen=True)
class BooksOfPages:
    """The books with the tags that are asked for, all without any; `every`: runs and jobs also of tags that are all done.

    Every method raises DatabaseError if the books cannot be read.
    """

    database: Database
    filecatalog: Database
    screen: Screen
    site: Site
    errors: ErrorCatalog
    family: Callable[[str], str] = str
    tags: Sequence[str] = ()
    every: bool = False
    catalogs: Catalogs | None = None  # which tell of runs without jobs

    @property
    def lately(self) -> int:
        """When the days began that pages of failures, nodes and services are about, in seconds since 1970."""
        return self.screen.now - _LATELY

    def campaigns(self) -> list[Progress]:
        """All campaigns in their order, with the lines of their steps; last the steps that are of none."""
        lines = status_lines(self.database, Filters(self.tags or None), name=self.family)
        known = [one for one in campaigns(self.database) if not self.tags or one.tag in self.tags]
        found = progress_of(known, lines, self.site)
        return [*found, *without_campaign(found, lines)]

    def in_full(self, campaign: Progress) -> bool:
        """True for a campaign whose runs and jobs have pages: with jobs, and asked for by its tag, or not done."""
        open_ = any(one.counts["finished"] < one.jobs for one in campaign.lines)
        return bool(campaign.lines) and (self.every or bool(self.tags) or open_)

    def at_work(self, campaign: Progress) -> bool:
        """True for a campaign that is active, or not done."""
        return campaign.campaign.active or any(one.counts["finished"] < one.jobs for one in campaign.lines)

    def runs(self, campaign: Progress) -> list[Line]:
        """The lines of the runs of all steps of a campaign."""
        return status_lines(self.database, _filters(campaign), "run", self.family)

    def jobs(self, step: Line, runs: RunSelection = ALL_RUNS, states: Sequence[str] = ()) -> list[dict[str, Any]]:
        """The jobs of a step by run and segment, of all runs and states or of some."""
        dsttypes = sorted(step.leaves) or [step.dsttype]
        question = JobQuestion(JobFilter([step.tag], step.dataset, dsttypes, runs=runs, states=states))
        return listed(self.database, question, READ, ("run", "segment"))

    def plots_of_campaign(self, campaign: Progress) -> list[PagePlot]:
        """The plots of a campaign."""
        return campaign_plots(self.database, self._question(_filters(campaign)))

    def plots_of_step(self, step: Line) -> list[PagePlot]:
        """The plots of a step."""
        return step_plots(self.database, self._question(Filters([step.tag], sorted(step.leaves) or [step.dsttype])))

    def _question(self, filters: Filters) -> Question:
        return Question(filters, name=self.family, now=self.screen.now)

    def reports(self, campaign: Progress) -> CampaignReports:
        """What reports say of a campaign."""
        filters = _filters(campaign)
        question = self._question(filters)
        troubled = JobQuestion(JobFilter(filters.tags or (), dsttypes=filters.dsttypes or ()))
        return CampaignReports(
            estimates(self.database, question),
            trouble_table(named_errors(self.database, troubled), self.errors, self.lately),
            outputs(self.database, question, self.filecatalog),
            started(self.database, question),
        )


def _filters(campaign: Progress) -> Filters:
    """The jobs of a campaign: those of its tag and of the dsttypes of its steps."""
    dsttypes = {leaf for line in campaign.lines for leaf in line.leaves or [line.dsttype]}
    return Filters([campaign.campaign.tag], sorted(dsttypes))
