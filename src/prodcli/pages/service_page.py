"""The page of services that jobs need, and of announcements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prodcli.pages import links
from prodcli.pages.page import Page
from prodcli.pages.page_table import page_table
from prodcli.services.announcement_table import announcement_table
from prodcli.services.announcements import standing
from prodcli.services.booked import Outages, services_now, spells_since
from prodcli.services.service_table import history_table, service_table

if TYPE_CHECKING:
    from prodcli.pages.books_of_pages import BooksOfPages


def service_page(books: BooksOfPages) -> Page:
    """How services are and were, and what is announced; raises DatabaseError if the books cannot be read."""
    now, found = services_now(books.database)
    planned = Outages(books.database).planned(now)
    services = service_table(books.site, found, planned, now)
    announced = announcement_table(standing(books.database))
    history = history_table(spells_since(books.database, books.lately)[1], now)
    tables = [
        page_table(announced, books.screen, "announcements", caption="Announcements"),
        page_table(services, books.screen, "services", caption="Services that jobs need"),
    ]
    details = [(f"Every state of {links.LATELY}", page_table(history, books.screen, "history", tabs="service"))]
    return Page(links.SERVICES, "tables.html", "Services", {"lines": [], "tables": tables, "details": details})
