"""What the file catalog proves of a job, case by case."""

from dataclasses import replace

import pytest

from prodcli.evidence.verdict import GIVE_UP, CatalogFile, JobRow, Verdict, judge, next_look
from prodcli.states import State, Status, Substatus

NAME = "DST_CALO_run3auau_ana537_2025p010_v001-00066456-00020.root"
NEXT = "DST_CALO_run3auau_ana537_2025p010_v001-00066456-00021.root"
GRACE = 1000
FAILED = JobRow(
    **{"dbid": 1, "attempt": 2, "filename": NAME, "outputs": 1, "status": "failed", "substatus": "", "entered": 500},
    **{"exit_code": 1, "submitted": 100, "md5": None, "staged": None, "heard": 1, "age": 10},
)
FILE = CatalogFile(NAME, 1, "abc", 400)


def verdict(row: JobRow, *files: CatalogFile) -> tuple[Verdict, State | None]:
    """The verdict on a job by files of the catalog."""
    found = judge(row, {name: [file for file in files if file.filename == name] for name in (NAME, NEXT)}, GRACE)
    return found.verdict, found.state


def finished(time: int) -> tuple[Verdict, State]:
    """The verdict on a job that has finished."""
    return Verdict.FINISHED, State(Status.FINISHED, Substatus.NONE, time)


@pytest.mark.parametrize("substatus", ["", "lost", "no_output"])
def test_a_file_that_was_made_after_the_submission_proves_its_job(substatus: str) -> None:
    assert verdict(replace(FAILED, substatus=substatus), FILE) == finished(400)


@pytest.mark.parametrize(
    "file",
    [
        replace(FILE, time=99),  # made before this attempt
        replace(FILE, time=None),
        replace(FILE, status=0),  # a row whose file did not get its name yet
        replace(FILE, status=-1),  # in quarantine
        replace(FILE, status=None),
    ],
)
def test_other_files_prove_nothing(file: CatalogFile) -> None:
    assert verdict(FAILED, file) == (Verdict.WAITING, None)


def test_the_reported_md5_tells_the_attempts_apart() -> None:
    """Whatever the clocks say: the worker's, the disk's and the database's may differ."""
    row = replace(FAILED, md5="ABC", staged=1)
    assert verdict(row, replace(FILE, time=3)) == finished(3)
    assert verdict(row, replace(FILE, time=None)) == finished(500)
    assert verdict(row, replace(FILE, md5="other")) == (Verdict.WAITING, None)
    assert verdict(row, replace(FILE, md5=None)) == finished(400)


def test_of_several_places_of_a_file_one_is_enough() -> None:
    assert verdict(FAILED, replace(FILE, time=99), FILE) == finished(400)


def test_a_live_job_is_left_to_a_schedd_that_answers() -> None:
    running = replace(FAILED, status="running", exit_code=None)
    assert verdict(running, FILE) == (Verdict.WAITING, None)
    assert verdict(replace(running, heard=0), FILE) == finished(400)
    assert verdict(replace(running, heard=0, status="held"), FILE) == (Verdict.WAITING, None)


def test_a_removed_job_stays_removed() -> None:
    assert verdict(replace(FAILED, substatus="removed"), FILE) == (Verdict.SETTLED, None)


def test_a_job_that_ended_with_0_and_made_nothing_has_failed_after_the_grace() -> None:
    ended = replace(FAILED, status="finished", exit_code=0)
    assert verdict(ended) == (Verdict.WAITING, None)
    assert verdict(replace(ended, age=GRACE)) == (
        Verdict.NO_OUTPUT,
        State(Status.FAILED, Substatus.NO_OUTPUT, 500),
    )
    for known in (FILE, replace(FILE, status=-1), replace(FILE, time=3)):
        assert verdict(replace(ended, age=GRACE), known) == (Verdict.SETTLED, None)
    assert verdict(replace(ended, age=GRACE, staged=1)) == (Verdict.SETTLED, None)
    assert verdict(replace(ended, age=GRACE, staged=0))[0] is Verdict.NO_OUTPUT


def test_a_job_that_an_output_proved_needs_no_second_proof() -> None:
    assert verdict(replace(FAILED, status="finished", exit_code=1, age=GRACE)) == (Verdict.SETTLED, None)


def test_a_job_of_several_outputs_that_ended_with_a_code_needs_all_of_them() -> None:
    row, other = replace(FAILED, outputs=2), replace(FILE, filename=NEXT, time=450)
    assert verdict(row, FILE) == (Verdict.WAITING, None)
    assert verdict(row, FILE, other) == finished(450)
    lost = replace(row, substatus="lost", exit_code=None)
    assert verdict(lost, other) == finished(450)
    assert verdict(replace(row, status="finished", exit_code=0, age=GRACE), other) == (Verdict.SETTLED, None)


def test_a_row_that_has_gone_or_has_no_name_is_settled() -> None:
    assert verdict(replace(FAILED, filename=None, status=None)) == (Verdict.SETTLED, None)
    assert verdict(replace(FAILED, age=GIVE_UP)) == (Verdict.SETTLED, None)


def test_the_catalog_is_asked_ever_less_often() -> None:
    times, age = [], 0
    while age < GIVE_UP:
        age += next_look(replace(FAILED, age=age), GRACE)
        times.append(age)
    assert times[:7] == [60, 120, 240, 480, 960, 1000, 2000]
    assert len(times) < 45
    assert max(later - sooner for sooner, later in zip(times, times[1:], strict=False)) == 86_400
