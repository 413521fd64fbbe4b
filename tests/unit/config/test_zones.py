"""The clock of a file catalog: what its times mean, and how they are written."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodcli.config.profile import site_from_mapping
from prodcli.config.zones import CatalogClock, zone_named
from prodcli.errors import ConfigError
from tests.support.library_rules import profile

NEW_YORK = CatalogClock(zone_named("America/New_York"))


def seconds(text: str) -> int:
    """Seconds since 1970 of a time in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("hands", "time"),
    [
        ("2025-07-01 08:00:00", "2025-07-01 12:00:00"),
        ("2025-01-01 08:00:00", "2025-01-01 13:00:00"),
        ("2025-11-02 01:30:00", "2025-11-02 05:30:00"),  # comes twice; the first
    ],
)
def test_hands_of_new_york(hands: str, time: str) -> None:
    assert NEW_YORK.read(seconds(hands)) == seconds(time)
    assert NEW_YORK.hands(seconds(time)) == seconds(hands)


@given(st.integers(0, 2**32))
def test_what_is_written_is_read_again_as_the_same_hands(time: int) -> None:
    read = NEW_YORK.read(NEW_YORK.hands(time))
    assert read in (time, time - 3600)
    assert NEW_YORK.hands(read) == NEW_YORK.hands(time)
    assert CatalogClock().read(time) == CatalogClock().hands(time) == time


@pytest.mark.parametrize("hands", [None, 10**15, -(10**15)])
def test_what_no_calendar_has_stays(hands: int | None) -> None:
    assert NEW_YORK.read(hands) == hands


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc", 7])
def test_a_zone_that_is_none_is_one_error(name: object) -> None:
    with pytest.raises(ConfigError, match="catalog_zone: no time zone is called"):
        site_from_mapping("x", {**profile(), "catalog_zone": name})
