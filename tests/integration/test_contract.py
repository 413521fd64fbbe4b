"""The plan equals an independent brute-force reimplementation of docs/matching.md, on seeded catalogs."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support import oracle
from tests.support.catalogs import Catalog
from tests.support.rules import PRODFLOW, RULES, prodflow_rules, write_rules
from tests.support.world import World, seeded_catalog

SEEDS = (1, 2, 3, 4)


def oracle_plan(catalog: Catalog, file: Path, name: str, runs: Any, **options: Any) -> tuple[list[Any], list[Any]]:
    """The oracle's jobs and skips in the form of `--format json`."""
    spec = yaml.safe_load(file.read_text())[name]
    plan = oracle.plan(catalog, spec, name, str(file.resolve().parent), runs, **options)
    skipped = [
        {"reason": reason, "level": level, "count": found["count"], "runs": found["runs"]}
        for (reason, level), found in plan.skipped.items()
    ]
    return plan.jobs, sorted(skipped, key=lambda one: (one["reason"], one["level"]))


def prodcli_plan(world: World, file: Path, name: str, *words: object) -> tuple[list[Any], list[Any]]:
    """What `submit --dry-run` says."""
    data = world.json("submit", "-c", file, "-r", name, "--dry-run", *words)
    return data["jobs"], sorted(data["skipped"], key=lambda one: (one["reason"], one["level"]))


def default_roots(world: World) -> None:
    """Plan with the site's own paths: a dry run writes nothing."""
    del world.settings["roots"]
    world.write()


@pytest.mark.parametrize("seed", SEEDS)
def test_every_rule_equals_brute_force(world: World, seed: int) -> None:
    catalog = seeded_catalog(seed)
    world.load(catalog)
    default_roots(world)
    file = write_rules(world.folder / "rules")
    runs = [run.runnumber for run in catalog.runs]
    span = range(min(runs), max(runs) + 1)
    for name in RULES:
        wanted = oracle_plan(catalog, file, name, span)
        assert prodcli_plan(world, file, name, "--runs", span[0], span[-1]) == wanted, name


@pytest.mark.skipif(not prodflow_rules(), reason=f"no rule files of a real production in {PRODFLOW}")
@pytest.mark.parametrize("seed", SEEDS)
def test_real_rules_equal_brute_force(world: World, seed: int) -> None:
    catalog = seeded_catalog(seed, runs=16)
    world.load(catalog)
    default_roots(world)
    runs = [run.runnumber for run in catalog.runs]
    span = range(min(runs), max(runs) + 1)
    for file, name in prodflow_rules():
        wanted = oracle_plan(catalog, file, name, span)
        assert prodcli_plan(world, file, name, "--runs", span[0], span[-1]) == wanted, name


def test_options_equal_brute_force(world: World) -> None:
    catalog = seeded_catalog(7)
    world.load(catalog)
    default_roots(world)
    file = write_rules(world.folder / "rules")
    runs = [run.runnumber for run in catalog.runs]
    span = range(min(runs), max(runs) + 1)
    two = ["--runs", span[0], span[-1]]
    cases: list[tuple[str, list[object], Any, dict[str, Any]]] = [
        ("cluster", [*two, "--cut-segment", 3], span, {"cut_segment": 3}),
        ("streaming", [*two, "--onlyseg0"], span, {"onlyseg0": True}),
        ("streaming_seg0", [*two, "--no-onlyseg0"], span, {"onlyseg0": False}),
        ("cluster", [*two, "--segments", 0, 2, 4], span, {"segments": {0, 2, 4}}),
        ("cluster", [*two, "--segments", "0-1"], span, {"segments": {0, 1}}),
        ("mvtxme", [*two, "--maxjobs", 3], span, {"maxjobs": 3}),
        ("cluster", [*two, "--physics-mode", "cosmics"], span, {"physics_mode": "cosmics"}),
        ("streaming", ["--runs", *runs[:3], 99999999], {*runs[:3], 99999999}, {}),
        ("streaming", ["--runs", runs[0]], {runs[0]}, {}),
        ("streaming", ["--runs", f"{runs[0]},{runs[1]}"], {runs[0], runs[1]}, {}),
    ]
    for name, words, chosen, options in cases:
        assert prodcli_plan(world, file, name, *words) == oracle_plan(catalog, file, name, chosen, **options), words


def test_every_reason_that_data_can_cause_is_met() -> None:
    """The seeds above exercise the whole vocabulary but masks and invalid runs, which are not data of the catalogs."""
    met = set()
    folder = "/rules"
    for seed in SEEDS:
        catalog = seeded_catalog(seed)
        numbers = [run.runnumber for run in catalog.runs]
        for name, spec in RULES.items():
            for runs in (range(min(numbers), max(numbers) + 1), {*numbers, 99999999}):
                met |= {reason for reason, _ in oracle.plan(catalog, spec, name, folder, runs, maxjobs=1).skipped}
    assert met == {
        *("run_unknown", "run_not_ended", "runtype", "few_events", "too_short", "no_gl1", "gl1_off_disk"),
        *("host_off_disk", "no_inputs", "few_hosts_raw", "few_hosts_produced", "host_not_produced"),
        *("segment_incomplete", "input_off_disk", "segment_cut", "produced", "blocked", "limit"),
    }
