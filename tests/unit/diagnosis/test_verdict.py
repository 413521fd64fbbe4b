"""Whose fault failures are, from the catalog's entry, what stands out, and earlier retries."""

import pytest

from prodcli.diagnosis.standing_out import ComparedJob, FailureValues, StandOut, standing_out
from prodcli.diagnosis.verdict import fault_of
from prodcli.error_catalog.entry_form import known_error
from prodcli.error_catalog.known_error import Category

NODE = StandOut(1, "node", "spool0301", 40, 52, 3, 5000, -60.0)
HOUR = StandOut(1, "hour", "23", 30, 52, 50, 5000, -40.0)


@pytest.mark.parametrize(
    ("category", "action", "outs", "retries", "fault", "does"),
    [
        ("service", "retry", [], (0, 0), "a service", "retry"),
        ("service", "retry", [NODE], (0, 0), "the node", "other node"),
        ("resource", "more memory", [NODE], (0, 0), "resources", "more memory"),
        ("user", "ask", [NODE], (0, 0), "a person", "ask"),
        ("experiment code", "retry", [], (10, 1), "the experiment's code", "ask"),
        ("experiment code", "retry", [], (9, 0), "the experiment's code", "retry"),
        ("unknown", "retry", [], (10, 8), "it passes", "retry"),
        ("unknown", "retry", [], (10, 1), "code or data", "ask"),
        ("unknown", "retry", [HOUR], (0, 0), "a service?", "retry"),
        ("unknown", "retry", [], (0, 0), "unknown", "retry"),
    ],
)
def test_the_fault(
    category: str, action: str, outs: list[StandOut], retries: tuple[int, int], fault: str, does: str
) -> None:
    entry = known_error(
        "some-error",
        {"name": "n", "category": category, "action": action, "advice": "a", "state": "failed"},
        "test",
    )
    found = fault_of("failed", Category(category), entry, *retries, outs)
    assert (found.fault, str(found.action)) == (fault, does)


def test_an_unknown_hold_is_for_a_person() -> None:
    assert str(fault_of("held", Category.UNKNOWN, None, 0, 0, []).action) == "ask"


def test_few_failures_do_not_stand_out() -> None:
    jobs = [ComparedJob("r", f"n{number}", None, None, 1) for number in range(1000)]
    values = FailureValues({"rule": {"r": 4}, "node": {"bad": 4}}, nodes=1, placed=4)
    assert standing_out({1: values}, jobs) == []
    values = FailureValues({"rule": {"r": 5}, "node": {"bad": 5}}, nodes=1, placed=5)
    assert [(one.value, one.failures, one.finished) for one in standing_out({1: values}, jobs)] == [("bad", 5, 0)]


def test_jobs_of_other_rules_are_not_compared() -> None:
    jobs = [ComparedJob("other", "n", "far", None, 1) for _ in range(1000)]
    values = FailureValues({"rule": {"r": 50}, "site": {"near": 50}})
    assert standing_out({1: values}, jobs) == []
