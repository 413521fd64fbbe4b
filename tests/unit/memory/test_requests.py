"""How much memory a held job gets next, and which jobs are left alone."""

import pytest

from prodcli.memory.requests import (
    ABOVE,
    ENOUGH,
    LEAK,
    NO_STEP,
    NOT_MEMORY,
    UNKNOWN,
    Raise,
    Support,
    explained,
    raise_memory,
    raised,
    support,
)
from tests.unit.diagnosis.test_signatures import job
from tests.unit.memory.test_advice import done, held

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


KNOWN = {"t d": Support(200, 5, 900, 3000, 3500, (1024, 1536, 3968))}
FEW_KNOWN = {"t d": Support(9, 0, 900, 3000, 3500, (1024, 1536, 3968))}


@pytest.mark.parametrize(
    ("exceeded", "asked", "most", "known", "new"),
    [
        (1024, 1000, None, KNOWN, 1536),
        (1001, 1000, None, KNOWN, 1024),
        (512, 512, None, KNOWN, 1024),
        (1600, 1000, None, KNOWN, 3968),
        (1024, 1000, 1500, KNOWN, ABOVE),
        (1001, 2000, None, KNOWN, ENOUGH),
        (3968, 3968, None, KNOWN, 4000),  # beyond every peak: the rule's ladder
        (4000, 4000, None, KNOWN, 6016),  # at the end of the ladder: half more, in steps of 128
        (4100, 4000, None, KNOWN, 6272),
        (4000, 4000, 5000, KNOWN, 5000),  # the most that there may be is worth a try
        (4000, 4000, 6016, KNOWN, 6016),
        (4000, 4000, 4000, KNOWN, ABOVE),
        (4000, 4000, 3000, KNOWN, ABOVE),
        (10922, 4000, None, KNOWN, 16384),
        (10923, 4000, None, KNOWN, LEAK),
        (3968, 1000, None, KNOWN, 4000),
        (1001, 1000, None, FEW_KNOWN, 2000),
        (4000, 4000, None, FEW_KNOWN, 6016),
        (1001, 1000, None, {}, 2000),
    ],
)
def test_what_peaks_support(
    exceeded: int, asked: int, most: int | None, known: dict[str, Support], new: int | str
) -> None:
    one = job(1, 34, 102, "", memory_asked=asked, memory_exceeded=exceeded, ladder=LADDER)
    assert raised(one, Raise(support=known, most=most)) == new


@pytest.mark.parametrize(("exceeded", "new"), [(44, 128), (128, 256), (342, LEAK)])
def test_a_step_may_be_the_smallest_slot_of_a_small_ladder(exceeded: int, new: int | str) -> None:
    one = job(1, 34, 102, "", memory_asked=24, memory_exceeded=exceeded, ladder=(24,))
    assert raised(one, Raise(support={})) == new


def test_peaks_raise_nothing_for_other_holds() -> None:
    assert raised(job(1, 13, 2, "", ladder=LADDER), Raise(support=KNOWN)) == NOT_MEMORY


def test_from_which_peaks_is_told() -> None:
    jobs = [
        *(job(n, 34, 102, "", memory_exceeded=1000, ladder=LADDER) for n in range(3)),
        job(4, 34, 102, "", memory_asked=3968, memory_exceeded=3968, ladder=LADDER),
        job(5, 34, 102, "", tag="u", ladder=LADDER),
    ]
    wanted = Raise(support=KNOWN)
    found, _ = raise_memory(jobs, wanted)
    assert explained(found, wanted) == [
        "t d: 1024, 1536, 3968 MB by the peaks of 200 finished jobs (half up to 900, 99 % up to 3000, all up to 3500) and 5"
        " held ones; 1 job needs more: the next ladder step, at its end 1.5 times the known need",
        "u d: 0 finished jobs, of 10 that are needed to know peaks: the next ladder step, at its end 1.5 times the known need",
    ]
    assert explained(found, Raise(ladder=True)) == []


def test_support_is_what_memory_advise_says_of_the_peaks() -> None:
    found = support([done(900, 95), done(3500, 5, asked=4096), held(1000, 1001, 3)])
    assert found == {"g": Support(100, 3, 900, 3500, 3500, (1024, 3968))}
    assert support([held(1000, 1001, 3)]) == {}
