"""A real Chromium for tests of pages: the machine's own, headless, driven by Playwright without a browser of its own.

Playwright keeps an event loop running in its thread, in which other tests could not start one of theirs: the fixture
`chromium` therefore lasts for one file. Each page has a profile folder that is new, and asks nobody on the network.
"""

import importlib.util
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PROGRAM = "/usr/bin/chromium"
HERE = ("file:", "data:", "blob:", "about:", "http://127.0.0.1:")
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


def why_missing() -> str:
    """Say in one line why there is no Chromium here; empty if there is."""
    if importlib.util.find_spec("playwright") is None:
        return "Playwright's Python package is missing (pip install playwright)"
    return "" if shutil.which(PROGRAM) else f"there is no {PROGRAM} (apt-get install chromium)"


@contextmanager
def chromium() -> Iterator["Browser"]:
    """A Chromium that is up, with settings and caches in a folder that goes with it."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory(prefix="prodcli-chromium-", ignore_cleanup_errors=True) as home:
        environment: dict[str, str | float | bool] = {**os.environ, "HOME": home, "XDG_CONFIG_HOME": home}
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=PROGRAM, headless=True, args=[*QUIET], env=environment, handle_sigint=False
            )
            yield browser
            browser.close()


@contextmanager
def watched_page(browser: "Browser", **reader: Any) -> Iterator["Page"]:
    """A page of a reader (`color_scheme`, `viewport` and so on of Playwright); raises AssertionError at its end if the
    console had an error or warning, a file was missing, or anything was asked of the network."""
    context = browser.new_context(**reader)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda one: said.append(f"console: {one.text}") if one.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(f"script: {error}"))
    page.on("dialog", lambda dialog: (said.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("requestfailed", lambda request: said.append(f"failed: {request.url} {request.failure}"))
    page.on("request", lambda request: None if request.url.startswith(HERE) else said.append(f"network: {request.url}"))
    try:
        yield page
    finally:
        context.close()
    assert not said, said
