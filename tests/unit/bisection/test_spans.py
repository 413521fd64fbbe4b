"""The span in which failures gather, against all spans."""

from random import Random

import pytest

from prodcli.bisection.spans import gathered
from prodcli.diagnosis.chance import Counts


@pytest.mark.parametrize("seed", range(60))
def test_no_other_span_has_more(seed: int) -> None:
    luck = Random(seed)
    counts = [Counts(luck.choice((0, 0, 1, 5)), luck.choice((0, 1, 3, 9))) for _ in range(luck.randint(1, 15))]
    failed, passed = sum(one.failed for one in counts), sum(one.passed for one in counts)

    def weight(start: int, end: int) -> int:
        part = counts[start:end]
        return sum(one.failed for one in part) * passed - sum(one.passed for one in part) * failed

    best = max(weight(start, end) for start in range(len(counts)) for end in range(start, len(counts) + 1))
    assert weight(*gathered(counts)) == best


def test_all_failures_and_nothing_else() -> None:
    counts = [Counts(0, 5), Counts(3, 0), Counts(2, 0), Counts(0, 1)]
    assert gathered(counts) == (1, 3)


@pytest.mark.parametrize("counts", [[], [Counts(0, 5)], [Counts(4, 0), Counts(1, 0)]])
def test_nothing_to_compare_with(counts: list[Counts]) -> None:
    assert gathered(counts) == (0, 0)
