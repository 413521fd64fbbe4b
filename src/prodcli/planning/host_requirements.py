"""The hosts that a run must have: which are wanted, which of them are there, and how many are enough.

A plan asks whether a run meets its requirements, and `why` words the numbers. Sets of hosts are bit masks: bit i stands
for the i-th input (and host) of the dsttype.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from prodcli.config.profile import host_bits
from prodcli.reasons import Reason

if TYPE_CHECKING:
    from prodcli.rules.model import Rule


class HostCheck(NamedTuple):
    """One requirement of a run: all hosts of `must`, and at least `at_least` of the `wanted` hosts, unless it is None."""

    reason: Reason  # what a plan calls a run that does not meet it
    wanted: int
    must: int
    at_least: int | None
    present: int

    @property
    def there(self) -> int:
        """The wanted hosts that are there."""
        return self.wanted & self.present

    @property
    def missing(self) -> int:
        """The wanted hosts that are not there."""
        return self.wanted & ~self.present

    @property
    def too_few(self) -> bool:
        """True if a number is said, and fewer are there."""
        return self.at_least is not None and self.there.bit_count() < self.at_least

    @property
    def met(self) -> bool:
        """True if enough of the hosts are present."""
        return not self.must & ~self.present and not self.too_few

    @property
    def lacking(self) -> int:
        """The hosts for want of which the requirement is not met."""
        return self.must & ~self.present | (self.missing if self.too_few else 0)


@dataclass(frozen=True, slots=True)
class HostRequirements:
    """The required hosts of a rule's runs; `at_least` None means no number, 0 all inputs."""

    every: int
    all_of: int
    if_raw: int
    at_least: int | None

    @classmethod
    def of(cls, rule: Rule) -> HostRequirements:
        """Those of the rule's dsttype, for runs of its runtype."""
        dsttype = rule.dsttype
        need = dsttype.requirement(rule.input.physicsmode)
        every = (1 << len(dsttype.inputs)) - 1
        at_least = (rule.input.min_seb or 0) if need.at_least else None
        return cls(every, host_bits(dsttype, need.all_of), host_bits(dsttype, need.if_raw), at_least)

    def checks(self, raw: int, produced: int, mask: int) -> Iterator[HostCheck]:
        """The requirements of a run in the order in which a plan asks for them, without masked hosts.

        `raw` are the hosts that wrote raw files, `produced` the inputs that the run has.
        """
        yield self.among(Reason.FEW_HOSTS_RAW, raw, mask)
        yield self.among(Reason.FEW_HOSTS_PRODUCED, produced, mask)
        wrote = self.if_raw & raw & ~mask
        yield HostCheck(Reason.HOST_NOT_PRODUCED, wrote, wrote, None, produced)
        yield HostCheck(Reason.MASKED, produced & ~mask, 0, 1, produced)

    def among(self, reason: Reason, present: int, mask: int) -> HostCheck:
        """The check of the hosts that every run must have, among the present hosts."""
        must = self.all_of & ~mask
        if self.at_least is None:
            return HostCheck(reason, must, must, None, present)
        unmasked = self.every & ~mask
        most = unmasked.bit_count()
        return HostCheck(reason, unmasked, must, min(self.at_least or most, most), present)

    def lacking(self, raw: int, produced: int, mask: int) -> int:
        """The hosts that a mask would have to name for a run to meet its requirements; none if it meets them."""
        both = self.among(Reason.FEW_HOSTS_PRODUCED, raw & produced, mask)
        return both.lacking | self.if_raw & raw & ~produced & ~mask
