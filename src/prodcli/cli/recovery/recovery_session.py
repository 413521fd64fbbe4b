"""The session of recovery verbs: databases, batch system, author."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from prodcli.cli import notes
from prodcli.cli.proof import catalog_proof
from prodcli.cli.provenance.keeping import keeper_of

if TYPE_CHECKING:
    from prodcli.books.actions import Author
    from prodcli.cli.context import Session
    from prodcli.recovery.recovery import Recovery


def recovery_of(session: Session, dry_run: bool = False, anyway: bool = False) -> Recovery:
    """A Recovery with the databases and the batch system of the session; a dry run writes nothing.

    With `anyway` jobs are brought back although a service is down that they need.
    """
    from prodcli.books.claimant import myself
    from prodcli.error_catalog.read_catalog import usable_catalog
    from prodcli.recovery.recovery import Recovery
    from prodcli.services.service_check import ServiceCheck

    config, books = session.config, session.database("production", read_only=dry_run)
    return Recovery(
        books,
        session.database("production_read", read_only=True),
        session.batch,
        myself(),
        config.campaigns,
        config.get("lost_grace"),
        config.get("sweep_every"),
        session.progress,
        catalog_proof(session),
        keeper_of(session),
        partial(usable_catalog, config),
        ServiceCheck(books, session.site, anyway),
    )


def author_of(reason: str) -> Author:
    """The person who acts, the process, and the reason."""
    from prodcli.books.actions import Author
    from prodcli.books.claimant import myself

    return Author(notes.author_of(""), myself(), reason)
