"""Three loops and cron as two hosts, on a real pool and PostgreSQL, while everything about them is edited, restarted and killed.

PRODCLI_SOAK says for how many seconds, PRODCLI_SEED of which order. After that all is left alone until the production is
complete. The order, and what happened, are printed.
"""

import os
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.conftest import missing
from tests.soak.ledger import Ledger, growth, held_twice, overlapping, passes_of
from tests.soak.loops import Cron, SoakedLoop
from tests.soak.production import HERE, THERE, Production
from tests.soak.schedule import What, schedule
from tests.soak.soak import Soak
from tests.support import condor_pool, postgres_server
from tests.support.batch_ledger import ever_submitted
from tests.support.postgres_server import Cluster
from tests.support.workspace import Workspace, make_workspace

SECONDS = float(os.environ.get("PRODCLI_SOAK", "30"))
SEED = int(os.environ.get("PRODCLI_SEED", "20260131"))
RUN_EVERY = 20.0 if SECONDS < 300 else 60.0  # seconds
DRAIN = 600.0  # seconds until the production must be complete
GROWTH = 4096  # kB that a loop may grow by from the second quarter of its life to the last one
pytestmark = [pytest.mark.postgresql, pytest.mark.htcondor, pytest.mark.limit(SECONDS + DRAIN + 300)]
JOBS_OF_BOOKS = "SELECT schedd, clusterid, procid FROM production_attempts WHERE clusterid IS NOT NULL"
EXIT_CODES = {0, 3, 4, 5, 6, -9}  # of passes of cron: well, spoilt files, no database, no schedd, partly, killed


@pytest.fixture
def soak() -> Iterator[Soak]:
    """A production with its own servers, and loops that have not begun."""
    for part, reason in (("postgresql", postgres_server.why_missing()), ("htcondor", condor_pool.why_missing())):
        if reason:
            missing(part, reason)
    mask = os.umask(0)  # what a workspace holds is open to the pool's user
    try:
        with Cluster(in_memory=True, synchronous_commit="on") as cluster, condor_pool.pool() as pool:
            batch = {"system": "htcondor", "schedds": list(pool.schedds), "condor_config": pool.config}
            workspace = make_workspace(pool.folder(), cluster, batch)
            made = _soak(workspace, cluster, pool)
            try:
                yield made
            finally:
                print("last lines", *_last_lines(workspace), sep="\n")
                for process in [*made.cron.passes, *(life for loop in made.loops for life in loop.lives)]:
                    process.kill()
                    process.wait()
    finally:
        os.umask(mask)


def _last_lines(workspace: Workspace) -> list[str]:
    """What loops and cron said last, for a test that fails."""
    files = (workspace.folder / "said").iterdir()
    return [f"{file.stem}: {line}" for file in files for line in file.read_text().splitlines()[-20:]]


def _soak(workspace: Workspace, cluster: Cluster, pool: condor_pool.Pool) -> Soak:
    production = Production(workspace)
    production.begin()
    (workspace.folder / "said").mkdir()

    def loop(name: str, host: str, *words: object) -> SoakedLoop:
        return SoakedLoop(workspace, name, host, (*words, "--delay", 1, "--plain"))

    here = loop("here", HERE, production.steering, "--maxcondor", 500, "--idle-target", 40)
    chain = loop("chain", HERE, production.rules, "--chain")
    there = loop("there", THERE, production.steering)
    return Soak(
        production, cluster, pool, here, chain, there, Cron(workspace, THERE, ("-f", production.steering)), SEED
    )


def complete(soak: Soak) -> bool:
    """True if all outputs are registered, and all jobs finished."""
    production = soak.production
    return production.wanted() <= set(production.registered()) and set(production.jobs()) == {"finished"}


def test_each_output_is_made_once_whatever_happens(soak: Soak) -> None:
    plan = schedule(SEED, SECONDS)
    print(f"seed {SEED}, {SECONDS:g} s", *plan, sep="\n")
    with Ledger(soak.production.workspace, soak.loops) as ledger:
        soak.start(plan, RUN_EVERY, SECONDS)
        soak.until(lambda: not soak.pending, SECONDS + 300)
        soak.until(lambda: complete(soak), DRAIN)
        codes = [end(soak, loop) for loop in soak.loops]
        of_cron = soak.cron.codes()
    print("what happened", soak.told(), sep="\n")
    print(f"exit codes of passes of cron: {of_cron}")
    outputs_are_there_once(soak)
    jobs_are_those_of_the_books(soak)
    passes_did_not_overlap(soak, ledger)
    memory_is_flat(ledger, soak)
    assert codes == [0, 143, 143]
    assert set(of_cron) <= EXIT_CODES
    assert soak.noticed == sum(one.what in (What.KILL_LOOP, What.KILL_FAR) for one in plan)
    nothing_crashed(soak)


def end(soak: Soak, loop: SoakedLoop) -> int:
    """Stop a loop as people do; returns its exit code."""
    if loop is soak.here:
        soak.production.workspace.ok("loop", "stop", loop.id())
    else:
        loop.process.terminate()
    return loop.process.wait(100)


def outputs_are_there_once(soak: Soak) -> None:
    """The file catalog and the disk have each output once, and nothing else but histograms."""
    production = soak.production
    registered = Counter({name: n for name, n in production.registered().items() if name.startswith("DST_")})
    assert registered == Counter(production.wanted())
    files = Counter(file.name for file in (production.workspace.folder / "files").rglob("DST_*.root"))
    assert files == registered


def jobs_are_those_of_the_books(soak: Soak) -> None:
    """No output has two rows, no claim is open, and the schedds had no job that the books do not know."""
    workspace = soak.production.workspace
    assert workspace.sql("SELECT filename FROM production_jobs GROUP BY filename HAVING COUNT(*) > 1") == []
    assert workspace.sql("SELECT id, host, pid FROM production_claims WHERE state = 'claimed'") == []
    ever = ever_submitted(workspace)
    booked = {(str(schedd), int(cluster), int(proc)) for schedd, cluster, proc in workspace.sql(JOBS_OF_BOOKS)}
    assert {job.place for job in ever} == booked
    twice = {output: count for output, count in Counter(job.output for job in ever).items() if count > 1}
    print(f"{len(ever)} jobs; submitted again after they had failed: {twice}")


def passes_did_not_overlap(soak: Soak, ledger: Ledger) -> None:
    """No two passes of a host, file and rule were at work at once, by their history, and by the locks that were seen."""
    passes = passes_of(soak.production.workspace)
    print(f"{len(passes)} passes of rules ended, {len(ledger.held)} times a process was seen with a lock")
    assert passes and ledger.held
    assert overlapping(passes) == []
    assert held_twice(ledger.held) == []


def memory_is_flat(ledger: Ledger, soak: Soak) -> None:
    """The loop that was never killed has the memory that it had early in its life."""
    samples = ledger.memory[soak.here.process.pid]
    grown = growth(samples)
    print(f"memory of a loop: {samples[len(samples) // 4][1]} kB, {grown:+d} kB later")
    assert len(soak.here.lives) == 1
    assert grown < GROWTH


def nothing_crashed(soak: Soak) -> None:
    """Neither loops nor cron said anything but lines for people, and loops said what was wrong with edits."""
    said = {file.name: file.read_text() for file in (soak.production.workspace.folder / "said").iterdir()}
    for name, text in said.items():
        assert "Traceback" not in text, f"{name}: {text}"
    assert all(line.startswith("prodcli: ") for line in said["cron.txt"].splitlines()), said["cron.txt"]
