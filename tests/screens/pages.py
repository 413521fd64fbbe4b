"""Take pictures of pages: `python -m tests.screens.pages SITE FOLDER`, where SITE is what `dashboard html` wrote."""

import sys
from pathlib import Path
from typing import Any

from tests.support.chromium import chromium, watched_page

DESK: dict[str, Any] = {"viewport": {"width": 1200, "height": 640}}
TALL: dict[str, Any] = {"viewport": {"width": 1200, "height": 900}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 700}, "is_mobile": True, "color_scheme": "dark"}
PICTURES = {
    "campaigns": ("index", DESK),
    "campaign": ("campaign-*tracking*", TALL),
    "datasets": ("datasets", DESK),
    "failures": ("failures", DESK),
    "trouble-phone": ("trouble", PHONE),
}


def take(site: Path, folder: Path) -> None:
    """Write a picture of each page; raises AssertionError if a page has trouble."""
    folder.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for name, (page_name, reader) in PICTURES.items():
            with watched_page(browser, **reader) as page:
                page.goto(next(site.resolve().glob(f"{page_name}.html")).as_uri())
                page.wait_for_load_state("networkidle")
                page.screenshot(path=folder / f"{name}.png")


if __name__ == "__main__":
    take(Path(sys.argv[1]), Path(sys.argv[2]))
