"""Take files that are gone from the disk out of the file catalog.

rule + runs -> entries of the file catalog with their places -> places without a file -> minus these rows. Only places below the
rule's outdir and finaldir count, and only where these disks are mounted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from prodcli.db import Database, Transaction, chunks_of
from prodcli.names import leafdir
from prodcli.progress import Progress, silent

if TYPE_CHECKING:
    from prodcli.rules.model import Rule
    from prodcli.runs.selection import RunSelection

_ROWS = 5_000  # per transaction


class CataloguedPlace(NamedTuple):
    """A place of a file in the file catalog; None for a file without one."""

    filename: str
    run: int
    segment: int
    host: str | None
    path: str | None


@dataclass
class GoneFiles:
    """The places without a file; `elsewhere` counts places on other disks, or on disks that are not mounted."""

    places: list[CataloguedPlace] = field(default_factory=list)
    elsewhere: int = 0

    @property
    def names(self) -> list[str]:
        """The files, each once."""
        return sorted({one.filename for one in self.places})


@dataclass(frozen=True)
class Unregister:
    """A verb that takes the entries of files which are gone out of the file catalog."""

    rule: Rule
    filecatalog: Database
    progress: Progress = silent

    def plan(self, runs: RunSelection, segments: RunSelection | None) -> GoneFiles:
        """The places without a file, on those disks of the rule that are mounted here."""
        roots = self._mounted_roots()
        gone = GoneFiles()
        for place in self._places(runs):
            if segments is not None and place.segment not in segments:
                continue
            if place.path is not None and not place.path.startswith(roots):
                gone.elsewhere += 1
            elif is_gone(place):
                gone.places.append(place)
        return gone

    def act(self, gone: GoneFiles) -> int:
        """Delete the rows of places that are still without a file; returns the number of files that left the catalog."""
        count = 0
        with self.progress("unregistering", len(gone.places)) as advance:
            for chunk in chunks_of(gone.places, _ROWS):
                count += self.filecatalog.write(lambda tx, part=chunk: _drop(tx, part, self.rule.params.dataset))  # type: ignore[misc]
                advance(len(chunk))
        return count

    def _mounted_roots(self) -> tuple[str, ...]:
        roots = dict.fromkeys(self.rule.site.roots[key] for key in ("outdir", "finaldir"))
        return tuple(f"{root}/" for root in roots if Path(root).is_dir())

    def _places(self, runs: RunSelection) -> list[CataloguedPlace]:
        rule = self.rule
        name = rule.params.dsttype
        wanted = {
            "spans": [{"low": low, "high": high} for low, high in runs.spans],
            "tag": rule.outtriplet,
            "dataset": rule.params.dataset,
            "dsttypes": [leafdir(name, host.leaf) for host in rule.dsttype.hosts] if rule.combining else [name],
        }
        return self.filecatalog.read(lambda tx: list(tx.rows_as(CataloguedPlace, "catalogued_places", **wanted)))


def is_gone(place: CataloguedPlace) -> bool:
    """True for a place without a file; a place that cannot be looked at is not gone."""
    if place.path is None:
        return True
    try:
        Path(place.path).lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        return False
    return False


def _drop(tx: Transaction, places: Sequence[CataloguedPlace], dataset: str) -> int:
    """Delete the rows of places without a file; a spider that gives files their names has their rows locked until then."""
    names = sorted({one.filename for one in places})
    list(tx.rows("locked_file_rows", names=names, dataset=dataset))
    gone = [one for one in places if is_gone(one)]
    tx.run("drop_places", rows=[one._asdict() for one in gone if one.path is not None])
    return tx.run("drop_homeless", names=sorted({one.filename for one in gone}), dataset=dataset)
