"""Limits of quality results: what may be written, and how people read them."""

import math

import pytest

from prodcli.config.quality_limits import QualityLimit, quality_limits


@pytest.mark.parametrize(
    ("terms", "limit", "shown"),
    [
        ({"low": 10, "high": 50}, QualityLimit(10.0, 50.0), "10 to 50"),
        ({"low": -1.5}, QualityLimit(-1.5), "at least -1.5"),
        ({"high": 1e-9}, QualityLimit(high=1e-9), "at most 1e-09"),
        ({"low": 3, "high": 3}, QualityLimit(3.0, 3.0), "3 to 3"),
        ({"is": "good"}, QualityLimit(words=("good",)), "good"),
        ({"is": ["good", "fair"]}, QualityLimit(words=("good", "fair")), "good, fair"),
    ],
)
def test_limits_are_read_and_shown(terms: dict[str, object], limit: QualityLimit, shown: str) -> None:
    assert quality_limits({"tracks.mean": terms}) == {"tracks.mean": limit}
    assert str(limit) == shown
    assert quality_limits({"x": limit.written()}) == {"x": limit}
    assert quality_limits({"x": limit}) == {"x": limit}


@pytest.mark.parametrize(
    "terms",
    [
        *(
            [],
            "x",
            3,
            None,
            {"": {"low": 1}},
            {"x" * 101: {"low": 1}},
            {7: {"low": 1}},
            {"a": {}},
            {"a": 3},
            {"a": {"hihg": 1}},
        ),
        *(
            {"a": {"low": True}},
            {"a": {"low": "1"}},
            {"a": {"low": math.nan}},
            {"a": {"high": math.inf}},
            {"a": {"is": [1]}},
        ),
        *(
            {"a": {"low": 2, "high": 1}},
            {"a": {"low": 1, "is": ["x"]}},
            {"a": {"is": ["x" * 101]}},
            {"a": {"is": ["x\x1b[2J"]}},
            {"a\n": {"low": 1}},
        ),
    ],
)
def test_other_limits_are_refused(terms: object) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        quality_limits(terms)
