"""The figures of a digest, which the books keep, so that the next digest can say what changed.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_COUNTS = ("jobs", "finished", "failed", "held", "parked")  # of tags, whose changes are told


@dataclass(frozen=True)
class Figures:
    """The state at one moment: counts by tag, held jobs by reason, and troubles by name with a few words each."""

    tags: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    held: Mapping[str, int] = field(default_factory=dict)
    silent: Mapping[str, str] = field(default_factory=dict)
    starving: Mapping[str, str] = field(default_factory=dict)
    services: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """A figure that changed: of a kind of thing, of which thing, before and now; None where there was nothing."""

    kind: str
    name: str
    figure: str
    before: int | str | None
    now: int | str | None


def changes(before: Figures, now: Figures) -> Iterator[Change]:
    """What changed between two digests: tags, reasons of holds, silent loops, starving rules, services."""
    for tag in sorted({*before.tags, *now.tags}):
        old, new = before.tags.get(tag, {}), now.tags.get(tag, {})
        for figure in _COUNTS:
            if old.get(figure, 0) != new.get(figure, 0):
                yield Change("tag", tag, figure, old.get(figure, 0), new.get(figure, 0))
    for reason in sorted({*before.held, *now.held}):
        if before.held.get(reason, 0) != now.held.get(reason, 0):
            yield Change("hold", reason, "held", before.held.get(reason, 0), now.held.get(reason, 0))
    for kind, figure, old_ones, new_ones in (
        ("loop", "silent", before.silent, now.silent),
        ("rule", "starving", before.starving, now.starving),
        ("service", "state", before.services, now.services),
    ):
        for name in sorted({*old_ones, *new_ones}):
            if old_ones.get(name) != new_ones.get(name):
                yield Change(kind, name, figure, old_ones.get(name), new_ones.get(name))
