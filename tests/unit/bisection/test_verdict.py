"""What a bisection says, in words."""

from math import log

import pytest

from prodcli.bisection.changes import Alike, bisect
from prodcli.bisection.verdict import command_of, odds, verdict
from prodcli.diagnosis.chance import Counts

OLD, NEW = "a" * 12, "b" * 12 + " with 2 changed (cafe)"


def ended(first: int, failed: int, passed: int, **values: str | int) -> Alike:
    return Alike({name.replace("_", " "): value for name, value in values.items()}, first, Counts(failed, passed))


def said(*attempts: Alike) -> str:
    return verdict(bisect(attempts), lambda seconds: f"day {seconds}")


def test_one_change() -> None:
    assert said(ended(1, 0, 40, commit_macros=OLD), ended(2, 31, 2, commit_macros=NEW)) == (
        f"commit macros {OLD} -> {NEW} on day 2: 0 of 40 failed before, 31 of 33 since"
    )


def test_a_change_that_was_taken_back() -> None:
    attempts = [ended(1, 0, 40, kit="a"), ended(2, 31, 2, kit="b"), ended(3, 0, 9, kit="c")]
    assert said(*attempts) == "kit a -> b on day 2: 0 of 49 failed with other values, 31 of 33 with it, until c"


def test_runs_have_no_day() -> None:
    attempts = [ended(run, 20 * (5 <= run < 7), 20, run=run) for run in range(1, 9)]
    assert said(*attempts) == "run 5-6: 0 of 120 failed with other values, 40 of 80 with it"


def test_a_time_and_nodes() -> None:
    times = {600 * part: (600 * part, Counts(20 * (2 <= part < 4), 20)) for part in range(6)}
    found = bisect([ended(1, 40, 120)], {"time": times})
    assert verdict(found, lambda seconds: f"day {seconds}") == (
        "time day 1200 to day 1800: 40 of 80 failed then, 0 of 80 at other times; was a service down?"
    )
    nodes = {f"n{number}": (1, Counts(30 * (number == 3), 20)) for number in range(6)}
    assert verdict(bisect([ended(1, 30, 120)], {"node": nodes}), str) == (
        "node n3: 0 of 100 failed with other values, 30 of 50 with it"
    )


def test_long_values_are_cut_and_hostile_ones_harmless() -> None:
    words = said(ended(1, 0, 40, kit="a\x1b[2J\nb"), ended(2, 31, 2, kit="x" * 400))
    assert words.startswith(f"kit a?[2J b -> {'x' * 57}... on day 2")


def test_two_changes() -> None:
    both = [ended(1, 0, 40, dbtag="x", kit="a"), ended(2, 31, 2, dbtag="y", kit="b")]
    words = said(*both)
    assert words.startswith("2 things changed together, and nothing tells them apart: dbtag x -> y on day 2: 0 of 40")
    assert "; kit a -> b on day 2" in words


@pytest.mark.parametrize(
    ("attempts", "words"),
    [
        ([], "no failure is left to look at"),
        ([ended(1, 9, 0, kit="a"), ended(2, 9, 0, kit="b")], "nothing to compare with: none of 18 attempts finished"),
        ([ended(1, 9, 9, kit="a")], "nothing changed: all attempts are alike in what the books know"),
        (
            [ended(1, 9, 9, kit="a", run=1), ended(2, 9, 9, kit="b", run=2)],
            "nothing that changed goes with it; several values of kit, run",
        ),
    ],
)
def test_nothing_changed(attempts: list[Alike], words: str) -> None:
    assert said(*attempts) == words


def test_odds() -> None:
    assert [odds(log(1 / 3400)), odds(-30 * log(10)), odds(0)] == ["1 in 3400", "1 in 10^30", "1 in 1"]


def test_git_shows_what_changed() -> None:
    attempts = [ended(1, 0, 40, commit_macros=OLD), ended(2, 31, 2, commit_macros=NEW)]
    (change,) = bisect(attempts).suspects
    assert command_of(change, {"macros": "/prod/my macros"}) == (
        f"git -C '/prod/my macros' log --stat {OLD}..{'b' * 12}"
    )
    assert command_of(change, {}) == ""


def test_records_of_two_jobs_show_what_else_changed() -> None:
    attempts = [Alike({"kit": "a"}, 1, Counts(0, 40), 11), Alike({"kit": "b"}, 2, Counts(31, 2), 22)]
    (change,) = bisect(attempts).suspects
    assert command_of(change, {}) == "prodcli provenance diff 11 22"
    (change,) = bisect([attempts[0], Alike({"kit": "b"}, 2, Counts(31, 2))]).suspects
    assert command_of(change, {}) == ""
