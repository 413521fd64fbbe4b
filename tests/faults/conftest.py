"""Workspaces for faults: real processes, on each database, with the local batch or an HTCondor pool."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support import condor_pool
from tests.support.rule_files import write_rules
from tests.support.workspace import Workspace, make_workspace

MakeWorkspace = Callable[[str, str], Workspace]
LONG = pytest.mark.long  # left to `make faults`; what is not takes a minute in all
SQLITE, POSTGRESQL = "sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)
LONG_SQLITE = pytest.param("sqlite", marks=LONG)
LONG_POSTGRESQL = pytest.param("postgresql", marks=[pytest.mark.postgresql, LONG])


@pytest.fixture
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeWorkspace]:
    """Make a workspace on a database (sqlite, postgresql) and a batch system (local, htcondor), without a catalog."""
    made: list[Workspace] = []
    mask = os.umask(0)  # what a workspace holds is open to the pool's user

    def make(database: str, batch: str) -> Workspace:
        server = request.getfixturevalue("cluster") if database == "postgresql" else None
        folder, settings = tmp_path, None
        if batch == "htcondor":
            pool: condor_pool.Pool = request.getfixturevalue("condor_pool")
            folder = pool.folder()
            settings = {"system": "htcondor", "schedds": [pool.schedds[0]], "condor_config": pool.config}
        made.append(make_workspace(folder, server, settings))
        write_rules(folder / "rules")
        return made[-1]

    yield make
    os.umask(mask)
    for workspace in made:
        workspace.drop()
