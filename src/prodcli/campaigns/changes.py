"""Changing what the books say of campaigns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from prodcli.campaigns.overview import Campaign, campaigns_in
from prodcli.errors import UsageError

if TYPE_CHECKING:
    from prodcli.db import Database, Transaction

Value = str | int | bool | None
CHANGEABLE = ("active", "display_name", "priority", "started_at", "expected_end", "note")


@dataclass(frozen=True, slots=True)
class Change:
    """A campaign before and after a change."""

    before: Campaign
    after: Campaign

    @property
    def values(self) -> dict[str, tuple[Value, Value]]:
        """What has changed, by its name: the value before, and the one after."""
        pairs = {key: (getattr(self.before, key), getattr(self.after, key)) for key in CHANGEABLE}
        return {key: (old, new) for key, (old, new) in pairs.items() if old != new}


def change(
    database: Database, choose: Callable[[Sequence[Campaign]], Sequence[Campaign]], values: dict[str, Value]
) -> list[Change]:
    """Give chosen campaigns some values, in one transaction; returns all of the chosen ones.

    Raises UsageError for a campaign that would end before it starts, and what `choose` raises; then nothing is changed.
    """

    def work(tx: Transaction) -> list[Change]:
        made = [Change(one, _changed(one, values)) for one in choose(campaigns_in(tx))]
        tx.run("change_campaigns", rows=[_row(one.after) for one in made if one.values])
        return made

    return database.write(work)


def _row(one: Campaign) -> dict[str, Value]:
    return asdict(one) | {"active": int(one.active)}


def _changed(one: Campaign, values: dict[str, Value]) -> Campaign:
    """A campaign with other values; raises UsageError if it would end before it starts."""
    after = replace(one, **values)  # type: ignore[arg-type]
    if after.started_at is not None and after.expected_end is not None and after.expected_end <= after.started_at:
        raise UsageError(
            f"{one.tag} would end before it starts", where="campaign set", todo="give a later --expected-end"
        )
    return after
