"""Which change goes with failures: planted causes are found, and nothing else is told for sure."""

from collections.abc import Mapping
from math import exp
from random import Random

import pytest

from prodcli.bisection.changes import Alike, Value, bisect
from prodcli.diagnosis.chance import Counts


def ended(first: int, failed: int, passed: int, **values: Value) -> Alike:
    return Alike(values, first, Counts(failed, passed))


def test_a_commit_after_which_all_fail() -> None:
    found = bisect(
        [
            ended(100, 0, 40, commit="aaa", kit="k1"),
            ended(200, 0, 35, commit="aaa", kit="k2"),
            ended(300, 12, 0, commit="bbb", kit="k2"),
            ended(400, 9, 0, commit="ccc", kit="k2"),
        ]
    )
    (change,) = found.suspects
    assert (change.what, change.was, change.span, change.then) == ("commit", "aaa", ("bbb", "ccc"), None)
    assert (change.since, change.before, change.within, change.after) == (300, (0, 75), (21, 0), (0, 0))
    assert exp(change.chance) < 1e-9
    assert found.varied == ("commit", "kit")
    assert found.ended == (21, 75)


def test_a_change_that_was_taken_back() -> None:
    found = bisect(
        [ended(100, 0, 40, kit="a"), ended(200, 20, 3, kit="b"), ended(300, 1, 50, kit="c"), ended(50, 0, 9, kit="a")]
    )
    (change,) = found.suspects
    assert (change.was, change.span, change.then) == ("a", ("b",), "c")
    assert (change.before, change.within, change.after) == ((0, 49), (20, 3), (1, 50))


def test_two_things_that_changed_together_are_not_told_apart() -> None:
    found = bisect([ended(1, 0, 60, commit="a", dbtag="x"), ended(2, 30, 10, commit="b", dbtag="y")])
    assert {one.what for one in found.suspects} == {"commit", "dbtag"}


def test_few_attempts_between_two_changes_tell_them_apart_only_if_they_say_enough() -> None:
    before, after = ended(1, 0, 60, commit="a", kit="x"), ended(9, 12, 28, commit="b", kit="y")
    three, sixty = (ended(5, 0, passed, commit="a", kit="y") for passed in (3, 60))
    assert {one.what for one in bisect([before, three, after]).suspects} == {"commit", "kit"}
    assert [one.what for one in bisect([before, sixty, after]).suspects] == ["commit"]


def test_numbers_stand_in_their_own_order() -> None:
    attempts = [ended(9 - size, int(size < 3) * 8, 8, memory=1000 * size) for size in (5, 1, 4, 2, 3)]
    (change,) = bisect(attempts).suspects
    assert (change.span, change.was, change.then) == ((1000, 2000), None, 3000)


def test_one_run_of_many() -> None:
    runs = [ended(run, 0, 4, run=run) for run in range(300, 400)]
    (change,) = bisect([*runs, ended(1, 7, 0, run=350), ended(1, 0, 4, run=299)]).suspects
    assert change.span == (350,)


def test_what_is_not_known_of_attempts_counts_for_nothing() -> None:
    found = bisect([ended(1, 0, 50, os="9.4"), ended(2, 40, 0), ended(3, 0, 50, os="9.5")])
    assert found.suspects == ()
    assert found.varied == ("os",)


def test_times_and_runs_are_suspects_only_where_nothing_else_is() -> None:
    attempts = [ended(1, 0, 60, commit="a"), ended(2, 30, 0, commit="b")]
    days = {1: (1, Counts(0, 60)), 2: (2, Counts(30, 0))}
    found = bisect(attempts, {"time": days, "run": days})
    assert [one.what for one in found.suspects] == ["commit"]
    assert {one.what for one in found.changes} == {"commit", "time", "run"}
    assert {one.what for one in bisect([ended(1, 30, 60)], {"time": days, "run": days}).suspects} == {"time", "run"}
    shorter = {1: (1, Counts(0, 60)), 2: (2, Counts(30, 0)), 3: (3, Counts(0, 20))}
    late = [ended(1, 0, 60, commit="a"), ended(2, 30, 20, commit="b")]
    assert [one.what for one in bisect(late, {"time": shorter}).suspects] == ["time"]


@pytest.mark.parametrize(
    "attempts",
    [
        [],
        [ended(1, 20, 300, commit="a"), ended(2, 20, 310, commit="b")],
        [ended(1, 0, 4, commit="a"), ended(2, 2, 1, commit="b")],
        [ended(1, 9, 0, commit="a"), ended(2, 9, 0, commit="b")],
        [ended(1, 9, 40, commit="a")],
    ],
)
def test_nothing_is_told_for_sure(attempts: list[Alike]) -> None:
    assert bisect(attempts).suspects == ()


def _night(luck: Random, cause: str | None) -> list[Alike]:
    """Attempts of a night in which five properties change, each at a time of its own; one of them breaks jobs."""
    steps = dict(zip(("commit", "build", "dbtag", "kit", "os"), luck.sample(range(20, 380, 30), 5), strict=True))
    attempts = []
    for time in range(400):
        values: Mapping[str, Value] = {
            **{name: f"{name}-{int(time >= step)}" for name, step in steps.items()},
            **{"memory": luck.choice((2000, 4000)), "run": 66_000 + luck.randrange(50)},
        }
        rate = 0.01 if cause is None or time < steps[cause] else 0.5
        failed = luck.random() < rate
        attempts.append(Alike(values, time, Counts(int(failed), int(not failed))))
    return attempts


@pytest.mark.parametrize("seed", range(25))
def test_a_planted_cause_is_among_the_suspects(seed: int) -> None:
    luck = Random(seed)
    cause = luck.choice(("commit", "build", "dbtag", "kit", "os"))
    assert cause in {one.what for one in bisect(_night(luck, cause)).suspects}


def test_chance_alone_is_no_cause() -> None:
    assert [seed for seed in range(60) if bisect(_night(Random(1000 + seed), None)).suspects] == []
