"""The oracle by hand: small cases whose answer is written down, not computed."""

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support import oracle
from tests.support.catalog import Catalog, File, Job, Raw, Run, insert_jobs, random_catalog, write_sqlite

BEGIN = datetime.fromisoformat("2025-06-01 12:00:00")
SEBS = [f"seb{n:02d}" for n in (*range(19), 20)]
EBDCS = [f"ebdc{n:02d}" for n in range(24)]
RUN_REASONS = {"run_unknown", "run_not_ended", "runtype", "few_events", "too_short", "no_gl1", "gl1_off_disk"}
HOST_REASONS = {"no_inputs", "few_hosts_raw", "few_hosts_produced", "host_not_produced", "host_off_disk"}
SEGMENT_REASONS = {"segment_incomplete", "input_off_disk", "segment_cut"}


def make_rule(dsttype: str, intriplet: str | None = None, **given: Any) -> dict[str, Any]:
    """Return a rule of the current dialect with build new, version 1."""
    return {
        "params": {"dsttype": dsttype, "period": "run3auau", "build": "ana.530", "dbtag": "nocdbtag", "version": 1},
        "input": ({"intriplet": intriplet} if intriplet else {}) | given,
        "job": {"log": "{condor}/{logbase}.condor", "neventsper": 1000, "payload": ["code/*", "/kit/x.sh"]},
    }


def make_run(number: int, runtype: str = "physics", events: int | None = 100_000, seconds: int | None = 300) -> Run:
    """Return a run; without seconds it has not ended."""
    return Run(number, runtype, events, BEGIN, None if seconds is None else BEGIN + timedelta(seconds=seconds))


def make_raw(run: int, host: str, *statuses: int | None) -> list[Raw]:
    """Return the raw files of a host, one for each status."""
    return [Raw(f"{host}-{run}-{n}", run, host, n, status, "physics") for n, status in enumerate(statuses)]


def make_file(run: int, dsttype: str, segment: int, status: int | None = 1, tag: str = "old_nocdbtag_v001") -> File:
    """Return a row of the file catalog."""
    name = f"{dsttype}_run3auau_{tag}-{run:08d}-{segment:05d}.root"
    return File(name, run, segment, 1, "run3auau", dsttype, 1, status, tag)


def make_plan(catalog: Catalog, rule: dict[str, Any], runs: Any = None, **options: Any) -> oracle.Plan:
    """Return the oracle's plan."""
    return oracle.plan(catalog, rule, "Rule", "/rules", runs, **options)


def names(plan: oracle.Plan) -> list[str]:
    """Return the file names of the jobs in order."""
    return [job["filename"] for job in plan.jobs]


def test_runs_are_cut_in_order_of_the_reasons() -> None:
    runs = [
        make_run(70001, seconds=None, runtype="cosmics"),
        make_run(70002, runtype="cosmics", events=0),
        make_run(70003, events=99_999, seconds=0),
        make_run(70004, events=None),
        make_run(70005, seconds=299),
        make_run(70006),
    ]
    rule = make_rule("DST_STREAMING_EVENT")
    by_range = {
        ("run_not_ended", "run"): {"count": 1, "runs": [70001]},
        ("runtype", "run"): {"count": 1, "runs": [70002]},
        ("few_events", "run"): {"count": 2, "runs": [70003, 70004]},
        ("too_short", "run"): {"count": 1, "runs": [70005]},
        ("no_gl1", "run"): {"count": 1, "runs": [70006]},
    }
    assert make_plan(Catalog(runs), rule).skipped == by_range
    assert make_plan(Catalog(runs), rule, range(70000, 70100)).skipped == by_range
    assert make_plan(Catalog(runs), rule, {70005, 70007}).skipped == {
        ("run_unknown", "run"): {"count": 1, "runs": [70007]},
        ("too_short", "run"): {"count": 1, "runs": [70005]},
    }


@pytest.mark.parametrize(
    ("seg0_only", "hosts", "off_disk", "n_inputs"),
    [(True, ["intt0", "intt2", "ebdc00"], 2, 1), (False, ["intt0", "ebdc00:1"], 3, 2)],
)
def test_combining_takes_hosts_whose_files_are_on_disk(
    seg0_only: bool, hosts: list[str], off_disk: int, n_inputs: int
) -> None:
    raw = make_raw(70000, "gl1daq", 1, 1) + make_raw(70000, "intt0", 1, 1) + make_raw(70000, "intt1", None, 1)
    raw += make_raw(70000, "intt2", 1, 0) + make_raw(70000, "ebdc00", 1, -1) + make_raw(70000, "seb00", 1)
    late = make_raw(70000, "ebdc00:1", 1, 1)
    raw += late[1:] if seg0_only else late  # on disk, but without a segment 0
    plan = make_plan(Catalog([make_run(70000)], raw), make_rule("DST_STREAMING_EVENT", combine_seg0_only=seg0_only))
    assert [job["daqhost"] for job in plan.jobs] == hosts
    assert {job["n_inputs"] for job in plan.jobs} == {n_inputs}
    assert plan.skipped == {
        ("no_inputs", "host"): {"count": 58, "runs": [70000]},
        ("host_off_disk", "host"): {"count": off_disk, "runs": [70000]},
    }


def test_gl1_passes_the_same_test_or_the_run_is_skipped() -> None:
    runs = [make_run(70000), make_run(70001), make_run(70002)]
    raw = make_raw(70000, "gl1daq", 1, 0) + make_raw(70000, "seb20", 1) + make_raw(70001, "seb20", 1)
    raw += make_raw(70002, "gl1daq", 1) + make_raw(70002, "seb19", 1)
    catalog, rule = Catalog(runs, raw), make_rule("DST_TRIGGERED_EVENT", combine_seg0_only=False)
    plan = make_plan(catalog, rule)
    assert names(plan) == []
    assert plan.skipped == {
        ("gl1_off_disk", "run"): {"count": 1, "runs": [70000]},
        ("no_gl1", "run"): {"count": 1, "runs": [70001]},
        ("no_inputs", "run"): {"count": 1, "runs": [70002]},
    }
    assert names(make_plan(catalog, rule, onlyseg0=True)) == [
        "DST_TRIGGERED_EVENT_seb20_run3auau_ana530_nocdbtag_v001-00070000-00000.root"
    ]


def test_a_combining_job_in_full() -> None:
    raw = make_raw(66456, "gl1daq", 1) + make_raw(66456, "ebdc00:1", 1)
    [job] = make_plan(Catalog([make_run(66456)], raw), make_rule("DST_STREAMING_EVENT")).jobs
    tail = "production/run3auau/physics/ana530_nocdbtag_v001/DST_STREAMING_EVENT_ebdc00_1/run_00066400_00066500"
    base = "DST_STREAMING_EVENT_ebdc00_1_run3auau_ana530_nocdbtag_v001"
    logdir = f"/sphenix/data/data02/sphnxpro/{tail}/log"
    hosts = [f"intt{n}" for n in range(8)] + [f"mvtx{n}" for n in range(6)]
    hosts += EBDCS + [f"{host}:1" for host in EBDCS] + ["ebdc39"]
    arguments = (
        f"ana.530 run3auau None {','.join(hosts)} 66456 0 ebdc00:1 allsegsfromdb 0 /sphenix/lustre01/sphnxpro/{tail}"
        f" /sphenix/data/data02/sphnxpro/{tail}/hist {base} 1000 nocdbtag {base}-00066456-00000 {logdir}"
        " /rules/code/*,/kit/x.sh -1"
    )
    assert job == {
        "filename": f"{base}-00066456-00000.root",
        "runnumber": 66456,
        "segment": 0,
        "daqhost": "ebdc00:1",
        "dsttype": "DST_STREAMING_EVENT_ebdc00_1",
        "arguments": arguments,
        "log": f"/tmp/data02/sphnxpro/{tail}/log/{base}-00066456-00000.condor",
        "output": f"{logdir}/{base}-00066456-00000.out",
        "error": f"{logdir}/{base}-00066456-00000.err",
        "n_inputs": 1,
    }
    assert len(arguments.split()) == 18


def calo_catalog(run: int, hosts: list[str], produced: list[str], segments: int = 1) -> Catalog:
    """Return a run with raw files and combined DSTs of some calorimeter hosts."""
    raw = [row for host in hosts for row in make_raw(run, host, 0)]
    files = [make_file(run, f"DST_TRIGGERED_EVENT_{host}", n) for host in produced for n in range(segments)]
    return Catalog([make_run(run)], raw, files)


def test_calofitting_needs_all_hosts_or_as_many_as_the_rule_says() -> None:
    all_of_them = make_rule("DST_CALOFITTING", "old_nocdbtag_v001")
    enough = make_rule("DST_CALOFITTING", "old_nocdbtag_v001", min_seb=19)
    name = "DST_CALOFITTING_run3auau_ana530_nocdbtag_v001-00070000-00000.root"
    one = {"count": 1, "runs": [70000]}

    whole = make_plan(calo_catalog(70000, SEBS, SEBS), all_of_them)
    assert names(whole) == [name]
    assert whole.jobs[0]["n_inputs"] == 20
    assert make_plan(calo_catalog(70000, SEBS[1:], SEBS), all_of_them).skipped == {("few_hosts_raw", "run"): one}
    fewer = calo_catalog(70000, SEBS, SEBS[1:])
    assert make_plan(fewer, all_of_them).skipped == {("few_hosts_produced", "run"): one}
    assert names(make_plan(fewer, enough)) == [name]
    fewer.runs[0] = make_run(70000, runtype="cosmics")
    assert len(names(make_plan(fewer, all_of_them, physics_mode="cosmics"))) == 1


def cluster_catalog(gone_raw: str = "", gone_leaf: str = "") -> Catalog:
    """Return run 70000 with all TPC hosts, intt0 and ebdc39, less what is named."""
    hosts = ["intt0", *EBDCS, *(f"{host}:1" for host in EBDCS), "ebdc39"]
    leaves = ["intt0", *(f"{host}_{n}" for host in EBDCS for n in (0, 1)), "ebdc39"]
    raw = [row for host in hosts if host != gone_raw for row in make_raw(70000, host, 1)]
    files = [make_file(70000, f"DST_STREAMING_EVENT_{leaf}", 0) for leaf in leaves if leaf != gone_leaf]
    return Catalog([make_run(70000)], raw, files)


@pytest.mark.parametrize(
    ("gone_raw", "gone_leaf", "reason"),
    [
        ("", "", None),
        ("ebdc23:1", "", "few_hosts_raw"),
        ("", "ebdc00_0", "few_hosts_produced"),
        ("", "intt0", "host_not_produced"),
        ("", "ebdc39", "host_not_produced"),
        ("ebdc39", "ebdc39", None),
        ("intt0", "", None),
    ],
)
def test_cluster_needs_the_tpc_and_what_else_took_data(gone_raw: str, gone_leaf: str, reason: str | None) -> None:
    catalog = cluster_catalog(gone_raw, gone_leaf)
    plan = make_plan(catalog, make_rule("DST_TRKR_CLUSTER", "old_nocdbtag_v001"))
    assert plan.skipped == ({(reason, "run"): {"count": 1, "runs": [70000]}} if reason else {})
    assert len(plan.jobs) == (0 if reason else 1)
    assert len(make_plan(catalog, make_rule("DST_TRKR_MVTXME", "old_nocdbtag_v001")).jobs) == 1


def test_segments_are_complete_on_disk_and_divisible() -> None:
    files = [make_file(70000, "DST_TRIGGERED_EVENT_seb18", n, 0 if n == 2 else 1) for n in range(6)]
    files += [make_file(70000, "DST_TRIGGERED_EVENT_seb20", n) for n in (0, 2, 3, 4, 6)]
    files += [make_file(70000, "DST_TRIGGERED_EVENT_seb20", 1, tag="old_nocdbtag_v002")]
    raw = make_raw(70000, "seb18", 1) + make_raw(70000, "seb20", 1)
    catalog, rule = Catalog([make_run(70000)], raw, files), make_rule("DST_VERNIER", "old_nocdbtag_v001")
    plan = make_plan(catalog, rule, cut_segment=2)
    assert [job["segment"] for job in plan.jobs] == [0, 4]
    assert plan.skipped == {
        ("segment_incomplete", "segment"): {"count": 3, "runs": [70000]},  # 1, 5, 6
        ("input_off_disk", "segment"): {"count": 1, "runs": [70000]},  # 2
        ("segment_cut", "segment"): {"count": 1, "runs": [70000]},  # 3
    }
    some = make_plan(catalog, rule, segments={3, 5})
    assert [job["segment"] for job in some.jobs] == [3]
    assert some.skipped == {("segment_incomplete", "segment"): {"count": 1, "runs": [70000]}}


def test_outputs_that_are_there_or_under_way_and_the_limit() -> None:
    files = [make_file(run, "DST_TRKR_CLUSTER", n) for run in (70000, 70001) for n in range(4)]
    out = "DST_TRKR_SEED_run3auau_ana530_nocdbtag_v001-000{}-{:05d}.root"
    files.append(File(out.format(70000, 0), 70000, 0, 1, "any", "ANY", 1, 0, "any"))
    jobs = [
        Job("r", "any", "any", "ANY", out.format(70000, 0), 70000, 0, "finished"),
        Job("r", "any", "any", "ANY", out.format(70000, 1), 70000, 1, None),
        Job("r", "ana530_nocdbtag_v001", "run3auau", "DST_TRKR_SEED", None, 70000, 2, "running"),
    ]
    catalog = Catalog([make_run(70000), make_run(70001)], [], files, jobs)
    plan = make_plan(catalog, make_rule("DST_TRKR_SEED", "old_nocdbtag_v001"), maxjobs=5)
    assert names(plan) == [out.format(70001, n) for n in range(4)] + [out.format(70000, 2)]
    assert {job["daqhost"] for job in plan.jobs} == {"dummy"}
    assert plan.jobs[0]["arguments"].split()[2:8] == ["old_nocdbtag_v001", "DST_TRKR_CLUSTER", "70001", "0", "dummy",
                                                      "dbinput"]  # fmt: skip
    assert plan.skipped == {
        ("produced", "output"): {"count": 1, "runs": [70000]},
        ("blocked", "output"): {"count": 1, "runs": [70000]},
        ("limit", "output"): {"count": 1, "runs": [70000]},
    }


def test_a_run_without_inputs_of_the_tag() -> None:
    catalog = Catalog([make_run(70000)], [], [make_file(70000, "DST_CALOFITTING", 0, tag="other_nocdbtag_v001")])
    plan = make_plan(catalog, make_rule("DST_JETCALO", "old_nocdbtag_v001"))
    assert plan.skipped == {("no_inputs", "run"): {"count": 1, "runs": [70000]}}


@pytest.mark.parametrize("seed", range(5))
def test_random_catalogs_meet_every_reason(seed: int) -> None:
    catalog = random_catalog(seed)
    stream, track = "ana514_nocdbtag_v001", "ana537_2025p010_v001"
    rules = [
        make_rule("DST_STREAMING_EVENT", combine_seg0_only=False),
        make_rule("DST_TRKR_CLUSTER", stream),
        make_rule("DST_TRKR_SEED", track, cut_segment=2),
    ]
    # the outputs in these catalogs are of those triplets
    for rule, (build, dbtag) in zip(rules, [("ana.514", "nocdbtag"), *[("ana.537", "2025p010")] * 2], strict=True):
        rule["params"] |= {"build": build, "dbtag": dbtag}
    runs = {run.runnumber for run in catalog.runs} | {66456}
    plans = [make_plan(catalog, rule, runs) for rule in rules]
    reasons = {reason for plan in plans for reason, _ in plan.skipped}
    assert reasons == RUN_REASONS | HOST_REASONS | SEGMENT_REASONS | {"produced", "blocked"}
    assert {job.status for job in catalog.jobs} >= {None, "submitting", "finished"}


def test_random_catalogs_repeat_and_can_be_written(tmp_path: Path) -> None:
    catalog = random_catalog(7, runs=15, segments=3)
    assert catalog == random_catalog(7, runs=15, segments=3) != random_catalog(8, runs=15, segments=3)
    urls = write_sqlite(catalog, tmp_path)
    assert sorted(urls) == ["daq", "filecatalog", "raw"]
    with closing(sqlite3.connect(urls["filecatalog"].removeprefix("sqlite://"))) as connection:
        assert connection.execute("SELECT count(*) FROM datasets").fetchone() == (len(catalog.files),)
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(
            "CREATE TABLE production_jobs (rulename, tag, dataset, dsttype, filename UNIQUE, runnumber, segment, status)"
        )
        insert_jobs(connection, catalog.jobs)
        assert connection.execute("SELECT count(*) FROM production_jobs").fetchone() == (len(catalog.jobs),)
