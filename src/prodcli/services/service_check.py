"""The services that jobs need before a verb brings them back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prodcli.db import chunks_of
from prodcli.services.needs import Lack, NeedyJobs, lacks_of, needs_of_jobs

if TYPE_CHECKING:
    from prodcli.config.profile import Site
    from prodcli.db import Database, Transaction

_ROWS = 5_000  # rows per statement


@dataclass(frozen=True)
class ServiceCheck:
    """Looks at the services that jobs need: the site and the rule of their submission say which.

    With `anyway` jobs are brought back although the site refuses that while a service is down.
    """

    books: Database
    site: Site
    anyway: bool = False

    def lacks(self, dbids: Sequence[int]) -> list[Lack]:
        """What is wrong with services that some jobs need, now or soon; raises DatabaseError."""

        def work(tx: Transaction) -> set[tuple[str, str, str | None]]:
            return {
                tuple(row) for chunk in chunks_of(sorted(dbids), _ROWS) for row in tx.rows("needs_of_jobs", ids=chunk)
            }

        found = self.books.read(work) if dbids else set()
        jobs = [NeedyJobs(rule, dsttype, json.loads(needs or "[]")) for rule, dsttype, needs in sorted(found, key=str)]
        return list(lacks_of(self.books, self.site, needs_of_jobs(self.site, jobs)))
