"""Sizes: units, rounding, ladders."""

import pytest

from prodcli.sizes import parse_bytes, parse_kb, parse_ladder, parse_mb


@pytest.mark.parametrize(
    ("text", "megabytes"),
    [
        ("2 GB", 2048),
        ("2048MB", 2048),
        ("2g", 2048),
        ("2GiB", 2048),
        (512, 512),
        ("1.5G", 1536),
        ("1 KB", 1),
        ("1 B", 1),
    ],
)
def test_memory_is_in_mb_rounded_up(text: str | int, megabytes: int) -> None:
    assert parse_mb(text) == megabytes


def test_disk_is_in_kb_and_a_bare_number_counts_in_its_unit() -> None:
    assert parse_kb("10GB") == 10 * 1024**2
    assert parse_kb(7) == 7
    assert parse_kb("1 B") == 1
    assert parse_bytes("3", "M") == 3 * 1024**2


@pytest.mark.parametrize(
    "text", ["", "GB", "2 GBB", "2 P", "-2 GB", "2 GB 3", "1e3", "0", "0 GB", True, float("inf"), "²GB"]
)
def test_what_is_no_size_is_refused(text: str | float) -> None:
    with pytest.raises(ValueError, match="not a size"):
        parse_mb(text)


def test_a_size_beyond_all_machines_is_refused() -> None:
    for text in ("9" * 400 + " GB", "9" * 5000, "9000000 TB"):
        with pytest.raises(ValueError, match="too large"):
            parse_mb(text)


@pytest.mark.parametrize("value", ["2 GB, 3 GB, 5 GB", "2 GB,3 GB,5 GB,", ["2 GB", 3072, "5 GB"]])
def test_a_ladder_is_climbed(value: object) -> None:
    assert parse_ladder(value) == (2048, 3072, 5120)


@pytest.mark.parametrize("value", ["", ",", "3 GB, 2 GB", "2 GB, 2 GB", "2 GB,, 3 GB", [], [[2]], {"a": 1}, None])
def test_what_does_not_climb_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="not a size|does not climb"):
        parse_ladder(value)
