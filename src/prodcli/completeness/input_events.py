"""The events of a segment's inputs: whether the inputs agree, and how many events a job of them should make.

Inputs are bit masks: bit i stands for the i-th input of the dsttype.

Pure: data in, data out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from prodcli.catalogs.rows import SegmentInputs
from prodcli.completeness.checked_units import Expected


class InputGroup(NamedTuple):
    """Inputs of a segment with the same number of events; None if the catalog has no number."""

    run: int
    segment: int
    events: int | None
    mask: int


Groups = Mapping[tuple[int, int], Sequence[InputGroup]]


def by_segment(found: Iterable[InputGroup]) -> Groups:
    """The groups of each run and segment."""
    groups: dict[tuple[int, int], list[InputGroup]] = defaultdict(list)
    for one in found:
        groups[one.run, one.segment].append(one)
    return groups


def segment_inputs(groups: Groups) -> list[SegmentInputs]:
    """The inputs of each segment as a plan wants them, on disk or not."""
    found = []
    for (run, segment), several in groups.items():
        mask = 0
        for one in several:
            mask |= one.mask
        found.append(SegmentInputs(run, (segment,), mask, mask))
    return found


def expected_of(groups: Sequence[InputGroup], wanted: int) -> Expected:
    """The events of the wanted inputs; of several rows of one input the row with the most events counts."""
    numbers: set[int] = set()
    for one in sorted(groups, key=_most_first):
        if one.mask & wanted and one.events is not None:
            numbers.add(one.events)
        wanted &= ~one.mask
    agreed = numbers.pop() if len(numbers) == 1 else None
    return Expected(agreed, len(numbers) > 1, max(numbers, default=agreed or 0))


def _most_first(group: InputGroup) -> tuple[bool, int]:
    return group.events is None, -(group.events or 0)
