"""The error catalog: which entry fits which symptom."""

import pytest

from prodcli.error_catalog.catalog import ErrorCatalog, Match
from prodcli.error_catalog.entry_form import known_error, known_errors
from prodcli.error_catalog.known_error import Category, Symptom
from prodcli.error_catalog.remedy import Remedy
from prodcli.errors import ConfigError

ENTRY = {"name": "no door", "category": "service", "action": "retry", "advice": "wait"}


def catalog(**signs: object) -> ErrorCatalog:
    """A catalog with one entry of these signs."""
    return ErrorCatalog((known_error("no-door", {**ENTRY, **signs}, "here"),))


@pytest.mark.parametrize(
    ("signs", "symptom", "words"),
    [
        ({"text": "door [0-9]+ is shut"}, Symptom("failed", 1, text="x\nDoor 17 is shut\ny"), "Door 17 is shut"),
        ({"text": ["window", "door"]}, Symptom("failed", 1, text="door"), "door"),
        ({"text": "door"}, Symptom("failed", 1, text="a window"), None),
        ({"text": "door"}, Symptom("failed", 1, text="door" + "." * 9000), None),
        ({"exit_code": [3, 4]}, Symptom("failed", 4), ""),
        ({"exit_code": 3}, Symptom("failed", 4), None),
        ({"signal": 11}, Symptom("failed", None, 11), ""),
        ({"signal": 11}, Symptom("failed", 139), ""),
        ({"signal": 11}, Symptom("failed", 11), None),
        ({"hold_code": "34/104"}, Symptom("held", hold_code=34, hold_subcode=104), ""),
        ({"hold_code": "34/104"}, Symptom("held", hold_code=34, hold_subcode=102), None),
        ({"hold_code": 13}, Symptom("held", hold_code=13, hold_subcode=2), ""),
        ({"hold_code": "34/0"}, Symptom("held", hold_code=34), ""),
        ({"hold_code": 13}, Symptom("failed", 13), None),
        ({"state": "lost"}, Symptom("lost"), ""),
        ({"state": "lost"}, Symptom("removed"), None),
        ({"state": "held", "text": "door"}, Symptom("failed", text="door"), None),
        ({"node": "n0[0-9]", "exit_code": 1}, Symptom("failed", 1, node="n07"), ""),
        ({"node": "n0[0-9]", "exit_code": 1}, Symptom("failed", 1, node="n071"), None),
    ],
)
def test_all_signs_must_fit(signs: dict[str, object], symptom: Symptom, words: str | None) -> None:
    found = catalog(**signs)
    entry = found.entries[0]
    assert found.match(symptom) == (None if words is None else Match(entry, words, words))
    assert found.known(symptom) is (None if words is None else entry)


def test_the_first_entry_counts() -> None:
    two = known_errors({"one": {**ENTRY, "text": "door"}, "two": {**ENTRY, "text": "door is shut"}}, "here")
    found = ErrorCatalog(tuple(two)).known(Symptom("failed", text="the door is shut"))
    assert found is two[0]
    assert found.category is Category.SERVICE
    assert found.action is Remedy.RETRY


@pytest.mark.parametrize(
    ("key", "change", "says"),
    [
        ("No Door", {}, "small letters, digits and dashes"),
        ("no-door", {"naem": "x"}, "did you mean"),
        ("no-door", {"name": None}, "name is missing"),
        ("no-door", {"name": "two\nlines"}, "one line"),
        ("no-door", {"category": "services"}, "allowed: service, experiment code"),
        ("no-door", {"action": "wait"}, "allowed: retry, more memory"),
        ("no-door", {"text": None}, "needs a sign"),
        ("no-door", {"text": "(door"}, "no regular expression"),
        ("no-door", {"text": {"a": "b"}}, "a text or a list of texts"),
        ("no-door", {"text": "x" * 1001}, "more than 1000 letters"),
        ("no-door", {"exit_code": "many"}, "whole number"),
        ("no-door", {"hold_code": "34-102"}, "like 34/102 or 13"),
        ("no-door", {"state": "hold"}, "there is no state 'hold'"),
    ],
)
def test_a_wrong_entry_is_one_line(key: str, change: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigError, match="here: ") as failure:
        known_error(key, {**ENTRY, "text": "door", **change}, "here")
    assert says in str(failure.value)


@pytest.mark.parametrize("value", [[], "x", {"no-door": "x"}])
def test_entries_are_mappings(value: object) -> None:
    with pytest.raises(ConfigError, match="mapping"):
        known_errors(value, "here")


def test_the_line_of_the_words_is_told() -> None:
    match = catalog(text="door").match(Symptom("failed", 1, text="a window\nthe Door is shut\nbye\n"))
    assert match is not None
    assert (match.words, match.line) == ("Door", "the Door is shut")


def test_other_signs_tell_the_same_error() -> None:
    entry = known_error("no-door", {**ENTRY, "text": "door", "or": [{"signal": 11}, {"exit_code": 3}]}, "here")
    found = ErrorCatalog((entry,))
    assert found.known(Symptom("failed", 1, text="the door")) is entry
    assert found.known(Symptom("failed", 139)) is entry
    assert found.known(Symptom("failed", 3, text="window")) is entry
    assert found.known(Symptom("failed", 4, text="window")) is None


@pytest.mark.parametrize(("other", "says"), [("x", "mapping of signs"), ({"name": "x"}, "unknown key"), ({}, "a sign")])
def test_other_signs_are_checked(other: object, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        known_error("no-door", {**ENTRY, "text": "door", "or": [other]}, "here")
