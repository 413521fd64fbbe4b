"""What changed between two digests."""

from prodcli.shifts.figures import Change, Figures, changes
from prodcli.shifts.kept_digests import figures_of, text_of

BEFORE = Figures(
    tags={"a_v001": {"jobs": 100, "finished": 40, "failed": 2, "held": 5, "parked": 0}, "old": {"jobs": 3, "held": 3}},
    held={"memory": 4, "no such file": 1},
    silent={"loop 3f9a01": "host1"},
    services={"database": "down"},
)
NOW = Figures(
    tags={"a_v001": {"jobs": 100, "finished": 60, "failed": 2, "held": 0, "parked": 0}, "new": {"jobs": 7}},
    held={"no such file": 1, "disk": 2},
    starving={"CALO a_v001": "input_off_disk 0 -> 312"},
    services={"database": "up"},
)


def test_every_figure_that_changed_is_told_and_no_other() -> None:
    assert list(changes(BEFORE, NOW)) == [
        Change("tag", "a_v001", "finished", 40, 60),
        Change("tag", "a_v001", "held", 5, 0),
        Change("tag", "new", "jobs", 0, 7),
        Change("tag", "old", "jobs", 3, 0),
        Change("tag", "old", "held", 3, 0),
        Change("hold", "disk", "held", 0, 2),
        Change("hold", "memory", "held", 4, 0),
        Change("loop", "loop 3f9a01", "silent", "host1", None),
        Change("rule", "CALO a_v001", "starving", None, "input_off_disk 0 -> 312"),
        Change("service", "database", "state", "down", "up"),
    ]
    assert list(changes(NOW, NOW)) == []


def test_the_books_give_back_what_they_got() -> None:
    assert figures_of(text_of(NOW)) == NOW
