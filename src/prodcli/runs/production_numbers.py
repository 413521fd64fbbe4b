"""Production numbers, which generated jobs have in the place of runs, and the seed of each job.

Pure: data in, data out.
"""

from itertools import pairwise

from prodcli.errors import UsageError
from prodcli.runs.selection import RunSelection, parse_runs

# With these limits every seed differs from every other, and 2,147,399,999 is the largest.
MOST_GENERATED_RUN = 21_473
MOST_GENERATED_JOBS = 100_000  # of a run


def seed_of(run: int, segment: int) -> int:
    """The seed of a generated job, `run * 100000 + segment`: from 100,000 to 2^31 - 1, the same at every attempt."""
    return run * MOST_GENERATED_JOBS + segment


def selected(words: tuple[str, ...]) -> RunSelection:
    """The runs of numbers and ranges; raises ValueError for another word."""
    try:
        return parse_runs([",".join(words)])
    except UsageError as failure:
        raise ValueError(failure.what) from None


def production_numbers(words: tuple[str, ...]) -> tuple[str, ...]:
    """Numbers and ranges that name each run once; raises ValueError for others."""
    spans = sorted(span for word in words for span in selected((word,)).spans)
    if not spans:
        raise ValueError("no runs are named; write numbers and ranges, like [1, 10-20]")
    for low, high in spans:
        if low < 1 or high > MOST_GENERATED_RUN:
            raise ValueError(f"runs of generated jobs are numbers from 1 to {MOST_GENERATED_RUN}, so that seeds differ")
    for one, other in pairwise(spans):
        if other[0] <= one[1]:
            raise ValueError(f"run {other[0]} is named twice")
    return words
