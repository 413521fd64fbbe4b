"""A PostgreSQL server that stops, crashes, cuts connections, refuses to serialize, deadlocks or lags behind."""

import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import missing
from tests.faults.conftest import LONG
from tests.faults.test_concurrent import race
from tests.faults.test_killed import SEED, go_on, rule, run_jobs
from tests.support import postgres_server, processes
from tests.support.batch_ledger import agree, planned
from tests.support.condor_pool import wait_for
from tests.support.postgres_server import Cluster, Replica
from tests.support.processes import Process
from tests.support.rule_files import write_rules
from tests.support.snapshots import one_line
from tests.support.workspace import Workspace, make_workspace, seeded_catalog

pytestmark = pytest.mark.postgresql
CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'prodcli'"
WAITING = "SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = 'prodcli' AND wait_event_type = 'Lock'"


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    """A server of this module's own, which keeps what it has committed when it is shut, whatever way."""
    if reason := postgres_server.why_missing():
        missing("postgresql", reason)
    with Cluster(synchronous_commit="on") as own:
        yield own


@pytest.fixture
def workspace(server: Cluster, tmp_path: Path) -> Iterator[Workspace]:
    """A workspace with eight jobs to submit."""
    made = make_workspace(tmp_path, server)
    made.load(seeded_catalog(1))
    write_rules(tmp_path / "rules")
    yield made
    made.drop()


def books(workspace: Workspace) -> str:
    """The name of the production database."""
    return str(workspace.settings["databases"]["production"]).partition("DATABASE=")[2].partition(";")[0]


def session(workspace: Workspace) -> Any:
    """A session of somebody else."""
    import pyodbc

    return closing(
        pyodbc.connect(workspace.settings["databases"]["production"].removeprefix("odbc:"), autocommit=False)
    )


STEPS = ("submit.planned", "submit.claimed", "submit.renewed", "submit.submitted", "harvest.read", "harvest.booked")


@pytest.mark.parametrize("immediate", [pytest.param(False, marks=LONG, id="fast"), pytest.param(True, id="immediate")])
@pytest.mark.parametrize(
    "step", [pytest.param(step, marks=() if step == "submit.submitted" else LONG) for step in STEPS]
)
def test_a_restart_in_the_middle_is_not_even_noticed(
    workspace: Workspace, server: Cluster, step: str, immediate: bool
) -> None:
    submit = ("submit", *rule(workspace))
    wanted = planned(workspace, *rule(workspace))
    if step.startswith("harvest."):
        processes.ok(workspace, *submit)
        run_jobs(workspace)
    process = Process(workspace, *(submit if step.startswith("submit.") else ("harvest",)), fault=f"{step}:stop")
    process.wait_until_stopped()
    server.shut(immediate)
    process.send(signal.SIGCONT)
    time.sleep(1)
    server.open_again()
    answer = process.end()
    assert (answer.code, answer.err) == (0, "")
    agree(workspace, wanted, states=("finished",) if step.startswith("harvest.") else ("submitted",))
    go_on(workspace, wanted, *rule(workspace))


@LONG
@pytest.mark.parametrize("step", [step for step in STEPS if step.startswith("submit.")])
def test_a_server_that_stays_away_is_one_failure_and_the_next_pass_mends_it(
    workspace: Workspace, server: Cluster, step: str
) -> None:
    wanted = planned(workspace, *rule(workspace))
    process = Process(workspace, "submit", *rule(workspace), fault=f"{step}:stop")
    process.wait_until_stopped()
    server.shut()
    process.send(signal.SIGCONT)
    answer = process.end()
    server.open_again()
    assert answer.code == 4, answer
    *others, last = answer.err.splitlines()
    assert "(is the server up?)" in last
    assert all("rows stay `submitting` until the next pass" in line for line in others)
    assert len(others) == (step != "submit.planned")
    go_on(workspace, wanted, *rule(workspace))


@contextmanager
def cutting(workspace: Workspace, dice: random.Random, pause: float) -> Iterator[list[int]]:
    """Cut every connection of prodcli, again and again, and count how many were."""
    cut: list[int] = []
    over = threading.Event()

    def work() -> None:
        with session(workspace) as connection:
            while not over.wait(dice.uniform(0, pause)):
                cut.extend(1 for _ in connection.execute(CUT).fetchall())
                connection.commit()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield cut
    finally:
        over.set()
        thread.join()


@LONG
def test_connections_that_are_cut_all_the_time(workspace: Workspace) -> None:
    workspace.load(seeded_catalog(2, 60))
    words = rule(workspace, "streaming")
    wanted = planned(workspace, *words)
    with cutting(workspace, random.Random(SEED), 0.4) as cut:
        codes = []
        for number in range(40):
            answer = processes.run(workspace, *(("submit", *words, "--maxjobs", 3), ("harvest",))[number % 2])
            assert answer.code in (0, 4, 6), answer
            assert "Traceback" not in answer.err
            codes.append(answer.code)
    print(f"seed {SEED}, {len(cut)} connections were cut; exit codes {sorted(codes)}")
    assert len(cut) > 40
    assert codes.count(0) >= 36
    go_on(workspace, wanted, *words)


@LONG
def test_transactions_that_cannot_be_serialized_are_done_again(workspace: Workspace, server: Cluster) -> None:
    """Real ones: eight passes claim the same rows in a database whose default is serializable."""
    server.psql("postgres", f"ALTER DATABASE {books(workspace)} SET default_transaction_isolation = 'serializable'")
    wanted = planned(workspace, *rule(workspace))
    answers = race(workspace, *rule(workspace))
    logs = "".join(file.read_text() for file in workspace.folder.glob("logs*/prodcli.log"))
    assert "could not serialize access" in logs
    assert "trying again in" in logs
    assert [answer.code for answer in answers] == [0] * len(answers), answers
    go_on(workspace, wanted, *rule(workspace))


def test_a_deadlock_is_done_again(workspace: Workspace) -> None:
    """A real one: somebody holds a row, and then wants those that the pass has locked before it came to that one."""
    wanted = planned(workspace, *rule(workspace))
    process = Process(workspace, "submit", *rule(workspace), fault="submit.submitted:stop")
    process.wait_until_stopped()
    rows = "SELECT id FROM production_jobs WHERE claim_id IS NOT NULL ORDER BY id"
    with session(workspace) as somebody:
        somebody.execute("SET deadlock_timeout = '60s'")  # it is the pass that finds out, after a second
        # neither the first by number nor the newest, so that the pass has locked others before
        somebody.execute("SELECT id FROM production_jobs WHERE id = ? FOR UPDATE", workspace.sql(rows)[4][0])
        process.send(signal.SIGCONT)
        wait_for(lambda: workspace.sql(WAITING) == [(1,)])
        somebody.execute(f"{rows} FOR UPDATE")
        somebody.rollback()
    answer = process.end()
    assert (answer.code, answer.err) == (0, "")
    assert "deadlock detected" in (workspace.folder / "logs/prodcli.log").read_text()
    agree(workspace, wanted)


@pytest.fixture
def replica(server: Cluster, workspace: Workspace) -> Iterator[Replica]:
    """A streaming replica of the server, 30 s late."""
    with Replica(server, seconds=30) as late:
        yield late


@LONG
def test_a_replica_that_lags_is_only_for_reports(workspace: Workspace, server: Cluster, replica: Replica) -> None:
    """Claims ask the master: what the replica does not know yet is not submitted again."""
    databases = workspace.settings["databases"]
    databases["production_read"] = databases["production"].replace(f"PORT={server.port}", f"PORT={replica.port}")
    workspace.write()
    wanted = planned(workspace, *rule(workspace))
    before = workspace.json("query", "--rule", "mvtxme")
    assert (
        sum(cluster["jobs"] for cluster in workspace.json("submit", *rule(workspace))["submitted"]) == len(wanted) == 8
    )
    assert workspace.json("query", "--rule", "mvtxme") == before  # the replica does not know
    again = workspace.json("submit", *rule(workspace))
    assert again["submitted"] == []
    assert planned(workspace, *rule(workspace)) == set()
    agree(workspace, wanted)
    behind = "SELECT pg_last_wal_replay_lsn() < pg_last_wal_receive_lsn()"
    assert replica.psql(books(workspace), behind) == "t\n"
    answer = workspace.run("harvest")
    assert answer.code == 0
    databases["production"] = databases["production_read"]
    workspace.write()
    one_line(
        workspace.run("harvest"), 4, "read-only transaction (this server or role only reads; passes need the master)"
    )
