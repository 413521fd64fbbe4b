"""Find hosts that are absent from a run and present in its neighbours: candidates for a mask.

Pure: data in, data out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prodcli.config.profile import Site


@dataclass(frozen=True, slots=True)
class Presence:
    """The hosts that took part in a run, by their names in the raw catalog; `asked` if the run is a selected one."""

    run: int
    runtype: str
    asked: bool
    hosts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Absence:
    """Hosts that a run lacks and its neighbours have, in profile order; `between` are the nearest neighbours."""

    run: int
    runtype: str
    hosts: tuple[str, ...]
    between: tuple[int, int]


def absences(site: Site, found: Iterable[Presence], neighbours: int) -> list[Absence]:
    """Asked runs without hosts that the nearest runs of their runtype have, this many runs on either side.

    A run with fewer neighbours on a side is not judged: nobody knows whether the host came back.
    """
    by_runtype: dict[str, list[Presence]] = defaultdict(list)
    for presence in sorted(found, key=lambda presence: presence.run):
        by_runtype[presence.runtype].append(presence)
    lacking = []
    for row in by_runtype.values():
        for i in range(neighbours, len(row) - neighbours):
            this = row[i]
            if not this.asked:
                continue
            around = row[i - neighbours : i] + row[i + 1 : i + 1 + neighbours]
            usual = frozenset.intersection(*(other.hosts for other in around)) - this.hosts - {site.trigger_host}
            hosts = tuple(host.name for host in site.hosts if host.name in usual)
            if hosts:
                lacking.append(Absence(this.run, this.runtype, hosts, (row[i - 1].run, row[i + 1].run)))
    return sorted(lacking, key=lambda absence: absence.run)


def allowed_hosts(site: Site, absence: Absence) -> tuple[str, ...]:
    """The hosts that the site allows to mask automatically: none if the run lacks more than `max_hosts`."""
    if len(absence.hosts) > site.auto_mask.max_hosts:
        return ()
    detectors = {host.name: host.detector for host in site.hosts}
    return tuple(name for name in absence.hosts if detectors[name] in site.auto_mask.detectors)
