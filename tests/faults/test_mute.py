"""Servers that keep their connections open and answer nothing, and statements that last: signals end what waits for them."""

import signal
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pyodbc
import pytest

from tests.faults.conftest import LONG
from tests.faults.test_killed import go_on, rule
from tests.faults.test_signals import ENDS, stopped
from tests.support.batch_ledger import planned
from tests.support.condor_pool import wait_for
from tests.support.database_proxy import Proxy
from tests.support.postgres_server import Cluster
from tests.support.processes import Process
from tests.support.rule_files import write_rules
from tests.support.workspace import Answer, Workspace, make_workspace, seeded_catalog

pytestmark = pytest.mark.postgresql
SIGNS = {"int": signal.SIGINT, "term": signal.SIGTERM}
AS_MUTE = "as a database has not answered for 5 s; what is left open is settled by the next pass\n"
LOCKED = "SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = 'prodcli' AND wait_event_type = 'Lock'"


@pytest.fixture
def workspace(cluster: Cluster, tmp_path: Path) -> Iterator[Workspace]:
    """A workspace with eight jobs to submit."""
    made = make_workspace(tmp_path, cluster)
    made.load(seeded_catalog(1))
    write_rules(tmp_path / "rules")
    yield made
    made.drop()


@contextmanager
def behind_proxy(workspace: Workspace, cluster: Cluster) -> Iterator[Proxy]:
    """Let prodcli come to its databases by a proxy."""
    plain = dict(workspace.settings["databases"])
    with Proxy(cluster.port) as proxy:
        for role, url in plain.items():
            workspace.settings["databases"][role] = url.replace(f"PORT={cluster.port}", f"PORT={proxy.port}")
        workspace.write()
        yield proxy
        workspace.settings["databases"] = plain
        workspace.write()


def ended_within(process: Process, seconds: float) -> Answer:
    """What a process said that must end so soon."""
    began = time.monotonic()
    answer = process.end()
    assert time.monotonic() - began < seconds, answer
    return answer


STEPS = ("submit.planned", "submit.claimed", "submit.submitted")


@pytest.mark.parametrize("action", ["int", pytest.param("term", marks=LONG)])
@pytest.mark.parametrize(
    "step", [pytest.param(step, marks=() if step == "submit.submitted" else LONG) for step in STEPS]
)
def test_a_signal_ends_what_waits_for_a_mute_server(
    workspace: Workspace, cluster: Cluster, step: str, action: str
) -> None:
    wanted = planned(workspace, *rule(workspace))
    with behind_proxy(workspace, cluster) as proxy:
        process = Process(workspace, "submit", *rule(workspace), fault=f"{step}:stop")
        process.wait_until_stopped()
        proxy.mute()
        process.send(signal.SIGCONT)
        assert not process.wait(2)
        process.send(SIGNS[action])
        answer = ended_within(process, 8)
    code, line = ENDS[action]
    assert (answer.code, answer.err) == (code, f"{line.partition(';')[0]} {AS_MUTE}")
    go_on(workspace, wanted, *rule(workspace))


@pytest.mark.parametrize("action", ["term", pytest.param("int", marks=LONG)])
def test_a_signal_ends_what_connects_to_a_mute_server(workspace: Workspace, cluster: Cluster, action: str) -> None:
    with behind_proxy(workspace, cluster) as proxy:
        proxy.mute()
        process = Process(workspace, "query")
        assert not process.wait(3)
        process.send(SIGNS[action])
        answer = ended_within(process, 8)
    code, line = ENDS[action]
    assert (answer.code, answer.err) == (code, f"{line.partition(';')[0]} {AS_MUTE}")


def test_a_second_signal_ends_at_once(workspace: Workspace, cluster: Cluster) -> None:
    with behind_proxy(workspace, cluster) as proxy:
        proxy.mute()
        process = Process(workspace, "query")
        assert not process.wait(3)
        process.send(signal.SIGINT)
        assert not process.wait(1.5)
        process.send(signal.SIGTERM)
        answer = ended_within(process, 1.5)
    assert answer.code == 143
    assert answer.err == "prodcli: terminated at once; what is left open is settled by the next pass\n"


@pytest.mark.parametrize("action", ["int", pytest.param("term", marks=LONG)])
def test_a_signal_ends_a_statement_that_lasts(workspace: Workspace, action: str) -> None:
    """The server answers: the statement is cancelled there, and the pass tidies up."""
    wanted = planned(workspace, *rule(workspace))
    process = Process(workspace, "submit", *rule(workspace), fault="submit.submitted:stop")
    process.wait_until_stopped()
    url = str(workspace.settings["databases"]["production"]).removeprefix("odbc:")
    with closing(pyodbc.connect(url, autocommit=False)) as somebody:
        somebody.execute("SELECT id FROM production_jobs FOR UPDATE").fetchall()
        process.send(signal.SIGCONT)
        wait_for(lambda: workspace.sql(LOCKED) == [(1,)])
        process.send(SIGNS[action])
        time.sleep(2.5)
        somebody.rollback()
    stopped(ended_within(process, 8), action)
    go_on(workspace, wanted, *rule(workspace))


def test_two_signals_in_a_moment_are_one(workspace: Workspace) -> None:
    """As timeout(1) and terminals send them: the pass tidies up."""
    wanted = planned(workspace, *rule(workspace))
    process = Process(workspace, "submit", *rule(workspace), fault="submit.submitted:stop")
    process.wait_until_stopped()
    process.send(signal.SIGTERM)
    process.send(signal.SIGCONT)
    time.sleep(0.05)
    process.send(signal.SIGTERM)
    answer = process.end()
    assert answer.code in (143, -signal.SIGTERM), answer
    assert "at once" not in answer.err
    go_on(workspace, wanted, *rule(workspace))


def test_a_server_that_answers_no_login_is_one_failure(workspace: Workspace, cluster: Cluster) -> None:
    workspace.settings["timeouts"] = {"login": 1}
    with behind_proxy(workspace, cluster) as proxy:
        proxy.mute()
        answer = ended_within(Process(workspace, "query"), 40)
    assert answer.code == 4, answer
    assert "(is the server up?)" in answer.err


def test_a_statement_that_lasts_too_long_is_one_failure(workspace: Workspace) -> None:
    workspace.settings["timeouts"] = {"report": 1}
    workspace.write()
    url = str(workspace.settings["databases"]["production"]).removeprefix("odbc:")
    with closing(pyodbc.connect(url, autocommit=False)) as somebody:
        somebody.execute("LOCK TABLE production_jobs, production_rollup IN ACCESS EXCLUSIVE MODE")
        answer = ended_within(Process(workspace, "query"), 10)
    assert answer.code == 4, answer
    assert "statement timeout (prodcli.yaml sets the limit: timeouts.report or timeouts.plan)" in answer.err
