"""The addresses of pages, and of rows in them: one place that knows both.

All pages lie beside the index. What a reader chooses in a table stands behind the `#` of the address: `jobs.run=66456`.

Pure: data in, data out.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import quote, urlencode
from zlib import crc32

_FILE = re.compile(r"[A-Za-z0-9_.-]{1,200}\.(?:html|svg|csv)")
_PLOT = re.compile(r"plot\.[^.]+\.(.+)\.(?:svg|csv)")
_PART = re.compile(r"jobs-.+-([1-9][0-9]{0,5})\.html")
_LONGEST = 100  # letters of a name in the name of a file, which may have 255 bytes


class Link(NamedTuple):
    """A text that leads somewhere."""

    text: str
    address: str


INDEX = "index.html"
DATASETS = "datasets.html"
FAILURES, FAILURE_LIST, TROUBLE = "failures.html", "failure-list.html", "trouble.html"
NODES, SERVICES, QUALITY, DIGEST = "nodes.html", "services.html", "quality.html", "digest.html"
LATELY = "the last 7 days"  # what the pages of failures, nodes and services are about
TOP = (  # what every page leads to
    *(Link("Campaigns", INDEX), Link("Datasets", DATASETS), Link("In trouble now", TROUBLE)),
    *(Link("Failures", FAILURES), Link("Nodes", NODES), Link("Services", SERVICES)),
    *(Link("Quality", QUALITY), Link("The last day", DIGEST)),
)


def campaign(tag: str, production_type: str = "") -> str:
    """The page of a campaign: its steps; without a production type that of the jobs of a tag that are of no campaign."""
    return f"campaign-{_name(tag, production_type) if production_type else _name(tag)}.html"


def step(tag: str, dsttype: str, dataset: str) -> str:
    """The page of a step: its runs."""
    return f"step-{_name(tag, dsttype, dataset)}.html"


def jobs(tag: str, dsttype: str, dataset: str, part: int) -> str:
    """A page of jobs of a step."""
    return f"jobs-{_name(tag, dsttype, dataset)}-{part}.html"


def part_of(path: str) -> int:
    """The number of a page of jobs; 0 for another path."""
    found = _PART.fullmatch(path)
    return int(found[1]) if found else 0


def trouble(tag: str, dsttype: str, dataset: str) -> str:
    """The page of the jobs of a step that are in trouble."""
    return f"trouble-{_name(tag, dsttype, dataset)}.html"


def plot(page: str, name: str) -> str:
    """A plot of a page, whose path is in that of the plot; `name` is a word without dots."""
    return f"plot.{name}.{page.removesuffix('.html')}.svg"


def points(page: str, name: str) -> str:
    """The points of a plot of a page."""
    return f"plot.{name}.{page.removesuffix('.html')}.csv"


def page_of_plot(path: str) -> str:
    """The page of a plot, or of its points; empty for another path."""
    found = _PLOT.fullmatch(path)
    return f"{found[1]}.html" if found else ""


def rows(path: str, table: str, **columns: object) -> str:
    """The rows of a table whose cells begin with these texts: `jobs-x-1.html#jobs.run=66456`."""
    chosen = urlencode({f"{table}.{column}": value for column, value in columns.items()}, quote_via=quote)
    return f"{path}#{chosen}" if chosen else path


def sorted_rows(path: str, table: str, column: str) -> str:
    """A table with the greatest cells of a column first."""
    return f"{path}#{table}.sort=-{quote(column)}"


def found_rows(path: str, table: str, words: object) -> str:
    """The rows of a table that have these words."""
    return f"{path}#{table}.search={quote(str(words))}"


def is_name(path: str) -> bool:
    """True for a path that a page, or a file beside a page, may have."""
    return _FILE.fullmatch(path) is not None


def _name(*names: str) -> str:
    """Names as a part of a file's name; what is lost on the way is told apart by a number."""
    whole = ".".join(names)
    plain = re.sub(r"[^A-Za-z0-9_.-]", "_", whole)[:_LONGEST]
    return plain if (plain,) == names else f"{plain}-{crc32(repr(names).encode()):08x}"
