"""The page of a job that is done names the verb that registers its output."""

import pytest

from prodcli.jobs.job_page import JobPage, next_step

JOB = {"dbid": 416, "state": "finished", "rule": "Seed", "run": 69617}


@pytest.mark.parametrize(
    ("reported", "verb"),
    [
        ([], "register"),
        ([{"staged": None}], "register"),
        ([{"staged": "/dst/A.root:nevents:5"}], "spider dst"),
    ],
)
def test_a_staged_output_is_for_the_spider(reported: list[dict[str, str | None]], verb: str) -> None:
    told = next_step(JobPage(JOB, [], [], [], reported, [], [], None))
    assert told == f"no output of it is in the file catalog: prodcli {verb} -c RULES -r Seed --runs 69617"


def test_a_registered_output_needs_nothing() -> None:
    assert next_step(JobPage(JOB, [], [], [], [], [], [], None, outputs=[{"file": "A.root"}])) == ""
