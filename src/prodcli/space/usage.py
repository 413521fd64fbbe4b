"""What productions take on disk, how full the disks are, and when they will be full if they fill as lately."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from prodcli.catalogs.file_search import dsttypes_called
from prodcli.db import Database
from prodcli.health.disk_space import DiskSpace, disk_spaces

if TYPE_CHECKING:
    from prodcli.config.profile import Site

_DAY = 86_400


class Usage(NamedTuple):
    """Files and bytes of a tag and dsttype: on disk, and on tape only."""

    tag: str | None
    dsttype: str | None
    files: int
    size: int
    tape_files: int
    tape_size: int


@dataclass(frozen=True, slots=True)
class Disk:
    """A disk below one or several roots, in bytes; `growth` is what came below the roots in a day, by the file catalog."""

    kinds: tuple[str, ...]
    folder: str
    used: int
    free: int
    fullness: float
    full_at: float | None
    growth: int

    @property
    def days_left(self) -> float | None:
        """The days until the disk is full, or as full as the site allows; None if it does not fill."""
        if self.growth <= 0:
            return None
        room = (self.full_at or 1.0) * (self.used + self.free) - self.used
        return max(0.0, room / self.growth)


def usage(filecatalog: Database, site: Site, tags: Sequence[str] = (), dsttype: str | None = None) -> list[Usage]:
    """What the file catalog has by tag and dsttype, the largest first; leaves of a host count for their dsttype."""
    names = dsttypes_called(site, dsttype) if dsttype else ()
    values = {"any_dsttype": int(not names), "dsttypes": list(names), "any_tag": int(not tags), "tags": list(tags)}
    rows = filecatalog.read(lambda tx: list(tx.rows_as(Usage, "catalog_usage", **values)))
    leaves = {leaf: name for name in site.dsttypes for leaf in dsttypes_called(site, name)}
    sums: dict[tuple[str | None, str | None], list[int]] = defaultdict(lambda: [0] * 4)
    for row in rows:
        total = sums[row.tag, leaves.get(row.dsttype or "", row.dsttype)]
        for place, value in enumerate(row[2:]):
            total[place] += int(value)
    found = [Usage(*key, *total) for key, total in sums.items()]
    return sorted(found, key=lambda one: (-one.size, str(one.tag), str(one.dsttype)))


def disks(filecatalog: Database, site: Site, since: int, now: int) -> list[Disk]:
    """The disks below the roots; growth by files that were registered between two times, in seconds since 1970."""
    folders = {kind: root for kind, root in site.roots.items() if root}
    outermost = _outermost(folders.values())
    growth: Mapping[str, int] = dict(
        filecatalog.read(
            lambda tx: list(
                tx.rows(
                    "catalog_growth",
                    folders=[{"folder": one} for one in outermost],
                    since=site.catalog_clock.hands(since),
                )
            )
        )
    )
    days = max(now - since, 1) / _DAY
    spaces = sorted(disk_spaces(folders), key=lambda one: one.device)
    made = [_disk(list(few), growth, days, site) for _, few in groupby(spaces, key=lambda one: one.device)]
    return sorted(made, key=lambda disk: -disk.fullness)


def _disk(spaces: Sequence[DiskSpace], growth: Mapping[str, int], days: float, site: Site) -> Disk:
    first = spaces[0]
    per_day = Counter({one.folder: growth.get(one.folder, 0) for one in spaces}).total() / days
    limits = [site.full_at[one.kind] for one in spaces if one.kind in site.full_at]
    kinds = tuple(one.kind for one in spaces)
    return Disk(kinds, first.folder, first.used, first.free, first.fullness, min(limits, default=None), int(per_day))


def _outermost(folders: Iterable[str]) -> list[str]:
    """The folders that lie in no other of them: a file counts once."""
    every = set(folders)
    return sorted(one for one in every if not any(one.startswith(other + "/") for other in every))
