"""Harvest at 1k, 10k and 100k jobs from process start, against HTCondor's bindings doing the same reading alone."""

import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from prodcli.batch.htcondor.batch import HTCondorBatch
from tests.bench.measure import Timing, prodcli, show, timed
from tests.support import condor_pool
from tests.support.booked_jobs import states, submitted_rows
from tests.support.catalog import Catalog
from tests.support.condor_jobs import NEVER, A
from tests.support.condor_pool import Pool
from tests.support.local_jobs import write_description
from tests.support.postgres_server import Cluster
from tests.support.workspace import Workspace, make_workspace

pytestmark = pytest.mark.htcondor
REAL = 2_000
SIZES = (1_000, 10_000, 100_000)
IN_ONE_SUBMISSION = 20_000
HISTORY = "spool/history"
FILL = """
INSERT INTO production_jobs (id, clusterid, procid, rulename, tag, dataset, dsttype, filename, runnumber, segment, status,
    submitted, schedd, claim_id, attempt)
SELECT {first} + n, {cluster}, n, 'r', 'ana537_x_v001', 'run3auau', 'DST_TRKR_CLUSTER', 'f' || {first} + n, 66456 + n / 100,
    n % 100, 'submitted', '2026-01-01', '{schedd}', 'claim-{first}', 1
FROM generate_series(0, {rows} - 1) n;
INSERT INTO production_attempts (dbid, attempt, step, claim_id, schedd, clusterid, procid, status)
SELECT id, attempt, 0, claim_id, schedd, clusterid, procid, status FROM production_jobs WHERE id >= {first};
ANALYZE production_jobs; ANALYZE production_attempts;
"""
# What the bindings take for what a harvest reads, without books: the ads of the last jobs of the history, or the queue's
# answer that nothing has changed.
BARE = """
import sys
import htcondor2
from prodcli.batch.htcondor.ads import EVENT, OURS
schedd = htcondor2.Schedd(htcondor2.Collector().locate(htcondor2.DaemonType.Schedd, sys.argv[1]))
if int(sys.argv[2]):
    assert len(schedd.history(OURS, list(EVENT), match=int(sys.argv[2]))) == int(sys.argv[2])
else:
    assert not schedd.query(f"{OURS} && EnteredCurrentStatus >= {sys.argv[3]}", list(EVENT))
"""


@pytest.fixture(scope="module")
def pool(request: pytest.FixtureRequest) -> Iterator[Pool]:
    """A pool with one schedd of this module's own: its history is written to, its queue filled."""
    request.getfixturevalue("condor_pool")  # skips or fails where there can be none
    with condor_pool.pool(1) as up:
        yield up


@pytest.fixture
def books(pool: Pool, cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """Empty books in PostgreSQL."""
    monkeypatch.setenv("CONDOR_CONFIG", pool.config)
    workspace = make_workspace(tmp_path, cluster, {"system": "htcondor", "schedds": [A], "condor_config": pool.config})
    workspace.load(Catalog())
    yield workspace
    workspace.drop()


def fill(books: Workspace, cluster: int, rows: int, first: int) -> None:
    """Book jobs that were submitted, in the order of procs."""
    assert books.cluster is not None
    database = books.settings["databases"]["production"].partition("DATABASE=")[2].partition(";")[0]
    books.cluster.psql(database, FILL.format(first=first, cluster=cluster, rows=rows, schedd=A))


def bare(*words: object, **variables: str) -> Timing:
    """The bindings alone; `variables` come on top of the environment."""
    return timed([sys.executable, "-c", BARE, A, *words], **variables)


def test_ended(books: Workspace, pool: Pool) -> None:
    """Jobs that ended since the last harvest: 2,000 that ran, then clones of their ads written into the history."""
    run_jobs(books, pool, REAL)
    alone = bare(REAL)
    timing = prodcli(books.file, "harvest")
    assert states(books) == {("finished", ""): REAL}
    rows = [(f"{REAL} that ran", timing.seconds, timing.peak_mb, alone.seconds, timing.seconds / alone.seconds)]
    ads = ended_ads(pool)
    done = REAL
    for number, size in enumerate(SIZES, start=1):
        fill(books, 100_000 + number, size, done + 1)
        append(pool, ads, 100_000 + number, size, done + 1)
        done += size
        alone = bare(size)
        timing = prodcli(books.file, "harvest")
        assert states(books) == {("finished", ""): done}
        rows.append((f"{size} clones", timing.seconds, timing.peak_mb, alone.seconds, timing.seconds / alone.seconds))
    show("Harvest of ended jobs", ("jobs", "harvest s", "peak MB", "bindings alone s", "ratio"), rows)


def run_jobs(books: Workspace, pool: Pool, jobs: int) -> None:
    """Submit jobs that do nothing, book them, and wait until they have left the queue."""
    batch = HTCondorBatch([A], condor_config=pool.config)
    nothing = {"executable": "/bin/true", "arguments": "", "output": "/dev/null", "error": "/dev/null"}
    cluster = submitted_rows(books, batch, pool, jobs, request_memory="10MB", **nothing)
    while any(job[0] == cluster for job in batch.living(A)):
        time.sleep(2)


def ended_ads(pool: Pool) -> list[str]:
    """The ads in the schedd's history."""
    return re.split(r"(?m)^\*\*\*.*\n", (pool.home / HISTORY).read_text())[:-1]


def append(pool: Pool, ads: list[str], cluster: int, jobs: int, first: int) -> None:
    """Write clones of ads to the schedd's history as the schedd does: other numbers, other row."""
    with (pool.home / HISTORY).open("a") as file:
        for proc in range(jobs):
            ad = ads[proc % len(ads)]
            for name, value in (("ClusterId", cluster), ("ProcId", proc), ("ProdcliDbid", first + proc)):
                ad = re.sub(rf"(?m)^{name} = .*$", f"{name} = {value}", ad, count=1)
            ad = re.sub(r'(?m)^(GlobalJobId = "[^#]*)#[\d.]+#', rf"\g<1>#{cluster}.{proc}#", ad, count=1)
            mark = f'*** Offset = {file.tell()} ClusterId = {cluster} ProcId = {proc} Owner = "prodcli" CompletionDate = 1\n'
            file.write(ad + mark)


def test_nothing_new(books: Workspace, pool: Pool) -> None:
    """Polls and sweeps of a queue of jobs that nothing has happened to for an hour; the last has 100k waiting on top."""
    batch = HTCondorBatch([A], condor_config=pool.config)
    rows = []
    queued = 0
    for size in SIZES:
        while queued < size:
            queued += enqueue(books, pool, batch, min(IN_ONE_SUBMISSION, size - queued), queued + 1)
        rows.append((f"{size} queued", *polls(books, batch)))
    enqueue(books, pool, batch, 100_000, queued + 1, max_idle="10")
    rows.append((f"{queued} queued, 100000 waiting", *polls(books, batch)))
    show(
        "Poll with nothing new", ("jobs", "poll s", "peak MB", "bindings alone s", "ratio", "sweep s", "peak MB"), rows
    )


def enqueue(books: Workspace, pool: Pool, batch: HTCondorBatch, jobs: int, first: int, **commands: str) -> int:
    """Submit jobs that never start, and book them."""
    claim = f"claim-{first}"
    description = write_description(pool.folder(), ["true"], claim, first, attempt="1", requirements=NEVER, **commands)
    (description.parent / "items.csv").write_text("".join(f"{first + row},0\n" for row in range(jobs)))
    cluster = batch.submit(A, description)
    fill(books, cluster, jobs, first)
    return jobs


def polls(books: Workspace, batch: HTCondorBatch) -> tuple[float, ...]:
    """How long polls and sweeps take when the jobs' last change is an hour ago."""
    now = aged(batch)
    prodcli(books.file, "harvest", "--sweep")
    alone = min(bare(0, now).seconds for _ in range(3))
    best = min((nothing(books) for _ in range(3)), key=lambda timing: timing.seconds)
    sweep = min((nothing(books, "--sweep") for _ in range(2)), key=lambda timing: timing.seconds)
    return best.seconds, best.peak_mb, alone, best.seconds / alone, sweep.seconds, sweep.peak_mb


def aged(batch: HTCondorBatch) -> int:
    """Put the last change of all jobs an hour back, as polls read two minutes twice; returns the schedd's time."""
    time.sleep(5)  # for factories
    with batch._client.session(A, "bench") as session:
        now = session.clock
        session.schedd.edit("true", "EnteredCurrentStatus", str(now - 3600))
    return int(now)


def nothing(books: Workspace, *words: str) -> Timing:
    """A harvest that has no news."""
    timing = prodcli(books.file, "harvest", "--format", "json", *words)
    assert timing.out.strip() == "[]"
    return timing
