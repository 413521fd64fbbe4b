"""How far the steps of a chain are: jobs by state in the books, files in the file catalog."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from prodcli.books.filters import Filters
from prodcli.config.profile import Match, Site
from prodcli.names import leafdir
from prodcli.reports.status import status_lines
from prodcli.rules.model import Product

if TYPE_CHECKING:
    from prodcli.db import Database, Transaction

Jobs = Mapping[str, int]  # by state, as `query` counts them


@dataclass(frozen=True)
class Progress:
    """Jobs of a product by state, and its files in the file catalog; None where nobody was asked."""

    jobs: Jobs | None = None
    registered: int | None = None

    @property
    def is_made(self) -> bool:
        """True if there are jobs or files of it."""
        return any((self.jobs or {}).values()) or bool(self.registered)


@dataclass(frozen=True)
class BookedJobs:
    """All jobs of the books by product and state; dsttypes are as in the books, with leaves of hosts."""

    by_product: Mapping[Product, Jobs] = field(default_factory=dict)

    def of(self, product: Product) -> Jobs:
        """The jobs of a product, of all hosts."""
        jobs: Counter[str] = Counter()
        for name in self.names(product):
            jobs.update(self.by_product[Product(name, product.dataset, product.tag)])
        return jobs

    def names(self, product: Product) -> list[str]:
        """The dsttypes by which the books call a product."""
        return [
            one.dsttype
            for one in self.by_product
            if (one.tag, one.dataset) == (product.tag, product.dataset)
            and (one.dsttype == product.dsttype or one.dsttype.startswith(f"{product.dsttype}_"))
        ]


class _Files(NamedTuple):
    """The number of files of a product."""

    number: int
    files: int


def booked_jobs(books: Database) -> BookedJobs:
    """Count the jobs of the books; raises DatabaseError."""
    lines = status_lines(books, Filters())
    return BookedJobs(
        {
            Product(one.dsttype, one.dataset, one.tag): {state: n for state, n in one.counts.items() if n}
            for one in lines
        }
    )


def registered_files(
    catalog: Database, site: Site, products: Sequence[Product], booked: BookedJobs
) -> dict[Product, int]:
    """The number of files that the file catalog has of each product; raises DatabaseError."""
    rows = [
        {"number": number, "dsttype": name, "dataset": one.dataset, "tag": one.tag}
        for number, one in enumerate(products)
        for name in sorted({*_leaves(site, one.dsttype), *booked.names(one)})
    ]

    def work(tx: Transaction) -> list[_Files]:
        return list(tx.rows_as(_Files, "registered_products", products=rows))

    files: dict[int, int] = defaultdict(int)
    files.update(catalog.read(work) if rows else ())
    return {one: files[number] for number, one in enumerate(products)}


def progress_of(
    products: Iterable[Product], booked: BookedJobs | None, registered: Mapping[Product, int]
) -> dict[Product, Progress]:
    """What is known of each product."""
    return {one: Progress(booked.of(one) if booked else None, registered.get(one)) for one in products}


def _leaves(site: Site, dsttype: str) -> list[str]:
    """The dsttypes of a product in the file catalog: for combining one for each host."""
    known = site.dsttypes.get(dsttype)
    if known is None or known.match is not Match.COMBINING:
        return [dsttype]
    return [leafdir(dsttype, host.leaf) for host in known.hosts]
