"""The words that are looked for before a pattern is tried."""

import pytest

from prodcli.error_catalog.patterns import needle_of, text_pattern
from prodcli.error_catalog.read_catalog import built_in_catalog


@pytest.mark.parametrize(
    ("pattern", "needle"),
    [
        ("Connection refused", "connection refused"),
        ("no (?:such|more) doors", " doors"),
        ("door|window", ""),
        ("(?:door|window)", ""),
        ("doors? shut", " shut"),
        ("door{2,3}s", "doo"),
        ("doo+rs", "doo"),
        (r"\bdoor\b", "door"),
        (r"\[FATAL\] error", "[fatal] error"),
        ("[a-z]door[^]x]", "door"),
        (r"[\]a]door", "door"),
        ("a.b", ""),
        ("((a|b)c)shut", "shut"),
    ],
)
def test_a_fit_holds_the_needle(pattern: str, needle: str) -> None:
    assert needle_of(pattern) == needle


def test_the_needle_is_tried_first() -> None:
    pattern = text_pattern("no (?:such|more) Doors")
    assert pattern.found_in("NO MORE DOORS", "no more doors") is not None
    assert pattern.found_in("no more windows", "no more windows") is None


def test_most_built_in_patterns_have_a_needle() -> None:
    texts = [text for entry in built_in_catalog().entries for signs in entry.signs for text in signs.texts]
    assert sum(not text.needle for text in texts) <= 0.05 * len(texts)
