"""Leave out jobs of runs whose inputs do not have the state that the rule requires.

Pure: data in, data out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from prodcli.catalogs.rows import SegmentInputs
from prodcli.reasons import Level, Reason, Skips
from prodcli.rules.layout import Job


def with_required_state(
    jobs: Sequence[Job], inputs: Iterable[SegmentInputs], good: Mapping[int, int], skips: Skips
) -> list[Job]:
    """The jobs of runs of which every input that jobs read is `good`; inputs are bit masks, masked hosts are not read."""
    produced: dict[int, int] = defaultdict(int)
    for row in inputs:
        produced[row.run] |= row.present
    kept = []
    for job in jobs:
        if produced[job.run] & ~job.mask & ~good.get(job.run, 0):
            skips.add(Reason.INPUT_STATE, Level.SEGMENT, job.run, job.segment)
        else:
            kept.append(job)
    return kept
