"""Reconcile on real parts: what a pass leaves behind when it is killed or stopped, and what a person did by hand."""

from pathlib import Path
from typing import Any

import pytest

from prodcli.batch.htcondor import HTCondorBatch
from prodcli.batch.local import LocalBatch
from prodcli.batch.open import open_batch
from prodcli.bookkeeping import Books
from prodcli.claimant import Claimant, myself
from prodcli.config import load_config
from prodcli.errors import BatchError
from prodcli.reconcile import settle_dead_claims
from tests.support.passes import LONG_AGO, elsewhere, end, killed, start, stopped
from tests.support.rules import STREAMING, rule, write_rules
from tests.support.shared import books, campaign
from tests.support.world import COMBINATIONS, World, seeded_catalog

JOBS = 8  # that the rule makes of the catalog
LOCAL = COMBINATIONS[:2]
CLAIM = (
    "INSERT INTO production_claims (id, host, pid, boot_id, process_start, started, lease_until, schedd, batch_name, rule,"
    " memory_asked, n, state, folder) VALUES (?, 'gone', 1, '', '', ?, ?, ?, 'b', 'r', 1, 1, ?, ?)"
)
ROW = (
    "INSERT INTO production_jobs (rulename, tag, dataset, dsttype, filename, runnumber, segment, status, schedd, claim_id)"
    " VALUES ('r', 't', 'd', 'DST_CALO', ?, 1, ?, 'submitting', ?, ?)"
)


@pytest.fixture
def words(real: World) -> tuple[object, ...]:
    """The command line that submits jobs which never start."""
    never = rule("DST_TRKR_MVTXME", "ana.537", "2025p010", STREAMING, job_requirements="TARGET.nobody_has_it")
    return ("submit", "-c", write_rules(real.folder / "rules", {"mvtxme": never}))


@pytest.fixture
def queue(real: World) -> Any:
    """The batch system of the workspace, and nothing of ours left in its queue at the end."""
    return open_batch(load_config(real.file, real.folder))


def schedd_of(world: World) -> str:
    """The first schedd."""
    return str(world.settings["batch"].get("schedds", ["local"])[0])


def ours(world: World, queue: Any) -> dict[int, int]:
    """How many jobs of this workspace's claims are in the queue, by cluster."""
    claims = {claim for (claim,) in world.sql("SELECT id FROM production_claims")}
    found: dict[int, int] = {}
    jobs, waiting = queue.ours(schedd_of(world))
    for job in jobs:
        if job.claim in claims:
            found[job.cluster] = found.get(job.cluster, 0) + 1
    for later in waiting:
        if later.claim in claims:
            found[later.cluster] = found.get(later.cluster, 0) + later.total - later.following
    return found


def booked(world: World) -> dict[int | None, int]:
    """How many rows of ours there are, by cluster."""
    return dict(
        world.sql("SELECT clusterid, COUNT(*) FROM production_jobs WHERE schedd IS NOT NULL GROUP BY clusterid")
    )  # type: ignore[arg-type]


def claims(report: list[dict[str, Any]]) -> list[tuple[str, int]]:
    """Fate and jobs of the claims in a report."""
    return [(line["fate"], line["jobs"]) for line in report if line["what"] == "claim"]


def strays(world: World, report: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a report has of this workspace's queue; a pool is shared with other tests."""
    known = {claim for (claim,) in world.sql("SELECT id FROM production_claims")} | {"none"}
    return [line for line in report if line["what"] != "claim" and line["claim"] in known]


def reconciled(world: World, *words: object) -> list[dict[str, Any]]:
    """Reconcile, and return the report."""
    return world.json("reconcile", *words)  # type: ignore[no-any-return]


@pytest.fixture
def untouchable(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No batch system can be changed."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a dry run changes the queue")

    for kind in (LocalBatch, HTCondorBatch):
        for verb in ("submit", "hold", "release", "remove", "edit_memory"):
            monkeypatch.setattr(kind, verb, refuse)
    return monkeypatch


def state_of(world: World) -> list[object]:
    """Everything that a dry run might touch."""
    leases = world.sql("SELECT id, host, pid, lease_until FROM production_claims ORDER BY id")
    return [books(world), leases, campaign(world), sorted((world.folder / "logs").glob("*"))]


@pytest.mark.parametrize(("database", "batch"), COMBINATIONS)
def test_a_killed_pass_that_submitted_nothing_is_released(
    real: World, queue: Any, words: tuple[object, ...], untouchable: pytest.MonkeyPatch
) -> None:
    killed(real, "submit.rendered", *words)
    assert booked(real) == {None: JOBS}
    before = state_of(real)
    for line in (reconciled(real, "--dry-run"), reconciled(real, "--dry-run")):
        assert claims(line) == [("released", JOBS)]
        assert line[0]["state"] == "dead: the process is no more"
    assert state_of(real) == before
    assert claims(reconciled(real)) == [("released", JOBS)]
    assert booked(real) == {}
    assert campaign(real) == []  # nobody can submit it by hand any more
    assert claims(reconciled(real)) == []
    untouchable.undo()
    assert sum(one["jobs"] for one in real.json(*words)["submitted"]) == JOBS
    assert list(ours(real, queue).values()) == [JOBS]


@pytest.mark.parametrize(("database", "batch"), COMBINATIONS)
def test_a_killed_pass_that_submitted_is_adopted(
    real: World, queue: Any, words: tuple[object, ...], untouchable: pytest.MonkeyPatch
) -> None:
    killed(real, "submit.submitted", *words)
    ((cluster, count),) = ours(real, queue).items()
    before = state_of(real)
    assert claims(reconciled(real, "-n")) == [("adopted", JOBS)]
    assert state_of(real) == before
    (line,) = [line for line in reconciled(real) if line["what"] == "claim"]
    assert (line["fate"], line["jobs"], line["cluster"]) == ("adopted", JOBS, cluster)
    assert booked(real) == {cluster: count}
    assert strays(real, reconciled(real)) == []
    untouchable.undo()
    assert real.json(*words)["submitted"] == []


@pytest.mark.parametrize(("database", "batch"), LOCAL)
@pytest.mark.parametrize("step", ["submit.claimed", "submit.rendered", "submit.renewed", "submit.submitted"])
def test_a_live_claimant_is_left_alone(real: World, queue: Any, words: tuple[object, ...], step: str) -> None:
    with stopped(real, step, *words) as process:
        before = state_of(real)
        (line,) = reconciled(real, "-n")
        assert (line["fate"], line["state"]) == ("left open", "alive: the process runs on this host")
        assert strays(real, reconciled(real)) == []  # jobs that are being recorded are no orphans
        real.ok("harvest")
        assert state_of(real)[:3] == before[:3]
    assert end(process).code == 0
    assert list(booked(real).values()) == list(ours(real, queue).values()) == [JOBS]


@pytest.mark.parametrize(("database", "batch"), [*LOCAL, COMBINATIONS[3]])
@pytest.mark.parametrize("step", ["submit.claimed", "submit.rendered", "submit.renewed"])
def test_who_sleeps_past_the_lease_before_submitting_submits_nothing(
    real: World, queue: Any, words: tuple[object, ...], step: str
) -> None:
    with stopped(real, step, *words) as process:
        assert claims(elsewhere(real, "reconcile", "--format", "json").data) == [("released", JOBS)]
        assert booked(real) == {}
    answer = end(process)
    assert answer.code != 0
    assert "Traceback" not in answer.err
    assert ours(real, queue) == booked(real) == {}
    assert sum(one["jobs"] for one in real.json(*words)["submitted"]) == JOBS
    assert list(booked(real).values()) == list(ours(real, queue).values()) == [JOBS]


@pytest.mark.parametrize(("database", "batch"), LOCAL)
@pytest.mark.parametrize("step", ["submit.claimed", "submit.rendered"])
def test_rows_that_another_host_has_taken_over_are_not_released_by_who_wakes_up(
    real: World, queue: Any, words: tuple[object, ...], step: str
) -> None:
    with stopped(real, step, *words) as process:
        real.sql("UPDATE production_claims SET host = 'elsewhere'")
    answer = end(process)
    assert (answer.code, "taken over" in answer.err) == (1, True)
    assert booked(real) == {None: JOBS}
    assert len(campaign(real)) == 2
    assert real.sql("SELECT host, state FROM production_claims") == [("elsewhere", "claimed")]
    assert ours(real, queue) == {}


@pytest.mark.parametrize(("database", "batch"), [*LOCAL, COMBINATIONS[3]])
def test_who_sleeps_past_the_lease_after_submitting_removes_nothing_that_was_adopted(
    real: World, queue: Any, words: tuple[object, ...]
) -> None:
    with stopped(real, "submit.submitted", *words) as process:
        assert claims(elsewhere(real, "reconcile", "--format", "json").data) == [("adopted", JOBS)]
        before = ours(real, queue)
        assert booked(real) == before
    answer = end(process)
    assert (answer.code, "removing" in answer.err) == (0, False)
    assert ours(real, queue) == booked(real) == before
    assert real.sql("SELECT DISTINCT status FROM production_jobs WHERE schedd IS NOT NULL") == [("submitted",)]


@pytest.mark.parametrize(("database", "batch"), LOCAL)
def test_who_submits_after_a_takeover_removes_what_he_submitted(
    real: World, queue: Any, words: tuple[object, ...]
) -> None:
    """Between the renewal and the schedd's commit nothing can hold a claimant back; it is the record that does."""
    with stopped(real, "submit.submitted", *words) as process:
        (claim,) = real.sql("SELECT id FROM production_claims")[0]
        real.sql("DELETE FROM production_jobs WHERE claim_id = ?", claim)  # as if the schedd had had nothing yet
        real.sql("UPDATE production_claims SET state = 'released'")
        real.settings["campaigns"] = "other"  # its lock is held
        real.write()
        assert sum(one["jobs"] for one in real.json(*words)["submitted"]) == JOBS  # the outputs were free
        (second,) = booked(real)
    assert "removing 8 jobs" in end(process).err
    assert ours(real, queue) == booked(real) == {second: JOBS}


@pytest.mark.parametrize(("database", "batch"), LOCAL)
def test_hosts_that_reconcile_at_once_settle_each_claim_once(real: World, queue: Any, tmp_path: Path) -> None:
    from tests.support.local_jobs import write_description

    for number in range(60):
        claim, folder = f"c{number}", tmp_path / f"f{number}"
        real.sql(CLAIM, claim, LONG_AGO, LONG_AGO, "local", "claimed", str(folder))
        real.sql(ROW, f"out{number}", number, "local", claim)
        ((dbid,),) = real.sql("SELECT id FROM production_jobs WHERE claim_id = ?", claim)
        description = write_description(folder, ["true"], claim, dbid)
        if number % 2:
            queue.submit("local", description)
    answers = [end(one) for one in [start(real, "reconcile", "--format", "json") for _ in range(3)]]
    assert [answer.code for answer in answers] == [0, 0, 0], answers
    assert real.sql("SELECT state, COUNT(*) FROM production_claims GROUP BY state ORDER BY state") == [
        ("released", 30),
        ("submitted", 30),
    ]
    assert sorted(booked(real)) == sorted(ours(real, queue))
    assert len(booked(real)) == len(real.sql("SELECT dbid FROM production_attempts")) == 30
    fates = [line["fate"] for answer in answers for line in answer.data if line["what"] == "claim"]
    assert (fates.count("adopted"), fates.count("released")) == (30, 30)


@pytest.mark.parametrize(("database", "batch"), LOCAL)
def test_a_schedd_that_is_not_ours_is_left_and_said(real: World, words: tuple[object, ...]) -> None:
    real.sql(CLAIM, "far", LONG_AGO, LONG_AGO, "other@schedd", "claimed", "/x")
    real.sql(ROW, "out", 0, "other@schedd", "far")
    (line,) = reconciled(real)
    assert (line["fate"], line["why"]) == ("left open", "schedd other@schedd is not in this configuration")
    assert "other@schedd is not in this configuration" in real.ok("harvest").err
    assert real.sql("SELECT state FROM production_claims") == [("claimed",)]


@pytest.mark.parametrize(("database", "batch"), [COMBINATIONS[3]])
def test_a_silent_schedd_leaves_its_claims_open(real: World, words: tuple[object, ...], queue: Any) -> None:
    killed(real, "submit.submitted", *words)
    nobody = "c@pool.prodcli.test"
    real.sql(CLAIM, "far", LONG_AGO, LONG_AGO, nobody, "claimed", "/x")
    real.settings["batch"]["schedds"].append(nobody)
    real.write()
    for more in (("-n",), ()):
        answer = real.run("reconcile", *more)
        assert (answer.code, "no answer" in answer.out) == (6, True)
        assert f"schedd {nobody}" in answer.err
    assert sorted(real.sql("SELECT schedd, state, host FROM production_claims"))[1] == (nobody, "claimed", "gone")
    assert list(booked(real).values()) == [JOBS]
    real.settings["batch"]["schedds"] = [nobody]
    real.write()
    assert real.run("reconcile").code == 5


@pytest.mark.parametrize(("database", "batch"), LOCAL)
@pytest.mark.parametrize("step", ["submit.rendered", "submit.submitted"])
@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE production_claims SET state = 'submitted'",
        "UPDATE production_claims SET state = 'released'",
        "DELETE FROM production_claims",
    ],
)
def test_rows_whose_claim_is_closed_or_gone_are_settled_by_the_same_evidence(
    real: World, queue: Any, words: tuple[object, ...], step: str, damage: str
) -> None:
    real.sql("INSERT INTO production_jobs (rulename, tag, dataset, dsttype, filename, runnumber, status)"
             " VALUES ('old', 't', 'd', 'DST_CALO', 'of another tool', 1, 'submitting')")  # fmt: skip
    killed(real, step, *words)
    there = [job.cluster for job in queue.ours("local")[0]]
    real.sql(damage)
    fate = "adopted" if there else "released"
    assert claims(reconciled(real, "-n")) == [(fate, JOBS)]
    assert claims(reconciled(real)) == [(fate, JOBS)]
    assert booked(real) == ({there[0]: JOBS} if there else {})
    assert claims(reconciled(real)) == []
    assert real.sql("SELECT status FROM production_jobs WHERE rulename = 'old'") == [("submitting",)]


@pytest.mark.parametrize(("database", "batch"), LOCAL)
def test_a_claim_without_rows_is_closed_and_its_jobs_are_orphans(
    real: World, queue: Any, words: tuple[object, ...]
) -> None:
    killed(real, "submit.submitted", *words)
    real.sql("DELETE FROM production_jobs WHERE schedd IS NOT NULL")
    report = reconciled(real)
    assert claims(report) == [("adopted", 0)]
    assert [(line["what"], line["jobs"], line["why"]) for line in report[1:]] == [("orphan", JOBS, "no row")]
    assert real.sql("SELECT state FROM production_claims") == [("submitted",)]
    ((_, count),) = ours(real, queue).items()
    assert count == JOBS


@pytest.mark.parametrize(("database", "batch"), COMBINATIONS)
def test_orphans_can_be_adopted(real: World, queue: Any, words: tuple[object, ...]) -> None:
    """Somebody deleted the rows of jobs that are in the queue."""
    real.json(*words)
    columns = (
        "id, filename, rulename, tag, dataset, dsttype, runnumber, segment, log, err, out, schedd, claim_id, attempt,"
        " clusterid, procid, request_memory, request_disk, request_cpus"
    )
    rows = f"SELECT {columns} FROM production_jobs WHERE schedd IS NOT NULL ORDER BY id"  # noqa: S608
    before = real.sql(rows)
    ((cluster, _),) = ours(real, queue).items()
    assert strays(real, reconciled(real)) == []
    real.sql("DELETE FROM production_attempts")
    real.sql("DELETE FROM production_jobs WHERE schedd IS NOT NULL")
    real.sql("UPDATE production_claims SET state = 'released'")
    (line,) = strays(real, reconciled(real))
    assert (line["what"], line["cluster"], line["jobs"], line["why"]) == ("orphan", cluster, JOBS, "no row")
    assert str(cluster) in line["remove with"]
    assert line["state"] == f"{JOBS} idle"
    real.ok("reconcile", "--adopt", cluster, "-n")
    assert real.sql(rows) == []
    answer = real.ok("reconcile", "--adopt", f"{cluster}@{schedd_of(real)}", "--format", "json")
    (line,) = strays(real, answer.data)
    assert line["fate"] == f"{JOBS} adopted"
    memory = columns.split(", ").index("request_memory")
    assert [one[:memory] + one[memory + 1 :] for one in real.sql(rows)] == [
        one[:memory] + one[memory + 1 :] for one in before
    ]
    assert real.sql("SELECT COUNT(*), MIN(memory_asked) FROM production_attempts") == [(JOBS, 2048)]
    assert strays(real, reconciled(real)) == []
    assert real.json(*words)["submitted"] == []
    queue.remove(schedd_of(real), [(cluster, proc) for proc in range(JOBS)], "test is over")
    real.ok("harvest")
    assert real.sql("SELECT DISTINCT status, substatus FROM production_jobs WHERE schedd IS NOT NULL") == [
        ("failed", "removed")
    ]


@pytest.mark.parametrize(("database", "batch"), LOCAL)
def test_orphans_whose_output_is_taken_are_refused(real: World, queue: Any, words: tuple[object, ...]) -> None:
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
    (line,) = strays(real, reconciled(real))
    assert line["remove with"] == f"prodcli reconcile --remove {cluster}@local"  # not the whole cluster
    real.ok("reconcile", "--remove", cluster, "--yes")
    assert ours(real, queue) == booked(real) == {cluster: JOBS - 3}


@pytest.mark.parametrize(("database", "batch"), COMBINATIONS)
def test_a_second_cluster_of_a_recorded_claim_is_a_duplicate(
    real: World, queue: Any, words: tuple[object, ...]
) -> None:
    (done,) = real.json(*words)["submitted"]
    schedd = schedd_of(real)
    second = queue.submit(schedd, Path(done["folder"]) / "job.sub")
    (line,) = strays(real, reconciled(real, "-n"))
    assert (line["what"], line["cluster"], line["jobs"]) == ("duplicate", second, JOBS)
    command = f"prodcli reconcile --remove {second}" if schedd == "local" else f"condor_rm -name {schedd} {second}"
    assert line["remove with"] == command
    answer = real.run("reconcile", "--adopt", second)
    assert (answer.code, f"booked as cluster {done['cluster']}" in answer.err) == (1, True)
    answer = real.run("reconcile", "--remove", second)
    assert (answer.code, f"remove {JOBS} jobs" in answer.err) == (2, True)
    assert real.run("reconcile", "--remove", done["cluster"], "--yes").code == 1
    (line,) = strays(real, reconciled(real, "--remove", second, "-n"))
    assert line["fate"] == "would be removed"
    assert ours(real, queue) == {done["cluster"]: JOBS, second: JOBS}
    (line,) = strays(real, reconciled(real, "--remove", f"{second}@{schedd}", "--yes"))
    assert (line["fate"], line["jobs"]) == ("removed", JOBS)
    assert ours(real, queue) == booked(real) == {done["cluster"]: JOBS}


@pytest.mark.parametrize(("database", "batch"), LOCAL)
def test_both_clusters_of_an_open_claim_are_told_before_one_is_adopted(
    real: World, queue: Any, words: tuple[object, ...]
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
    real: World, queue: Any, words: tuple[object, ...]
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
    found = [line for line in strays(real, reconciled(real)) if line["cluster"] in (cluster, foreign)]
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
def test_a_cluster_can_be_adopted_from_its_jobs_where_its_files_are_out_of_reach(
    real: World, queue: Any, words: tuple[object, ...]
) -> None:
    killed(real, "submit.submitted", *words)
    real.sql("UPDATE production_claims SET folder = '/not/on/this/host'")
    assert claims(reconciled(real)) == [("adopted", JOBS)]
    assert booked(real) == ours(real, queue)


@pytest.mark.parametrize(("database", "batch"), LOCAL)
def test_an_adopted_job_is_booked_as_it_is_now(real: World, queue: Any, words: tuple[object, ...]) -> None:
    """A harvest between crash and adoption has passed over the reports of jobs that nobody knew."""
    killed(real, "submit.submitted", *words)
    ((cluster, _),) = ours(real, queue).items()
    queue.hold("local", [(cluster, 0)], "by hand")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("prodcli.harvest_pass.settle_dead_claims", lambda *_: [])
        real.ok("harvest")
    reconciled(real)
    assert real.sql("SELECT status FROM production_jobs WHERE procid = 0 AND schedd IS NOT NULL") == [("held",)]


@pytest.mark.parametrize(("database", "batch"), LOCAL)
def test_a_pass_asks_once_if_nothing_is_open(real: World, queue: Any, words: tuple[object, ...]) -> None:
    real.json(*words)
    database = real.database("production")
    asked: list[str] = []
    database.trace = lambda query, _: asked.append(query)
    assert settle_dead_claims(Books(database), queue, myself()) == []
    assert asked == ["open_claims"]


@pytest.mark.parametrize(("database", "batch"), LOCAL)
@pytest.mark.parametrize("jobs", [10, 400])
def test_the_number_of_statements_does_not_grow_with_the_jobs(
    real: World, queue: Any, tmp_path: Path, jobs: int
) -> None:
    from prodcli.reconcile_pass import Reconciler
    from tests.support.local_jobs import write_description

    attributes = {f"My.Prodcli{key}": f'"{key}"' for key in ("Rule", "Tag", "Dataset", "Dsttype")}
    numbers = {"My.ProdcliRun": "7", "My.ProdcliSegment": "$(number)"}
    description = write_description(tmp_path / "f", ["true"] * jobs, "c", 5000, **attributes, **numbers)
    cluster = queue.submit("local", description)
    database = real.database("production")
    asked: list[str] = []
    database.trace = lambda query, _: asked.append(query)
    this = Reconciler(Books(database), queue, Claimant("h", 1, "", ""))
    report = this.adopt(this.run(), f"{cluster}")
    assert report.strays[0].fate == f"{jobs} adopted"
    assert len(asked) <= 14, asked


@pytest.mark.htcondor
@pytest.mark.parametrize(("database", "batch"), COMBINATIONS[2:])
def test_a_factory_that_was_removed_half_made_is_adopted_whole(real: World, queue: Any) -> None:
    from tests.support.condor import wait_for
    from tests.support.condor_jobs import NEVER
    from tests.support.local_jobs import write_description

    rows, schedd, claim = 3000, schedd_of(real), f"factory-{id(real)}"
    folder = real.folder / "factory"
    real.sql(CLAIM, claim, LONG_AGO, LONG_AGO, schedd, "claimed", str(folder))
    database = real.database("production")
    numbers = [{"segment": number} for number in range(rows)]
    database.write(lambda tx: fill(tx, numbers, schedd, claim))
    ids = [dbid for (dbid,) in real.sql("SELECT id FROM production_jobs WHERE claim_id = ? ORDER BY segment", claim)]
    description = write_description(folder, ["true"], claim, 1, requirements=NEVER, max_idle="10", attempt="1")
    (folder / "items.csv").write_text("".join(f"{dbid},0\n" for dbid in ids))
    cluster = queue.submit(schedd, description)
    wait_for(lambda: len([job for job in queue.ours(schedd)[0] if job.cluster == cluster]) >= 10)
    made = len([job for job in queue.ours(schedd)[0] if job.cluster == cluster])
    assert made < 100
    queue.remove(schedd, [(cluster, proc) for proc in range(rows)], "by hand")
    wait_for(lambda: not [job for job in queue.in_queue(schedd) if job[0] == cluster])
    report = reconciled(real)
    assert claims(report) == [("adopted", rows)]
    assert booked(real) == {cluster: rows}
    real.settings["lost_grace"] = 0
    real.write()
    real.sql("UPDATE production_jobs SET submitted = ? WHERE schedd IS NOT NULL", LONG_AGO)
    for _ in range(2):
        real.ok("harvest", "--sweep")
    ended = dict(
        real.sql("SELECT substatus, COUNT(*) FROM production_jobs WHERE claim_id = ? GROUP BY substatus", claim)
    )
    assert sum(ended.values()) == rows
    assert ended["removed"] >= 10
    assert ended["lost"] == rows - ended["removed"]


def fill(tx: Any, numbers: list[dict[str, int]], schedd: str, claim: str) -> None:
    """Rows of a claim, as many as there are numbers."""
    common = {"rulename": "r", "tag": "t", "dataset": "d", "submission_host": "h", "intriplet": "", "xferslots": 0}
    common |= {"indsttype_str": "", "request_memory": [1], "request_disk": 1, "request_cpus": 1, "neventsper": 1}
    same = {"dsttype": "DST_CALO", "run": 1, "log": "", "err": "", "out": "", "eventsinrun": 1, "maxjobsexpected": 1}
    rows = [{**same, **one, "filename": f"{claim}-{one['segment']:05d}"} for one in numbers]
    tx.run("claim_new", rows=rows, claim=claim, schedd=schedd, **common)


@pytest.mark.htcondor
@pytest.mark.parametrize(("database", "batch"), [COMBINATIONS[2]])
def test_a_factory_that_nobody_knows_is_removed_whole_and_never_adopted(real: World, queue: Any) -> None:
    from tests.support.condor import wait_for
    from tests.support.condor_jobs import NEVER
    from tests.support.local_jobs import write_description

    schedd, claim = schedd_of(real), f"unknown-{id(real)}"
    real.sql(CLAIM, claim, LONG_AGO, LONG_AGO, schedd, "released", "/x")
    description = write_description(real.folder / "f", ["true"], claim, 1, requirements=NEVER, max_idle="10")
    (description.parent / "items.csv").write_text("".join(f"{900_000 + row},0\n" for row in range(3000)))
    cluster = queue.submit(schedd, description)
    wait_for(lambda: len([job for job in queue.ours(schedd)[0] if job.cluster == cluster]) >= 10)
    (line,) = strays(real, reconciled(real))
    assert (line["cluster"], line["jobs"], line["why"]) == (cluster, 3000, "no row")
    assert "waiting" in line["state"]
    answer = real.run("reconcile", "--adopt", cluster)
    assert (answer.code, "wait to be materialized" in answer.err) == (1, True)
    real.ok("reconcile", "--remove", cluster, "--yes")
    wait_for(lambda: not [job for job in queue.in_queue(schedd) if job[0] == cluster])
    assert strays(real, reconciled(real)) == []


def test_a_queue_that_cannot_be_read_is_no_empty_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.load(seeded_catalog(1))
    world.sql(CLAIM, "c", LONG_AGO, LONG_AGO, "local", "claimed", "/x")
    world.sql(ROW, "out", 0, "local", "c")

    def silent(*_: object) -> None:
        raise BatchError("nobody there", where="local")

    for verb in ("find_claims", "ours"):
        monkeypatch.setattr(LocalBatch, verb, silent)
    answer = world.run("reconcile")
    assert (answer.code, "no schedd answers" in answer.err) == (5, True)
    assert world.sql("SELECT state, host FROM production_claims") == [("claimed", "gone")]
    monkeypatch.undo()
    assert claims(reconciled(world)) == [("released", 1)]


@pytest.mark.parametrize("target", ["7", "7@local", "x", "@local", ""])
def test_a_cluster_without_strays_is_refused(world: World, target: str) -> None:
    world.load(seeded_catalog(1))
    for option in ("--adopt", "--remove"):
        answer = world.run("reconcile", option, target, "-y")
        assert (answer.code, answer.err.count("\n")) == ((1, 1) if target else (0, 0)), answer
