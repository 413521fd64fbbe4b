"""Open claims: their claimants, the number of their rows, and taking claims over."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from prodcli.books.claimant import Claimant, Liveness
from prodcli.db import Database

CLAIMED = "claimed"


@dataclass(frozen=True, slots=True)
class OpenClaim:
    """A claim that nobody has closed; or a closed or missing claim with rows that are still `submitting`.

    `rows` counts those rows; `state` is `claimed`, `submitted`, `released` or `missing`.
    """

    id: str
    state: str
    claimant: Claimant
    lease_left: int  # seconds, by the database's clock
    schedd: str
    rule: str
    folder: str
    rows: int

    def liveness(self, me: Claimant) -> Liveness:
        """Whether the claimant is alive."""
        if self.state != CLAIMED:
            return Liveness(False, f"the claim is {self.state}, but not all of its rows")
        return self.claimant.liveness(me, self.lease_left)


def open_claims(database: Database, schedds: Sequence[str]) -> list[OpenClaim]:
    """All open claims, and stuck rows on these schedds by their claim, in one statement."""
    return database.read(lambda tx: list(tx.rows_as(_open_claim, "open_claims", schedds=list(schedds))))


def _open_claim(host: str, pid: int, boot_id: str, process_start: str, **rest: Any) -> OpenClaim:
    return OpenClaim(claimant=Claimant(host, pid, boot_id, process_start), **rest)


def take_over(database: Database, claim: OpenClaim, me: Claimant) -> bool:
    """Become the claimant of a dead pass's claim; False if another process was quicker."""
    if claim.state != CLAIMED:
        return database.write(lambda tx: tx.run("reopen_claim", claim=claim.id, **asdict(me))) == 1
    old = {f"old_{key}": value for key, value in asdict(claim.claimant).items()}
    return database.write(lambda tx: tx.run("take_over", claim=claim.id, **old, **asdict(me))) == 1
