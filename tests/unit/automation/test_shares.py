"""The room of the queue, and how rules share it."""

from pathlib import Path

import pytest

from prodcli.automation.shares import QueueBounds, QueuedJobs, allotted, in_turn
from prodcli.steering.steered_rule import SteeredRule

QUEUE = QueuedJobs(idle=30, running=60, held=10)


def rule(name: str, **more: int) -> SteeredRule:
    return SteeredRule(name=name, config=Path("rules.yaml"), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("bounds", "room"),
    [
        (QueueBounds(), None),
        (QueueBounds(maxcondor=150), 50),
        (QueueBounds(maxcondor=90), 0),
        (QueueBounds(idle_target=45), 15),
        (QueueBounds(maxcondor=110, idle_target=45), 10),
        (QueueBounds(maxcondor=150, idle_target=20), 0),
    ],
)
def test_the_room_is_what_every_bound_leaves(bounds: QueueBounds, room: int | None) -> None:
    assert bounds.room(QUEUE) == room


def test_the_watermark_is_a_multiple_of_the_most_jobs() -> None:
    for most, above in ((94, True), (95, True), (96, False), (0, False)):
        assert QueueBounds(maxcondor=most, watermark=1.05).above_watermark(QUEUE) is above


def test_larger_priority_comes_first_then_who_has_least_for_its_share() -> None:
    rules = [rule("a", share=2), rule("b"), rule("c", priority=5), rule("d", share=4)]
    queued = {name: QueuedJobs(idle=8) for name in "abcd"}
    assert [one.name for one in in_turn(rules, queued)] == ["c", "d", "a", "b"]


def test_shares_use_up_the_room() -> None:
    rules, room, got = [rule("a", share=3), rule("b"), rule("c", share=0), rule("d", share=2)], 7, []
    for place, one in enumerate(rules):
        most = allotted(room, one, rules[place + 1 :])
        assert most is not None
        got.append(most)
        room -= most
    assert (got, room) == ([4, 1, 0, 2], 0)


def test_maxjobs_bounds_an_allotment() -> None:
    assert allotted(None, rule("a"), []) is None
    assert allotted(None, rule("a", maxjobs=5), []) == 5
    assert allotted(100, rule("a", maxjobs=5), []) == 5
    assert allotted(3, rule("a", maxjobs=5), []) == 3


def test_held_jobs_stand_beside_the_queue_if_there_are_some() -> None:
    bounds = QueueBounds(maxcondor=150, idle_target=45)
    assert bounds.in_words(QUEUE) == "100 of 150 jobs in the queues, 30 of 45 idle, 10 held"
    assert QueueBounds().in_words(QueuedJobs(idle=8)) == "8 jobs in the queues, 8 idle"
