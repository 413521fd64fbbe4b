"""The plan equals an independent brute-force reimplementation of docs/matching.md, on seeded catalogs."""

import random
from pathlib import Path
from typing import Any

import pytest

from tests.support import oracle
from tests.support.catalog import Catalog
from tests.support.rule_files import PRODFLOW, RULES, prodflow_rules, read_rules, stocked_prodflow_rules, write_rules
from tests.support.workspace import Workspace, seeded_catalog

SEEDS = (1, 2, 3, 4)


def oracle_plan(catalog: Catalog, file: Path, name: str, runs: Any, **options: Any) -> tuple[list[Any], list[Any]]:
    """The oracle's jobs and skips in the form of `--format json`."""
    spec = read_rules(file)[name]
    plan = oracle.plan(catalog, spec, name, str(file.resolve().parent), runs, **options)
    skipped = [
        {"reason": reason, "level": level, "count": found["count"], "runs": found["runs"]}
        for (reason, level), found in plan.skipped.items()
    ]
    return plan.jobs, sorted(skipped, key=lambda one: (one["reason"], one["level"]))


def exclusions(catalog: Catalog, seed: int) -> tuple[list[oracle.Masked], list[oracle.Marked]]:
    """Masks and invalid runs at random: of few hosts and many, of one run and all, overlapping, for one dsttype and all."""
    rng = random.Random(seed)
    runs = sorted(run.runnumber for run in catalog.runs)
    hosts = oracle.STREAMING_HOSTS + oracle.TRIGGERED_HOSTS
    made = [None, *oracle.COMBINING, *oracle.MANY_TO_ONE, *oracle.ONE_TO_ONE]

    def some_runs() -> range:
        low, high = sorted(rng.choices(runs, k=2))
        return range(low, (low if rng.random() < 0.3 else high) + 1)

    masks = [oracle.Masked(tuple(rng.sample(hosts, rng.randint(1, 4))), some_runs()) for _ in range(12)]
    masks += [oracle.Masked(tuple(rng.sample(hosts, 3)), some_runs(), rng.choice(made)) for _ in range(12)]
    masks += [oracle.Masked(("seb18", "seb20"), some_runs()), oracle.Masked(tuple(oracle.STREAMING_HOSTS), some_runs())]
    invalid = [oracle.Marked(range(runs[n], runs[n] + 1)) for n in rng.sample(range(len(runs)), 2)]
    for _ in range(10):
        low, high = sorted(rng.choices(range(6), k=2))
        invalid.append(oracle.Marked(some_runs(), range(low, high + 1), rng.choice(made)))
    invalid += [oracle.Marked(some_runs(), None, dsttype) for dsttype in rng.sample(made[1:], 3)]
    return masks, invalid


def note(workspace: Workspace, masks: list[oracle.Masked], invalid: list[oracle.Marked]) -> None:
    """Tell prodcli of them by its own verbs."""
    for n, mask in enumerate(masks):
        leaves = [oracle.leaf_of(host) for host in mask.hosts]
        words = ["--runs", f"{mask.runs[0]}-{mask.runs[-1]}", "--reason", f"mask {n}"]
        workspace.ok("mask", "add", *leaves, *words, *(["--dsttype", mask.dsttype] if mask.dsttype else []))
    for n, mark in enumerate(invalid):
        words = ["--runs", f"{mark.runs[0]}-{mark.runs[-1]}", "--reason", f"mark {n}"]
        words += ["--segments", f"{mark.segments[0]}-{mark.segments[-1]}"] if mark.segments else []
        workspace.ok("runs", "invalid", "add", *words, *(["--dsttype", mark.dsttype] if mark.dsttype else []))


def prodcli_plan(workspace: Workspace, file: Path, name: str, *words: object) -> tuple[list[Any], list[Any]]:
    """What `submit --dry-run` says."""
    data = workspace.json("submit", "-c", file, "-r", name, "--dry-run", *words)
    return data["jobs"], sorted(data["skipped"], key=lambda one: (one["reason"], one["level"]))


def default_roots(workspace: Workspace) -> None:
    """Plan with the site's own paths, and without a kit behind the payload: a dry run writes nothing."""
    del workspace.settings["roots"]
    workspace.settings["site"] = {"kit": []}
    workspace.write()


@pytest.mark.parametrize("seed", SEEDS)
def test_every_rule_equals_brute_force(workspace: Workspace, seed: int) -> None:
    catalog = seeded_catalog(seed)
    workspace.load(catalog)
    default_roots(workspace)
    file = write_rules(workspace.folder / "rules")
    runs = [run.runnumber for run in catalog.runs]
    span = range(min(runs), max(runs) + 1)
    for name in RULES:
        wanted = oracle_plan(catalog, file, name, span)
        assert prodcli_plan(workspace, file, name, "--runs", span[0], span[-1]) == wanted, name


@pytest.mark.skipif(not prodflow_rules(), reason=f"no rule files of a real production in {PRODFLOW}")
@pytest.mark.parametrize("seed", SEEDS)
def test_real_rules_equal_brute_force(workspace: Workspace, seed: int) -> None:
    catalog = seeded_catalog(seed, runs=16)
    workspace.load(catalog)
    default_roots(workspace)
    runs = [run.runnumber for run in catalog.runs]
    span = range(min(runs), max(runs) + 1)
    for file, name in stocked_prodflow_rules(workspace.folder):
        wanted = oracle_plan(catalog, file, name, span)
        assert prodcli_plan(workspace, file, name, "--runs", span[0], span[-1]) == wanted, name


@pytest.mark.parametrize("seed", SEEDS)
def test_every_rule_equals_brute_force_under_masks(workspace: Workspace, seed: int) -> None:
    catalog = seeded_catalog(seed)
    workspace.load(catalog)
    default_roots(workspace)
    file = write_rules(workspace.folder / "rules")
    masks, invalid = exclusions(catalog, seed)
    note(workspace, masks, invalid)
    runs = [run.runnumber for run in catalog.runs]
    span = range(min(runs), max(runs) + 1)
    two = ("--runs", span[0], span[-1])
    for name in RULES:
        wanted = oracle_plan(catalog, file, name, span, masks=masks, invalid=invalid)
        assert prodcli_plan(workspace, file, name, *two) == wanted, name
    # that of the command line comes on top
    typed = oracle.Masked(("intt3", "ebdc17", "ebdc17:1", "seb05", "seb20"), span)
    for name in ("streaming", "cluster", "calofitting", "calofitting_min_seb", "vernier"):
        wanted = oracle_plan(catalog, file, name, span, masks=[*masks, typed], invalid=invalid)
        assert prodcli_plan(workspace, file, name, *two, "--mask", "TPC17", "INTT3", "seb05", "SEB20") == wanted, name


def test_options_equal_brute_force(workspace: Workspace) -> None:
    catalog = seeded_catalog(7)
    workspace.load(catalog)
    default_roots(workspace)
    file = write_rules(workspace.folder / "rules")
    runs = [run.runnumber for run in catalog.runs]
    span = range(min(runs), max(runs) + 1)
    two = ["--runs", span[0], span[-1]]
    cases: list[tuple[str, list[object], Any, dict[str, Any]]] = [
        ("cluster", [*two, "--cut-segment", 3], span, {"cut_segment": 3}),
        ("streaming", [*two, "--onlyseg0"], span, {"onlyseg0": True}),
        ("streaming_seg0", [*two, "--no-onlyseg0"], span, {"onlyseg0": False}),
        ("cluster", [*two, "--segments", 0, 2, 4], span, {"segments": {0, 2, 4}}),
        ("cluster", [*two, "--segments", "0-1"], span, {"segments": {0, 1}}),
        ("rollover", [*two, "--segments", 1, 2, 11], span, {"segments": {1, 2, 11}}),
        (
            "rollover",
            [*two, "--segments", "4-9", "--cut-segment", 2],
            span,
            {"segments": {*range(4, 10)}, "cut_segment": 2},
        ),
        ("mvtxme", [*two, "--maxjobs", 3], span, {"maxjobs": 3}),
        ("cluster", [*two, "--physics-mode", "cosmics"], span, {"physics_mode": "cosmics"}),
        ("streaming", ["--runs", *runs[:3], 99999999], {*runs[:3], 99999999}, {}),
        ("streaming", ["--runs", runs[0]], {runs[0]}, {}),
        ("streaming", ["--runs", f"{runs[0]},{runs[1]}"], {runs[0], runs[1]}, {}),
    ]
    for name, words, chosen, options in cases:
        assert prodcli_plan(workspace, file, name, *words) == oracle_plan(catalog, file, name, chosen, **options), words


def test_every_reason_that_data_can_cause_is_met() -> None:
    """The seeds above exercise the whole vocabulary, with masks and invalid runs on every level."""
    met = set()
    levels = set()
    folder = "/rules"
    for seed in SEEDS:
        catalog = seeded_catalog(seed)
        numbers = [run.runnumber for run in catalog.runs]
        for name, spec in RULES.items():
            for runs in (range(min(numbers), max(numbers) + 1), {*numbers, 99999999}):
                met |= {reason for reason, _ in oracle.plan(catalog, spec, name, folder, runs, maxjobs=1).skipped}
            masks, invalid = exclusions(catalog, seed)
            levels |= set(oracle.plan(catalog, spec, name, folder, None, masks=masks, invalid=invalid).skipped)
    taken_out = {("masked", level) for level in ("run", "host", "segment")}
    taken_out |= {("invalid", level) for level in ("run", "segment")}
    assert {key for key in levels if key[0] in ("masked", "invalid")} == taken_out
    assert met == {
        *("run_unknown", "run_not_ended", "runtype", "few_events", "too_short", "no_gl1", "gl1_off_disk"),
        *("host_off_disk", "no_inputs", "few_hosts_raw", "few_hosts_produced", "host_not_produced"),
        *("segment_incomplete", "input_off_disk", "segment_cut", "produced", "blocked", "limit"),
    }
