"""The site in a browser: clicks, keys, addresses, colours, small windows, hostile texts."""

import io
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

import pytest

from prodcli.estimates.estimate_table import estimates
from prodcli.reports.books_report import Question
from prodcli.time_text import clock_time
from tests.support.chromium import watched_page
from tests.support.generated_failures import GeneratedFailures, of_cause
from tests.support.site import EVENTS, HOSTILE, NAMED, NOW, USABLE, books_of_failures, site_of, with_idle_jobs
from tests.support.workspace import Workspace, make_workspace

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.chromium
PHONE = {"width": 390, "height": 844}


class MadeSite(NamedTuple):
    """The folder of a site, the failures that its books have, and when the open jobs of each dsttype may end.

    The books were asked for the ends before and after: ages of jobs grow by the clock of the database.
    """

    folder: Path
    failures: GeneratedFailures
    ends: dict[str, set[str]]


@pytest.fixture(scope="module")
def whole_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MadeSite]:
    """The site of books with failures, and with jobs that wait in a queue."""
    workspace = make_workspace(tmp_path_factory.mktemp("pages"))
    failures = with_idle_jobs(workspace, books_of_failures(workspace))
    before, folder, after = likely_ends(workspace), site_of(workspace), likely_ends(workspace)
    yield MadeSite(folder, failures, {dsttype: {before[dsttype], after[dsttype]} for dsttype in before})
    workspace.drop()


def likely_ends(workspace: Workspace) -> dict[str, str]:
    """The likely end of the open jobs of each dsttype, as pages show it."""
    table = estimates(workspace.database(), Question(now=NOW))
    rows = [dict(zip(table.keys, row, strict=True)) for row in table.rows]
    return {
        str(row["dsttype"]): clock_time(int(str(row["end"]))) for row in rows if row["scope"] == "rule" and row["end"]
    }


@pytest.fixture
def made_site(whole_site: MadeSite) -> tuple[Path, GeneratedFailures]:
    """The folder of the site, and the failures that its books have."""
    return whole_site.folder, whole_site.failures


@pytest.fixture
def site(made_site: tuple[Path, GeneratedFailures]) -> Path:
    """The folder of the site."""
    return made_site[0]


def address(site: Path, name: str) -> str:
    """The address of a page, with what is chosen in it."""
    return f"{site.as_uri()}/{name}"


def shown(page: "Page", table: str) -> str:
    """What a table says of its rows: `1 to 50 of 189`."""
    return page.inner_text(f"#{table}_info")


def column(page: "Page", table: str, key: str) -> list[str]:
    """The cells of a column that are seen."""
    place = 1 + page.locator(f"#{table} thead th").evaluate_all(
        "(all, key) => all.findIndex(one => one.dataset.key == key)", key
    )
    return page.locator(f"#{table} tbody td:nth-child({place})").all_inner_texts()


def keys_of(page: "Page", table: str) -> list[str]:
    """The keys of the columns."""
    return page.locator(f"#{table} thead th").evaluate_all("all => all.map(one => one.dataset.key)")


def pages_of(site: Path) -> list[Path]:
    """The pages, of each kind the first two: those of campaigns, steps and jobs are alike."""
    kinds: dict[str, list[Path]] = {}
    for file in sorted(site.glob("*.html")):
        kinds.setdefault(file.name.partition("-")[0], []).append(file)
    return [file for files in kinds.values() for file in files[:2]]


def test_every_link_leads_to_a_page(site: Path) -> None:
    for file in site.glob("*.html"):
        for link in re.findall(r'(?:href|src)="(?!data:)([^"#]+)', file.read_text()):
            assert (site / unquote(link)).is_file(), (file.name, link)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_trouble_or_colours_that_are_hard_to_read(chromium: "Browser", site: Path, scheme: str) -> None:
    with watched_page(chromium, color_scheme=scheme) as page:
        for file in pages_of(site):
            page.goto(file.as_uri())
            assert page.locator("h1").count() == 1
            text, back = (
                luminance(page.evaluate(f"getComputedStyle(document.body).{one}"))
                for one in ("color", "backgroundColor")
            )
            assert (max(text, back) + 0.05) / (min(text, back) + 0.05) > 7, file.name
            assert (back < text) is (scheme == "dark"), file.name


def luminance(colour: str) -> float:
    """The relative luminance of `rgb(r, g, b)`, 0 to 1."""
    parts = [int(one) / 255 for one in re.findall(r"\d+", colour)[:3]]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_every_page_fits_a_phone(chromium: "Browser", site: Path) -> None:
    with watched_page(chromium, viewport=PHONE, is_mobile=True, has_touch=True) as page:
        for file in pages_of(site):
            page.goto(file.as_uri())
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], file.name


def test_a_number_leads_to_its_rows(chromium: "Browser", made_site: tuple[Path, GeneratedFailures]) -> None:
    site, made = made_site
    with watched_page(chromium) as page:
        page.goto(address(site, "failures.html"))
        link = page.locator("#signatures tbody tr:first-child td a").nth(1)
        count = link.inner_text()
        assert int(count) == max(len(members) for _, members in of_cause(made.failures))
        link.click()
        page.wait_for_url("**/failure-list.html#*")
        assert shown(page, "failures").split(" of ")[1].split()[0] == count
        assert len(set(column(page, "failures", "key"))) == 1


def test_the_questions_of_a_physicist_are_answered_within_two_clicks(chromium: "Browser", whole_site: MadeSite) -> None:
    site, made, ends = whole_site
    jobs = [one for one in made.jobs if one["rulename"] == USABLE]
    tag, dsttype = jobs[0]["tag"], jobs[0]["dsttype"]
    missing = {one["runnumber"] for one in jobs if one["status"] != "finished"}
    usable = {one["runnumber"] for one in jobs} - missing
    with watched_page(chromium) as page:
        page.goto(address(site, "index.html"))
        page.get_by_role("link", name="Datasets").click()
        row = page.locator("#datasets tbody tr", has_text=dsttype)
        cells = dict(zip(keys_of(page, "datasets"), row.locator("td").all_inner_texts(), strict=True))
        finished = sum(one["status"] == "finished" for one in jobs)
        reports = {(one["dbid"], one["attempt"]) for one in made.reports}
        reported = sum(one["status"] == "finished" and (one["id"], one["attempt"]) in reports for one in jobs)
        assert (cells["tag"], cells["jobs"]) == (tag, str(len(jobs)))
        assert cells["done"].strip() == f"{100 * finished / len(jobs):.0f}%"  # is it done?
        assert int(cells["events"]) == EVENTS * reported  # how many events?
        assert cells["end"] in ends[dsttype]  # when?
        states = Counter(one["status"] for one in jobs)
        queued = states["submitted"] + states["running"] + states["evicted"]
        waits = f"{queued} jobs in queues; a person: {states['held']} held, {states['failed']} failed"
        assert cells["waits"] == waits  # and what does the rest wait for?
        assert cells["use"] == f"in part: {len(usable)} runs"  # may I use it?
        row.get_by_role("link", name=str(len(missing)), exact=True).click()
        page.wait_for_url("**/datasets.html#missing*")
        page.wait_for_function("!document.querySelector('#missing').textContent.includes('DST_SEED')")
        assert {int(one) for one in column(page, "missing", "run")} == missing  # which runs are missing?
        assert all(column(page, "missing", "why"))  # and why?
        page.go_back()
        row.get_by_role("link", name=cells["use"]).click()
        page.wait_for_url("**/datasets.html#states*")
        assert {int(one) for one in column(page, "states", "run")} == usable


def test_what_is_missing_has_the_name_of_the_page_of_failures(
    chromium: "Browser", made_site: tuple[Path, GeneratedFailures]
) -> None:
    site, made = made_site
    failed = {(one["id"], one["attempt"]): one["tag"] for one in made.jobs if one["status"] == "failed"}
    named = [one for one in made.failures if "calibrations" in one.cause.text]
    tag = next(failed[one.dbid, one.attempt] for one in named if (one.dbid, one.attempt) in failed)
    missing = sum(failed.get((one.dbid, one.attempt)) == tag for one in named)
    with watched_page(chromium) as page:
        page.goto(next(site.glob(f"campaign-{tag}*.html")).as_uri())
        row = page.locator("#trouble tbody tr", has_text="failed exit 1").filter(has_text=NAMED)
        cells = dict(zip(keys_of(page, "trouble"), row.locator("td").all_inner_texts(), strict=True))
        assert (int(cells["jobs"]), cells["error"], cells["cause"]) == (missing, "failed exit 1", NAMED)
        row.get_by_role("link", name=NAMED, exact=True).click()
        page.wait_for_url("**/failures.html#signatures.key=*")
        page.wait_for_function("document.querySelectorAll('#signatures tbody tr').length == 1")
        assert column(page, "signatures", "error") == [NAMED]
        assert column(page, "signatures", "failures") == [str(len(named))]


def test_rows_are_sorted_by_clicks_and_keys_and_the_address_keeps_it(chromium: "Browser", site: Path) -> None:
    with watched_page(chromium) as page:
        page.goto(address(site, "failures.html"))
        heading = page.locator("#signatures th[data-key=failures]")
        heading.click()
        page.wait_for_url("**#signatures.sort=failures")
        numbers = [int(one) for one in column(page, "signatures", "failures")]
        assert numbers == sorted(numbers)
        heading.get_by_role("button").press("Enter")
        page.wait_for_url("**#signatures.sort=-failures")
        numbers = [int(one) for one in column(page, "signatures", "failures")]
        assert numbers == sorted(numbers, reverse=True)
        page.reload()
        assert [int(one) for one in column(page, "signatures", "failures")] == numbers
        assert page.locator("#signatures th[data-key=failures]").get_attribute("aria-sort") == "descending"


def test_rows_are_searched_and_the_address_keeps_it(chromium: "Browser", site: Path) -> None:
    with watched_page(chromium) as page:
        page.goto(address(site, "failure-list.html"))
        every = shown(page, "failures")
        page.locator(".dt-search input").fill("spool0007")
        page.wait_for_url("**failures.search=spool0007*")
        assert shown(page, "failures") != every
        assert set(column(page, "failures", "node")) == {"spool0007"}
        page.reload()
        assert set(column(page, "failures", "node")) == {"spool0007"}
        assert page.locator(".dt-search input").input_value() == "spool0007"


def test_rows_are_filtered_by_tabs_and_back_goes_back(chromium: "Browser", site: Path) -> None:
    with watched_page(chromium) as page:
        page.goto(address(site, "trouble.html"))
        every = shown(page, "jobs")
        tab = page.locator(".tabs button[data-value=lost]").first
        tab.click()
        assert set(column(page, "jobs", "state")) == {"lost"}
        assert shown(page, "jobs").split(" of ")[1].split()[0] == tab.inner_text().split()[-1]
        assert tab.get_attribute("aria-pressed") == "true"
        page.go_back()
        assert shown(page, "jobs") == every


def test_details_are_hidden_until_they_are_asked_for_by_key(chromium: "Browser", site: Path) -> None:
    with watched_page(chromium) as page:
        page.goto(address(site, "failures.html"))
        assert not page.locator("#texts").is_visible()
        page.locator("summary").first.press("Enter")
        assert page.locator("#texts").is_visible()


def test_the_first_key_leads_past_the_menu(chromium: "Browser", site: Path) -> None:
    with watched_page(chromium) as page:
        page.goto(address(site, "trouble.html"))
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"


def test_screen_readers_are_told_what_tables_are(chromium: "Browser", site: Path) -> None:
    with watched_page(chromium) as page:
        page.goto(address(site, "trouble.html"))
        assert page.get_by_role("table", name="Jobs in trouble by error").count() == 1
        assert page.locator("#errors thead th:not([scope=col])").count() == 0
        assert page.get_by_role("navigation", name="Pages").get_by_role("link").count() == 8
        assert page.locator("nav a[aria-current=page]").inner_text() == "In trouble now"


def test_print_has_no_buttons(chromium: "Browser", site: Path) -> None:
    with watched_page(chromium, color_scheme="dark") as page:
        page.goto(address(site, "trouble.html"))
        page.emulate_media(media="print")
        assert not page.locator(".tabs, .dt-search, .dt-paging, header nav").locator("visible=true").count()
        assert luminance(page.evaluate("getComputedStyle(document.body).backgroundColor")) == 1


def test_hostile_texts_stay_texts(chromium: "Browser", site: Path) -> None:
    with watched_page(chromium) as page:
        page.goto(address(site, "services.html"))
        assert page.locator("#announcements tbody td", has_text=HOSTILE).count() == 2
        for name in ("failures", "failure-list", "trouble", "nodes", "services", "digest"):
            page.goto(address(site, f"{name}.html"))
            assert page.locator("main img[src=absent], main script:not([type='application/json'])").count() == 0, name


def test_no_page_has_a_script_of_its_own(site: Path) -> None:
    for file in site.glob("*.html"):
        text = file.read_text()
        assert "Content-Security-Policy" in text
        assert "unsafe" not in text
        tags = re.findall(r"<(?!/)[^<>]*>", text)
        assert not [tag for tag in tags if re.search(r"\son\w+\s*=|\sstyle\s*=|javascript:", tag)], file.name
        assert all("src=" in tag or "application/json" in tag for tag in tags if tag.startswith("<script")), file.name


def test_the_policy_stops_a_script_that_came_into_a_page(chromium: "Browser", site: Path, tmp_path: Path) -> None:
    text = (site / "services.html").read_text().replace("<main", "<script>document.title = 'hurt'</script><main", 1)
    file = site / "hurt.html"
    file.write_text(text)
    try:
        with pytest.raises(AssertionError, match="Content Security Policy"), watched_page(chromium) as page:
            page.goto(file.as_uri())
            assert page.title() == "Services - prodcli"
    finally:
        file.unlink()


def test_plots_are_seen_described_and_in_the_colours_of_the_reader(chromium: "Browser", site: Path) -> None:
    for scheme in ("light", "dark"):
        with watched_page(chromium, color_scheme=scheme) as page:
            page.goto(next(site.glob("campaign-*.html")).as_uri())
            first = page.locator("#plot-progress img")
            page.wait_for_function("document.querySelector('#plot-progress img').complete")
            assert first.evaluate("one => one.naturalWidth") == 768
            assert " done. done: " in (first.get_attribute("alt") or "")
            assert page.locator("figure img:not([alt])").count() == 0
            dark, light = title_colours(first.screenshot())
            assert dark < 60 < 200 < light, scheme  # ink on the ground of the page


def title_colours(picture: bytes) -> tuple[int, int]:
    """The darkest and the lightest grey in the uppermost line of a picture."""
    from PIL import Image

    drawn = Image.open(io.BytesIO(picture)).convert("L")
    low, high = drawn.crop((0, 0, drawn.width, 20)).getextrema()
    return int(low), int(high)


def test_the_slice_of_a_plot_is_chosen_and_the_address_keeps_it(chromium: "Browser", site: Path) -> None:
    with watched_page(chromium) as page:
        page.goto(next(site.glob("campaign-*.html")).as_uri())
        assert not page.locator("#plot-slots").is_visible()
        page.locator("#more-plots summary").press("Enter")
        shown = page.locator("#plot-slots .slice").locator("visible=true")
        assert shown.evaluate_all(PLACES) == [0]
        page.get_by_label("7 days").check()
        assert shown.evaluate_all(PLACES) == [1]
        assert page.url.endswith("#plot.slots=7d")
        page.reload()
        assert page.get_by_label("7 days").is_checked()
        assert page.locator("#plot-slots").is_visible()
        page.get_by_label("7 days").press("ArrowRight")
        assert page.url.endswith("#plot.slots=30d")
        assert shown.evaluate_all(PLACES) == [2]


PLACES = "all => all.map(one => Array.from(one.parentElement.querySelectorAll('.slice')).indexOf(one))"
