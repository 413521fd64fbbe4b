"""States: HTCondor's seven become the books' eight, and reports move them forward only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodcli.states import Queue, State, Status, Substatus, advances, state_of

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
