"""Runs as people type them, and the cuts of a rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodcli.catalogs.rows import Run
from prodcli.errors import UsageError
from prodcli.planning.run_cuts import select_runs
from prodcli.reasons import Skips
from prodcli.runs.selection import RunSelection, parse_runlist, parse_runs, parse_segments
from tests.support.library_rules import load


@pytest.mark.parametrize(
    ("words", "spans"),
    [
        ("69600", [(69600, 69600)]),
        ("69600 72000", [(69600, 72000)]),
        ("69600 69605 69610", [(69600, 69600), (69605, 69605), (69610, 69610)]),
        ("69600-72000", [(69600, 72000)]),
        ("69600:72000", [(69600, 72000)]),
        ("69600,69605", [(69600, 69600), (69605, 69605)]),
        ("69600, 69605", [(69600, 69600), (69605, 69605)]),
        ("69600-69605,69609 70000-70001", [(69600, 69605), (69609, 69609), (70000, 70001)]),
        ("5 5", [(5, 5)]),
        ("1-3 4 2-9", [(1, 9)]),
    ],
)
def test_runs_as_the_field_types_them(words: str, spans: list[tuple[int, int]]) -> None:
    assert parse_runs(words.split()).spans == spans


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("", "no runs are named"),
        (",", "no runs are named"),
        ("abc", "'abc' is not a run number"),
        ("1 abc", "'abc' is not a run number"),
        ("1-", "is not a run number"),
        ("-5", "is not a run number"),
        ("1.5", "is not a run number"),
        ("1-2-3", "is not a run number"),
        ("² ³", "'²' is not a run number"),
        ("٦٩ ٧٠", "is not a run number"),
        ("72000 69600", "the range 72000-69600 is reversed"),
        ("72000-69600", "write 69600-72000"),
        ("100000000", "too large"),
        ("9" * 5000, "too large"),
    ],
)
def test_what_is_no_run_is_one_line(words: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_runs(words.split(" "))
    assert says in str(caught.value)
    assert len(str(caught.value)) < 200


def test_a_list_of_runs_is_a_list_however_short() -> None:
    assert parse_runlist("69600 # the first\n\n69605\n", "f") == RunSelection((), frozenset({69600, 69605}))
    assert parse_runlist("69600-69602, 69605", "f").spans == [(69600, 69602), (69605, 69605)]


@pytest.mark.parametrize(("text", "says"), [("", "empty"), ("# 1\n \n", "empty"), ("1\nx", "'x'"), ("9-1", "reversed")])
def test_a_bad_run_list_names_its_file(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=rf"^runs\.txt: .*{says}"):
        parse_runlist(text, "runs.txt")


def test_segments_follow_the_same_grammar() -> None:
    assert parse_segments(()) is None
    chosen = parse_segments(["0", "2-4", "9"])
    assert chosen is not None
    assert [n for n in range(12) if n in chosen] == [0, 2, 3, 4, 9]
    with pytest.raises(UsageError, match="--segments: 'x' is not a segment"):
        parse_segments(["x"])


SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 9)).map(lambda s: (s[0], s[0] + s[1])))


@given(SPANS, st.frozensets(st.integers(0, 70)))
def test_spans_hold_the_same_runs_apart_and_in_order(ranges: list[tuple[int, int]], named: frozenset[int]) -> None:
    selection = RunSelection(tuple(ranges), named)
    spans = selection.spans
    assert {run for low, high in spans for run in range(low, high + 1)} == {
        run for run in range(80) if run in selection
    }
    assert all(one[1] + 1 < other[0] for one, other in zip(spans, spans[1:], strict=False))


def test_a_run_that_cannot_be_right_has_that_reason_alone() -> None:
    skips = Skips()
    odd = Run(1, "cosmics", 0, None, "ertimestamp infinity")
    assert select_runs([odd], RunSelection((), frozenset({1})), load("cluster").input, skips) == []
    assert [(one.reason, one.details) for one in skips] == [("bad_catalog_row", {1: ["ertimestamp infinity"]})]


def test_each_run_has_the_first_reason_that_applies() -> None:
    runs = [
        Run(1, "cosmics", 0, None),
        Run(2, "cosmics", 0, 0.0),
        Run(3, "physics", 99_999, 0.0),
        Run(4, "physics", 100_000, 299.999),
        Run(5, "physics", 100_000, 300.0),
    ]
    skips = Skips()
    selection = RunSelection(((1, 10),), frozenset({3, 77}))
    kept = select_runs(runs, selection, load("cluster").input, skips)
    assert [run.number for run in kept] == [5]
    assert {one.reason.value: one.runs for one in skips} == {
        "run_unknown": (77,),
        "run_not_ended": (1,),
        "runtype": (2,),
        "few_events": (3,),
        "too_short": (4,),
    }
