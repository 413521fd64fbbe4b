"""Runs from a cursor on, as they are typed."""

import pytest

from prodcli.cursors.words import names_cursor, runs_from, window_of
from prodcli.errors import UsageError
from prodcli.names import MOST_RUN
from tests.support.generated_rules import load_generated
from tests.support.library_rules import load

BAD = [["cursor", "500", "600"], ["500", "cursor"], ["cursor", "69600-72000"], ["cursor", "cursor"], ["cursor", "-5"]]


def test_cursor_is_a_word_among_runs() -> None:
    assert names_cursor(["cursor"])
    assert names_cursor(["cursor", "500"])
    assert names_cursor(["cursor,500"])
    assert not names_cursor(["500"])
    assert not names_cursor(["cursors"])
    assert not names_cursor(None)


def test_a_number_may_follow() -> None:
    assert window_of(["cursor"]) is None
    assert window_of(["cursor", "500"]) == 500
    assert window_of(["cursor,0"]) == 0


@pytest.mark.parametrize("words", [*BAD, ["cursor", "x"], ["cursor", "5" * 9]], ids=" ".join)
def test_other_words_are_refused(words: list[str]) -> None:
    with pytest.raises(UsageError, match="beside cursor only a number of runs may stand"):
        window_of(words)


def test_the_number_counts_run_numbers_from_the_cursor_on() -> None:
    rule = load("cluster")
    assert runs_from(69600, None, rule).spans == [(69600, MOST_RUN)]
    assert runs_from(69600, 500, rule).spans == [(69600, 70100)]
    assert runs_from(69600, 0, rule).spans == [(69600, 69600)]
    assert runs_from(0, 10, rule).spans == [(0, 10)]
    assert runs_from(MOST_RUN - 1, 500, rule).spans == [(MOST_RUN - 1, MOST_RUN)]


def test_a_number_that_is_a_run_is_refused() -> None:
    with pytest.raises(UsageError) as failure:
        runs_from(69600, 72000, load("cluster"))
    assert failure.value.what == "the number after cursor counts runs, and 72000 would end at run 141600"
    assert failure.value.todo == "--runs 69600 72000 ends at run 72000"


def test_generated_jobs_have_only_the_runs_of_their_rule() -> None:
    rule = load_generated(2, ["1-5", "10"])
    assert runs_from(4, None, rule).spans == [(4, 5), (10, 10)]
    assert runs_from(4, 1, rule).spans == [(4, 5)]
    assert runs_from(11, None, rule).spans == []
