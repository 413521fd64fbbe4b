"""The alarm of a rule that submitted regularly, and submits nothing now."""

import pytest

from prodcli.automation.rule_result import RulePass
from prodcli.automation.starvation import SubmittingPass, starving

HOUR = 3600
PAST = [SubmittingPass("r", "t", hour * HOUR, 5, {"input_off_disk": 0, "produced": 7 * hour}) for hour in range(5)]


def now(hour: float, **more: object) -> RulePass:
    given: dict[str, object] = {
        "tag": "t",
        "reasons": {"input_off_disk": 312, "produced": 900},
        "only": {"input_off_disk": "ebdc13"},
    }
    return RulePass(rule="r", started=int(hour * HOUR), **{**given, **more})  # type: ignore[arg-type]


def test_the_alarm_says_since_when_and_which_reason_grew() -> None:
    found = starving(now(8), PAST)
    assert found is not None
    assert (found.since, found.cause) == (4 * HOUR, "input_off_disk 0 -> 312, only ebdc13")


def test_the_longest_gap_of_a_rule_is_its_patience() -> None:
    assert starving(now(7), PAST) is None
    seldom = [*PAST[:3], SubmittingPass("r", "t", 4 * HOUR, 1, {})]
    assert starving(now(8), seldom) is None
    assert starving(now(10.1), seldom) is not None


@pytest.mark.parametrize(
    "more",
    [
        {"submitted": 1},
        {"error": "the database does not answer"},
        {"note": "the queues are full"},
        {"reasons": {"input_off_disk": 312, "limit": 5}},
        {"reasons": {"produced": 900, "blocked": 40}},
        {"reasons": {"input_off_disk": 0}},
        {"tag": "other"},
    ],
)
def test_no_alarm_for(more: dict[str, object]) -> None:
    assert starving(now(20, **more), PAST) is None


def test_no_alarm_for_a_rule_that_was_never_regular() -> None:
    assert starving(now(20), PAST[:3]) is None
