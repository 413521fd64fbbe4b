"""The overview of campaigns: what curators say of each tag and production type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prodcli.db import Database, Transaction


@dataclass(frozen=True, slots=True)
class Campaign:
    """A tag with a production type; times are in seconds since 1970, None where nobody has said one.

    The campaign of the lowest priority comes first.
    """

    tag: str
    production_type: str
    display_name: str
    priority: int
    active: bool
    started_at: int | None
    expected_end: int | None
    note: str
    registered_at: int

    @property
    def name(self) -> str:
        """Its display name, else its tag."""
        return self.display_name or self.tag


def unregistered(tag: str) -> Campaign:
    """What stands for the campaign of jobs that have none: those of a tag whose dsttypes have no production type."""
    return Campaign(tag, "", "", priority=0, active=False, started_at=None, expected_end=None, note="", registered_at=0)


def campaigns(database: Database, active: bool | None = None) -> list[Campaign]:
    """The campaigns of the books, active ones first, then by priority; only active or other ones if asked."""
    return [one for one in database.read(campaigns_in) if active is None or one.active is active]


def campaigns_in(tx: Transaction) -> list[Campaign]:
    """All campaigns of the books, in an open transaction."""
    return list(tx.rows_as(_campaign, "campaign_rows"))


def _campaign(active: int, **columns: Any) -> Campaign:
    """A campaign from its row, in which `active` is 0 or 1."""
    return Campaign(active=bool(active), **columns)
