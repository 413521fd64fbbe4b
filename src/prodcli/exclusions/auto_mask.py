"""Automatic masks: proposed from `hostinfo`, and made where the site allows them.

runs -> hosts of these and their neighbours -> absences -> minus masked hosts -> allowed hosts into the books.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from prodcli.books.expiry import Until
from prodcli.config.profile import Site
from prodcli.db import Database
from prodcli.exclusions.absent_hosts import Absence, Presence, absences, allowed_hosts
from prodcli.exclusions.masks import Mask
from prodcli.exclusions.noted import NoteKind, active, add
from prodcli.runs.selection import RunSelection


class MaskFate(StrEnum):
    """The fate of absent hosts: the site allows their mask, a person must decide, or they are masked already."""

    ALLOWED = "allowed"
    PROPOSED = "proposed"
    KNOWN = "masked already"


@dataclass(frozen=True, slots=True)
class MaskProposal:
    """Absent hosts of a run with the same fate."""

    absence: Absence
    hosts: tuple[str, ...]
    fate: MaskFate

    @property
    def mask(self) -> Mask:
        """The proposed mask, for all dsttypes."""
        before, after = self.absence.between
        reason = f"not in hostinfo, though runs {before} and {after} have it"
        return Mask(self.hosts, (self.absence.run, self.absence.run), reason=reason)


def propose(daq: Database, books: Database, site: Site, selection: RunSelection, neighbours: int) -> list[MaskProposal]:
    """Masks for the selected runs; one statement for all runs, and the statements that read the masks."""
    found = absences(site, _presence(daq, selection, neighbours), neighbours)
    masks = [mask for mask in active(books).masks if not mask.dsttype]
    return [proposal for absence in found for proposal in _judged(site, absence, masks)]


def apply(books: Database, proposals: Iterable[MaskProposal], author: str, until: Until | None = None) -> int:
    """Add the masks that the site allows; returns their number."""
    masks = [proposal.mask for proposal in proposals if proposal.fate is MaskFate.ALLOWED]
    return len(add(books, NoteKind.MASKS, masks, author, until)) if masks else 0


def _judged(site: Site, absence: Absence, masks: Sequence[Mask]) -> Iterable[MaskProposal]:
    known = {host for mask in masks if mask.runs[0] <= absence.run <= mask.runs[1] for host in mask.hosts}
    allowed = set(allowed_hosts(site, absence))
    by_fate: dict[MaskFate, list[str]] = defaultdict(list)
    for host in absence.hosts:
        by_fate[MaskFate.KNOWN if host in known else MaskFate.ALLOWED if host in allowed else MaskFate.PROPOSED].append(
            host
        )
    return (MaskProposal(absence, tuple(by_fate[fate]), fate) for fate in MaskFate if fate in by_fate)


class _HostRow(NamedTuple):
    """A host that took part in a run; `asked` is 0 for a neighbour of the runs that were asked for."""

    run: int
    runtype: str | None
    asked: int
    host: str
    server: int | None


def _presence(daq: Database, selection: RunSelection, neighbours: int) -> list[Presence]:
    spans = [{"low": low, "high": high} for low, high in selection.spans]
    hosts: dict[tuple[int, str, bool], set[str]] = defaultdict(set)
    for row in daq.read(lambda tx: list(tx.rows_as(_HostRow, "host_presence", spans=spans, neighbours=neighbours))):
        key = row.run, row.runtype or "", bool(row.asked)
        hosts[key].add(f"{row.host}:{row.server}" if row.server else row.host)
    return [Presence(run, runtype, asked, frozenset(names)) for (run, runtype, asked), names in hosts.items()]
