"""Names: building and parsing are inverse pairs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodcli.names import (
    Triplet,
    did_you_mean,
    fill,
    is_triplet,
    leafdir,
    output_name,
    parse_output_name,
    placeholders,
    run_group,
    triplet,
)

WORD = st.text("abcXYZ0189.+-", min_size=1)
WORDS = st.text("abcXYZ0189_.+-", min_size=1)


def test_tags_as_the_field_writes_them() -> None:
    assert str(triplet("ana.537", "2025p010", 1)) == "ana537_2025p010_v001"
    assert str(triplet("new", "nocdbtag", 0)) == "new_nocdbtag_v000"


@given(WORD.filter(lambda word: "." not in word), WORDS, st.integers(0, 20_000))
def test_every_tag_is_known_for_one(build: str, dbtag: str, version: int) -> None:
    assert is_triplet(str(Triplet(build, dbtag, version)))


@pytest.mark.parametrize(
    "text", ["", "ana537", "ana537_2025p010", "ana537_2025p010_1", "_x_v001", "a_b_v01", "a_b_v0001"]
)
def test_what_is_no_tag_is_not_taken_for_one(text: str) -> None:
    assert not is_triplet(text)


@given(WORDS, st.integers(0, 99_999_999), st.integers(0, 1_000_000))
def test_an_output_name_is_read_back(outbase: str, run: int, segment: int) -> None:
    assert parse_output_name(output_name(outbase, run, segment)) == (outbase, run, segment)


@pytest.mark.parametrize(
    "name", ["", "x.root", "x-66456-0.root", "x-00066456-00000.root.part", "x-00066456-000000.root"]
)
def test_what_is_no_output_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is not an output"):
        parse_output_name(name)


def test_directories() -> None:
    assert run_group(66456) == "run_00066400_00066500"
    assert run_group(66400) == "run_00066400_00066500"
    assert run_group(5, "{a:08d}") == "00000000"
    assert leafdir("DST_CALO", "") == "DST_CALO"
    assert leafdir("DST_STREAMING_EVENT", "ebdc00_1") == "DST_STREAMING_EVENT_ebdc00_1"


def test_templates_know_their_names_only() -> None:
    assert fill("{a}/{{x}}/{b}", {"a": "1", "b": "{a}"}) == "1/{x}/{a}"
    assert placeholders("{a}{b}{a}") == ["a", "b", "a"]
    with pytest.raises(ValueError, match="unknown {datset}; did you mean 'dataset'"):
        fill("{datset}", {"dataset": "x"})


@pytest.mark.parametrize("template", ["{", "}", "{}", "{0}", "{a.b}", "{a[0]}", "{a!r}", "{a:>9}", "{a:{b}}"])
def test_templates_are_no_programs(template: str) -> None:
    with pytest.raises(ValueError, match="brace|plain"):
        fill(template, {"a": "1", "b": "2"})


def test_near_words_are_offered_else_the_few_that_are_allowed() -> None:
    assert did_you_mean("runs", ["run", "host"]) == "; did you mean 'run'?"
    assert did_you_mean("zzz", ["run", "host"]) == "; allowed: host, run"
    assert did_you_mean("zzz", [f"word{i}" for i in range(50)]) == ""
    assert did_you_mean("zzz", []) == ""
