"""Submission at 1k, 10k and 100k jobs on both batch systems, from process start, against the batch system alone."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench.big import FIRST_RUN, big_catalog
from tests.bench.measure import Timing, prodcli, show, timed
from tests.support.condor_pool import Pool
from tests.support.postgres_server import Cluster
from tests.support.rule_files import write_rules
from tests.support.workspace import Workspace, make_workspace

SEGMENTS = 100
SIZES = (10, 100, 1000)
# The schedd's own time: submit the very files that prodcli rendered, once more, without books.
BARE = """
import sys, pathlib, htcondor2
for sub in sys.argv[2:]:
    ad = htcondor2.Collector().locate(htcondor2.DaemonType.Schedd, sys.argv[1])
    htcondor2.Schedd(ad).submit(htcondor2.Submit(pathlib.Path(sub).read_text()))
"""


@pytest.fixture(scope="module")
def urls(cluster: Cluster) -> dict[str, str]:
    """Catalogs of 1,000 complete runs, a hundred segments each."""
    return big_catalog(cluster, "sub", SIZES[-1], SEGMENTS)


@pytest.fixture(params=["local", "htcondor"])
def busy(request: pytest.FixtureRequest, cluster: Cluster, urls: dict[str, str], tmp_path: Path) -> Iterator[Workspace]:
    """A workspace with empty books."""
    folder, batch = tmp_path, None
    if request.param == "htcondor":
        pool: Pool = request.getfixturevalue("condor_pool")
        folder = pool.folder()
        batch = {"system": "htcondor", "schedds": [pool.schedds[0]], "condor_config": pool.config}
    workspace = make_workspace(folder, cluster, batch)
    cluster.drop("sub_production")
    cluster.create("sub_production")
    workspace.settings["databases"] = urls | {"production": cluster.odbc("sub_production")}
    workspace.write()
    workspace.ok("db", "init")
    yield workspace


def test_submit(busy: Workspace) -> None:
    """Plan, claim, render, submit, record; every size takes other runs."""
    system = busy.settings["batch"]["system"]
    rules = write_rules(busy.folder / "rules")
    rows: list[tuple[object, ...]] = []
    first = FIRST_RUN
    for runs in SIZES:
        last = min(first + runs, FIRST_RUN + SIZES[-1]) - 1
        words = (
            "submit",
            "-c",
            rules,
            "-r",
            "mvtxme",
            "--maxqueued",
            10**6,
            "--format",
            "json",
            "--runs",
            f"{first}-{last}",
        )
        timing = prodcli(busy.file, *words)
        jobs = (last - first + 1) * SEGMENTS
        folders = rendered_folders(timing)
        booked = busy.sql(
            "SELECT COUNT(*) FROM production_jobs WHERE status = 'submitted' AND runnumber BETWEEN ? AND ?", first, last
        )
        assert booked == [(jobs,)]
        row = (jobs, timing.seconds, timing.peak_mb, len(folders))
        bare = bindings_alone(busy, folders).seconds if system == "htcondor" else None
        rows.append((*row, bare, timing.seconds / bare) if bare else row)
        first = last + 1
    columns = ("jobs", "whole pass s", "peak MB", "clusters", "schedd alone s", "ratio")[: len(rows[0])]
    show(f"Submission of DST_TRKR_MVTXME, {system}", columns, rows)


def rendered_folders(submission: Timing) -> list[str]:
    """The folders of the clusters that a submission printed as JSON."""
    return [line.partition(": ")[2].strip(' ",') for line in submission.out.splitlines() if '"folder"' in line]


def bindings_alone(workspace: Workspace, folders: list[str]) -> Timing:
    """Submit the same descriptions without prodcli."""
    batch = workspace.settings["batch"]
    words = [sys.executable, "-c", BARE, batch["schedds"][0], *(f"{folder}/job.sub" for folder in folders)]
    return timed(words, CONDOR_CONFIG=batch["condor_config"])


def condor_submit_seconds(pool: Pool, folders: list[str]) -> float:
    """Submit the same descriptions by HTCondor's own program, cluster by cluster."""
    began = time.perf_counter()
    for folder in folders:
        pool.tool("condor_submit", "-terse", "-name", pool.schedds[0], f"{folder}/job.sub")
    return time.perf_counter() - began


def test_local_start_rate(busy: Workspace) -> None:
    """Short jobs a second on the local batch."""
    if busy.settings["batch"]["system"] != "local":
        pytest.skip("only the local batch runs jobs itself")
    rules = write_rules(busy.folder / "rules")
    (busy.folder / "rules" / "run.sh").write_text("#!/bin/sh\n")
    busy.ok("submit", "-c", rules, "-r", "mvtxme", "--runs", f"{FIRST_RUN}-{FIRST_RUN + 19}")
    timing = prodcli(busy.file, "local", "run", "--drain", "--slots", 4)
    jobs = 20 * SEGMENTS
    show("Local batch, short jobs", ("jobs", "s", "jobs a second"), [(jobs, timing.seconds, jobs / timing.seconds)])
