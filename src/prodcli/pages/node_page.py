"""The page of nodes: the jobs that left each lately, compared with other nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prodcli.books.filters import Filters
from prodcli.nodes.excluded import bad_nodes
from prodcli.nodes.node_lines_table import nodes_table, summary
from prodcli.nodes.outcomes import node_table
from prodcli.pages import links
from prodcli.pages.page import Page
from prodcli.pages.page_table import Row, page_table
from prodcli.states import Status
from prodcli.tables.arrange import arranged

if TYPE_CHECKING:
    from prodcli.pages.books_of_pages import BooksOfPages


def node_page(books: BooksOfPages) -> Page:
    """The page of all nodes, the worst first; raises DatabaseError if the books cannot be read."""
    lines = node_table(books.database, Filters(books.tags or None, since=books.lately))
    excluded = {one.node for one in bad_nodes(books.database)}
    table = nodes_table(lines, excluded, summary(lines, len(lines)))
    shown = arranged(table, columns=[key for key in table.keys if key != "exclude_with"])
    caption = f"Jobs that left a node in {links.LATELY}"
    tables = [page_table(shown, books.screen, "nodes", _failures_at, caption)]
    return Page(links.NODES, "tables.html", "Nodes", {"lines": [], "tables": tables, "details": []})


def _failures_at(key: str, row: Row) -> str:
    """All failures at a node, or those that are counted as failed there: holds are failures, too."""
    if key == "node":
        return links.rows(links.FAILURE_LIST, "failures", node=row["node"])
    return links.rows(links.FAILURE_LIST, "failures", node=row["node"], state=Status.FAILED) if key == "failed" else ""
