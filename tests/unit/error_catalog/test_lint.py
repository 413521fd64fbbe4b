"""What lint says of entries."""

from prodcli.error_catalog.catalog import ErrorCatalog
from prodcli.error_catalog.entry_form import known_errors
from prodcli.error_catalog.lint import lint
from prodcli.error_catalog.pattern_speed import slow_patterns
from prodcli.error_catalog.read_catalog import built_in_catalog

ENTRY = {"name": "no door", "category": "service", "action": "retry", "advice": "wait"}


def found(*entries: dict[str, object]) -> list[tuple[str, str]]:
    """What is found in entries that are called one, two ..."""
    made = known_errors({name: {**ENTRY, **one} for name, one in zip(("one", "two"), entries, strict=False)}, "here")
    return [(one.key, one.what) for one in lint(made, ErrorCatalog(tuple(made)))]


def test_good_entries_have_no_findings() -> None:
    assert found({"text": "door [0-9]+", "examples": ["the door 5"]}, {"exit_code": 3}) == []


def test_what_is_wrong_with_an_entry_is_told() -> None:
    assert found({"text": "x*"}) == [("one", "the pattern fits texts without an error, too: 'x*'")]
    assert found({"text": "door", "examples": "window"}) == [("one", "the entry does not fit its example 'window'")]
    shadowed = found({"text": "door"}, {"text": "door is shut", "examples": "a door is shut"})
    assert shadowed == [("two", "one comes first for its example 'a door is shut'")]
    held = found({"text": "door", "state": "held", "examples": "a door"})
    assert held == []


def test_patterns_that_take_long_are_found() -> None:
    patterns = {"door": 1, r"(?:a|aa)+b": 2, r"(?:\w+\s?)+!!": 3, "window .{0,200}shut": 4}
    assert slow_patterns(patterns) == {r"(?:a|aa)+b": 2, r"(?:\w+\s?)+!!": 3}


def test_nothing_is_wrong_with_the_built_in_entries() -> None:
    catalog = built_in_catalog()
    assert lint(catalog.entries, catalog) == []
