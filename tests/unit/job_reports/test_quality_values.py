"""Quality results one by one: numbers, words, and what the books cannot hold."""

import json

import pytest

from prodcli.job_reports.quality_values import quality_values


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ({}, []),
        ({"a": 1, "b": 2.5, "c": True, "d": "good"}, [("a", 1.0), ("b", 2.5), ("c", 1.0), ("d", "good")]),
        ({"a": {"b": {"c": -3}}, "list": [1, 2]}, [("a.b.c", -3.0)]),
        ({"a": None, "b": 10**400}, [("a", None), ("b", None)]),
        ({"x" * 101: 1, "": 2}, []),
        ({"a": "x" * 1000}, [("a", "x" * 300)]),
        ({"a.b": 1, "a": {"b": 2}}, [("a.b", 1.0)]),
        ({"a": {"b": {"c": {"d": {"e": {"f": {"g": 1}}}}}}}, []),
        ({str(number): number for number in range(500)}, [(str(number), float(number)) for number in range(100)]),
    ],
)
def test_results_have_a_name_and_a_number_or_a_word(told: object, kept: list[tuple[str, object]]) -> None:
    found = quality_values(json.dumps(told))
    assert [(one["name"], one.get("value", one.get("word"))) for one in found] == kept


def test_hostile_words_are_plain() -> None:
    [one] = quality_values(json.dumps({"a\x1b[2J\nb": "\x1b]0;t\x07x\r\ny"}))
    assert all(letter.isprintable() for letter in one["name"] + one["word"])


def test_no_report_has_none() -> None:
    assert quality_values(None) == quality_values("") == []
