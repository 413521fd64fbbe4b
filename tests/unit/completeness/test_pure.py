"""What a check computes from rows: events of inputs, gaps, expected outputs, and lines of a manifest."""

from dataclasses import astuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodcli.completeness import findings, manifest
from prodcli.completeness.catalog_rows import BookRow, OutputRow
from prodcli.completeness.checked_units import Expected, Flag, Produced, checked
from prodcli.completeness.input_events import InputGroup, expected_of

EVENTS = st.one_of(st.none(), st.integers(-1, 3))


@given(st.lists(st.tuples(st.integers(0, 3), EVENTS), max_size=12), st.integers(0, 15))
def test_of_several_rows_of_an_input_the_most_events_count(rows: list[tuple[int, int | None]], wanted: int) -> None:
    groups = [InputGroup(1, 0, events, 1 << bit) for bit, events in rows]
    most = {
        bit: max(known)
        for bit in range(4)
        if wanted >> bit & 1 and (known := [events for one, events in rows if one == bit and events is not None])
    }
    numbers = set(most.values())
    agreed = numbers.pop() if len(numbers) == 1 else None
    found = expected_of(groups, wanted)
    assert (found.events, found.differ) == (agreed, bool(numbers))
    assert found.most == max(most.values(), default=0)


@given(st.integers(1, 12), st.sets(st.integers(0, 60)))
def test_gaps_lie_before_the_last_output_of_a_job(each: int, present: set[int]) -> None:
    rows = [OutputRow(f"{one}", 1, one, "DST", 1, 1, 1, 1, None, None, None) for one in present]
    gaps = {one.segment for one in findings.of_gaps(rows, each, lambda run, segment: f"{segment}")}
    slow = {
        gap
        for job in {one // each for one in present}
        for gap in range(job * each, max(one for one in present if one // each == job))
        if gap not in present
    }
    assert gaps == (slow if each > 1 else set())


def test_expected_outputs_count_once_per_run_and_dsttype() -> None:
    rows = [
        BookRow("a", 1, 100, 0, "A", "finished", "", 7),
        BookRow("b", 2, 100, 1, "A", "finished", "", 8),
        BookRow("c", 3, 100, 0, "B", "finished", "", 5),
        BookRow("d", 4, 101, 0, "A", None, "", 1),
    ]
    assert findings.outputs_expected(rows) == 8 + 5 + 1
    assert findings.outputs_expected([]) == 0


@pytest.mark.parametrize(
    ("expected", "output", "flags", "lost"),
    [
        (Expected(1000, False, 1000), Produced(950), (), 50),
        (Expected(1000, False, 1000), Produced(949), (Flag.LOW_OUTPUT_EVENTS,), 51),
        (Expected(1000, False, 1000), Produced(2000), (), 0),
        (Expected(1000, False, 1000), None, (Flag.MISSING_OUTPUT,), 1000),
        (Expected(1000, False, 1000), Produced(None), (), 0),
        (Expected(1000, False, 1000), Produced(-1), (Flag.LOW_OUTPUT_EVENTS,), 1000),
        (Expected(0, False, 0), Produced(0), (), 0),
        (Expected(None, True, 900), Produced(1), (Flag.INPUT_MISMATCH,), 899),
        (Expected(None, True, 900), None, (Flag.INPUT_MISMATCH, Flag.MISSING_OUTPUT), 900),
    ],
)
def test_flags_and_losses(expected: Expected, output: Produced | None, flags: tuple[Flag, ...], lost: int) -> None:
    unit = checked(1, 0, "DST", expected, output, 0.95)
    assert (unit.flags, unit.lost) == (flags, lost)


@given(st.text(), st.integers(0), st.one_of(st.none(), st.integers()))
def test_a_line_of_a_manifest_is_read_as_it_was_written(path: str, size: int, events: int | None) -> None:
    for part in (manifest.CertifiedFile(path, size, "0" * 32, events, 1, 2), manifest.Sums(1, size, 3, "a" * 64)):
        line = manifest.line_of(part)
        assert line.count("\n") == 1
        assert astuple(manifest.part_of(line, 2)) == astuple(part)


@given(st.text())
def test_any_other_text_is_damaged(text: str) -> None:
    for read in (manifest.header_of, lambda line: manifest.part_of(line, 2)):
        with pytest.raises(manifest.DamagedManifest):
            read(text)
