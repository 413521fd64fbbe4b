"""Requirements as clauses, and smaller requests to try."""

import pytest

from prodcli.batch.idle_jobs import WhatIf, clauses_of, smaller_requests, spoken_clause


@pytest.mark.parametrize(
    ("requirements", "clauses"),
    [
        ("true", ["true"]),
        ("(a == 1) && (b >= 2)", ["a == 1", "b >= 2"]),
        ("((a == 1) && ((b >= 2) && c))", ["a == 1", "b >= 2", "c"]),
        ("(a || b) && c", ["a || b", "c"]),
        ("a || b && c", ["a || b && c"]),
        ("a ? b && c : d", ["a ? b && c : d"]),
        ("(a) && (b)", ["a", "b"]),
        (
            'stringListMember("x && (y", l) && n == "a \\" && b"',
            ['stringListMember("x && (y", l)', 'n == "a \\" && b"'],
        ),
        ("TARGET.x =?= 3 && y =!= undefined", ["TARGET.x =?= 3", "y =!= undefined"]),
    ],
)
def test_clauses_are_what_must_all_be_true(requirements: str, clauses: list[str]) -> None:
    assert clauses_of(requirements) == clauses


def test_a_clause_says_the_numbers_that_are_asked_for() -> None:
    requests = {"Memory": 2000, "Xferslots": 3}
    assert spoken_clause("TARGET.Memory >= RequestMemory", requests) == "TARGET.Memory >= 2000"
    assert spoken_clause("TARGET.xferslots >= MY.requestxferslots", requests) == "TARGET.xferslots >= 3"
    assert spoken_clause("RequestMemoryMost > 1", requests) == "RequestMemoryMost > 1"


def test_smaller_requests_are_smaller_counts_or_what_machines_have_left() -> None:
    assert smaller_requests(3, [1, 5, 0]) == [2, 1]
    assert smaller_requests(4000, [100, 900, 900, 5000]) == [2000, 1000, 900, 500, 100]
    assert smaller_requests(1, [0, 1]) == []


def test_a_change_in_words() -> None:
    assert str(WhatIf("xferslots", 3, 1, 2900)) == "xferslots 1 instead of 3: 2900 could start now"
