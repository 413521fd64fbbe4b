"""The sentence about what a verb did."""

from collections.abc import Sequence

import pytest

from prodcli.books.job_filter import BookedJob
from prodcli.recovery.outcome import ActionOutcome, outcome_line
from prodcli.recovery.recovery_plan import RecoveryPlan
from prodcli.states import Status, Substatus
from prodcli.verbs import CLONE, PARK, PRIORITY, RELEASE, Verb

NAMES = {"rule": "R", "dsttype": "DST_TRKR_CLUSTER", "run": 66456, "segment": 0, "node": None}
HOLD = {"memory_asked": 200, "memory_used": 318, "ladder": (200,), "hold_reason": "memory", "hold_code": 34}


def job(dbid: int, tag: str = "ana541_2025p014_v002", schedd: str = "a@pool") -> BookedJob:
    """A held job."""
    place = (dbid, 1, 0, schedd, 7, dbid, Status.HELD, Substatus.NONE, 0, 0)
    return BookedJob(*place, **HOLD, hold_subcode=102, tag=tag, **NAMES)  # type: ignore[arg-type]


def line(verb: Verb, jobs: Sequence[BookedJob], outcome: ActionOutcome) -> str:
    """The sentence about a plan for some jobs."""
    return outcome_line(RecoveryPlan(verb, [(one, None) for one in jobs]), outcome)


TWO = [job(1), job(2)]


@pytest.mark.parametrize(
    ("verb", "outcome", "said"),
    [
        (
            RELEASE,
            ActionOutcome("x", 2, 1, changed=2),
            "2 of 2 jobs released on a@pool; watch: prodcli query --tag ana541_2025p014_v002 --watch 10",
        ),
        (
            RELEASE,
            ActionOutcome("x", 1, 1, changed=1),
            "1 of 2 jobs released on a@pool; 1 had changed meanwhile, or are in another action; "
            "watch: prodcli query --tag ana541_2025p014_v002 --watch 10",
        ),
        (RELEASE, ActionOutcome("x", 2, 1, failed={"a@pool": "no answer"}), "0 of 2 jobs released on a@pool"),
        (
            RELEASE,
            ActionOutcome("x", 2, 1, unheard={"a@pool": "no answer"}),
            "release: the outcome of 2 jobs is not known yet",
        ),
        (PRIORITY, ActionOutcome("x", 2, 1), "2 of 2 jobs given another priority on a@pool"),
        (
            PARK,
            ActionOutcome("x", 2, 1, changed=2),
            "2 of 2 jobs parked on a@pool; watch: prodcli parked --tag ana541_2025p014_v002",
        ),
        (
            CLONE,
            ActionOutcome("x", 2, 1, changed=2, clusters={"a@pool": (8, 9), "b@pool": (3,)}),
            "2 of 2 jobs submitted again in clusters 8, 9 on a@pool, cluster 3 on b@pool; "
            "watch: prodcli query --tag ana541_2025p014_v002 --watch 10",
        ),
    ],
)
def test_a_sentence_says_how_many_where_and_what_shows_more(verb: Verb, outcome: ActionOutcome, said: str) -> None:
    assert line(verb, TWO, outcome) == said


def test_jobs_of_several_tags_and_schedds() -> None:
    jobs = [job(1), job(2, tag="ana541_2025p014_v003", schedd="b@pool")]
    outcome = ActionOutcome("x", 2, 2, changed=2)
    assert line(RELEASE, jobs, outcome) == "2 of 2 jobs released on a@pool, b@pool; watch: prodcli query --watch 10"
