"""Addresses of levels: as people type them, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodcli.errors import UsageError
from prodcli.hierarchy.address import Address, Level, address_of

NAMES = ("auau", "ana537_2025p010_v001", "Full_TRKR_SEED", "early", "12@submit1.example.org")


@given(st.integers(0, 5))
def test_an_address_is_read_as_it_is_written(depth: int) -> None:
    address = Address(*NAMES[:depth])
    assert address_of(str(address)) == address
    assert address.level is list(Level)[depth]
    assert address.names == NAMES[:depth]
    assert address.name == (NAMES[depth - 1] if depth else "")


def test_a_slash_at_the_end_is_no_name() -> None:
    assert address_of("auau/ana537_2025p010_v001/") == Address("auau", "ana537_2025p010_v001")


def test_levels_lie_in_one_another() -> None:
    step = Address(*NAMES[:3])
    assert step.below("early") == Address(*NAMES[:4])
    assert Address().below("auau") == Address("auau")
    assert step.at(Level.PRODUCTION) == Address("auau")
    assert step.holds(step)
    assert step.holds(step.below("early"))
    assert not step.below("early").holds(step)
    assert not Address("auau").holds(Address("auau2"))


@pytest.mark.parametrize("text", ["a//b", "/a", "a b", "a/b/c/d/12/13", "a/b/c/d/e", "a/b/c/d/12@", "a/../b", "a\n"])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        address_of(text)
    assert refused.value.where == "ADDRESS"
