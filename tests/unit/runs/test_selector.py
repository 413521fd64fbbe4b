"""Selectors as people write them, and as prodcli.yaml defines them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodcli.errors import ConfigError, UsageError
from prodcli.runs.selection import RunSelection
from prodcli.runs.selector import Call, read_sources, split_calls


def spoken(call: Call) -> str:
    """A call as it reads."""
    return str(call)


@pytest.mark.parametrize(
    ("words", "plain", "calls"),
    [
        ("69600 72000", ["69600", "72000"], []),
        ("goodruns", [], ["goodruns"]),
        ("goodruns 69600 72000", ["69600,72000"], ["goodruns"]),
        ("69600-69700,goodruns 5", ["69600-69700,5"], ["goodruns"]),
        ("new(window=6h)", [], ["new(window=6h)"]),
        ("new(window=6h),goodruns,7", ["7"], ["new(window=6h)", "goodruns"]),
        ("fully-transferred(69600-72000,80000)", [], ["fully-transferred(69600-72000,80000)"]),
        ("mine(1-9,a=x,b=y)", [], ["mine(1-9,a=x,b=y)"]),
        ("label:golden", [], ["label:golden"]),
        ("label:golden-2.b(69600-72000),7", ["7"], ["label:golden-2.b(69600-72000)"]),
        ("label:", ["label:"], []),
        ("mine(", ["mine("], []),
        ("1abc", ["1abc"], []),
        ("a.txt", ["a.txt"], []),
    ],
)
def test_words_are_parted(words: str, plain: list[str], calls: list[str]) -> None:
    found, called = split_calls(words.split())
    assert (found, [spoken(call) for call in called]) == (plain, calls)


@given(st.lists(st.from_regex(r"[0-9]{1,8}(-[0-9]{1,8})?(,[0-9]{1,8})*", fullmatch=True)))
def test_words_without_a_selector_stay_as_they_are(words: list[str]) -> None:
    assert split_calls(words) == (words, [])


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("new(window=6h,window=7h)", "window stands twice"),
        ("new(x)", "'x' is not a run number"),
        ("new(9-1)", "reversed"),
    ],
)
def test_bad_brackets_are_one_line(word: str, says: str) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        split_calls([word])
    assert word in str(caught.value)


@pytest.mark.parametrize(("text", "seconds"), [("90m", 5400), ("6h", 21600), ("7d", 604800)])
def test_ages(text: str, seconds: int) -> None:
    assert split_calls([f"new(window={text})"])[1][0].seconds("window") == seconds


@pytest.mark.parametrize(
    "word", ["new", "new(window=6)", "new(window=x)", "new(window=-6h)", "new(window=9999999999d)"]
)
def test_what_is_no_age_says_what_is(word: str) -> None:
    with pytest.raises(UsageError, match=r"window must be an age \(like new\(window=6h\)\)"):
        split_calls([word])[1][0].seconds("window")


def test_arguments_nobody_knows_are_refused() -> None:
    (call,) = split_calls(["new(windw=6h)"])[1]
    with pytest.raises(UsageError, match="has no argument 'windw'; did you mean 'window'"):
        call.require_only("window")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ([], "must be a mapping"),
        ({"a b": {"file": "x"}}, "a selector's name"),
        ({"a(b)": {"file": "x"}}, "a selector's name"),
        ({"1": {"file": "x"}}, "a selector's name"),
        ({"cursor": {"file": "x"}}, "cursor means the cursor of a rule"),
        ({"a": "x"}, "one of these sets of keys"),
        ({"a": {}}, "one of these sets of keys: database and sql; column and database and table; file; url"),
        ({"a": {"sql": "SELECT 1"}}, "one of these sets"),
        ({"a": {"file": "x", "url": "y"}}, "one of these sets"),
        ({"a": {"file": [7]}}, "file must be a text"),
        ({"a": {"file": ""}}, "file must be a text"),
        ({"a": {"database": "daq", "table": "run; DROP TABLE run", "column": "x"}}, "table must be a plain name"),
        ({"a": {"database": "daq", "table": "run", "column": "x y"}}, "column must be a plain name"),
        ({"a": {"database": "daq", "sql": "SELECT 1; COMMIT"}}, "one statement"),
        ({"a": {"database": "daq", "sql": "SELECT ';' -- ;\n; DELETE FROM run"}}, "one statement"),
        ({"a": {"url": "ftp://x/y"}}, "url must start with"),
        ({"a": {"url": "/etc/passwd"}}, "url must start with"),
    ],
)
def test_bad_definitions_name_the_selector(data: Any, says: str) -> None:
    with pytest.raises(ConfigError, match=says) as caught:
        read_sources(data, "prodcli.yaml")
    assert "prodcli.yaml" in str(caught.value)


def test_one_statement_may_hold_semicolons_that_part_nothing() -> None:
    sql = "SELECT runnumber FROM run WHERE runtype <> 'a;b' /* ; */ -- ;\n;"
    assert read_sources({"a": {"database": "daq", "sql": sql}}, "f")["a"].values["sql"] == sql


SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 9)).map(lambda s: (s[0], s[0] + s[1])))
SELECTIONS = st.builds(lambda spans, named: RunSelection(tuple(spans), named), SPANS, st.frozensets(st.integers(0, 70)))


@given(SELECTIONS, SELECTIONS)
def test_selections_are_sets(one: RunSelection, other: RunSelection) -> None:
    every = range(80)
    assert [run for run in every if run in one.without(other)] == [
        run for run in every if run in one and run not in other
    ]
    assert one.without(other).named == one.named - {run for run in every if run in other}
    assert [run for run in every if run in one.together(other)] == [run for run in every if run in one or run in other]


def test_a_long_selection_is_told_by_its_ends() -> None:
    assert str(RunSelection(((5, 9),), frozenset({20}))) == "5-9,20"
    assert str(RunSelection((), frozenset(range(0, 100, 2)))) == "50 from 0 to 98"
    assert str(RunSelection((), frozenset())) == "none"


@pytest.mark.parametrize(
    ("ranges", "named", "only"), [(((5, 5),), {5}, 5), ((), {7}, 7), (((5, 6),), {}, None), ((), {}, None)]
)
def test_only_one_run(ranges: Any, named: Any, only: int | None) -> None:
    assert RunSelection(ranges, frozenset(named)).only == only
