"""What all pages are made from: the books, the site profile, the error catalog, and which tags are shown in full."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prodcli.books.filters import Filters
from prodcli.reports.status import status_lines

if TYPE_CHECKING:
    from prodcli.config.profile import Site
    from prodcli.db import Database
    from prodcli.error_catalog.catalog import ErrorCatalog
    from prodcli.reports.status_lines import Line
    from prodcli.tables.screen import Screen

_LATELY = 7 * 86_400  # seconds; links.LATELY


@dataclass(frozen=True)
class BooksOfPages:
    """The books with the tags that are asked for, all without any; `every`: runs and jobs also of tags that are all done."""

    database: Database
    screen: Screen
    site: Site
    errors: ErrorCatalog
    family: Callable[[str], str] = str
    tags: Sequence[str] = ()
    every: bool = False

    @property
    def lately(self) -> int:
        """When the days began that pages of failures, nodes and services are about, in seconds since 1970."""
        return self.screen.now - _LATELY

    def steps(self) -> list[Line]:
        """The lines of all steps; raises DatabaseError if the books cannot be read."""
        return status_lines(self.database, Filters(self.tags or None), name=self.family)
