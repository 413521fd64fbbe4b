"""The pages of campaigns, steps and jobs in a real Chromium: links lead from each number to its rows, and the address keeps the view."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.chromium import watched_page
from tests.support.hostile_jobs import hostile_jobs
from tests.support.workspace import Workspace, make_workspace, seeded_catalog

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SHOWN = "tbody tr:has(td:nth-child(2))"  # the rows of a table, without the one that says that there are none
# resolves when the page has heard of the new address
FOLLOW = (
    "view => new Promise(heard => { addEventListener('hashchange', heard, { once: true }); location.hash = view; })"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The site of books whose jobs, nodes and reasons hold hostile text."""
    workspace: Workspace = make_workspace(tmp_path_factory.mktemp("site"))
    workspace.load(seeded_catalog(1))
    hostile_jobs(workspace)
    workspace.ok("dashboard", "html", workspace.folder / "site")
    yield workspace.folder / "site"
    workspace.drop()


def addresses(page: "Page", table: str) -> list[tuple[str, str]]:
    """The numbers of a table with their addresses."""
    found = page.locator(f"#{table} tbody a").evaluate_all("links => links.map(link => [link.innerText, link.href])")
    return [(text, address) for text, address in found]


def follow(page: "Page", address: str) -> None:
    """Open an address; one that differs from the page's in what follows the # alone is followed as a click within the page is."""
    file, _, view = address.partition("#")
    if page.url.partition("#")[0] == file:
        page.evaluate(FOLLOW, view)
    else:
        page.goto(address)


def test_each_number_of_a_run_leads_to_so_many_jobs(site: Path, chromium: "Browser") -> None:
    with watched_page(chromium) as page:
        for step in site.glob("step-*.html"):
            page.goto(step.as_uri())
            links = [(text, address) for text, address in addresses(page, "runs") if "jobs.state=" in address]
            assert links
            for text, address in links:
                follow(page, address)
                assert page.locator(f"#jobs {SHOWN}").count() == int(text), address


def test_jobs_are_two_clicks_away_from_the_index(site: Path, chromium: "Browser") -> None:
    with watched_page(chromium) as page:
        page.goto((site / "index.html").as_uri())
        page.locator("#campaigns tbody a").first.click()
        page.locator("#steps tbody a[href^=trouble]").first.click()
        page.locator(f"#jobs {SHOWN}").first.wait_for()  # a click does not wait until the next page has its rows


def test_the_address_keeps_what_is_sorted_and_searched(site: Path, chromium: "Browser") -> None:
    with watched_page(chromium) as page:
        page.goto(next(site.glob("trouble-*.html")).as_uri())
        for said in ("#jobs.sort=dbid", "#jobs.sort=-dbid"):
            page.locator("#jobs thead th[data-key=dbid]").click()
            page.wait_for_url(f"**/*{said}")
        first = page.locator(f"#jobs {SHOWN}").first.inner_text()
        page.reload()
        assert page.locator(f"#jobs {SHOWN}").first.inner_text() == first


def test_every_page_fits_a_phone_and_says_nothing_to_the_console(site: Path, chromium: "Browser") -> None:
    with watched_page(chromium, viewport={"width": 390, "height": 800}, color_scheme="dark") as page:
        for one in sorted(site.glob("*.html")):
            page.goto(one.as_uri())
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, one.name
