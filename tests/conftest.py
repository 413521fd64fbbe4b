"""Real parts for tests, started once: a PostgreSQL server, an HTCondor pool, a Chromium.

A part that is missing skips with the reason, and fails where PRODCLI_REQUIRE names it.
"""

import gc
import os
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from prodcli.batch.open import open_batch
from prodcli.config.settings import load_config
from tests.support import chromium as support_chromium
from tests.support import condor_pool as support_condor_pool
from tests.support import git_repositories, postgres_server
from tests.support.postgres_server import Cluster
from tests.support.processes import hear_in_children
from tests.support.time_limit import time_limit
from tests.support.waiting_jobs import clear, schedd_of
from tests.support.workspace import DATABASE_KINDS, Workspace, make_workspace, seeded_catalog

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# on a loaded machine examples are slow to make, which says nothing of what is tested
settings.register_profile("shared machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared machine")


def pytest_configure(config: pytest.Config) -> None:
    """No test waits for ever."""
    config.pluginmanager.register(time_limit())


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect without searches for garbage, which take a quarter of the time; what was collected stays to the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(scope="session", autouse=True)
def _signals() -> None:
    """The same signals wherever tests run."""
    hear_in_children()


@pytest.fixture(scope="session", autouse=True)
def _nobody() -> None:
    """The account acts, whoever runs the tests."""
    for name in ("PRODCLI_ACTOR", "SSH_AUTH_SOCK"):
        os.environ.pop(name, None)


def missing(part: str, reason: str) -> None:
    """Skip, or fail where the part is required."""
    if part in os.environ.get("PRODCLI_REQUIRE", "").split(","):
        pytest.fail(f"{part} is required, but {reason}")
    pytest.skip(f"{part}: {reason}")


@pytest.fixture(scope="session")
def with_git() -> None:
    """git is there."""
    if reason := git_repositories.why_missing():
        missing("git", reason)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server."""
    if reason := postgres_server.why_missing():
        missing("postgresql", reason)
    with Cluster(in_memory=True) as server:
        yield server


@pytest.fixture(
    params=[pytest.param(kind, marks=pytest.mark.postgresql if kind == "postgresql" else ()) for kind in DATABASE_KINDS]
)
def workspace(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workspace]:
    """A workspace on each database, with the local batch."""
    server = request.getfixturevalue("cluster") if request.param == "postgresql" else None
    made = make_workspace(tmp_path, server)
    yield made
    made.drop()


@pytest.fixture(scope="session")
def condor_pool(request: pytest.FixtureRequest) -> Iterator[support_condor_pool.Pool]:
    """An HTCondor pool with two schedds; its logs are shown if a test failed."""
    if reason := support_condor_pool.why_missing():
        missing("htcondor", reason)
    with support_condor_pool.pool() as up:
        yield up
        if request.session.testsfailed:
            sys.stderr.write(up.logs())


@pytest.fixture(scope="module")
def chromium() -> Iterator["Browser"]:
    """A Chromium for the tests of one file."""
    if reason := support_chromium.why_missing():
        missing("chromium", reason)
    with support_chromium.chromium() as browser:
        yield browser


@pytest.fixture
def real(database: str, batch: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workspace]:
    """A workspace with a random catalog on a database and a batch system; its files are open to the pool's user."""
    server = request.getfixturevalue("cluster") if database == "postgresql" else None
    folder, settings = tmp_path, None
    if batch == "htcondor":
        up: support_condor_pool.Pool = request.getfixturevalue("condor_pool")
        folder = up.folder()
        settings = {"system": "htcondor", "schedds": [up.schedds[0]], "condor_config": up.config}
    made = make_workspace(folder, server, settings)
    made.load(seeded_catalog(1))
    mask = os.umask(0)
    yield made
    os.umask(mask)
    made.drop()


@pytest.fixture
def queue(real: Workspace) -> Iterator[Any]:
    """The batch system of `real`; its jobs are taken out of the queue at the end."""
    schedd = schedd_of(real)
    system = open_batch(load_config(real.file, real.folder))
    yield system
    clear(real, system, schedd)
