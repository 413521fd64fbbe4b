"""README's first real submission works as typed: servers that odbc.ini names, and a pool."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from prodcli.batch.htcondor.batch import HTCondorBatch
from tests.support.condor_pool import Pool
from tests.support.postgres_server import Cluster, odbc_driver
from tests.support.rule_files import REPOSITORY
from tests.support.waiting_jobs import clear
from tests.support.workspace import Workspace, make_workspace, seeded_catalog

pytestmark = [pytest.mark.postgresql, pytest.mark.htcondor]
BLOCK = re.compile(r"(?m)^## A first real submission\n\n((?:    .*\n)+)")
SOURCES = {
    "production": "production",
    "filecatalog": "filecatalog",
    "raw_read": "raw",
    "daq_read": "daq",
}


def commands() -> list[str]:
    """The commands of README, each as it is typed."""
    found = BLOCK.search((REPOSITORY / "README.md").read_text())
    assert found is not None
    first, *others = found[1].splitlines()
    assert first.split()[:2] == ["pip", "install"]
    return [line.strip() for line in others]


@pytest.fixture
def catalogs(cluster: Cluster, tmp_path: Path) -> Iterator[Workspace]:
    """Catalogs on a server, and a database without tables for the books."""
    made = make_workspace(tmp_path, cluster)
    made.load(seeded_catalog(1))
    books = name(made, "production")
    cluster.drop(books)
    cluster.create(books)
    yield made
    made.drop()


def name(workspace: Workspace, role: str) -> str:
    """The name of a database on the server."""
    return str(workspace.settings["databases"][role]).partition("DATABASE=")[2].partition(";")[0]


def odbc_ini(workspace: Workspace, port: int) -> str:
    """Data sources under the names of README."""
    return "".join(
        f"[{source}]\nDriver={str(odbc_driver()).strip('{}')}\nServername=127.0.0.1\nPort={port}\n"
        f"Database={name(workspace, role)}\nUsername=postgres\n\n"
        for source, role in SOURCES.items()
    )


@pytest.fixture
def submit_host(catalogs: Workspace, condor_pool: Pool, cluster: Cluster) -> Iterator[tuple[Path, dict[str, str]]]:
    """A folder on a host with a schedd of its own and an odbc.ini, and its environment."""
    folder = condor_pool.folder()
    (folder / "odbc.ini").write_text(odbc_ini(catalogs, cluster.port))
    here = f"SCHEDD_HOST = {condor_pool.schedds[0]}\n"
    (folder / "condor_config").write_text(Path(condor_pool.config).read_text() + here)
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "ODBCINI": str(folder / "odbc.ini"),
        "CONDOR_CONFIG": str(folder / "condor_config"),
        "PWD": str(folder),
    }
    environment.pop("PRODCLI_SITE", None)
    mask = os.umask(0)
    yield folder, environment
    os.umask(mask)
    made = Workspace(folder, {"databases": catalogs.settings["databases"]})
    clear(made, HTCondorBatch([condor_pool.schedds[0]], condor_config=condor_pool.config), condor_pool.schedds[0])


def test_it_works_as_typed(catalogs: Workspace, submit_host: tuple[Path, dict[str, str]]) -> None:
    folder, environment = submit_host
    answers = {}
    for line in commands():
        done = subprocess.run(
            ["bash", "-c", line], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (line, done.stdout, done.stderr)
        answers[line] = done.stdout
    init, _, plan, submission, reports = answers.values()
    assert "WRONG" not in init
    (planned,) = re.findall(r"would submit (\d+) jobs", plan)
    assert f"submitted {planned} jobs" in submission
    assert "ana541_2025p014_v001" in reports
    assert catalogs.sql("SELECT COUNT(*) FROM production_jobs WHERE schedd IS NOT NULL") == [(int(planned),)]
    assert int(planned) > 0
