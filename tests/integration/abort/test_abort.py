"""abort: a tag is stopped over all its rules, on any host, and its jobs leave the queues."""

from typing import Any
from uuid import uuid4

import pytest

from prodcli.abort.abort import TagAbort
from prodcli.books.actions import Author
from prodcli.books.claimant import Claimant, myself
from prodcli.db import Database
from prodcli.errors import PartlyDone
from prodcli.productions.booked import require_open, stop_tag
from prodcli.rules.model import Product
from prodcli.submission import submitter
from tests.support.condor_pool import wait_for
from tests.support.held_jobs import held, in_queue, places, states, submitted
from tests.support.pass_processes import end, start, stopped
from tests.support.recovery_services import recovery_of
from tests.support.rule_files import STREAMING, rule, write_rules
from tests.support.waiting_jobs import CLAIM, JOBS, ROW, schedd_of, submit_words
from tests.support.workspace import COMBINATIONS, Workspace

EACH = pytest.mark.parametrize(("database", "batch"), COMBINATIONS)
LOCAL = pytest.mark.parametrize(("database", "batch"), COMBINATIONS[:2])
TAG = "ana537_2025p010_v001"


def kinds(workspace: Workspace, *words: object) -> list[dict[str, int]]:
    """The preview by rule: the kinds of jobs that it has."""
    rows = workspace.json("abort", TAG, "--dry-run", *words)
    return [{key: value for key, value in row.items() if isinstance(value, int) and value} for row in rows]


@EACH
def test_a_tag_is_stopped_and_its_jobs_leave_the_queue_by_kind(real: Workspace, queue: Any) -> None:
    dbids = submitted(real)
    held(real, queue, dbids[:3])
    real.ok("park", "--dbid", dbids[0], "--yes")
    before = [states(real), in_queue(real, queue)]
    assert kinds(real) == [{"idle": JOBS - 3, "held": 2, "jobs": JOBS - 1, "parked": 1}]
    assert real.run("abort", TAG).code == 2
    assert [states(real), in_queue(real, queue)] == before
    assert real.json("production", "list") == []
    real.ok("abort", TAG, "--yes", "--reason", "wrong field map")
    wait_for(lambda: not in_queue(real, queue))
    found = states(real)
    assert found.pop(dbids[0])[:2] == ("held", "parked")
    assert {state[:2] for state in found.values()} == {("failed", "removed")}
    assert kinds(real) == [{"parked": 1}]
    log = [(one["verb"], one["reason"]) for one in real.json("log")]
    assert log[-2:] == [("abort", "wrong field map"), ("kill", "wrong field map")]


@LOCAL
def test_no_rule_of_an_aborted_tag_submits_until_the_tag_is_resumed(real: Workspace, queue: Any) -> None:
    submitted(real)
    real.ok("abort", TAG, "--yes", "--reason", "wrong field map")
    other = rule("DST_TRKR_CLUSTER", "ana.537", "2025p010", STREAMING)
    words = ("submit", "-c", write_rules(real.folder / "other", {"cluster": other}))
    answer = real.run(*words)
    assert (answer.code, f"production {TAG} is stopped by" in answer.err) == (1, True)
    assert f"prodcli production resume {TAG}" in answer.err
    (entry,) = real.json("production", "list")
    assert (entry["production"], entry["state"], entry["rules"], entry["tags"]) == (TAG, "stopped", 0, TAG)
    refused = real.run("production", "remove", TAG, "--yes")
    assert (refused.code, "aborted tag" in refused.err) == (2, True)
    later = rule("DST_TRKR_CLUSTER", "ana.537", "2025p010", STREAMING, params_version=2)
    real.ok("submit", "-c", write_rules(real.folder / "later", {"cluster": later}), "-n")
    real.ok("production", "resume", TAG)
    assert real.json("production", "list") == []
    real.ok(*words)


@LOCAL
def test_what_is_stopped_is_not_erased_to_be_made_anew(real: Workspace, queue: Any) -> None:
    submitted(real)
    real.ok("abort", TAG, "--yes")
    before = states(real)
    answer = real.run(*submit_words(real), "--runs", 66400, 90000, "--force", "--yes")
    assert (answer.code, f"production {TAG} is stopped" in answer.err) == (1, True)
    assert states(real) == before


@LOCAL
def test_running_jobs_can_be_left_to_their_end(real: Workspace, queue: Any) -> None:
    dbids = submitted(real)
    real.sql("UPDATE production_jobs SET status = 'running' WHERE id = ?", dbids[0])
    real.sql("UPDATE production_attempts SET status = 'running' WHERE dbid = ?", dbids[0])
    assert kinds(real) == [{"idle": JOBS - 1, "running": 1, "jobs": JOBS}]
    assert kinds(real, "--keep-running") == [{"idle": JOBS - 1, "jobs": JOBS - 1}]


def claim_at_work(workspace: Workspace, claimant: Claimant) -> None:
    """A claim with one row of the tag that is being submitted."""
    claim, schedd = str(uuid4()), schedd_of(workspace)
    far = "2099-01-01T00:00:00Z"
    workspace.sql(CLAIM, claim, far, far, schedd, "claimed", str(workspace.folder / "none"))
    workspace.sql(
        "UPDATE production_claims SET host = ?, pid = ?, boot_id = ?, process_start = ? WHERE id = ?",
        *(claimant.host, claimant.pid, claimant.boot_id, claimant.process_start, claim),
    )
    workspace.sql(ROW, f"DST_CALO-{claim}", 1, schedd, claim)
    workspace.sql("UPDATE production_jobs SET tag = ? WHERE claim_id = ?", TAG, claim)


@LOCAL
def test_clusters_that_are_being_submitted_are_waited_for(real: Workspace, queue: Any) -> None:
    submitted(real)
    claim_at_work(real, myself())
    assert kinds(real)[-1] == {"submitting": 1, "jobs": 1}
    recovery = recovery_of(str(real.file), str(real.folder))
    author = Author("anna", myself(), "wrong field map")

    def ends(_: float) -> None:
        real.sql("DELETE FROM production_jobs WHERE rulename = 'r'")

    with pytest.raises(PartlyDone, match="1 job of .* still being submitted"):
        TagAbort(recovery, TAG, patience=0).act(author)
    assert not in_queue(real, queue)
    TagAbort(recovery, TAG, sleep=ends).act(author)


@EACH
def test_a_pass_at_work_submits_no_second_cluster_and_its_jobs_go(real: Workspace, queue: Any) -> None:
    with stopped(real, "submit.claimed", *submit_words(real), "--chunk-size", 2) as passing:
        aborting = start(real, "abort", TAG, "--yes", "--reason", "wrong field map")
        wait_for(lambda: [one["state"] for one in real.json("production", "list")] == ["stopped"])
    ended, aborted = end(passing), end(aborting)
    assert (ended.code, f"2 jobs are submitted and booked, then: production {TAG} is stopped" in ended.err) == (6, True)
    assert aborted.code == 0, aborted.err
    assert "2 of 2 jobs removed" in aborted.out
    wait_for(lambda: not in_queue(real, queue))
    assert [state[:2] for state in states(real).values()] == [("failed", "removed")] * 2


@LOCAL
def test_a_pass_ends_between_two_clusters_when_its_tag_is_stopped(
    real: Workspace, queue: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []

    def look(books: Database, product: Product) -> None:
        looks.append(product)
        if len(looks) == 2:
            stop_tag(books, TAG, "wrong field map", "anna")
        require_open(books, product)

    monkeypatch.setattr(submitter, "require_open", look)
    monkeypatch.setattr(submitter, "_FIRST_CHUNK", 2)
    answer = real.run(*submit_words(real))
    assert (answer.code, f"2 jobs are submitted and booked, then: production {TAG} is stopped" in answer.err) == (
        6,
        True,
    )
    assert len(places(real)) == 2
    real.ok("abort", TAG, "--yes")
    assert not in_queue(real, queue)


@LOCAL
def test_data_alone_is_on_stdout(real: Workspace, queue: Any) -> None:
    submitted(real)
    assert real.run("abort", TAG, "--format", "json").code == 2
    answer = real.run("abort", TAG, "--yes", "--format", "json", quiet=False)
    assert [(one["rule"], one["idle"], one["jobs"]) for one in answer.data] == [("mvtxme", JOBS, JOBS)]
    assert real.run("abort", TAG, "--yes", quiet=False).out.splitlines()[-1].startswith(f"{TAG} is stopped")


@LOCAL
def test_a_slip_stops_nothing(real: Workspace, queue: Any) -> None:
    submitted(real)
    answer = real.run("abort", TAG.replace("v001", "v002"), "--yes")
    assert (answer.code, f"did you mean '{TAG}'?" in answer.err) == (2, True)
    assert real.json("production", "list") == []
