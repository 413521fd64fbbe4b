"""`rescue` and `diagnose` on both databases: the same causes with the same counts, and one verdict on both."""

import shlex
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from prodcli.batch.local.batch import LocalBatch
from tests.integration.recovery.test_recovery import TAG, held, submitted
from tests.integration.recovery.test_rescue import NO_INPUT, NO_SERVER, RECENT, claimed, fail, queue, rescued  # noqa: F401
from tests.support.workspace import Workspace

ASSERTION = "job: Seeds.cc:214: int Seeds::process(): Assertion `seeds > 0' failed.\n"
OTHER = "payload: there is no map of the field\n"


def diagnosed(workspace: Workspace) -> list[dict[str, Any]]:
    """What `diagnose` says of all failures."""
    return workspace.json("diagnose", "--tag", TAG, "--since", "2000-01-01")  # type: ignore[no-any-return]


def counts(rows: list[dict[str, Any]], key: str, jobs: str) -> dict[int, tuple[int, str]]:
    """Jobs and text by signature."""
    return {row[key]: (row[jobs], row["reason" if key == "signature" else "text"]) for row in rows}


def test_both_name_the_same_causes(workspace: Workspace, queue: LocalBatch) -> None:  # noqa: F811
    """Failures of one exit code and dsttype with different texts are different causes, and no sample stands for all."""
    dbids = submitted(workspace, queue, 14)
    fail(workspace, dbids[:6], 1, NO_SERVER)
    fail(workspace, dbids[6:9], 1, OTHER)
    fail(workspace, dbids[9:10], 0, "cp: error writing '/a/b': No space left on device\n", substatus="no_output")
    fail(workspace, dbids[10:11], None, substatus="lost")
    held(workspace, queue, dbids[11:], 13, 2, NO_INPUT.format(5))
    rows = rescued(workspace, "--since", "2000-01-01")["wrong"]
    assert [(row["jobs"], row["error"]) for row in rows][:2] == [(6, "the database cannot be reached"), (3, "")]
    assert counts(rows, "signature", "jobs") == counts(diagnosed(workspace), "key", "failures")
    assert {row["signature"]: row["error"] or row["reason"] for row in rows if row["state"] == "failed"} == {
        row["key"]: row["error"] for row in diagnosed(workspace) if row["state"] == "failed"
    }


def test_the_signature_stays_when_the_file_is_gone(workspace: Workspace, queue: LocalBatch) -> None:  # noqa: F811
    dbids = submitted(workspace, queue, 3)
    fail(workspace, dbids, 1, OTHER)
    workspace.ok("harvest")
    for dbid in dbids:
        (workspace.folder / f"{dbid}.err").unlink()
    (row,) = rescued(workspace, "--dry-run")["wrong"]
    assert (row["jobs"], row["reason"]) == (3, OTHER.strip())


def test_a_dry_run_makes_signatures_of_what_is_not_in_the_books(workspace: Workspace, queue: LocalBatch) -> None:  # noqa: F811
    dbids = submitted(workspace, queue, 4)
    fail(workspace, dbids, 1, NO_SERVER)
    (before,) = rescued(workspace, "--dry-run")["wrong"]
    (after,) = rescued(workspace)["wrong"]
    assert (before.pop("signature"), after.pop("signature") is not None) == (None, True)
    assert before == after


@pytest.mark.parametrize(("well", "action"), [(0, "ask"), (4, "retry")])
def test_code_that_fails_everywhere_is_for_a_person(
    workspace: Workspace,
    queue: LocalBatch,  # noqa: F811
    well: int,
    action: str,
) -> None:
    dbids = submitted(workspace, queue, 16)
    failed, others = dbids[: 15 - well] + dbids[15:], dbids[15 - well : 15]
    for number, dbid in enumerate(failed):
        fail(workspace, [dbid], 134, ASSERTION, node=f"n{number % 3}.x.org")
    for dbid in others:
        workspace.sql("UPDATE production_attempts SET status = 'finished' WHERE dbid = ?", dbid)
        workspace.sql("UPDATE production_jobs SET status = 'finished' WHERE id = ?", dbid)
    claimed(workspace)
    (row,) = rescued(workspace, "--since", "2000-01-01")["wrong"]
    (same,) = diagnosed(workspace)
    assert (row["jobs"], row["action"], same["action"]) == (16 - well, action, action)
    assert same["fault"] == "the experiment's code"
    if action == "ask":
        assert row["why"] == same["advice"]
        assert "16 jobs fail alike on 3 nodes, and no other of their rules runs or has finished" in row["why"]
        assert rescued(workspace, "--since", "2000-01-01", "--apply", "all", "--yes")["applied"] == []
        changed, _, command = row["what_helps"].partition(": prodcli ")
        assert changed == f"diagnose {row['signature']} --bisect says what changed; once it is repaired"
        assert workspace.json(*shlex.split(command), "--dry-run")["dbids"] == failed


def test_a_signature_chooses_jobs(workspace: Workspace, queue: LocalBatch) -> None:  # noqa: F811
    """Those that are in trouble with it now; a job that went on is not."""
    dbids = submitted(workspace, queue, 7)
    fail(workspace, dbids[:3], 1, NO_SERVER)
    fail(workspace, dbids[3:5], 1, OTHER)
    held(workspace, queue, dbids[5:], 13, 2, NO_INPUT.format(5))
    claimed(workspace)
    keys = {row["dbids"][0]: row["signature"] for row in rescued(workspace, "--since", "2000-01-01")["wrong"]}
    again = ("resubmit", "--clone", "--dry-run", "--signature")
    assert workspace.json(*again, keys[dbids[3]])["dbids"] == dbids[3:5]
    assert workspace.json(*again, keys[dbids[0]], keys[dbids[3]])["dbids"] == dbids[:5]
    assert workspace.json("release", "--dry-run", "--signature", keys[dbids[5]])["dbids"] == dbids[5:]
    listed = workspace.json("jobs", "--signature", keys[dbids[0]], "--columns", "dbid")
    assert {row["dbid"] for row in listed} == {*dbids[:3]}
    workspace.ok("resubmit", "--clone", "--signature", keys[dbids[3]], "--yes")
    assert workspace.run(*again, keys[dbids[3]], "--format", "json").data["dbids"] == []


def test_failures_on_one_node_go_elsewhere_as_diagnose_says(workspace: Workspace, queue: LocalBatch) -> None:  # noqa: F811
    """The node is no black hole: nothing there ends quickly."""
    dbids = submitted(workspace, queue, 60)
    fail(workspace, dbids[::5], 1, OTHER, node="slot1@bad.x.org")
    for number, dbid in enumerate(sorted({*dbids} - {*dbids[::5]})):
        node = f"n{number % 12}.x.org"
        workspace.sql(
            "UPDATE production_attempts SET status = 'finished', node = ?, finished = ? WHERE dbid = ?",
            *(node, RECENT, dbid),
        )
        workspace.sql("UPDATE production_jobs SET status = 'finished' WHERE id = ?", dbid)
    claimed(workspace)
    since = ("--since", "2000-01-01")
    (row,) = rescued(workspace, *since)["wrong"]
    (same,) = diagnosed(workspace)
    assert (row["action"], same["action"], same["fault"]) == ("other node", "other node", "the node")
    assert "12 of them were on bad.x.org: 12 of 12 failures with their signature, usual 0 %" in row["why"]
    rescued(workspace, *since, "--apply", "1", "--yes")
    assert [one["node"] for one in workspace.json("nodes", "exclude", "list")] == ["bad.x.org"]


def test_helped_counts_what_the_books_have_of_the_signature(workspace: Workspace, queue: LocalBatch) -> None:  # noqa: F811
    """Earlier failures of the same exit code with another text are another cause."""
    dbids = submitted(workspace, queue, 6)
    fail(workspace, dbids[:4], 1, NO_SERVER)
    fail(workspace, dbids[4:], 1, OTHER)
    workspace.ok("harvest")
    for dbid, state in ((dbids[0], "finished"), (dbids[1], "failed"), (dbids[4], "finished")):
        workspace.sql("UPDATE production_jobs SET attempt = 2, status = ? WHERE id = ?", state, dbid)
        workspace.sql(
            "INSERT INTO production_attempts (dbid, attempt, step, status, exit_code, entered, schedd, clusterid, procid)"
            " SELECT dbid, 2, 0, 'submitted', 1, entered, schedd, clusterid, procid FROM production_attempts WHERE dbid = ?",
            dbid,
        )
        workspace.sql("UPDATE production_attempts SET status = ? WHERE dbid = ? AND attempt = 2", state, dbid)
    rows = rescued(workspace, "--since", "2000-01-01")["wrong"]
    found = {(row["error"], row["jobs"]): (row["helped"], row["retried"]) for row in rows}
    assert found[("the database cannot be reached", 2)] == (1, 2)
    assert found[("", 1)] == (1, 1)


def test_a_full_disk_is_one_matter_whatever_the_exit_code(workspace: Workspace, queue: LocalBatch) -> None:  # noqa: F811
    """A job that ended with 0 and made nothing, as the disk was full, is tried again once, as one that failed."""
    dbids = submitted(workspace, queue, 6)
    full = "cp: error writing '/a/b': No space left on device\n"
    fail(workspace, dbids[:2], 0, full, substatus="no_output")
    fail(workspace, dbids[2:4], 1, full)
    fail(workspace, dbids[4:], 0, "", substatus="no_output")
    claimed(workspace)
    rows = rescued(workspace, "--since", "2000-01-01")["wrong"]
    advised = {row["signature"]: (row["state"], row["error"], row["action"]) for row in rows}
    assert sorted(advised.values()) == [
        ("failed", "a disk is full", "retry"),
        ("no_output", "a disk is full", "retry"),
        ("no_output", "ended with 0, and no output is registered", "ask"),
    ]
    assert {row["key"]: (row["state"], row["error"], row["action"]) for row in diagnosed(workspace)} == advised
    (row,) = [row for row in rows if row["state"] == "no_output" and row["action"] == "retry"]
    assert row["why"] == "ended with 0, but a disk is full (no space left on device)"
    words = shlex.split(row["what_helps"].removeprefix("prodcli "))
    assert workspace.json(*words, "--yes")["dbids"] == dbids[:2]


def test_a_retry_counts_alike_for_both_verbs(workspace: Workspace, queue: LocalBatch) -> None:  # noqa: F811
    """Retries before the time in question count for a month, of whatever tag, also of jobs that failed where they were held."""
    dbids = submitted(workspace, queue, 15)
    held(workspace, queue, dbids[:3], 13, 2, NO_INPUT.format(1))
    for number, dbid in enumerate(dbids[3:]):
        state = "finished" if number < 2 else "failed"
        days = 20 if number < 11 else 50
        workspace.sql(
            "UPDATE production_attempts SET hold_code = 13, hold_subcode = 2, hold_reason = ?, entered = ?, status = ?, exit_code = 1"
            " WHERE dbid = ?",
            *(NO_INPUT.format(dbid), days_ago(days), state, dbid),
        )
        workspace.sql("UPDATE production_jobs SET status = ?, tag = 'other' WHERE id = ?", state, dbid)
    claimed(workspace)
    (row,) = [one for one in rescued(workspace, "--tag", TAG)["wrong"] if one["state"] == "held"]
    (same,) = workspace.json("diagnose", "--tag", TAG)
    assert (row["jobs"], row["helped"], row["retried"], row["action"]) == (3, 2, 11, "ask")
    assert (same["failures"], same["helped"], same["retried"], same["action"]) == (3, 2, 11, "ask")
    assert row["why"].endswith("; but a retry helped only 2 of 11")


def days_ago(days: int) -> str:
    """A time as the books have it."""
    return (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
