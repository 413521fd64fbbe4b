"""What is usual of a dsttype, and what is far outside."""

import random

import pytest

from prodcli.config.quarantine_terms import QuarantineTerms
from prodcli.registration.spread import Amount, Norm, norm_of

TERMS = QuarantineTerms(minimum=100, deviations=20.0, least=0.05)


def usual(count: int = 200, events: int | None = 10_000) -> list[Amount]:
    """Files of about 1 MB and 100 bytes per event."""
    dice = random.Random(1)
    return [Amount(int(1e6 * dice.uniform(0.95, 1.05)), events) for _ in range(count)]


@pytest.fixture(scope="module")
def norm() -> Norm:
    """The norm of such files, among which a few are bad."""
    return norm_of([*usual(), *[Amount(1, 5)] * 20, *[Amount(10**12, -1)] * 20], TERMS)


@pytest.mark.parametrize(
    ("size", "events", "said"),
    [
        (1_000_000, 10_000, ""),
        (1_200_000, 12_000, ""),
        (700_000, 10_000, ""),
        (10_000, 100, ""),  # the short end of a run
        (20_000, 10, ""),  # where the head of the file is most of it
        (100_000_000, 10_000, "100000000 bytes, usually 99"),
        (1_000_000, 1_000_000, "1000000 events, usually 10000"),
        (10_000, 10_000, "1 bytes per event, usually 99 within a factor of 2.7"),
        (1_000_000, 10, "100000 bytes per event, usually 99"),
        (1_000_000, 0, "0 events, usually 10000"),
        (1_000_000, -1, ""),
        (1_000_000, None, ""),
        (1_000, -1, "1000 bytes, usually 99"),  # nobody could count it
    ],
)
def test_what_is_far_outside_has_a_reason(norm: Norm, size: int, events: int | None, said: str) -> None:
    reason = norm.reason(Amount(size, events))
    assert reason.startswith(said)
    assert bool(reason) == bool(said)


def test_a_few_files_say_nothing() -> None:
    assert norm_of(usual(99), TERMS) == Norm()
    assert norm_of([], TERMS) == Norm()
    assert norm_of(usual(), QuarantineTerms(minimum=0)) == Norm()


def test_files_without_counts_say_what_size_is_usual() -> None:
    norm = norm_of(usual(events=-1), TERMS)
    assert (norm.events, norm.per_event) == (None, None)
    assert norm.reason(Amount(10**9, 10_000))
    assert not norm.reason(Amount(1_000_000, 0))


def test_files_that_are_all_alike_leave_room() -> None:
    """Their deviation is none; `least` makes it a twentieth."""
    norm = norm_of([Amount(1000, 10)] * 200, TERMS)
    assert norm.size is not None
    assert norm.size.factor == pytest.approx(2.718, abs=0.001)
    assert (norm.reason(Amount(2500, 25)), norm.reason(Amount(1000, 10))) == ("", "")
    assert norm.reason(Amount(2800, 10))
