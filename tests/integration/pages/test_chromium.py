"""The browser of the tests: it shows a page, and tells what went wrong on it."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.chromium import watched_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.chromium


def page_of(folder: Path, body: str) -> str:
    """The address of a page with a body."""
    file = folder / "page.html"
    file.write_text(f"<!doctype html><meta charset=utf-8><title>A page</title>{body}", encoding="utf-8")
    return file.as_uri()


def test_a_page_is_shown_as_its_reader_likes_it(chromium: "Browser", tmp_path: Path) -> None:
    body = "<h1>Runs</h1><script>document.body.append(matchMedia('(prefers-color-scheme: dark)').matches)</script>"
    with watched_page(chromium, color_scheme="dark", viewport={"width": 390, "height": 844}) as page:
        page.goto(page_of(tmp_path, body))
        assert page.inner_text("body").split() == ["Runs", "true"]
        assert page.evaluate("innerWidth") == 390


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<script>undefinedName()</script>", "script: undefinedName is not defined"),
        ("<script>console.error('bad run')</script>", "console: bad run"),
        ("<script>alert(1)</script>", "dialog: 1"),
        ("<script src=absent.js></script>", "failed: .*absent.js"),
        ("<img src=http://pages.example/x.png>", "network: http://pages.example/x.png"),
    ],
)
def test_trouble_on_a_page_fails_its_test(chromium: "Browser", tmp_path: Path, body: str, said: str) -> None:
    with pytest.raises(AssertionError, match=said), watched_page(chromium) as page:
        page.goto(page_of(tmp_path, body))
