"""The plots of pages on both databases: the figures of `plot`, of the jobs that the page is about."""

import csv
import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest

from prodcli.books.filters import Filters
from prodcli.config.settings import load_config
from prodcli.error_catalog.catalog import ErrorCatalog
from prodcli.pages import links
from prodcli.pages.books_of_pages import BooksOfPages
from prodcli.pages.page import Page, PageFile
from prodcli.pages.plots.plot_files import ShownPlot
from prodcli.pages.site_pages import pages_of
from prodcli.plots.progress import progress
from prodcli.reports.books_report import Question
from prodcli.tables.screen import Screen
from tests.support.generated_failures import GeneratedFailures
from tests.support.site import EVENTS, NOW, USABLE, books_of_failures
from tests.support.workspace import Workspace

WEEK = 7 * 86_400
STEP_NAMES = ["progress", "events"]
NAMES = ["progress", "throughput", "slots-1d", "slots-7d", "slots-30d", "memory", "durations", "events"]
Made = tuple[Workspace, GeneratedFailures, dict[str, Page | PageFile]]


@pytest.fixture
def made(workspace: Workspace) -> Made:
    """Books, what is in them, and the pages with the files beside them by their paths."""
    failures = books_of_failures(workspace, 200)
    site = load_config(workspace.file, workspace.folder).site
    books = BooksOfPages(workspace.database(), workspace.database("filecatalog"), Screen(NOW), site, ErrorCatalog(()))
    return workspace, failures, {one.path: one for one in pages_of(books)}


def step_of(jobs: list[dict[str, Any]]) -> str:
    """The page of the step of some jobs."""
    one = jobs[0]
    return links.step(one["tag"], one["dsttype"], one["dataset"])


def points(pages: dict[str, Page | PageFile], page: str, name: str) -> list[dict[str, str]]:
    """The points of a plot of a page, from the file that the page leads to."""
    (path,) = [one.points for one in plots_of(pages, page) if one.name == name]
    file = pages[path]
    assert isinstance(file, PageFile)
    return list(csv.DictReader(file.content.decode().splitlines()))


def test_campaigns_and_steps_have_plots_with_words_and_points(made: Made) -> None:
    _, _, pages = made
    shown = [one for one in pages.values() if isinstance(one, Page) and one.context.get("plots")]
    assert {one.path.partition("-")[0] for one in shown} == {"campaign", "step"}
    for page in shown:
        plots = plots_of(pages, page.path)
        assert [one.name for one in plots] == (NAMES if page.path.startswith("campaign-") else STEP_NAMES)
        for one in plots:
            assert one.words.startswith(one.title)
            assert {one.picture in pages, one.points in pages} == {bool(one.picture)}
            beside = {links.page_of_plot(path) for path in (one.picture, one.points) if path}
            assert beside <= {page.path if page.path.startswith("campaign-") or not alone(page, shown) else over(page)}


def plots_of(pages: dict[str, Page | PageFile], path: str) -> list[ShownPlot]:
    """The plots of a page."""
    context: Any = pages[path].context  # type: ignore[union-attr]
    return [plot for group in context["plots"] for plot in group.plots]


def over(page: Any) -> str:
    """The page of the campaign of a step's page."""
    return str(page.trail[-1].address)


def alone(page: Page, pages: list[Page]) -> bool:
    """Whether no other step's page is of the campaign of a step."""
    return sum(one.path.startswith("step-") and over(one) == over(page) for one in pages) == 1


def test_the_only_step_of_a_campaign_shows_the_files_of_the_campaign(made: Made) -> None:
    _, failures, pages = made
    page = step_of([one for one in failures.jobs if one["rulename"] == USABLE])
    campaign = {one.name: one for one in plots_of(pages, over(pages[page]))}
    assert [one.name for one in plots_of(pages, page)] == STEP_NAMES
    assert plots_of(pages, page) == [campaign[name] for name in STEP_NAMES]
    assert [path for path in pages if links.page_of_plot(path) == page] == []


def test_pictures_are_svg(made: Made) -> None:
    pictures = [one for path, one in made[2].items() if path.endswith(".svg")]
    assert len(pictures) > len(NAMES)
    for one in pictures:
        assert isinstance(one, PageFile)
        assert ElementTree.fromstring(one.content).tag.endswith("svg")  # noqa: S314


def test_the_plots_of_a_step_are_about_its_jobs(made: Made) -> None:
    _, failures, pages = made
    jobs = [one for one in failures.jobs if one["rulename"] == USABLE]
    page = step_of(jobs)
    finished = {one["id"]: one["attempt"] for one in jobs if one["status"] == "finished"}
    reported = [one for one in failures.reports if finished.get(one["dbid"]) == one["attempt"]]
    written = points(pages, page, "events")
    assert sum(int(one["y"]) for one in written) == EVENTS * len(reported)
    by_run = {one["id"]: one["runnumber"] for one in jobs}
    assert {int(one["x"]) for one in written} == {by_run[one["dbid"]] for one in reported}


def test_the_throughput_of_campaigns_has_every_end_once(made: Made) -> None:
    workspace, _, pages = made
    ends = workspace.sql(
        "SELECT status FROM production_attempts WHERE status IN ('finished', 'failed') AND finished IS NOT NULL"
    )
    campaigns = [path for path in pages if path.startswith("campaign-") and links.points(path, "throughput") in pages]
    drawn = [one for page in campaigns for one in points(pages, page, "throughput")]
    assert ends
    for state in ("finished", "failed"):
        assert sum(int(one["y"]) for one in drawn if one["series"] == state) == ends.count((state,)), state


def test_the_progress_of_a_page_is_that_of_plot(made: Made) -> None:
    workspace, failures, pages = made
    jobs = [one for one in failures.jobs if one["rulename"] == USABLE]
    figure = progress(workspace.database(), Question(Filters([jobs[0]["tag"]], [jobs[0]["dsttype"]]), now=NOW))
    drawn = [one for one in points(pages, step_of(jobs), "progress") if one["series"] == "done"]
    assert [float(one["y"]) for one in drawn] == [*figure.series[0].y]
    page: Any = pages[step_of(jobs)]
    assert page.context["plots"][0].plots[0].title == figure.title
