"""Jobs are left out where an input that they read lacks the state that the rule requires."""

from hypothesis import given
from hypothesis import strategies as st

from prodcli.catalogs.rows import SegmentInputs
from prodcli.planning.input_states import with_required_state
from prodcli.reasons import Level, Reason, Skips
from prodcli.rules.layout import Job

BITS = st.integers(0, 2**60 - 1)


def job(run: int, segment: int, mask: int = 0) -> Job:
    """A job of a segment."""
    return Job(run, segment, 1, 0, "", "", mask)


def test_one_input_without_the_state_stops_all_segments_of_its_run() -> None:
    inputs = [
        SegmentInputs(1, (0,), 0b01, 0b01),
        SegmentInputs(1, (1,), 0b11, 0b11),
        SegmentInputs(2, (0,), 0b01, 0b01),
    ]
    skips = Skips()
    jobs = [job(2, 0), job(1, 0), job(1, 1)]
    assert with_required_state(jobs, inputs, {1: 0b01, 2: 0b01}, skips) == [job(2, 0)]
    (left,) = skips
    assert (left.reason, left.level, left.count, left.details) == (Reason.INPUT_STATE, Level.SEGMENT, 2, {1: [0, 1]})


def test_inputs_of_masked_hosts_do_not_count() -> None:
    inputs = [SegmentInputs(1, (0,), 0b11, 0b11)]
    assert with_required_state([job(1, 0, 0b10)], inputs, {1: 0b01}, Skips()) == [job(1, 0, 0b10)]
    assert with_required_state([job(1, 0, 0b01)], inputs, {1: 0b01}, Skips()) == []


@given(BITS, BITS, BITS)
def test_a_job_is_kept_if_all_that_it_reads_is_good(present: int, mask: int, good: int) -> None:
    kept = with_required_state([job(1, 0, mask)], [SegmentInputs(1, (0,), present, present)], {1: good}, Skips())
    read = {bit for bit in range(60) if present >> bit & 1 and not mask >> bit & 1}
    assert bool(kept) == all(good >> bit & 1 for bit in read)
