"""What all pages are made from: the books, the site profile, the error catalog, and which tags are shown in full."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prodcli.books.filters import Filters
from prodcli.books.job_filter import JobFilter
from prodcli.campaigns.overview import campaigns
from prodcli.campaigns.progress import progress_of, without_campaign
from prodcli.estimates.estimate_table import estimates
from prodcli.jobs.named_errors import named_errors
from prodcli.jobs.question import JobQuestion
from prodcli.jobs.search import listed_as
from prodcli.pages.campaigns.campaign import CampaignReports
from prodcli.pages.campaigns.job_lists import READ, ListedJob
from prodcli.pages.campaigns.named_trouble import trouble_table
from prodcli.pages.campaigns.step import together
from prodcli.pages.plots.page_plots import PagePlot, PlotRows, campaign_plots, read_plot_rows, step_plots
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

    def jobs(self, step: Line, runs: RunSelection = ALL_RUNS, states: Sequence[str] = ()) -> list[ListedJob]:
        """The jobs of a step by run and segment, of all runs and states or of some."""
        return [job for _, jobs in self._jobs_together([step], runs, states) for job in jobs]

    def jobs_of_steps(self, steps: Sequence[Line]) -> Iterator[tuple[Line, list[ListedJob]]]:
        """The steps of a campaign, each with its jobs by run and segment.

        A statement goes through all jobs of a tag: small steps are read together, and few enough that they fit into memory.
        """
        for some in together(steps):
            yield from self._jobs_together(some)

    def _jobs_together(
        self, steps: Sequence[Line], runs: RunSelection = ALL_RUNS, states: Sequence[str] = ()
    ) -> Iterator[tuple[Line, list[ListedJob]]]:
        """Some steps of a tag and dataset, each with its jobs."""
        step_of = {dsttype: line.dsttype for line in steps for dsttype in line.dsttypes}
        found: dict[str, list[ListedJob]] = {line.dsttype: [] for line in steps}
        wanted = JobFilter([steps[0].tag], steps[0].dataset, sorted(step_of), runs=runs, states=states)
        for job in listed_as(ListedJob._make, self.database, JobQuestion(wanted), READ, ("run", "segment")):
            if job.dsttype in step_of:  # a filter takes dsttypes with a longer name, too
                found[step_of[job.dsttype]].append(job)
        for line in steps:
            yield line, found.pop(line.dsttype)

    def plot_rows(self, campaign: Progress) -> PlotRows:
        """What plots of a campaign and of its steps are made from."""
        return read_plot_rows(self.database, self._question(_filters(campaign)))

    def plot_rows_of_step(self, step: Line) -> PlotRows:
        """What plots of a step are made from."""
        return read_plot_rows(self.database, self._question(Filters([step.tag], step.dsttypes))).of(step)

    def plots_of_campaign(self, campaign: Progress, rows: PlotRows) -> list[PagePlot]:
        """The plots of a campaign."""
        return campaign_plots(self.database, self._question(_filters(campaign)), rows)

    def plots_of_step(self, rows: PlotRows) -> list[PagePlot]:
        """The plots of a step."""
        return step_plots(rows, self._question(Filters()))

    def _question(self, filters: Filters) -> Question:
        return Question(filters, name=self.family, now=self.screen.now)

    def reports(self, campaign: Progress, rows: PlotRows) -> CampaignReports:
        """What reports say of a campaign."""
        filters = _filters(campaign)
        question = self._question(filters)
        troubled = JobQuestion(JobFilter(filters.tags or (), dsttypes=filters.dsttypes or ()))
        return CampaignReports(
            estimates(self.database, question, rows.progress.work),
            trouble_table(named_errors(self.database, troubled), self.errors, self.lately),
            outputs(self.database, question, self.filecatalog),
            started(self.database, question),
        )


def _filters(campaign: Progress) -> Filters:
    """The jobs of a campaign: those of its tag and of the dsttypes of its steps."""
    dsttypes = {dsttype for line in campaign.lines for dsttype in line.dsttypes}
    return Filters([campaign.campaign.tag], sorted(dsttypes))
