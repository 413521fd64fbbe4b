"""Submission on real books: claimed once, submitted once, recorded with cluster and proc, whatever goes wrong between."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from prodcli.batch import Counted
from prodcli.batch.description import parse_description, read_items
from prodcli.batch.local.batch import LocalBatch
from prodcli.batch.submit_process import ThisProcess
from prodcli.books.claimant import Claimant, myself
from prodcli.books.claims import Books
from prodcli.books.queue_limit import QueueLimit
from prodcli.errors import BatchError, DatabaseError
from tests.support.rule_files import write_rules
from tests.support.snapshots import without_rollup
from tests.support.workspace import Workspace, seeded_catalog

RULE = "mvtxme"
COUNT_OURS = "SELECT status, COUNT(*) FROM production_jobs WHERE rulename = ? GROUP BY status"


@pytest.fixture
def rules(workspace: Workspace) -> Path:
    """The rule file of a workspace with a random catalog."""
    workspace.load(seeded_catalog(1))
    return write_rules(workspace.folder / "rules")


def submit(workspace: Workspace, rules: Path, *words: object) -> Any:
    """Submit and return the JSON."""
    return workspace.json("submit", "-c", rules, "-r", RULE, *words)


def jobs(submitted: Any) -> int:
    """How many jobs were submitted."""
    return sum(cluster["jobs"] for cluster in submitted["submitted"])


def by_status(workspace: Workspace) -> dict[str, int]:
    """The rule's rows by status."""
    return dict(workspace.sql(COUNT_OURS, RULE))  # type: ignore[arg-type]


def queued(workspace: Workspace) -> int:
    """Jobs in the local queue."""
    return len(LocalBatch(workspace.folder / "batch.db").living("local"))


def dead() -> Claimant:
    """A claimant of this host that is no more."""
    me = myself()
    return Claimant(me.host, me.pid, "another boot", me.process_start)


def test_rows_know_their_job(workspace: Workspace, rules: Path) -> None:
    before = by_status(workspace).get("submitted", 0)
    planned = workspace.json("submit", "-c", rules, "-r", RULE, "-n")["jobs"]
    done = submit(workspace, rules)["submitted"]
    assert [cluster["jobs"] for cluster in done] == [len(planned)]
    assert by_status(workspace)["submitted"] - before == len(planned)
    rows = workspace.sql(
        "SELECT filename, clusterid, procid, schedd, attempt, intriplet, request_disk, xferslots, log, err, out, claim_id"
        " FROM production_jobs WHERE schedd IS NOT NULL ORDER BY procid"
    )
    assert [row[0] for row in rows] == [job["filename"] for job in planned]  # proc is the row number, newest first
    assert [row[1:8] for row in rows] == [
        (done[0]["cluster"], i, "local", 1, "ana514_nocdbtag_v001", 10 * 1024**2, 0) for i in range(len(rows))
    ]
    assert [row[8:11] for row in rows] == [(job["log"], job["error"], job["output"]) for job in planned]
    assert workspace.sql("SELECT id, n, state FROM production_claims") == [(rows[0][11], len(planned), "submitted")]
    assert workspace.sql("SELECT COUNT(*), MIN(attempt), MAX(memory_asked) FROM production_attempts") == [
        (len(planned), 1, 2048)
    ]
    folder = Path(done[0]["folder"])
    description = parse_description((folder / "job.sub").read_text(), "job.sub")
    items = read_items(Path(description.items_file).read_text(), description.fields, "items")
    assert [(int(i["run"]), int(i["seg"])) for i in items] == [(j["runnumber"], j["segment"]) for j in planned]
    assert all(Path(job["output"]).parent.is_dir() for job in planned)


def test_memory_ladder_is_booked_as_a_list(workspace: Workspace, rules: Path) -> None:
    submit(workspace, rules)
    (ladder,) = workspace.sql("SELECT DISTINCT request_memory FROM production_jobs WHERE schedd IS NOT NULL")[0]
    assert str(ladder).strip("[]{}").replace(" ", "") == "2048,3072"


def test_a_second_pass_has_nothing_to_do(workspace: Workspace, rules: Path) -> None:
    first = jobs(submit(workspace, rules))
    assert first > 0
    assert jobs(submit(workspace, rules)) == 0
    assert queued(workspace) == first


def test_limits_are_exact_and_newest_first(workspace: Workspace, rules: Path) -> None:
    planned = workspace.json("submit", "-c", rules, "-r", RULE, "-n")["jobs"]
    assert jobs(submit(workspace, rules, "--maxjobs", 2)) == 2
    answer = submit(workspace, rules, "--maxqueued", 5)
    assert jobs(answer) == 3
    assert next(one["count"] for one in answer["skipped"] if one["reason"] == "limit") == len(planned) - 5
    rows = workspace.sql("SELECT filename FROM production_jobs WHERE schedd IS NOT NULL ORDER BY clusterid, procid")
    assert [row[0] for row in rows] == [job["filename"] for job in planned[:5]]
    dry = workspace.json("submit", "-c", rules, "-r", RULE, "-n", "--maxqueued", 6)
    assert len(dry["jobs"]) == 1
    assert jobs(submit(workspace, rules, "--limit", 1, "--maxqueued", 100)) == 1


def test_each_chunk_is_a_cluster_newest_first(workspace: Workspace, rules: Path) -> None:
    planned = workspace.json("submit", "-c", rules, "-r", RULE, "-n")["jobs"]
    done = submit(workspace, rules, "--chunk-size", 3)["submitted"]
    assert [cluster["jobs"] for cluster in done] == [3, 3, 2]
    rows = workspace.sql("SELECT filename FROM production_jobs WHERE schedd IS NOT NULL ORDER BY clusterid, procid")
    assert [row[0] for row in rows] == [job["filename"] for job in planned]


def test_jobs_on_a_silent_schedd_are_counted_by_the_books(workspace: Workspace, rules: Path) -> None:
    (cluster,) = submit(workspace, rules)["submitted"]
    (name,) = workspace.sql("SELECT batch_name FROM production_claims")[0]
    books = Books(workspace.database("production"))
    assert books.queue_left(QueueLimit(name, lambda: Counted(0), 100)) == 100
    assert books.queue_left(QueueLimit(name, lambda: Counted(5, ("local",)), 100)) == 95 - cluster["jobs"]
    assert books.queue_left(QueueLimit(name, lambda: Counted(0, ("another",)), 100)) == 100
    workspace.sql("UPDATE production_jobs SET status = 'finished' WHERE procid = 0 AND schedd = 'local'")
    assert books.queue_left(QueueLimit(name, lambda: Counted(0, ("local",)), 100)) == 101 - cluster["jobs"]


def test_a_schedd_that_is_not_configured_is_refused(workspace: Workspace, rules: Path) -> None:
    answer = workspace.run("submit", "-c", rules, "-r", RULE, "--schedd", "other")
    assert answer.code == 2
    assert "--schedd: 'other' is none of the schedds in use (auto, local;" in answer.err
    assert queued(workspace) == 0
    assert jobs(submit(workspace, rules, "--schedd", "auto")) == 8


def test_no_submit_renders_on_hold_and_claims_nothing(workspace: Workspace, rules: Path) -> None:
    before = by_status(workspace)
    workspace.ok("submit", "-c", rules, "-r", RULE, "--no-submit")
    assert by_status(workspace) == before
    assert queued(workspace) == 0
    (sub,) = (workspace.folder / "campaigns").rglob("job.sub")
    description = parse_description(sub.read_text(), "job.sub")
    assert description.commands["hold"] == "true"
    items = read_items(Path(description.items_file).read_text(), description.fields, "items")
    assert {item["dbid"] for item in items} == {"-1"}


def test_concurrent_passes_claim_each_output_once(workspace: Workspace, rules: Path) -> None:
    """Four passes plan at the same time; all of them know the same jobs, and each job is submitted once."""
    from prodcli.catalogs.catalogs import Catalogs
    from prodcli.config.settings import load_config
    from prodcli.planning.plan import make_plan
    from prodcli.planning.plan_request import PlanRequest
    from prodcli.rules.load import load_rule
    from prodcli.runs.selection import RunSelection
    from prodcli.submission.pass_request import SubmitLimits
    from prodcli.submission.submitter import Submitter

    config = load_config(workspace.file, workspace.folder)
    rule = load_rule(rules, RULE, config.site)
    ready = threading.Barrier(4)
    outcomes: list[int] = []

    def one_pass(number: int) -> None:
        databases = [workspace.database(role) for role in ("production", "daq", "raw", "filecatalog")]
        books, catalogs = Books(databases[0]), Catalogs(*databases[1:])
        everything = RunSelection(((0, 99999999),), frozenset())
        plan = make_plan(PlanRequest(rule=rule, runs=everything), catalogs, books)
        batch, limits = LocalBatch(workspace.folder / "batch.db"), SubmitLimits(maxqueued=1000)
        submitter = Submitter(books, batch, myself(), workspace.folder / f"c{number}", None, limits=limits)
        ready.wait()
        outcomes.append(submitter.submit(plan, ThisProcess(batch)).jobs)
        for database in databases:
            database.close()  # SQLite wants it done by the thread that opened it

    threads = [threading.Thread(target=one_pass, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    planned = workspace.json("submit", "-c", rules, "-r", RULE, "-n")
    assert len(outcomes) == 4
    assert sum(outcomes) == queued(workspace) > 0
    assert planned["jobs"] == []
    assert workspace.sql("SELECT COUNT(*) FROM production_jobs WHERE filename IS NOT NULL") == workspace.sql(
        "SELECT COUNT(DISTINCT filename) FROM production_jobs"
    )


def broken_submit(before: bool) -> Callable[[LocalBatch, str, Path], int]:
    """A submit that fails before or after the jobs are in the queue."""
    real = LocalBatch.submit

    def submit(self: LocalBatch, schedd: str, description: Path) -> int:
        if not before:
            real(self, schedd, description)
        raise BatchError("the schedd went away", where=schedd)

    return submit


def test_a_refused_submission_leaves_nothing(
    workspace: Workspace, rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = by_status(workspace)
    monkeypatch.setattr(LocalBatch, "submit", broken_submit(before=True))
    answer = workspace.run("submit", "-c", rules, "-r", RULE)
    assert answer.code == 5
    assert "the schedd went away" in answer.err
    assert by_status(workspace) == before
    assert list((workspace.folder / "campaigns").rglob("job.sub")) == []  # nobody can submit it by hand now
    monkeypatch.undo()
    assert jobs(submit(workspace, rules)) > 0


def test_a_pass_that_breaks_off_says_what_it_did(
    workspace: Workspace, rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = LocalBatch.submit, []

    def second_fails(self: LocalBatch, schedd: str, description: Path) -> int:
        calls.append(1)
        if len(calls) == 2:
            raise BatchError("the schedd went away", where=schedd)
        return real(self, schedd, description)

    monkeypatch.setattr(LocalBatch, "submit", second_fails)
    answer = workspace.run("submit", "-c", rules, "-r", RULE, "--chunk-size", 3)
    assert answer.code == 6
    assert "3 jobs are submitted and booked, then: local: the schedd went away" in answer.err
    assert queued(workspace) == 3
    assert jobs(submit(workspace, rules)) == 5


def test_a_submission_whose_answer_was_lost_is_adopted(
    workspace: Workspace, rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LocalBatch, "submit", broken_submit(before=False))
    assert workspace.run("submit", "-c", rules, "-r", RULE).code == 5
    monkeypatch.undo()
    count = queued(workspace)
    assert count > 0
    assert workspace.sql("SELECT COUNT(*) FROM production_jobs WHERE clusterid IS NOT NULL") == [(count,)]
    assert jobs(submit(workspace, rules)) == 0


def test_books_that_fail_after_the_submission_are_mended_by_the_next_pass(
    workspace: Workspace, rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise DatabaseError("the server is gone")

    monkeypatch.setattr(Books, "record", broken)
    assert workspace.run("submit", "-c", rules, "-r", RULE).code == 4
    monkeypatch.undo()
    count = queued(workspace)
    assert workspace.sql("SELECT COUNT(*) FROM production_claims WHERE state = 'claimed'") == [(1,)]
    assert jobs(submit(workspace, rules)) == 0  # this process still lives: its claim is not touched
    workspace.sql("UPDATE production_claims SET boot_id = 'another boot'")
    assert jobs(submit(workspace, rules)) == 0
    assert workspace.sql("SELECT COUNT(*) FROM production_jobs WHERE clusterid IS NOT NULL") == [(count,)]
    assert queued(workspace) == count


def test_a_dead_claim_that_was_never_submitted_is_released(
    workspace: Workspace, rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prodcli.submission.submit_pass.myself", dead)
    monkeypatch.setattr("prodcli.submission.submitter.write_submission", killed)
    monkeypatch.setattr("prodcli.submission.pipeline.Pipeline._settle", lambda *_: None)
    with pytest.raises(SystemError):
        workspace.run("submit", "-c", rules, "-r", RULE)
    monkeypatch.undo()
    assert workspace.sql("SELECT COUNT(*) FROM production_claims WHERE state = 'claimed'") == [(1,)]
    assert jobs(submit(workspace, rules)) > 0
    assert workspace.sql("SELECT state, COUNT(*) FROM production_claims GROUP BY state ORDER BY state") == [
        ("released", 1),
        ("submitted", 1),
    ]


def killed(*_: object) -> None:
    """Stands for a process that ends here."""
    raise SystemError("killed")


def test_a_claim_of_another_host_is_only_taken_when_its_lease_is_over(workspace: Workspace, rules: Path) -> None:
    claim = (
        "INSERT INTO production_claims (id, host, pid, boot_id, process_start, started, lease_until, schedd, batch_name,"
        " rule, memory_asked, n, state, folder)"
        " VALUES (?, 'elsewhere', 1, '', '', ?, ?, 'local', 'b', 'r', 1, 0, 'claimed', '/x')"
    )
    workspace.sql(claim, "running", "2026-01-01T00:00:00.000Z", "2099-01-01T00:00:00.000Z")
    workspace.sql(claim, "over", "2026-01-01T00:00:00.000Z", "2026-01-01T00:10:00.000Z")
    submit(workspace, rules, "--maxjobs", 1)
    states = dict(
        workspace.sql("SELECT id, state FROM production_claims WHERE host = 'elsewhere' OR id IN ('running', 'over')")
    )
    assert states == {"running": "claimed", "over": "released"}


def test_rows_that_another_claim_took_are_not_left_in_the_queue(
    workspace: Workspace, rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a pass submits, one of its rows is given to another claim: its job is removed at once."""
    real = LocalBatch.submit

    def submit_and_lose_a_row(self: LocalBatch, schedd: str, description: Path) -> int:
        cluster = real(self, schedd, description)
        workspace.sql(
            "UPDATE production_jobs SET claim_id = 'other' WHERE id ="
            " (SELECT MIN(id) FROM production_jobs WHERE claim_id IS NOT NULL)"
        )
        return cluster

    monkeypatch.setattr(LocalBatch, "submit", submit_and_lose_a_row)
    answer = workspace.run("submit", "-c", rules, "-r", RULE)
    assert "belong to another claim" in answer.err
    booked = workspace.sql("SELECT COUNT(*) FROM production_jobs WHERE clusterid IS NOT NULL")[0][0]
    assert queued(workspace) == booked > 0


def test_the_overview_registers_each_production_type_once(workspace: Workspace, rules: Path) -> None:
    submit(workspace, rules)
    rows = workspace.sql("SELECT tag, production_type, COUNT(*) FROM production_overview GROUP BY tag, production_type")
    assert ("ana537_2025p010_v001", "tracking", 1) in [tuple(row) for row in rows]
    assert ("ana530_2025p008_v001", "calo", 1) in [tuple(row) for row in rows]
    workspace.sql(
        "INSERT INTO production_jobs (rulename, tag, dataset, dsttype, runnumber) VALUES ('x', 't', 'd', 'DST_NOBODY_KNOWS', 1)"
    )
    assert workspace.sql("SELECT dsttype, tag FROM production_unknown_dsttypes") == [("DST_NOBODY_KNOWS", "t")]


@pytest.mark.usefixtures("rules")
@pytest.mark.parametrize("others", ["CREATE INDEX of_others ON production_jobs (runnumber)", ""])
def test_rows_are_light_after_the_upgrade(workspace: Workspace, others: str) -> None:
    if workspace.cluster is None:
        pytest.skip("indexes of other tools are a matter of PostgreSQL")
    workspace.sql("DELETE FROM prodcli_schema WHERE version = 11")
    workspace.sql("CREATE INDEX partial ON production_jobs (runnumber) WHERE status = 'held'")
    if others:
        workspace.sql(others)
    workspace.ok("db", "upgrade")
    assert workspace.sql("SELECT name FROM prodcli_schema WHERE version = 11") == [("0011_lighter_rows",)]
    indexes = {
        name for (name,) in workspace.sql("SELECT indexname FROM pg_indexes WHERE tablename = 'production_jobs'")
    }
    assert ("production_jobs_prodcli_run" in indexes) is not bool(others)
    compression = "SELECT attcompression FROM pg_attribute WHERE attname = 'indsttype_str' AND attrelid = CAST('production_jobs' AS regclass)"
    lz4 = workspace.sql("SELECT 1 FROM pg_settings WHERE name = 'default_toast_compression' AND 'lz4' = ANY(enumvals)")
    assert not lz4 or workspace.sql(compression) == [("l",)]


@pytest.mark.usefixtures("rules")
def test_indexes_leave_out_what_nobody_looks_for(workspace: Workspace) -> None:
    """Also where an upgrade was stopped at its last step, or while an index was being made."""
    if workspace.cluster is None:
        pytest.skip("SQLite keeps its indexes as they were")
    definitions = (
        "SELECT indexname, split_part(indexdef, ' INDEX ', 1), split_part(indexdef, ' WHERE ', 2) FROM pg_indexes"
        " WHERE indexname IN ('production_jobs_prodcli_proc', 'production_attempts_prodcli_finished')"
        " OR indexname LIKE '%prodcli_in_cluster' OR indexname LIKE '%prodcli_ended' ORDER BY 1"
    )
    light = [
        ("production_attempts_prodcli_finished", "CREATE", "(finished IS NOT NULL)"),
        ("production_jobs_prodcli_proc", "CREATE UNIQUE", "(clusterid IS NOT NULL)"),
    ]
    assert [tuple(row) for row in workspace.sql(definitions)] == light
    workspace.sql("DELETE FROM prodcli_schema WHERE version = 13")
    workspace.sql("CREATE UNIQUE INDEX production_jobs_prodcli_in_cluster ON production_jobs (schedd)")
    workspace.sql(
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = CAST('production_jobs_prodcli_in_cluster' AS regclass)"
    )
    workspace.ok("db", "upgrade")
    assert [tuple(row) for row in workspace.sql(definitions)] == light
    assert workspace.sql("SELECT COUNT(*) FROM pg_index WHERE NOT indisvalid") == [(0,)]


def test_a_dry_run_reads_the_books_of_other_tools_before_the_upgrade(workspace: Workspace, rules: Path) -> None:
    """So that prodcli can be tried on a production database without touching it."""
    planned = workspace.json("submit", "-c", rules, "-r", RULE, "-n")
    without_rollup(workspace)
    workspace.sql("DELETE FROM prodcli_schema")
    for index in ("filename", "proc", "claim", "run", "live", "waiting", "failed"):
        workspace.sql(f"DROP INDEX production_jobs_prodcli_{index}")
    for column in ("schedd", "claim_id", "attempt", "substatus", "mask"):
        workspace.sql(f"ALTER TABLE production_jobs DROP COLUMN {column}")
    for table in (
        "claims",
        "masks",
        "invalid_runs",
        "excluded_nodes",
        "taken",
        "parked",
        "parked_descriptions",
        "attempts",
    ):
        workspace.sql(f"DROP TABLE production_{table}")
    answer = workspace.ok("submit", "-c", rules, "-r", RULE, "-n", "--format", "json")
    assert answer.data == planned
    assert "run prodcli db upgrade before submitting" in answer.err
    assert sum(line["jobs"] for line in workspace.json("query")) > 0
    assert workspace.run("submit", "-c", rules, "-r", RULE).code == 4
    workspace.ok("db", "upgrade")
    assert jobs(submit(workspace, rules)) == len(planned["jobs"])
