"""The runs that datasets should have and of which no job was ever submitted, with the reasons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from prodcli.books.claims import Books
from prodcli.books.filters import Filters
from prodcli.campaigns.requests import requests
from prodcli.errors import ConfigError, DatabaseError
from prodcli.provenance.booked_rules import booked_rules
from prodcli.reports.status import status_lines
from prodcli.rules.model import Product
from prodcli.runs.selection import RunSelection, parse_runs
from prodcli.why.never_submitted import NeverSubmitted

if TYPE_CHECKING:
    from prodcli.campaigns.progress import Progress
    from prodcli.catalogs.catalogs import Catalogs
    from prodcli.pages.books_of_pages import BooksOfPages
    from prodcli.reports.status_lines import Line
    from prodcli.rules.model import Rule

Dataset = tuple[str, str, str]  # tag, dsttype, dataset
_APPROVED = "approved"


@dataclass(frozen=True)
class RunsWithoutJobs:
    """Why runs have no job, by dataset and run; `unknown` says why that cannot be said."""

    reasons: Mapping[Dataset, Mapping[int, str]] = field(default_factory=dict)
    unknown: str = ""


def runs_without_jobs(books: BooksOfPages, found: Sequence[Progress]) -> RunsWithoutJobs:
    """The runs that campaigns should have, less those that have jobs; one plan for each step.

    Nothing is known of a step whose jobs another tool submitted. Raises DatabaseError if the books cannot be read.
    """
    if books.catalogs is None:
        return RunsWithoutJobs(unknown="nobody was asked")
    try:
        return RunsWithoutJobs(dict(_told(books, books.catalogs, found)))
    except (ConfigError, DatabaseError) as failure:
        return RunsWithoutJobs(unknown=failure.what)


def _told(
    books: BooksOfPages, catalogs: Catalogs, found: Sequence[Progress]
) -> Iterator[tuple[Dataset, Mapping[int, str]]]:
    """The reasons of each step. The runs that have jobs are found among all jobs of a tag: tags without a rule are not read."""
    tags = dict.fromkeys(one.campaign.tag for one in found)
    rules = {product: rule for tag in tags for product, rule in booked_rules(books.database, tag, books.site).items()}
    known = sorted({product.tag for product in rules})
    runs = status_lines(books.database, Filters(known), "run", books.family) if known else []
    asking = NeverSubmitted.on(catalogs, Books(books.database))
    return _reasons(found, rules, _wanted_runs(books, runs), asking, _runs_of(runs))


def _reasons(
    found: Sequence[Progress],
    rules: Mapping[Product, Rule],
    wanted: Mapping[tuple[str, str], RunSelection],
    asking: NeverSubmitted,
    booked: Mapping[Dataset, set[int]],
) -> Iterator[tuple[Dataset, Mapping[int, str]]]:
    for line in (line for one in found for line in one.lines):
        rule = rules.get(Product(line.dsttype, line.dataset, line.tag))
        key = (line.tag, line.dsttype, line.dataset)
        if rule is not None and (line.tag, line.dataset) in wanted:
            yield key, asking.reasons(rule, wanted[line.tag, line.dataset], booked[key])


def _wanted_runs(books: BooksOfPages, runs: Iterable[Line]) -> dict[tuple[str, str], RunSelection]:
    """The runs that each tag should have of a dataset: those of its approved request, else the first to the last with a job."""
    ends: dict[tuple[str, str], tuple[int, int]] = {}
    for one in runs:
        run = int(one.key or 0)
        low, high = ends.get((one.tag, one.dataset), (run, run))
        ends[one.tag, one.dataset] = min(low, run), max(high, run)
    spans = {key: RunSelection((span,), frozenset()) for key, span in ends.items()}
    asked = [one for one in requests(books.database) if one.state == _APPROVED]
    return spans | {(one.tag, one.dataset): parse_runs([one.runs]) for one in asked}


def _runs_of(lines: Iterable[Line]) -> Mapping[Dataset, set[int]]:
    found: dict[Dataset, set[int]] = defaultdict(set)
    for one in lines:
        found[one.tag, one.dsttype, one.dataset].add(int(one.key or 0))
    return found
