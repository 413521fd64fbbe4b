"""States: HTCondor's seven become the books' eight, and reports move them forward only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodcli.errors import UsageError
from prodcli.states import (
    Queue,
    State,
    Status,
    Substatus,
    advances,
    failed_without_output,
    finished_by_output,
    known_states,
    state_of,
)

REPORTS = st.builds(
    state_of, st.sampled_from(Queue), st.integers(0, 2), st.sampled_from([None, 0, 1]), st.integers(0, 5)
)


@pytest.mark.parametrize(
    ("queue", "starts", "exit_code", "status", "substatus"),
    [
        (Queue.IDLE, 0, None, "submitted", ""),
        (Queue.IDLE, 1, None, "evicted", ""),
        (Queue.RUNNING, 1, None, "running", ""),
        (Queue.TRANSFERRING_OUTPUT, 1, None, "running", "transferring"),
        (Queue.SUSPENDED, 1, None, "running", "suspended"),
        (Queue.HELD, 1, None, "held", ""),
        (Queue.COMPLETED, 1, 0, "finished", ""),
        (Queue.COMPLETED, 1, 2, "failed", ""),
        (Queue.COMPLETED, 1, None, "failed", ""),
        (Queue.REMOVED, 1, None, "failed", "removed"),
    ],
)
def test_every_state_of_the_queue_has_its_own_in_the_books(
    queue: Queue, starts: int, exit_code: int | None, status: str, substatus: str
) -> None:
    assert state_of(queue, starts, exit_code, 7) == State(Status(status), Substatus(substatus), 7)


def test_time_goes_forward() -> None:
    running = State(Status.RUNNING, since=10)
    assert advances(running, State(Status.EVICTED, since=11))
    assert advances(running, State(Status.HELD, since=10))
    assert not advances(running, State(Status.HELD, since=9))
    assert not advances(running, running)


def test_an_end_counts_whatever_its_time() -> None:
    """A schedd's clock may be put back: a job that has left its queue never comes back to it."""
    running = State(Status.RUNNING, since=3600)
    assert advances(running, State(Status.FINISHED, since=10))
    assert advances(running, State(Status.FAILED, Substatus.REMOVED, 10))
    assert not advances(State(Status.FINISHED, since=10), State(Status.FAILED, Substatus.REMOVED, 3600))


def test_lost_gives_way_to_evidence_of_any_time() -> None:
    lost = State(Status.FAILED, Substatus.LOST, 10)
    assert advances(lost, State(Status.FINISHED, since=3))
    assert not advances(lost, State(Status.FAILED, Substatus.LOST, 20))


@given(st.lists(REPORTS))
def test_an_end_is_final_and_time_never_runs_back(reports: list[State]) -> None:
    now = State(Status.SUBMITTED)
    for report in reports:
        if advances(now, report):
            assert not now.ended
            assert report.ended or report.since >= now.since
            now = report


REFINEMENTS = {
    Status.SUBMITTED: [Substatus.WAITING],
    Status.RUNNING: [Substatus.TRANSFERRING, Substatus.SUSPENDED],
    Status.HELD: [Substatus.PARKED],
    Status.FAILED: [Substatus.REMOVED, Substatus.LOST, Substatus.NO_OUTPUT],
}
LEGAL = [(status, sub) for status in Status for sub in (Substatus.NONE, *REFINEMENTS.get(status, []))]
STATES = st.builds(lambda pair, since: State(*pair, since), st.sampled_from(LEGAL), st.integers(0, 5))
REMOVED = State(Status.FAILED, Substatus.REMOVED, 5)
NO_OUTPUT = State(Status.FAILED, Substatus.NO_OUTPUT, 5)


@pytest.mark.parametrize(
    "old",
    [
        State(Status.FAILED, since=5),
        State(Status.FAILED, Substatus.LOST, 5),
        NO_OUTPUT,
        State(Status.SUBMITTED, since=5),
        State(Status.STARTED, since=5),
        State(Status.RUNNING, since=5),
        State(Status.RUNNING, Substatus.TRANSFERRING, 5),
        State(Status.EVICTED, since=5),
    ],
)
def test_a_registered_output_proves_that_its_job_has_finished(old: State) -> None:
    assert finished_by_output(old, 3) == State(Status.FINISHED, Substatus.NONE, 3)


@pytest.mark.parametrize(
    "old",
    [
        REMOVED,
        State(Status.SUBMITTING),
        State(Status.HELD, since=5),
        State(Status.HELD, Substatus.PARKED, 5),
        State(Status.FINISHED, since=5),
    ],
)
def test_what_people_decided_and_what_is_not_submitted_stays_as_it_is(old: State) -> None:
    assert finished_by_output(old, 9) is None


def test_an_end_with_0_and_no_output_is_a_failure() -> None:
    assert failed_without_output(State(Status.FINISHED, since=5), 0) == NO_OUTPUT
    assert failed_without_output(State(Status.FINISHED, since=5), 1) is None  # an output has proved it before
    assert failed_without_output(State(Status.FINISHED, since=5), None) is None
    assert failed_without_output(State(Status.RUNNING, since=5), 0) is None


MOVES = st.one_of(REPORTS, st.tuples(st.just("output"), st.integers(0, 5)), st.just("nothing"))


@given(STATES, st.lists(MOVES), st.sampled_from([None, 0, 1]))
def test_only_a_lack_of_output_is_taken_back(now: State, moves: list[object], exit_code: int | None) -> None:
    """Whatever is reported and proved in whatever order: an output that is there is never denied."""
    proved = False
    for move in moves:
        old = now
        if isinstance(move, State):
            now = move if advances(now, move) else now
            assert not old.ended or now == old
        elif isinstance(move, tuple):
            now = finished_by_output(now, move[1]) or now
            proved = proved or now.status is Status.FINISHED
            assert now == old or now.status is Status.FINISHED
        elif not proved:  # who has an output is not looked at again
            now = failed_without_output(now, exit_code) or now
            assert now == old or (old.status is Status.FINISHED and exit_code == 0)
        assert not proved or now.status is Status.FINISHED
        if old in (REMOVED, State(Status.HELD, Substatus.PARKED, old.since)):
            assert now == old


@pytest.mark.parametrize(
    ("word", "states"),
    [
        ("held", ("held",)),
        ("HELD", ("held",)),
        ("H", ("held",)),
        ("idle", ("submitted", "evicted")),
        ("running", ("running",)),
        ("R", ("started", "running")),
        ("completed", ("finished",)),
        ("X", ("removed",)),
    ],
)
def test_states_have_the_names_of_htcondor_too(word: str, states: tuple[str, ...]) -> None:
    assert known_states([word], (*Status, *Substatus), "--state") == states


@pytest.mark.parametrize(
    ("word", "says"),
    [("hled", "--state: there is no state 'hled'; did you mean 'held'?"), ("done", "allowed: held, lost")],
)
def test_a_word_that_is_no_state_is_one_line(word: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        known_states([word], ("held", "lost"), "--state")
    assert says in str(caught.value)
