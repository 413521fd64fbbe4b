"""Jobs in a queue that the books do not have as they are: told, adopted, removed."""

from pathlib import Path
from typing import Any

import pytest

from prodcli.books.claimant import Claimant
from prodcli.books.claims import Books
from prodcli.reconcile.reconcile_pass import Reconciler
from tests.support.condor_pool import wait_for
from tests.support.local_jobs import write_description
from tests.support.pass_processes import LONG_AGO, killed
from tests.support.waiting_jobs import (
    CLAIM,
    JOBS,
    LOCAL,
    booked,
    claimed_factory,
    claims,
    made,
    ours,
    reconciled,
    schedd_of,
    submit_words,
    unbooked,
)
from tests.support.workspace import COMBINATIONS, Workspace, seeded_catalog


@pytest.fixture
def words(real: Workspace) -> tuple[object, ...]:
    """The command line that submits jobs which never start."""
    return submit_words(real)


@pytest.mark.parametrize(("database", "batch"), COMBINATIONS)
def test_orphans_can_be_adopted(real: Workspace, queue: Any, words: tuple[object, ...]) -> None:
    """Somebody deleted the rows of jobs that are in the queue."""
    real.json(*words)
    columns = (
        "id, filename, rulename, tag, dataset, dsttype, runnumber, segment, log, err, out, schedd, claim_id, attempt,"
        " clusterid, procid, request_memory, request_disk, request_cpus"
    )
    rows = f"SELECT {columns} FROM production_jobs WHERE schedd IS NOT NULL ORDER BY id"  # noqa: S608
    before = real.sql(rows)
    ((cluster, _),) = ours(real, queue).items()
    assert unbooked(real, reconciled(real)) == []
    real.sql("DELETE FROM production_attempts")
    real.sql("DELETE FROM production_jobs WHERE schedd IS NOT NULL")
    real.sql("UPDATE production_claims SET state = 'released'")
    (line,) = unbooked(real, reconciled(real))
    assert (line["what"], line["cluster"], line["jobs"], line["why"]) == ("orphan", cluster, JOBS, "no row")
    assert str(cluster) in line["remove_with"]
    assert line["state"] == f"{JOBS} idle"
    real.ok("reconcile", "--adopt", cluster, "-n")
    assert real.sql(rows) == []
    answer = real.ok("reconcile", "--adopt", f"{cluster}@{schedd_of(real)}", "--format", "json")
    (line,) = unbooked(real, answer.data)
    assert line["fate"] == f"{JOBS} adopted"
    memory = columns.split(", ").index("request_memory")
    assert [one[:memory] + one[memory + 1 :] for one in real.sql(rows)] == [
        one[:memory] + one[memory + 1 :] for one in before
    ]
    assert real.sql("SELECT COUNT(*), MIN(memory_asked) FROM production_attempts") == [(JOBS, 2048)]
    assert unbooked(real, reconciled(real)) == []
    assert real.json(*words)["submitted"] == []
    queue.remove(schedd_of(real), [(cluster, proc) for proc in range(JOBS)], "test is over")
    real.ok("harvest")
    assert real.sql("SELECT DISTINCT status, substatus FROM production_jobs WHERE schedd IS NOT NULL") == [
        ("failed", "removed")
    ]


@pytest.mark.parametrize(("database", "batch"), COMBINATIONS)
def test_orphans_of_several_outputs_are_adopted_with_all_of_them(real: Workspace, queue: Any) -> None:
    words = submit_words(real, job_outputs_per_job=4)
    columns = (
        "SELECT filename, segment, outputs_per_job FROM production_jobs WHERE schedd IS NOT NULL ORDER BY filename"
    )
    real.json(*words)
    before = real.sql(columns)
    assert {(segment % 4, outputs) for _, segment, outputs in before} == {(0, 4)}
    ((cluster, jobs),) = ours(real, queue).items()
    real.sql("DELETE FROM production_attempts")
    real.sql("DELETE FROM production_jobs WHERE schedd IS NOT NULL")
    (line,) = unbooked(real, reconciled(real, "--adopt", cluster))
    assert (line["fate"], real.sql(columns)) == (f"{jobs} adopted", before)


@pytest.mark.parametrize(("database", "batch"), LOCAL)
def test_orphans_whose_output_is_taken_are_refused(real: Workspace, queue: Any, words: tuple[object, ...]) -> None:
    real.json(*words)
    ((cluster, _),) = ours(real, queue).items()
    names = [name for (name,) in real.sql("SELECT filename FROM production_jobs WHERE schedd IS NOT NULL ORDER BY id")]
    real.sql("DELETE FROM production_jobs WHERE schedd IS NOT NULL")
    for name in names[:3]:
        real.sql(
            "INSERT INTO production_jobs (rulename, tag, dataset, dsttype, filename, runnumber)"
            " VALUES ('r', 't', 'd', 'DST_CALO', ?, 1)",
            name,
        )
    answer = real.run("reconcile", "--adopt", cluster)
    assert (answer.code, answer.err.count("\n")) == (6, 1)
    assert f"{JOBS - 3} jobs are adopted, others not: " in answer.err
    assert booked(real) == {cluster: JOBS - 3}
    answer = real.run("reconcile", "--adopt", cluster)
    assert (answer.code, "no job is adopted" in answer.err) == (1, True)
    (line,) = unbooked(real, reconciled(real))
    assert line["remove_with"] == f"prodcli reconcile --remove {cluster}@local"  # not the whole cluster
    real.ok("reconcile", "--remove", cluster, "--yes")
    assert ours(real, queue) == booked(real) == {cluster: JOBS - 3}


@pytest.mark.parametrize(("database", "batch"), COMBINATIONS)
def test_a_second_cluster_of_a_recorded_claim_is_a_duplicate(
    real: Workspace, queue: Any, words: tuple[object, ...]
) -> None:
    (done,) = real.json(*words)["submitted"]
    schedd = schedd_of(real)
    second = queue.submit(schedd, Path(done["folder"]) / "job.sub")
    (line,) = unbooked(real, reconciled(real, "-n"))
    assert (line["what"], line["cluster"], line["jobs"]) == ("duplicate", second, JOBS)
    command = f"prodcli reconcile --remove {second}" if schedd == "local" else f"condor_rm -name {schedd} {second}"
    assert line["remove_with"] == command
    answer = real.run("reconcile", "--adopt", second)
    assert (answer.code, f"booked as cluster {done['cluster']}" in answer.err) == (1, True)
    answer = real.run("reconcile", "--remove", second)
    assert (answer.code, f"Remove {JOBS} jobs" in answer.err) == (2, True)
    assert real.run("reconcile", "--remove", done["cluster"], "--yes").code == 1
    (line,) = unbooked(real, reconciled(real, "--remove", second, "-n"))
    assert line["fate"] == "would be removed"
    assert ours(real, queue) == {done["cluster"]: JOBS, second: JOBS}
    (line,) = unbooked(real, reconciled(real, "--remove", f"{second}@{schedd}", "--yes"))
    assert (line["fate"], line["jobs"]) == ("removed", JOBS)
    assert ours(real, queue) == booked(real) == {done["cluster"]: JOBS}


@pytest.mark.parametrize(("database", "batch"), LOCAL)
def test_both_clusters_of_an_open_claim_are_told_before_one_is_adopted(
    real: Workspace, queue: Any, words: tuple[object, ...]
) -> None:
    killed(real, "submit.submitted", *words)
    (description,) = (real.folder / "campaigns").rglob("job.sub")
    second = queue.submit("local", description)
    for more in (("-n",), ()):
        report = reconciled(real, *more)
        assert claims(report) == [("adopted", JOBS)]
        assert [(line["what"], line["cluster"]) for line in report[1:]] == [("duplicate", second)]


@pytest.mark.parametrize(("database", "batch"), COMBINATIONS)
def test_jobs_for_inspection_are_told_and_jobs_of_other_tools_are_not_seen(
    real: Workspace, queue: Any, words: tuple[object, ...]
) -> None:
    schedd = schedd_of(real)
    for job in real.json(*words, "--no-submit")["jobs"]:
        for key in ("log", "output"):
            Path(job[key]).parent.mkdir(parents=True, exist_ok=True)
    (description,) = (real.folder / "campaigns").rglob("job.sub")
    cluster = queue.submit(schedd, description)
    lines = [line for line in description.read_text().splitlines() if "My." not in line]
    description.write_text("\n".join(lines) + "\n")
    foreign = queue.submit(schedd, description)
    found = [line for line in unbooked(real, reconciled(real)) if line["cluster"] in (cluster, foreign)]
    assert [(line["what"], line["cluster"], line["jobs"], line["why"]) for line in found] == [
        ("orphan", cluster, JOBS, "rendered for inspection")
    ]
    answer = real.run("reconcile", "--adopt", cluster)
    assert (answer.code, "rendered for inspection" in answer.err) == (1, True)
    assert real.run("reconcile", "--remove", foreign, "--yes").code == 1
    real.ok("reconcile", "--remove", cluster, "--yes")
    left = {job for job in queue.in_queue(schedd) if job[0] in (cluster, foreign)}
    assert left == {(foreign, proc) for proc in range(JOBS)}
    queue.remove(schedd, left, "test is over")


@pytest.mark.parametrize(("database", "batch"), LOCAL)
def test_jobs_of_another_database_are_strangers(real: Workspace, queue: Any, words: tuple[object, ...]) -> None:
    """Two books, one queue: a testbed on the same schedd."""
    real.json(*words)
    (own,) = ours(real, queue)
    real.sql("DELETE FROM production_jobs WHERE schedd IS NOT NULL")
    real.sql("DELETE FROM production_claims")
    (line,) = reconciled(real)
    assert (line["what"], line["cluster"], line["jobs"]) == ("stranger", own, JOBS)
    assert real.ok("reconcile").out == ""  # no reason for cron to write
    answer = real.run("reconcile", "--adopt", own)
    assert (answer.code, "perhaps of another database" in answer.err) == (1, True)


@pytest.mark.parametrize(("database", "batch"), LOCAL)
@pytest.mark.parametrize("jobs", [10, 400])
def test_the_number_of_statements_does_not_grow_with_the_jobs(
    real: Workspace, queue: Any, tmp_path: Path, jobs: int
) -> None:
    attributes = {f"My.Prodcli{key}": f'"{key}"' for key in ("Rule", "Tag", "Dataset", "Dsttype")}
    numbers = {"My.ProdcliRun": "7", "My.ProdcliSegment": "$(number)"}
    real.sql(CLAIM, "c", LONG_AGO, LONG_AGO, "local", "released", "/x")
    description = write_description(tmp_path / "f", ["true"] * jobs, "c", 5000, **attributes, **numbers)
    cluster = queue.submit("local", description)
    database = real.database("production")
    asked: list[str] = []
    database.trace = lambda query, _: asked.append(query)
    this = Reconciler(Books(database), queue, Claimant("h", 1, "", ""))
    report = this.adopt(this.run(), f"{cluster}")
    assert report.unbooked[0].fate == f"{jobs} adopted"
    assert len(asked) <= 16, asked


@pytest.mark.htcondor
@pytest.mark.parametrize(("database", "batch"), COMBINATIONS[2:])
def test_a_living_factory_is_adopted_whole_and_its_twin_is_a_duplicate(real: Workspace, queue: Any) -> None:
    schedd = schedd_of(real)
    _, description = claimed_factory(real, queue, 3000)
    first, second = queue.submit(schedd, description), queue.submit(schedd, description)
    made(real, queue, second)
    for more in (("-n",), ()):
        report = reconciled(real, *more)
        assert claims(report) == [("adopted", 3000)]
        (line,) = unbooked(real, report)
        assert (line["what"], line["cluster"], line["jobs"]) == ("duplicate", second, 3000)
    assert booked(real) == {first: 3000}
    real.ok("reconcile", "--remove", f"{second}@{schedd}", "--yes")
    assert ours(real, queue) == {first: 3000}
    assert unbooked(real, reconciled(real)) == []
    queue.remove(schedd, [(first, proc) for proc in range(3000)], "test is over")


@pytest.mark.htcondor
@pytest.mark.parametrize(("database", "batch"), [COMBINATIONS[2]])
def test_a_factory_that_nobody_knows_is_removed_whole_and_never_adopted(real: Workspace, queue: Any) -> None:
    schedd = schedd_of(real)
    claim, description = claimed_factory(real, queue, 3000, "released")
    real.sql("DELETE FROM production_jobs WHERE claim_id = ?", claim)
    cluster = queue.submit(schedd, description)
    made(real, queue, cluster)
    (line,) = unbooked(real, reconciled(real))
    assert (line["cluster"], line["jobs"], line["why"]) == (cluster, 3000, "no row")
    assert "waiting" in line["state"]
    answer = real.run("reconcile", "--adopt", cluster)
    assert (answer.code, "wait to be materialized" in answer.err) == (1, True)
    real.ok("reconcile", "--remove", cluster, "--yes")
    wait_for(lambda: not [job for job in queue.in_queue(schedd) if job[0] == cluster])
    assert unbooked(real, reconciled(real)) == []


@pytest.mark.parametrize("target", ["7", "7@local", "x", "@local", ""])
def test_a_cluster_without_orphans_is_refused(workspace: Workspace, target: str) -> None:
    workspace.load(seeded_catalog(1))
    for option in ("--adopt", "--remove"):
        answer = workspace.run("reconcile", option, target, "-y")
        assert (answer.code, answer.err.count("\n")) == ((1, 1) if target else (0, 0)), answer
