"""The schedule of a soak."""

from tests.soak.schedule import What, schedule

ALL = len(What) - 1  # KILL_FAR needs more time


def test_a_seed_is_one_schedule() -> None:
    assert schedule(7, 1200) == schedule(7, 1200) != schedule(8, 1200)
    assert {one.what for one in schedule(7, 1200)} == set(What)


def test_no_kind_comes_again_before_all_have_come() -> None:
    first = [one.what for one in schedule(7, 60)][:ALL]
    assert len(set(first)) == len(first) > ALL // 2


def test_all_happens_within_the_time() -> None:
    times = [one.at for one in schedule(7, 300)]
    assert times == sorted(times)
    assert times[-1] < 300
