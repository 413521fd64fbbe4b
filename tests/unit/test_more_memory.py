"""How much memory a held job gets next, and which jobs are left alone."""

import pytest

from prodcli.more_memory import ABOVE, ENOUGH, NO_STEP, NOT_MEMORY, UNKNOWN, Raise, raise_memory, raised
from tests.unit.test_classify import job

LADDER = (1000, 2000, 4000)


@pytest.mark.parametrize(
    ("asked", "wanted", "new"),
    [
        (1000, Raise(memory=8192), 8192),
        (8192, Raise(memory=8192), ENOUGH),
        (9000, Raise(memory=8192), ENOUGH),
        (None, Raise(memory=8192), 8192),
        (1000, Raise(factor=1.5), 1500),
        (1001, Raise(factor=1.5), 1502),
        (1, Raise(factor=1.01), 2),
        (None, Raise(factor=1.5), UNKNOWN),
        (1000, Raise(ladder=True), 2000),
        (1500, Raise(ladder=True), 2000),
        (2000, Raise(ladder=True), 4000),
        (4000, Raise(ladder=True), NO_STEP),
        (None, Raise(ladder=True), UNKNOWN),
        (1000, Raise(ladder=True, most=2000), 2000),
        (2000, Raise(ladder=True, most=3999), ABOVE),
        (1000, Raise(memory=8192, most=8000), ABOVE),
        (1000, Raise(factor=3, most=2999), ABOVE),
    ],
)
def test_what_a_job_asks_for_next(asked: int | None, wanted: Raise, new: int | str) -> None:
    assert raised(job(1, 34, 102, "", memory_asked=asked, ladder=LADDER), wanted) == new


@pytest.mark.parametrize(
    ("wanted", "new"),
    [
        (Raise(ladder=True), 4000),
        (Raise(factor=1.5), 3000),
        (Raise(memory=1500), 1500),
        (Raise(memory=1000), ENOUGH),
        (Raise(ladder=True, most=3999), ABOVE),
    ],
)
def test_what_earlier_attempts_asked_for_counts(wanted: Raise, new: int | str) -> None:
    assert raised(job(1, 34, 102, "", memory_most=2000, ladder=LADDER), wanted) == new


@pytest.mark.parametrize(
    ("code", "subcode", "is_memory"),
    [(34, 102, True), (21, 102, True), (34, 104, False), (21, 0, False), (13, 2, False), (3, 0, False), (1, 0, False)],
)
def test_only_memory_holds_get_memory(code: int, subcode: int, is_memory: bool) -> None:
    one = job(1, code, subcode, "", ladder=LADDER)
    assert raised(one, Raise(ladder=True)) == (2000 if is_memory else NOT_MEMORY)
    assert raised(one, Raise(ladder=True, any_hold=True)) == 2000


def test_those_left_alone_are_counted() -> None:
    jobs = [job(1, 34, 102, "", ladder=LADDER), job(2, 13, 2, ""), job(3, 13, 2, ""), job(4, 34, 102, "")]
    found, left = raise_memory(jobs, Raise(ladder=True))
    assert ([(one.dbid, new) for one, new in found], left) == ([(1, 2000)], {NOT_MEMORY: 2, NO_STEP: 1})
