"""The jobs of an advised command are those of the question."""

import pytest

from prodcli.books.job_filter import JobFilter
from prodcli.diagnosis.advice import Scope, what_helps
from prodcli.error_catalog.remedy import Remedy
from tests.unit.diagnosis.test_cause_text import group, job

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
