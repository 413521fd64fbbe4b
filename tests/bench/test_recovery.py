"""Held jobs that are marked and resubmitted in place, from process start, against the bindings editing and releasing alone."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from prodcli.batch.htcondor.batch import HTCondorBatch
from tests.bench.measure import prodcli, show, timed
from tests.support import condor_pool
from tests.support.booked_jobs import states, submitted_rows
from tests.support.catalog import Catalog
from tests.support.condor_jobs import NEVER, A
from tests.support.condor_pool import Pool
from tests.support.workspace import Workspace, make_workspace

pytestmark = pytest.mark.htcondor
SIZES = (1_000, 10_000)
BARE = """
import sys
import htcondor2
schedd = htcondor2.Schedd(htcondor2.Collector().locate(htcondor2.DaemonType.Schedd, sys.argv[1]))
ids = [f"{sys.argv[2]}.{proc}" for proc in range(int(sys.argv[3]))]
schedd.edit(ids, "RequestMemory", "1400")
schedd.act(htcondor2.JobAction.Release, ids, ("bench", 0))
"""


@pytest.fixture(scope="module")
def pool(request: pytest.FixtureRequest) -> Iterator[Pool]:
    """A pool with one schedd of this module's own."""
    request.getfixturevalue("condor_pool")  # skips or fails where there can be none
    with condor_pool.pool(1) as up:
        yield up


@pytest.fixture
def books(pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """Empty books in SQLite."""
    monkeypatch.setenv("CONDOR_CONFIG", pool.config)
    workspace = make_workspace(tmp_path, None, {"system": "htcondor", "schedds": [A], "condor_config": pool.config})
    workspace.load(Catalog())
    return workspace


def test_marked_and_resubmitted(books: Workspace, pool: Pool) -> None:
    """Jobs that never start, held by the schedd and made to look like memory holds."""
    batch = HTCondorBatch([A], condor_config=pool.config)
    rows = []
    for size in SIZES:
        cluster = submitted_rows(books, batch, pool, size, requirements=NEVER)
        hold(batch, cluster, size)
        alone = timed([sys.executable, "-c", BARE, A, cluster, size])
        hold(batch, cluster, size)
        marked = prodcli(books.file, "mark-held", "--cluster", cluster)
        words = ("resubmit", "--cluster", cluster, "--mem", "1500MB", "--yes")
        given = prodcli(books.file, *words)
        both = marked.seconds + given.seconds
        peak = max(marked.peak_mb, given.peak_mb)
        rows.append((size, marked.seconds, given.seconds, both, peak, alone.seconds, both / alone.seconds))
    assert states(books) == {("submitted", ""): sum(SIZES)}
    columns = ("held jobs", "mark-held s", "resubmit s", "both s", "peak MB", "bindings alone s", "ratio")
    show("Held jobs resubmitted in place", columns, rows)


def hold(batch: HTCondorBatch, cluster: int, size: int) -> None:
    """Hold a cluster as a starter does for memory."""
    batch.hold(A, [(cluster, proc) for proc in range(size)], "Job has gone over cgroup memory limit of 1000 megabytes")
    with batch._client.session(A, "bench") as session:
        session.schedd.edit(f"ClusterId == {cluster}", "HoldReasonCode", "34")
        session.schedd.edit(f"ClusterId == {cluster}", "HoldReasonSubCode", "102")
