"""What `make bench-quick` makes of timings."""

from pathlib import Path

import pytest

from tests.bench import quick
from tests.bench.checkouts import HERE, checkouts
from tests.bench.measure import Timing
from tests.bench.turns import Best, Measurement, in_turns

FOUND = Measurement("plan", "psql", {"beside": Best(2.0, 0.1), "here": Best(3.0, 0.5), "abc": Best(2.4, 1.0)})


def test_turns_go_to_and_fro_and_the_best_counts() -> None:
    order: list[str] = []

    def work(name: str, turn: int) -> Timing:
        order.append(f"{name}{turn}")
        return Timing(3.0 - turn, 1, "", 1.0 + turn)

    measurement = in_turns("x", "y", 2, {name: lambda turn, name=name: work(name, turn) for name in "ab"})  # type: ignore[misc]
    assert order == ["a0", "b0", "b1", "a1"]
    assert measurement.best == {"a": Best(2.0, 1.0), "b": Best(2.0, 1.0)}


def test_kept_ratios_are_the_last_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(quick, "FIGURES", tmp_path / "build" / "figures.json")
    assert quick.last_ratios() == {}
    quick.keep([Measurement("plan", "psql", {"beside": Best(2.0, 0.1), HERE.name: Best(2.5, 0.5)})])
    assert quick.last_ratios() == {"plan": 1.25}
    quick.show_beside([FOUND], quick.last_ratios())
    assert "| plan | 3.000 | 0.500 | psql | 2.000 | 1.50 | 1.25 | +20% |" in capsys.readouterr().out


def test_another_commit_is_compared_in_both_times(capsys: pytest.CaptureFixture[str]) -> None:
    quick.show_against([FOUND], "abc")
    assert "| plan | 3.000 | 2.400 | 1.25 | 0.500 | 1.000 | 0.50 |" in capsys.readouterr().out


def test_an_unknown_commit_ends_the_run() -> None:
    with pytest.raises(SystemExit, match="failed"), checkouts("no-such-commit"):
        pass
