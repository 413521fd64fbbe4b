"""The field's own rules, unmodified, on a real pool: from raw files to seeds, and from raw files to fits.

The payload scripts are written in the field's way: they source the kit, make lists, run macros (a stand-in for ROOT), and ignore
what the stage-out says. No worker has a database.
"""

import os
import shutil
from collections.abc import Iterator

import pytest

from prodcli.batch.answers import ProcId
from prodcli.batch.htcondor.batch import HTCondorBatch
from tests.support.catalog import Catalog, leaf
from tests.support.condor_jobs import A
from tests.support.condor_pool import Pool, wait_for
from tests.support.rule_files import PRODFLOW
from tests.support.small_experiment import EVENTS, PAYLOADS, STREAMING, raw_files, run_of, site
from tests.support.workspace import DATABASE_KINDS, Workspace, make_workspace

RUN, SEGMENTS = 75000, 2  # raw files of each host
TRACKING, CALO = "streaming_physics_ana537_2025p010_v001.yaml", "calo_physics_ana530_2025p008_v001.yaml"
pytestmark = [
    pytest.mark.htcondor,
    pytest.mark.limit(400),
    pytest.mark.skipif(not (PRODFLOW / TRACKING).is_file(), reason="the real rule files are not beside the checkout"),
]


@pytest.fixture(
    params=[pytest.param(kind, marks=getattr(pytest.mark, kind)) for kind in DATABASE_KINDS[1:]] + ["sqlite"]
)
def production(request: pytest.FixtureRequest, condor_pool: Pool) -> Iterator[Workspace]:
    """The real rule files beside payload folders, an empty file catalog, one run of raw files."""
    mask = os.umask(0)  # what a workspace holds is open to the pool's user
    server = request.getfixturevalue("cluster") if request.param == "postgresql" else None
    folder = condor_pool.folder()
    batch = {"system": "htcondor", "schedds": [A], "condor_config": condor_pool.config}
    made = make_workspace(folder, server, batch)
    shutil.copytree(PAYLOADS, folder / "rules")
    for file in (TRACKING, CALO):
        shutil.copy(PRODFLOW / file, folder / "rules")
    made.settings["site"] = site(folder / "rules")
    made.load(Catalog(runs=[run_of(RUN, SEGMENTS)], raw=list(raw_files(RUN, SEGMENTS))))
    # absolute folders of the rules go below the roots in a testbed
    made.settings["testbed"] = {key: made.settings[key] for key in ("databases", "batch", "roots")} | {
        "campaigns": "campaigns"
    }
    (folder / ".testbed").touch()
    made.write()
    yield made
    os.umask(mask)
    made.drop()


def job_ids(production: Workspace) -> set[ProcId]:
    """The cluster and the proc of each submitted job; other tests leave jobs in the queue of the same schedd."""
    rows = production.sql("SELECT clusterid, procid FROM production_jobs WHERE status = 'submitted'")
    return {(int(cluster), int(proc)) for cluster, proc in rows}


def wait_until_left(pool: Pool, jobs: set[ProcId]) -> None:
    """Wait until the jobs have left the queue."""
    assert jobs
    batch = HTCondorBatch([A], condor_config=pool.config)
    wait_for(lambda: not batch.living(A) & jobs, 200)


def produced(production: Workspace, pool: Pool, file: str, rule: str) -> dict[str, int]:
    """Submit a rule, wait until its jobs have left the queue, harvest and register: the states of its jobs."""
    words = ("-c", production.folder / "rules" / file, "-r", rule, "--runs", RUN)
    production.ok("submit", *words)
    wait_until_left(pool, job_ids(production))
    production.ok("harvest")
    production.ok("spider", "dst", *words)
    production.ok("spider", "hist", *words)
    production.ok("finish", *words, "--yes")  # harvest would ask the catalog again in a minute
    rows = production.sql("SELECT status, COUNT(*) FROM production_jobs WHERE rulename = ? GROUP BY status", rule)
    assert production.run("check", *words).code == 0
    return {str(status): count for status, count in rows}


def catalog_events(production: Workspace, dsttype: str) -> list[tuple[int, int]]:
    """Segments and events of a dsttype in the file catalog."""
    statement = "SELECT segment, events FROM datasets WHERE dsttype = ? AND status = 1 ORDER BY segment"
    return [(int(segment), int(events)) for segment, events in production.sql(statement, dsttype, role="filecatalog")]


def sessions(production: Workspace) -> int:
    """How many sessions the server has ever had for the databases of the workspace."""
    rows = production.sql("SELECT datname, sessions FROM pg_stat_database")
    return sum(int(count) for name, count in rows if name in production.names)


def test_from_raw_files_to_seeds(production: Workspace, condor_pool: Pool) -> None:
    assert produced(production, condor_pool, TRACKING, "Full_STREAMING_EVENT_run3physics") == {"finished": 5}
    for host in STREAMING:
        assert catalog_events(production, f"DST_STREAMING_EVENT_{leaf(host)}") == [(0, EVENTS), (1, EVENTS)]
    assert produced(production, condor_pool, TRACKING, "Full_TRKR_CLUSTER_run3physics") == {"finished": 2}
    assert catalog_events(production, "DST_TRKR_CLUSTER") == [(segment, EVENTS // 10) for segment in range(20)]
    assert produced(production, condor_pool, TRACKING, "Full_TRKR_SEED_run3physics") == {"finished": 20}
    assert catalog_events(production, "DST_TRKR_SEED") == [(segment, EVENTS // 10) for segment in range(20)]


def test_from_raw_files_to_fits(production: Workspace, condor_pool: Pool) -> None:
    """The script of the fits ends with code 1, whatever it did: the file catalog is the truth."""
    assert produced(production, condor_pool, CALO, "Full_TRIGGERED_EVENT_run3physics") == {"finished": 2}
    assert produced(production, condor_pool, CALO, "Full_CALOFITTING_run3physics") == {"finished": 1}
    assert production.sql("SELECT exitcode FROM production_jobs WHERE dsttype = 'DST_CALOFITTING'") == [(1,)]
    assert catalog_events(production, "HIST_CALOFITTINGQA") == [(0, 1)]


@pytest.mark.parametrize("production", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
def test_no_job_has_a_database(production: Workspace, condor_pool: Pool) -> None:
    """While jobs run, the server sees no new session: that of this question stays open."""
    words = ("-c", production.folder / "rules" / TRACKING, "-r", "Full_STREAMING_EVENT_run3physics", "--runs", RUN)
    production.ok("submit", *words)
    jobs, before = job_ids(production), sessions(production)
    wait_until_left(condor_pool, jobs)
    reports = list(production.folder.glob("files/**/*.report.json"))
    assert (len(reports), sessions(production) - before) == (len(STREAMING), 0)
