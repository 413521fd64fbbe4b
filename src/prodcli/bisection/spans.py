"""The span of values in their order in which failures gather.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Sequence

from prodcli.diagnosis.chance import Counts


def gathered(counts: Sequence[Counts]) -> tuple[int, int]:
    """The first value and the end (exclusive) of the span that has the most of all failures, less its part of all that passed.

    That is the largest value of Youden's J over all spans: 1 if all failures and nothing else are in the span. Of equal spans
    the first. (0, 0) if there are no failures, or nothing passed.
    """
    failed, passed = (sum(part) for part in zip(*counts, strict=True)) if counts else (0, 0)
    best, span, weight, start = 0, (0, 0), 0, 0
    for number, one in enumerate(counts):
        if weight <= 0:
            weight, start = 0, number
        weight += one.failed * passed - one.passed * failed
        if weight > best:
            best, span = weight, (start, number + 1)
    return span
