"""Memory: distributions by hand, and the cheapest ladder against every ladder that there is."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodcli.cli.memory.memory_tables import advice_table, point_table, scatter, spread_table
from prodcli.memory.advice import Use, advise, cheapest, cost, peaks, spreads
from prodcli.sizes import GRID


def done(used: int | None, jobs: int = 1, hours: float = 1, asked: int = 2048, **more: object) -> Use:
    facts = {"ladder": (2048,), "provisioned": asked, "timed": jobs, "seconds": int(hours * 3600 * jobs)} | more
    return Use("g", asked=asked, used=used, held=False, jobs=jobs, **facts)  # type: ignore[arg-type]


def held(asked: int, used: int, jobs: int = 1, provisioned: int | None = None) -> Use:
    return Use("g", (2048,), asked, provisioned, used, held=True, jobs=jobs)


def simulated(ladder: tuple[int, ...], weights: dict[int, float]) -> float:
    """Job by job: every step up to the first that suffices."""
    total = 0.0
    for size, weight in weights.items():
        for step in ladder:
            total += step * weight
            if step >= size:
                break
    return total


WEIGHTS = st.dictionaries(st.integers(1, 14), st.integers(1, 50).map(float), min_size=1, max_size=9)


@given(WEIGHTS, st.integers(1, 4))
def test_no_ladder_of_any_sizes_is_cheaper(weights: dict[int, float], steps: int) -> None:
    top = max(weights)
    others = [one for n in range(steps) for one in combinations(range(1, top), n)]
    found = cheapest(weights, steps)
    assert found[-1] == top
    assert len(found) <= steps
    assert list(found) == sorted(set(found))
    assert simulated(found, weights) == min(simulated((*lower, top), weights) for lower in others)


@given(WEIGHTS, st.sets(st.integers(1, 20), min_size=1, max_size=4))
def test_the_formula_of_the_cost_is_that_of_jobs_one_by_one(weights: dict[int, float], steps: set[int]) -> None:
    ladder = tuple(sorted(steps))
    assert cost(ladder, weights) == simulated(ladder, weights)


def redistributed(ended: dict[int, int], censored: dict[int, int]) -> dict[int, float]:
    """Efron's way to the same estimate: from below, each held job is shared out over all that is above it."""
    points = [[float(n), size, 0] for size, n in ended.items()] + [[float(n), size, 1] for size, n in censored.items()]
    points.sort(key=lambda point: point[1:])
    for i, (mass, _, is_censored) in enumerate(points):
        rest = sum(point[0] for point in points[i + 1 :])
        if is_censored and rest:
            points[i][0] = 0.0
            for point in points[i + 1 :]:
                point[0] += mass * point[0] / rest
    found = {int(size): mass for mass, size, is_censored in points if not is_censored}
    return found | {0: sum(mass for mass, _, is_censored in points if is_censored)}


COUNTS = st.dictionaries(st.integers(1, 9), st.integers(1, 20), max_size=6)


@given(COUNTS, COUNTS)
def test_held_jobs_are_shared_out_over_larger_peaks(ended: dict[int, int], censored: dict[int, int]) -> None:
    uses = [done(size, n) for size, n in ended.items()] + [held(size, size, n) for size, n in censored.items()]
    found, beyond = peaks(uses)
    expected = redistributed(ended, censored)
    assert beyond == pytest.approx(expected.pop(0), abs=1e-9)
    assert found == pytest.approx(expected)
    assert sum(found.values()) + beyond == pytest.approx(sum(ended.values()) + sum(censored.values()))


def test_what_a_held_job_exceeded() -> None:
    assert held(2048, 2100).exceeded == 2100
    assert held(4096, 1900, provisioned=2048).exceeded == 2048  # on hold it asks for its next step already
    assert Use("g", (), None, None, None, held=True, jobs=1).exceeded == 0


def test_a_few_large_jobs_are_worth_a_second_step() -> None:
    (advice,) = advise([done(900, 95), done(3500, 5, asked=4096, ladder=(4096,), newest=7)], headroom=0.1)
    assert advice.ladder == (1024, 3968)  # 990 and 3850 MB, on the grid
    assert advice.today == (4096,)
    assert advice.cost_today == pytest.approx(100 * 4)
    assert advice.cost == pytest.approx(100 * 1 + 5 * 3.875)
    assert advice.saving == pytest.approx(100 * (1 - 119.375 / 400))
    assert (advice.jobs, advice.held, advice.beyond, advice.timed) == (100, 0, 0, True)


def test_long_jobs_count_more() -> None:
    short, long = [done(900, 50, 1), done(3500, 50, 1)], [done(900, 50, 1), done(3500, 50, 40)]
    assert [len(advise(uses, 0)[0].ladder) for uses in (short, long)] == [2, 1]


def test_todays_ladder_is_that_of_the_last_row_and_goes_on_where_it_ends() -> None:
    uses = [done(900, 10, newest=1, ladder=(9000,)), held(2048, 2048, 10), done(3000, 10, ladder=(2048,), newest=9)]
    (advice,) = advise(uses, headroom=0)
    assert (advice.today, advice.ladder, advice.held) == ((2048,), (1024, 3072), 10)
    assert advice.cost_today == pytest.approx((10 * 2048 + 20 * (2048 + 3072)) / 1024)


def test_slots_give_a_little_more_than_is_asked_for() -> None:
    (advice,) = advise([done(2040, 10, asked=2000, ladder=(2000,))], headroom=0)
    assert (advice.ladder, advice.cost_today, advice.saving) == ((2048,), 20.0, 0.0)
    assert advise([done(2040, 10, asked=2000, ladder=(2000,))], headroom=0.1)[0].saving < 0


def test_jobs_beyond_all_peaks_are_said_and_not_counted() -> None:
    (advice,) = advise([done(900, 10), held(8192, 8200, 4)], headroom=0)
    assert (advice.ladder, advice.beyond) == ((1024,), 4)
    assert "beyond" in advice_table([advice], "rule").note
    assert (advice.short, advice.exceeded, advice.last_step) == (4, 8200, 12416)


def test_held_jobs_that_the_ladder_leaves_short_are_told_with_a_last_step() -> None:
    uses = [done(220, 50, asked=200), held(200, 269, 100), held(200, 318, 24), held(128, 100, 7)]
    (advice,) = advise(uses, headroom=0)
    assert (advice.ladder, advice.short, advice.exceeded, advice.last_step) == ((256,), 124, 318, 512)
    assert advice_table([advice], "rule").note.splitlines()[-1] == (
        "g: incomplete: 124 jobs need > 318 MB; try a last step of 512MB"
    )
    (enough,) = advise([done(400, 50), held(200, 318, 24)], headroom=0)
    assert (enough.short, enough.last_step) == (0, None)
    assert "incomplete" not in advice_table([enough], "rule").note


def test_held_jobs_alone_have_no_ladder_but_a_step_to_try() -> None:
    (advice,) = advise([held(200, 318, 124)], headroom=0)
    assert (advice.ladder, advice.short, advice.last_step) == ((), 124, 512)
    assert dict(zip(*[(table := advice_table([advice], "rule")).keys, table.rows[0]], strict=True))["cost"] is None
    assert "try a last step of 512MB" in table.note
    assert advise([Use("g", (), None, None, None, held=True, jobs=1)], headroom=0) == []


def test_without_times_starts_are_counted() -> None:
    (advice,) = advise([done(900, 10, timed=0, seconds=0)], headroom=0)
    assert (advice.cost, advice.timed) == (10 * 1.0, False)


@pytest.mark.parametrize("headroom", [0, 0.1, 0.5])
def test_steps_lie_on_the_grid_and_suffice(headroom: float) -> None:
    uses = [done(used, 3) for used in (1, 127, 128, 129, 1000, 5000)]
    (advice,) = advise(uses, headroom)
    assert all(step % GRID == 0 for step in advice.ladder)
    assert 0 <= advice.ladder[-1] - 5000 * (1 + headroom) < GRID


def test_distributions_are_by_nearest_rank() -> None:
    uses = [done(used, asked=2048, hours=2) for used in range(1, 101)] + [held(2048, 2100, 3)]
    asked, provisioned, used, exceeded = spreads(uses)
    assert (asked.jobs, asked.median, asked.most, asked.gb_hours) == (100, 2048, 2048, pytest.approx(400))
    assert (used.median, used.p90, used.p99, used.most, used.unused) == (50, 90, 99, 100, None)
    assert used.gb_hours == pytest.approx(2 * 5050 / 1024)
    assert provisioned.unused == asked.unused == pytest.approx(400 - 2 * 5050 / 1024)
    assert (exceeded.quantity, exceeded.jobs, exceeded.median, exceeded.gb_hours) == ("exceeded", 3, 2100, None)
    assert [row[1] for row in spread_table([asked, used], "rule").rows] == ["asked", "used"]


def test_jobs_that_were_not_measured_are_left_out_of_what_was_used() -> None:
    asked, _, used = spreads([done(None, 5), done(1024, 5)])
    assert (asked.jobs, used.jobs, asked.unused) == (10, 5, pytest.approx(5.0))


def test_the_plot_has_every_job_in_its_place() -> None:
    lines = scatter([held(1000, 1000, 3), held(500, 1000, 30)]).splitlines()
    assert lines[0] == "asked, MB; 33 jobs held for memory"
    assert lines[1].startswith("     1000 |")
    assert lines[1].endswith(".3")
    assert [i for i, line in enumerate(lines) if line.endswith("#")] == [8]  # the middle of 16
    assert "no job" in scatter([])
    assert [list(row) for row in point_table([held(1000, 1000, 3)]).rows] == [["g", 1000, None, 1000, 3]]
