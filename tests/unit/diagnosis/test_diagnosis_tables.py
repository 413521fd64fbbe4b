"""Words of the tables of `diagnose`."""

import math

import pytest

from prodcli.diagnosis.diagnosis_tables import odds_in_words, value_in_words
from prodcli.diagnosis.standing_out import StandOut


@pytest.mark.parametrize(
    ("odds", "words"),
    [(1.0, "1"), (0.05, "0.05"), (0.0009, "9e-04"), (2e-8, "2e-08"), (9.96e-12, "1e-11")],
)
def test_odds_in_words(odds: float, words: str) -> None:
    assert odds_in_words(math.log(odds)) == words


def test_odds_may_be_smaller_than_any_number() -> None:
    assert odds_in_words(-2000 * math.log(10)) == "1e-2000"


def test_an_hour_is_a_span() -> None:
    assert value_in_words(StandOut(1, "hour", "23", 30, 52, 50, 5000, -40.0)) == "23:00-00:00 UTC"
    assert value_in_words(StandOut(1, "node", "spool0301", 40, 52, 3, 5000, -60.0)) == "spool0301"
