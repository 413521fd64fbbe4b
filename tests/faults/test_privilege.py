"""Least privilege: who may only look can look at everything, and is told in one line what is not theirs to do."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.conftest import LONG, MakeWorkspace
from tests.faults.test_killed import rule
from tests.support import processes
from tests.support.batch_ledger import ever_submitted
from tests.support.condor_jobs import NEVER, A
from tests.support.condor_pool import Pool
from tests.support.library_rules import changed
from tests.support.postgres_server import Cluster
from tests.support.request_forms import write_form
from tests.support.rule_files import write_rules
from tests.support.snapshots import books, campaign, one_line, tree
from tests.support.workspace import Workspace, seeded_catalog

pytestmark = [pytest.mark.postgresql, pytest.mark.htcondor]
CONFIGURATION = Path(__file__).resolve().parents[2] / "docs/configuration.md"
GRANTS = re.findall(r"```sql\n(.*?)```", CONFIGURATION.read_text(), re.DOTALL)
ROLES = ("prodcli_read", "prodcli_submit")


def name(url: str) -> str:
    """The database of a URL."""
    return url.partition("DATABASE=")[2].partition(";")[0]


@pytest.fixture
def workspace(make: MakeWorkspace, cluster: Cluster, condor_pool: Pool, tmp_path: Path) -> Iterator[Workspace]:
    """Submitted jobs, seen by somebody with the roles that the documentation grants and no token for the schedd."""
    made = make("postgresql", "htcondor")
    made.load(seeded_catalog(1))
    write_rules(
        made.folder / "rules", {"mvtxme": changed("mvtxme", job_requirements=NEVER, job_batch_name="privilege")}
    )
    made.json("submit", *rule(made), "--maxjobs", 3)
    urls = dict(made.settings["databases"])
    try:
        for block in GRANTS:
            cluster.psql(name(urls["production"]), block)
        cluster.psql(name(urls["daq"]), "GRANT SELECT ON run TO prodcli_read")
        for role in ("raw", "filecatalog"):
            cluster.psql(name(urls[role]), "GRANT SELECT ON datasets, files TO prodcli_read")
        made.settings["databases"] = {
            role: url.replace("UID=postgres", "UID=prodcli_read") for role, url in urls.items()
        }
        config = made.folder / "client"
        config.write_text(Path(condor_pool.config).read_text().replace(f"{condor_pool.home}/client.d", str(tmp_path)))
        made.settings["batch"]["condor_config"] = str(config)
        made.write()
        yield made
    finally:
        made.settings["batch"]["condor_config"] = condor_pool.config
        from prodcli.batch.htcondor.batch import HTCondorBatch

        ids = {job.place[1:] for job in ever_submitted(made)}
        HTCondorBatch([A], condor_config=condor_pool.config).remove(A, ids, "over")
        for url in urls.values():
            cluster.psql(name(url), "".join(f"DROP OWNED BY {role};" for role in ROLES))
        cluster.psql("postgres", "".join(f"DROP ROLE {role};" for role in ROLES))


def test_reports_need_no_leave_to_write(workspace: Workspace, tmp_path: Path) -> None:
    before = tree(workspace.folder)
    planned = processes.ok(workspace, "submit", *rule(workspace), "-n", "--format", "json").data
    assert len(planned["jobs"]) == 5
    assert planned["skipped"]
    # the schedd is asked, too: three of its jobs count
    few = processes.ok(workspace, "submit", *rule(workspace), "-n", "--maxqueued", 4, "--format", "json").data
    assert len(few["jobs"]) == 1
    assert processes.ok(workspace, "submit", *rule(workspace), "--print-query").out
    (line,) = processes.ok(workspace, "query", "--rule", "mvtxme", "--since", "1h", "--format", "json").data
    assert line["submitted"] == 3
    processes.ok(workspace, "parked")
    for words in ("campaign list", "campaign requests", "plot slots", "plot events", "dashboard grafana", "diagnose"):
        processes.ok(workspace, *words.split())
    processes.ok(workspace, "dashboard", "html", tmp_path / "pages")
    processes.ok(workspace, "db", "status")
    processes.ok(workspace, "rules", "lint", *rule(workspace)[:2])
    assert tree(workspace.folder) == before


@LONG
def test_what_would_write_says_so_and_does_nothing(workspace: Workspace, cluster: Cluster, condor_pool: Pool) -> None:
    before = [books_as_owner(workspace), campaign(workspace)]
    form, tag = write_form(workspace.folder.parent), "ana537_2025p010_v001"
    campaign_verbs = (("request", form), ("approve", tag), ("activate", tag))
    workspace_verbs = (("submit", *rule(workspace)), ("harvest",), ("db", "upgrade"))
    for words in (*workspace_verbs, *(("campaign", *words) for words in campaign_verbs)):
        one_line(processes.run(workspace, *words), 4, "permission denied")
    # one who may write to the books, but not to the schedd
    for role in ("production", "production_read"):
        workspace.settings["databases"][role] = workspace.settings["databases"]["production"].replace(
            "UID=prodcli_read", "UID=prodcli_submit"
        )
    workspace.write()
    one_line(processes.run(workspace, "submit", *rule(workspace)), 5, f"schedd {A}: submission failed")
    assert [books_as_owner(workspace), campaign(workspace)] == before
    check = processes.run(workspace, "config", "check")
    assert check.code != 0
    assert "we may not write" in check.out + check.err
    # reading is enough to harvest
    processes.ok(workspace, "harvest")


def books_as_owner(workspace: Workspace) -> list[object]:
    """Every row that a pass may change."""
    urls = workspace.settings["databases"]
    workspace.settings["databases"] = {role: re.sub(r"UID=\w+", "UID=postgres", url) for role, url in urls.items()}
    try:
        return books(workspace)
    finally:
        workspace.settings["databases"] = urls
