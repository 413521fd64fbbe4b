"""`make bench-quick`: the ratios that matter, in minutes, held against the last run or, in turns, against another commit."""

import argparse
import json
import sys
import time
from contextlib import ExitStack
from typing import Any

from tests.bench.big import big_catalog
from tests.bench.checkouts import HERE, Checkout, checkouts
from tests.bench.measure import show
from tests.bench.quick_measures import MEASURES, RUNS, SEGMENTS, Side
from tests.bench.turns import Measurement
from tests.support.condor_pool import pool
from tests.support.postgres_server import Cluster
from tests.support.rule_files import REPOSITORY

FIGURES = REPOSITORY / "build" / "bench-quick.json"


def main() -> None:
    """Measure, print the tables, and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", default="", help="a commit, branch or tag to measure in turns with this checkout")
    parser.add_argument(
        "--turns", type=int, default=1, help="so many times the usual turns, for figures that differ less"
    )
    parser.add_argument("--only", nargs="*", default=[], choices=[measure.__name__ for measure in MEASURES])
    options = parser.parse_args()
    began = time.monotonic()
    with checkouts(options.against) as sources:
        found = measured(sources, options.only, options.turns)
    show_beside(found, last_ratios())
    if len(sources) > 1:
        show_against(found, sources[1].name)
    keep(found)
    print(f"\n{time.monotonic() - began:.0f} s; the figures are in {FIGURES.relative_to(REPOSITORY)}.")


def measured(sources: list[Checkout], only: list[str], times: int) -> list[Measurement]:
    """All measurements, or those of some functions, on a server and pools that live as long."""
    found = []
    with ExitStack() as stack:
        cluster = stack.enter_context(Cluster())
        urls = big_catalog(cluster, "quick", RUNS, SEGMENTS)
        sides = [Side(source, stack.enter_context(pool(1)), cluster, urls) for source in sources]
        for measure in MEASURES:
            if not only or measure.__name__ in only:
                print(f"{measure.__name__} ...", file=sys.stderr, flush=True)
                found += measure(sides, times)
    return found


def show_beside(found: list[Measurement], last: dict[str, float]) -> None:
    """This checkout beside what it is held against, and the same ratio in the last run."""
    rows = []
    for one in found:
        here, beside, ratio = one.best[HERE.name], one.best["beside"], ratio_of(one)
        before = last.get(one.what)
        change = (before, f"{ratio / before - 1:+.0%}") if before else ("", "")
        rows.append((one.what, ms(here.seconds), ms(here.cpu), one.beside, ms(beside.seconds), ratio, *change))
    show("Quick", ("work", "s", "processor s", "beside", "s", "ratio", "last ratio", "change"), rows)


def show_against(found: list[Measurement], other: str) -> None:
    """This checkout against another commit."""
    rows = []
    for one in found:
        here, there = one.best[HERE.name], one.best[other]
        walls = (ms(here.seconds), ms(there.seconds), here.seconds / there.seconds)
        rows.append((one.what, *walls, ms(here.cpu), ms(there.cpu), here.cpu / there.cpu))
    columns = ("work", "s here", f"s {other}", "ratio", "processor s here", f"processor s {other}", "ratio")
    show(f"Against {other}, in turns", columns, rows)


def ms(seconds: float) -> str:
    """Seconds with milliseconds: `show` has two digits after the point."""
    return f"{seconds:.3f}"


def ratio_of(one: Measurement) -> float:
    """How much longer this checkout takes than what it is held against."""
    return one.best[HERE.name].seconds / one.best["beside"].seconds


def last_ratios() -> dict[str, float]:
    """The ratios of the last run by work; empty if there was none."""
    kept: dict[str, Any] = json.loads(FIGURES.read_text()) if FIGURES.is_file() else {}
    return {what: figures["ratio"] for what, figures in kept.items()}


def keep(found: list[Measurement]) -> None:
    """Keep the figures for the next run; works that were not measured keep theirs."""
    kept: dict[str, Any] = json.loads(FIGURES.read_text()) if FIGURES.is_file() else {}
    for one in found:
        here = one.best[HERE.name]
        kept[one.what] = {"ratio": ratio_of(one), "seconds": here.seconds, "cpu": here.cpu}
    FIGURES.parent.mkdir(exist_ok=True)
    FIGURES.write_text(json.dumps(kept, indent=2) + "\n")


if __name__ == "__main__":
    main()
