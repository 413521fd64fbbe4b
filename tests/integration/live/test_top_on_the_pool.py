"""`prodcli top` in a real tmux, on PostgreSQL and a pool, both of which go away and come back meanwhile."""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from prodcli.batch.open import open_batch
from prodcli.config.settings import load_config
from prodcli.errors import BatchError
from tests.support.condor_pool import Pool, schedd_process, wait_for
from tests.support.held_jobs import held, states, submitted
from tests.support.postgres_server import Cluster
from tests.support.tmux import Tmux, top_in_tmux
from tests.support.waiting_jobs import JOBS, clear
from tests.support.workspace import Workspace, make_workspace, seeded_catalog

pytestmark = [pytest.mark.postgresql, pytest.mark.htcondor, pytest.mark.limit(400)]


@pytest.fixture
def experiment(server: Cluster, condor_pool: Pool) -> Iterator[Workspace]:
    """Eight jobs in the pool, three of which are held for memory."""
    schedd = condor_pool.schedds[0]
    settings = {"system": "htcondor", "schedds": [schedd], "condor_config": condor_pool.config}
    made = make_workspace(condor_pool.folder(), server, settings)
    made.load(seeded_catalog(1))
    mask = os.umask(0)
    queue = open_batch(load_config(made.file, made.folder))
    held(made, queue, submitted(made)[:3])
    yield made

    def cleared() -> bool:
        with suppress(BatchError):  # a schedd that was started again refuses the session of before, once
            clear(made, queue, schedd)
            return True
        return False

    wait_for(cleared)
    os.umask(mask)
    made.drop()


def statuses(workspace: Workspace) -> list[str]:
    """The status of each job."""
    return sorted(status for status, _, _ in states(workspace).values())


def previewed(tmux: Tmux, key: str) -> list[str]:
    """Type the key of a verb until its preview is there: a schedd that comes up answers some time later."""

    def asked() -> bool:
        tmux.type(key)
        tmux.until("Esc")
        wait_for(lambda: any("Esc: back" in line or "y: do it" in line for line in tmux.shown()))
        if any("y: do it" in line for line in tmux.shown()):
            return True
        back(tmux)
        return False

    wait_for(asked)
    return tmux.shown()


def back(tmux: Tmux) -> None:
    """Leave the screen of a verb."""
    tmux.type("Escape")
    tmux.until("campaigns  [filter")


def killed(pool: Pool, schedd: str) -> Any:
    """Kill a schedd, which the master starts again; returns what tells whether it is up again."""
    process = schedd_process(pool, schedd)
    os.kill(process, signal.SIGKILL)

    def is_up() -> bool:
        try:
            return schedd_process(pool, schedd) != process
        except AssertionError:
            return False

    return is_up


def test_verbs_and_restarts(experiment: Workspace, condor_pool: Pool, server: Cluster) -> None:
    ((tag,),) = experiment.sql("SELECT DISTINCT tag FROM production_jobs WHERE schedd IS NOT NULL")
    with top_in_tmux(experiment) as tmux:
        tmux.until("campaigns")
        tmux.type("/", *tag, "Enter")
        tmux.until(f"filter '{tag}'")
        assert any("Release 3 jobs" in line for line in previewed(tmux, "r"))
        tmux.resize(60, 16)
        tmux.until("y: do it")
        is_up = killed(condor_pool, condor_pool.schedds[0])
        tmux.type("y")
        tmux.until("Esc: back")  # either the schedd does not answer, or it is up already
        wait_for(is_up)
        back(tmux)
        tmux.resize(80, 24)
        if "held" in statuses(experiment):
            previewed(tmux, "r")
            tmux.type("y")
            tmux.until("3 of 3 jobs released")
            back(tmux)
        assert statuses(experiment) == ["submitted"] * JOBS
        previewed(tmux, "h")
        server.shut()
        tmux.type("Escape")
        tmux.until("STALE: figures of")
        server.open_again()
        tmux.without("STALE")
        previewed(tmux, "h")
        tmux.type("y")
        tmux.until(f"{JOBS} of {JOBS} jobs put on hold")
        back(tmux)
        previewed(tmux, "k")
        tmux.type("y")
        tmux.until(f"{JOBS} of {JOBS} jobs removed")
        back(tmux)
        tmux.type("q")
        tmux.until("ended 0")
    assert statuses(experiment) == ["failed"] * JOBS
    assert [row["verb"] for row in experiment.json("log")] == ["submit", "release", "hold", "kill"]
