"""The space of the disks that roots lie on, and roots that are fuller than the site allows."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from prodcli.rules.layout import Layout
from prodcli.rules.model import Rule

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DiskSpace:
    """The space of the disk below a root, in bytes; `free` is what an account without privileges may use."""

    kind: str
    folder: str
    device: int
    used: int
    free: int

    @property
    def fullness(self) -> float:
        """The used fraction of what can be used, as `df` shows it."""
        return self.used / (self.used + self.free) if self.used + self.free else 0.0


def disk_spaces(folders: Mapping[str, str]) -> list[DiskSpace]:
    """The space below folders by kind, or below the nearest folder above that exists; a folder that cannot be read is a warning."""
    return [one for kind, folder in folders.items() if (one := _space(kind, folder)) is not None]


def full_roots(rule: Rule) -> list[str]:
    """The roots of a rule that are fuller than the site allows, in words."""
    limits = rule.site.full_at
    return list(too_full(disk_spaces(_folders(rule, limits)), limits)) if limits else []


def too_full(spaces: Iterable[DiskSpace], limits: Mapping[str, float]) -> Iterator[str]:
    """The spaces that are fuller than the limit of their kind, in words."""
    for one in spaces:
        if one.fullness > limits[one.kind]:
            yield f"{one.kind} is {100 * one.fullness:.1f} % full, and the site allows {100 * limits[one.kind]:g} % ({one.folder})"


def _folders(rule: Rule, kinds: Iterable[str]) -> dict[str, str]:
    """The folder of each kind as far as it is the same for all jobs of a rule."""
    formats = Layout(rule).formats
    fixed = {kind: formats[kind].partition("{")[0].rpartition("/")[0] for kind in kinds}
    return {kind: folder or rule.site.roots[kind] for kind, folder in fixed.items()}


def _space(kind: str, folder: str) -> DiskSpace | None:
    path = Path(folder)
    for place in (path, *path.parents):
        try:
            found = os.statvfs(place)
            device = place.stat().st_dev
        except FileNotFoundError:
            continue
        except OSError as failure:
            log.warning("the space of %s is unknown: %s", folder, failure.strerror)
            return None
        used = (found.f_blocks - found.f_bfree) * found.f_frsize
        return DiskSpace(kind, folder, device, used, found.f_bavail * found.f_frsize)
    return None
