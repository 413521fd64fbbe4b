"""Compare what prodcli plans with the jobs that another tool has put into the books, and submit nothing.

The plan is made as if the jobs of the other tool, of so many days, were not there yet. Catalogs and masks are as they are now.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from prodcli.books.claims import Booked, Books
from prodcli.catalogs.catalogs import Catalogs
from prodcli.exclusions.noted import active
from prodcli.names import names_from
from prodcli.planning.plan import Plan, make_plan
from prodcli.planning.plan_request import PlanRequest
from prodcli.rules.layout import Layout

if TYPE_CHECKING:
    from pathlib import Path

    from prodcli.db import Database, Transaction
    from prodcli.rules.model import Rule
    from prodcli.runs.selection import RunSelection


@dataclass(frozen=True)
class OtherJob:
    """A job that another tool has put into the books."""

    number: int
    filename: str
    dsttype: str
    run: int
    segment: int


@dataclass(frozen=True)
class ShadowRule:
    """A rule that steering submits, with its runs and segments (None: all of them)."""

    rule: Rule
    runs: RunSelection
    segments: RunSelection | None = None


def jobs_of_others(books: Database, rules: Sequence[ShadowRule], since: int) -> list[list[OtherJob]]:
    """The jobs of each rule that other tools have submitted since a time in seconds since 1970; raises DatabaseError."""
    products = [one.rule.product for one in rules]
    rows = [
        {"number": number, "dsttype": one.dsttype, "dataset": one.dataset, "tag": one.tag}
        for number, one in enumerate(products)
    ]

    def work(tx: Transaction) -> list[OtherJob]:
        return list(tx.rows_as(OtherJob, "jobs_of_others", products=rows, since=since))

    found: list[list[OtherJob]] = [[] for _ in rules]
    for job in books.read(work) if rows else ():
        found[job.number].append(job)
    return found


def plan_without(
    one: ShadowRule, theirs: Iterable[OtherJob], catalogs: Catalogs, books: Books, templates: Path | None
) -> Plan:
    """The plan of a rule as if jobs of others were not there yet; reads only, and raises ProdError if it cannot be made."""
    several = Layout(one.rule).outputs_per_job
    names = frozenset(name for job in theirs for name in names_from(job.filename, several))
    wanted = PlanRequest(
        rule=one.rule,
        runs=one.runs,
        segments=one.segments,
        exclusions=active(books.database),
        templates=templates,
    )
    before = _CatalogsBefore(catalogs.daq, catalogs.raw, catalogs.filecatalog, catalogs.production, names)
    return make_plan(wanted, before, _BooksBefore(books.database, names))


@dataclass(frozen=True)
class _CatalogsBefore(Catalogs):
    """Catalogs without some outputs."""

    without: frozenset[str] = field(default_factory=frozenset)

    def produced(self, names: Sequence[str]) -> set[str]:
        """The names that the file catalog has, but for the outputs that are not there yet."""
        return super().produced([name for name in names if name not in self.without])


@dataclass(frozen=True)
class _BooksBefore(Books):
    """Books without some outputs."""

    without: frozenset[str] = field(default_factory=frozenset)

    def booked(self, names: Sequence[str], constraint: str = "") -> dict[str, Booked]:
        """The rows that block outputs, but for the outputs that are not there yet."""
        return super().booked([name for name in names if name not in self.without], constraint)
