"""How far the jobs of campaigns are.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prodcli.campaigns.overview import Campaign, unregistered
from prodcli.reports.status_lines import Line, total

if TYPE_CHECKING:
    from prodcli.config.profile import Site


@dataclass(frozen=True, slots=True)
class Progress:
    """A campaign with its jobs by dsttype and dataset."""

    campaign: Campaign
    lines: tuple[Line, ...]

    @property
    def total(self) -> Line:
        """All of its jobs."""
        return total(self.lines)


def progress_of(found: Iterable[Campaign], lines: Sequence[Line], site: Site) -> list[Progress]:
    """Campaigns with those of the lines that are theirs: of the tag, and of a dsttype of the production type."""
    of_tags: dict[str, list[Line]] = {}
    for line in lines:
        of_tags.setdefault(line.tag, []).append(line)
    return [Progress(one, tuple(_of_type(one.production_type, of_tags.get(one.tag, ()), site))) for one in found]


def without_campaign(found: Iterable[Progress], lines: Iterable[Line]) -> list[Progress]:
    """The lines that are of no campaign, as dsttypes without a production type are: by tag."""
    theirs = {_place(line) for one in found for line in one.lines}
    of_tags: dict[str, list[Line]] = {}
    for line in lines:
        if _place(line) not in theirs:
            of_tags.setdefault(line.tag, []).append(line)
    return [Progress(unregistered(tag), tuple(rest)) for tag, rest in sorted(of_tags.items())]


def _place(line: Line) -> tuple[str, str, str]:
    return line.tag, line.dsttype, line.dataset


def _of_type(production_type: str, lines: Iterable[Line], site: Site) -> list[Line]:
    prefixes = site.production_types.get(production_type, ())
    return [line for line in lines if any(f"{line.dsttype}_".startswith(f"{prefix}_") for prefix in prefixes)]
