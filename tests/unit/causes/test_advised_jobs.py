"""The jobs of an advised command are those of the question."""

import pytest

from prodcli.books.job_filter import JobFilter
from prodcli.causes.advice import Scope, key_of, what_helps
from prodcli.error_catalog.remedy import Remedy
from prodcli.states import Status, Substatus
from tests.unit.causes.test_cause_text import group, job

A, B = "ana541_2025p014_v002", "ana541_2025p014_v001"


@pytest.mark.parametrize(
    ("tags", "of_jobs", "chosen"),
    [
        ([], [A], f"--tag {A} "),
        ([A, B], [A], f"--tag {A} "),
        ([A, B], [A, B], f"--tag {A} {B} "),
        ([], [A, B], ""),
    ],
)
def test_a_command_takes_jobs_of_no_other_tag(tags: list[str], of_jobs: list[str], chosen: str) -> None:
    one = group("held", "34/102", [job(n, tag=of_jobs[n % len(of_jobs)]) for n in range(10)], Remedy.MEMORY)
    said = what_helps(one, [one], Scope(JobFilter(tags=tags)))
    assert f"prodcli resubmit --auto {chosen}--dsttype DST_TRKR_CLUSTER --code 34/102" in said


@pytest.mark.parametrize(
    ("jobs", "action", "said"),
    [
        (1, Remedy.RETRY, "prodcli resubmit --clone --state stalled --dbid 0"),
        (
            30,
            Remedy.RETRY,
            f"try 5 of 30 first: prodcli rescue --apply KEY --tag {A} --dsttype DST_TRKR_CLUSTER --limit 5",
        ),
        (2, Remedy.ASK, "see prodcli logs 0, or prodcli kill --state stalled --dbid 0 1"),
    ],
)
def test_stalled_jobs_leave_their_queue(jobs: int, action: Remedy, said: str) -> None:
    stalled = {"status": Status.RUNNING, "substatus": Substatus.STALLED, "stalled": "no CPU", "hold_code": None}
    one = group("stalled", "no CPU", [job(n, **stalled) for n in range(jobs)], action)
    assert what_helps(one, [one], Scope(JobFilter())).replace(key_of(one), "KEY") == said
    assert one.in_queue
    assert not one.stays_in_queue
