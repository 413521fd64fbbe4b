"""The runs of which something of a product is known."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from prodcli.runs.selection import RunSelection

if TYPE_CHECKING:
    from prodcli.db import Database
    from prodcli.rules.model import Product


def made_runs(product: Product, books: Database, filecatalog: Database) -> RunSelection:
    """The runs of which the books have jobs, or the file catalog files; raises DatabaseError."""
    about = asdict(product)
    booked = books.read(lambda tx: set(tx.column("booked_runs", **about)))
    registered = filecatalog.read(lambda tx: set(tx.column("registered_runs", **about)))
    return RunSelection((), frozenset(booked | registered))
