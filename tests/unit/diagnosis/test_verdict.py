"""Whose fault failures are, from the catalog's entry, what stands out, and earlier retries."""

from collections import Counter

import pytest

from prodcli.diagnosis.standing_out import ComparedJob, FailureValues, MachineFailures, StandOut, standing_out
from prodcli.diagnosis.verdict import FailedAlike, Ground, JobsBeside, fault_of
from prodcli.error_catalog.entry_form import known_error
from prodcli.error_catalog.known_error import BUILT_IN, Category

NODE = StandOut(1, "node", "spool0301", 40, 52, 3, 5000, -60.0)
HOUR = StandOut(1, "hour", "23", 30, 52, 50, 5000, -40.0)


@pytest.mark.parametrize(
    ("category", "action", "outs", "retries", "fault", "does"),
    [
        ("service", "retry", [], (0, 0), "a service", "retry"),
        ("service", "retry", [NODE], (0, 0), "the node", "other node"),
        ("resource", "more memory", [NODE], (0, 0), "too little requested", "more memory"),
        ("resource", "ask", [NODE], (0, 0), "resources", "ask"),
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
    found = fault_of(FailedAlike("failed", "", None if category == Category.UNKNOWN else entry, *retries), outs)
    assert (found.fault, str(found.action)) == (fault, does)


@pytest.mark.parametrize(
    ("beside", "origin", "retries", "does"),
    [
        (JobsBeside(90, 15, 0), BUILT_IN, (0, 0), "ask"),
        (JobsBeside(90, 15, 22), BUILT_IN, (0, 0), "ask"),
        (JobsBeside(90, 15, 23), BUILT_IN, (0, 0), "retry"),  # a fifth of the jobs is well
        (JobsBeside(9, 9, 0), BUILT_IN, (0, 0), "retry"),
        (JobsBeside(90, 1, 0), BUILT_IN, (0, 0), "retry"),  # the node may be to blame
        (JobsBeside(90, 15, 0), BUILT_IN, (3, 1), "retry"),
        (JobsBeside(90, 15, 0), BUILT_IN, (3, 0), "ask"),
        (JobsBeside(90, 15, 0), "errors.yaml", (0, 0), "retry"),  # the site knows its errors
    ],
)
def test_code_that_always_fails_is_not_tried_again(
    beside: JobsBeside, origin: str, retries: tuple[int, int], does: str
) -> None:
    said = {"name": "n", "category": "experiment code", "action": "retry", "advice": "a", "state": "failed"}
    entry = known_error("some-error", said, origin)
    found = fault_of(FailedAlike("failed", "exit 1", entry, *retries), beside=beside)
    assert (found.fault, str(found.action)) == ("the experiment's code", does)
    assert (found.ground is Ground.JOBS_BESIDE) == (does == "ask")


def test_other_errors_pass_whatever_jobs_beside_do() -> None:
    entry = known_error(
        "down", {"name": "n", "category": "service", "action": "retry", "advice": "a", "state": "failed"}, BUILT_IN
    )
    assert str(fault_of(FailedAlike("failed", "exit 1", entry), beside=JobsBeside(90, 15, 0)).action) == "retry"


def test_an_unknown_hold_is_for_a_person() -> None:
    assert str(fault_of(FailedAlike("held", "26/0", None)).action) == "ask"


def test_nodes_where_no_job_starts_any_more_are_no_reason_for_other_nodes() -> None:
    failed = FailedAlike("failed", "exit 1", None, 12, 0)
    (open_one, shut) = (fault_of(failed, [NODE], excluded=excluded) for excluded in ((), ("spool0301",)))
    assert (str(open_one.action), open_one.why) == ("other node", "they end on spool0301")
    assert (str(shut.action), shut.why) == ("retry", "they end on spool0301, where no job starts any more")
    assert open_one.ground is shut.ground is Ground.NODES


def failures(number: int, node: str | None = None, site: str | None = None, cpu: str | None = None) -> FailureValues:
    """So many failures of the rule r on one machine."""
    return FailureValues(number, Counter(r=number), Counter(), [MachineFailures(1, node, site, cpu, 1, number)])


def test_few_failures_do_not_stand_out() -> None:
    jobs = [ComparedJob("r", f"n{number}", None, None, 1) for number in range(1000)]
    assert standing_out({1: failures(4, "bad")}, jobs) == []
    outs = standing_out({1: failures(5, "bad")}, jobs)
    assert [(one.value, one.failures, one.finished) for one in outs] == [("bad", 5, 0)]


def test_jobs_of_other_rules_are_not_compared() -> None:
    jobs = [ComparedJob("other", "n", "far", None, 1) for _ in range(1000)]
    assert standing_out({1: failures(50, None, "near")}, jobs) == []


def test_the_cpu_model_of_a_node_that_stands_out_is_not_told() -> None:
    jobs = [ComparedJob("r", f"n{number}", "near", "new", 1) for number in range(1000)]
    outs = standing_out({1: failures(50, "bad", "far", "old")}, jobs)
    assert [one.attribute for one in outs] == ["node"]
    outs = standing_out({1: failures(50, None, "far", "old")}, jobs)
    assert sorted(one.attribute for one in outs) == ["cpu_model", "site"]
