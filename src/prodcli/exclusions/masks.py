"""Masks: hosts to leave out in some runs, as if the dsttype were made without them.

The effect on a plan is in docs/matching.md. A mask has host names of the raw catalog. For matching they become bits:
bit i for the i-th host of the rule's dsttype.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prodcli.config.profile import host_bits
from prodcli.errors import ConfigError, UsageError
from prodcli.names import did_you_mean
from prodcli.runs.selection import within

if TYPE_CHECKING:
    from prodcli.config.profile import Site
    from prodcli.rules.model import Rule

EVERY_RUN = (0, 99_999_999)
_NAMED = 6  # masks that a line names


@dataclass(frozen=True, slots=True)
class Mask:
    """Hosts that are masked in a range of runs (inclusive), for one output dsttype, or for all if it is empty.

    `id` is its number in the books; 0 is a mask of this command only.
    """

    hosts: tuple[str, ...]
    runs: tuple[int, int] = EVERY_RUN
    dsttype: str = ""
    id: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AppliedMask:
    """A mask that removes hosts from a rule, and the number of selected runs."""

    mask: Mask
    runs: int


def mask_bits(rule: Rule, masks: Iterable[Mask], runs: Iterable[int]) -> dict[int, int]:
    """The masked hosts of each run that has some, as bits over the hosts of the rule's dsttype."""
    bits: dict[int, int] = {}
    numbers = sorted(runs)
    for mask in masks:
        taken = _taken(rule, mask)
        if taken:
            for run in within(numbers, mask.runs):
                bits[run] = bits.get(run, 0) | taken
    return bits


def applied_masks(rule: Rule, masks: Iterable[Mask], runs: Iterable[int]) -> tuple[AppliedMask, ...]:
    """The masks that remove a host from a rule in these runs."""
    numbers = sorted(runs)
    counted = ((mask, len(within(numbers, mask.runs))) for mask in masks if _taken(rule, mask))
    return tuple(AppliedMask(mask, count) for mask, count in counted if count)


def masked_hosts(site: Site, names: Iterable[str], where: str) -> tuple[str, ...]:
    """The hosts of some names, in profile order; raises UsageError for an unknown name, and for the trigger's host."""
    found: set[str] = set()
    for name in (part for text in names for part in text.split(",") if part):
        try:
            found |= {host.name for host in site.hosts_called(name)}
        except ConfigError as err:
            raise UsageError(err.what, where=where, todo="prodcli config detectors lists them") from None
    if site.trigger_host in found:
        raise UsageError(f"{site.trigger_host} cannot be masked: nothing is combined without it", where=where)
    if not found:
        raise UsageError("no host is named", where=where, todo="like TPC17 INTT3")
    return tuple(host.name for host in site.hosts if host.name in found)


def known_dsttype(site: Site, name: str, where: str = "--dsttype") -> str:
    """A dsttype of the site, or empty for all; raises UsageError for an unknown one."""
    if name and name not in site.dsttypes:
        raise UsageError(f"{name!r} is not in the site profile{did_you_mean(name, site.dsttypes)}", where=where)
    return name


def spoken(site: Site, hosts: Iterable[str]) -> str:
    """Hosts by spoken names: `TPC17, INTT3`; a host alone if the others of its name are not masked."""
    wanted = set(hosts)
    words: dict[str, None] = {}
    for host in site.hosts:
        if host.name in wanted:
            whole = all(other.name in wanted for other in site.hosts if other.spoken == host.spoken)
            words[host.spoken if whole else host.leaf] = None
    return ", ".join([*words, *sorted(wanted - {host.name for host in site.hosts})])


def masks_in_words(site: Site, masks: Sequence[AppliedMask]) -> str:
    """`masked: TPC17 in 12 runs (mask 3: HV off), MVTX1 in 40 runs`, at most six by name."""
    words = []
    for one in masks[:_NAMED]:
        origin = f" (mask {one.mask.id}: {one.mask.reason})" if one.mask.id else ""
        words.append(f"{spoken(site, one.mask.hosts)} in {one.runs} {'run' if one.runs == 1 else 'runs'}{origin}")
    more = len(masks) - _NAMED
    return f"masked: {'; '.join(words)}{f'; and by {more} more masks' if more > 0 else ''}"


def _taken(rule: Rule, mask: Mask) -> int:
    return host_bits(rule.dsttype, mask.hosts) if mask.dsttype in ("", rule.params.dsttype) else 0
