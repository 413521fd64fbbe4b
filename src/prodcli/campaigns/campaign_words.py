"""Campaigns, and what has changed of them, in words.

Pure: data in, data out.
"""

from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING

from prodcli.time_text import clock_time

if TYPE_CHECKING:
    from prodcli.campaigns.changes import Change, Value
    from prodcli.campaigns.overview import Campaign

_TIMES = ("started_at", "expected_end")


def campaign_in_words(one: Campaign, zone: tzinfo) -> list[str]:
    """The lines above the jobs of a campaign."""
    name = f" ({one.display_name})" if one.display_name else ""
    times = [("started", one.started_at), ("expected to end", one.expected_end), ("registered", one.registered_at)]
    return [
        f"{one.production_type} {one.tag}{name}: {'active' if one.active else 'not active'}, priority {one.priority}",
        ", ".join(f"{word} {clock_time(at, zone)}" for word, at in times if at is not None),
        *filter(None, [one.note]),
    ]


def change_in_words(made: Change, zone: tzinfo) -> str:
    """`tracking ana537_2025p010_v001: priority 0 -> 10, active`."""
    said = [_value_in_words(key, old, new, zone) for key, (old, new) in made.values.items()]
    return f"{made.after.production_type} {made.after.tag}: {', '.join(said) or 'as it was'}"


def _value_in_words(key: str, old: Value, new: Value, zone: tzinfo) -> str:
    def word(value: Value) -> str:
        if key in _TIMES and isinstance(value, int):
            return clock_time(value, zone)
        return "none" if value in (None, "") else str(value)

    if key == "active":
        return "active" if new else "not active"
    return f"{key.replace('_', ' ')} {word(old)} -> {word(new)}"
