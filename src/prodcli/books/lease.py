"""Keep a claim: a thread with a connection of its own renews the lease while the pass works.

A stopped pass does not renew. Its lease runs out by the database's clock, and another process takes the claim over.
When the pass goes on it notices this: the renewal right before the submission fails.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

from prodcli.books.claimant import Claimant
from prodcli.db import Database
from prodcli.errors import DatabaseError

log = logging.getLogger(__name__)
RENEWAL_SECONDS = 30.0
_PATIENCE = 5.0  # seconds to wait at the end for a renewal that is under way


def renew(database: Database, claim_id: str, claimant: Claimant) -> bool:
    """Renew a lease for ten minutes; False if it has run out, or the claim belongs to another claimant."""
    return database.write(lambda tx: tx.run("renew_lease", claim=claim_id, **asdict(claimant))) == 1


@contextmanager
def keeping(database: Database, claim_id: str, claimant: Claimant) -> Iterator[None]:
    """Renew the lease of a claim every 30 seconds as long as the context lasts; needs no connection before that.

    If the database does not answer, the thread asks again 30 seconds later. Only `renew` tells whether the claim is
    still held.
    """
    over = threading.Event()
    thread = threading.Thread(target=_keep, args=(database, claim_id, claimant, over), name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(_PATIENCE)


def _keep(database: Database, claim_id: str, claimant: Claimant, over: threading.Event) -> None:
    own = database.another()
    try:
        while not over.wait(RENEWAL_SECONDS):
            try:
                if not renew(own, claim_id, claimant):
                    if not over.is_set():  # else it was closed meanwhile
                        log.warning("the lease of claim %s is lost", claim_id)
                    return
            except DatabaseError as failure:
                log.info("the lease of claim %s is not renewed: %s", claim_id, failure)
    finally:
        own.close()
