"""`rescue` on both databases: what is wrong by signature, what is proposed and how often it helped, and doing it."""

import os
import pty
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from prodcli.batch.local.batch import SCHEDD, LocalBatch
from prodcli.batch.open import open_batch
from prodcli.config.settings import load_config
from prodcli.errors import BatchError
from prodcli.services.booked import set_states
from prodcli.services.states import Spell
from tests.integration.nodes.test_nodes import book
from tests.integration.recovery.test_recovery import (
    OVER,
    TAG,
    everything,
    finished,
    held,
    later,
    logged,
    queued,
    statements,
    states,
    submitted,
)
from tests.support.pass_processes import LONG_AGO
from tests.support.workspace import Workspace, seeded_catalog

NO_INPUT = "Transfer input files failure: reading from file /a/{}.root: (errno 2) No such file or directory"
NO_SERVER = 'psql: error: connection to server at "db3.a.org", port 5432 failed: Connection refused\n'
RECENT = "2099-01-01T00:00:00.000Z"


@pytest.fixture
def queue(workspace: Workspace) -> LocalBatch:
    """The local queue of a workspace whose books have no jobs but those of a test."""
    workspace.load(seeded_catalog(1))
    workspace.sql("DELETE FROM production_jobs")
    batch = open_batch(load_config(workspace.file, workspace.folder))
    assert isinstance(batch, LocalBatch)
    return batch


def fail(workspace: Workspace, dbids: list[int], exit_code: int | None, err: str = "", **facts: Any) -> None:
    """Jobs that failed, with an error output, and are in no queue any more."""
    with closing(sqlite3.connect(workspace.folder / "batch.db")) as connection, connection:
        connection.executemany("DELETE FROM jobs WHERE dbid = ?", [(dbid,) for dbid in dbids])
    for dbid in dbids:
        file = workspace.folder / f"{dbid}.err"
        file.write_text(err)
        values = (facts.get("substatus", ""), exit_code)
        workspace.sql(
            "UPDATE production_jobs SET status = 'failed', substatus = ?, exitcode = ?, err = ? WHERE id = ?",
            *(*values, str(file), dbid),
        )
        workspace.sql(
            "UPDATE production_attempts SET status = 'failed', substatus = ?, exit_code = ?, node = ?, hold_reason = ?, entered = ?"
            " WHERE dbid = ?",
            *(*values, facts.get("node"), facts.get("reason"), facts.get("entered", RECENT), dbid),
        )


def trouble(workspace: Workspace, queue: LocalBatch) -> list[int]:
    """Fourteen jobs of which nothing is well: memory, input, a person, and failures."""
    dbids = submitted(workspace, queue, 14)
    for number, dbid in enumerate(dbids[:4]):
        held(workspace, queue, [dbid], 34, 102, OVER.format(1000 + number), used=990 + number)
    for dbid in dbids[4:7]:
        held(workspace, queue, [dbid], 13, 2, NO_INPUT.format(dbid))
    held(workspace, queue, dbids[7:9], 1, 0, "via condor_hold (by user x)")
    fail(workspace, dbids[9:11], 1, NO_SERVER)
    fail(workspace, dbids[11:12], 139, "*** Break *** segmentation violation\n")
    fail(workspace, dbids[12:13], None, substatus="lost")
    fail(workspace, dbids[13:14], None, substatus="removed", reason="via condor_rm (by user x)")
    return dbids


def rescued(workspace: Workspace, *words: object) -> dict[str, Any]:
    """What a rescue shows and does."""
    return workspace.json("rescue", "--tag", TAG, *words)  # type: ignore[no-any-return]


def brief(lines: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """The rows without their texts."""
    return [(line["state"], line["code"], line["jobs"], line["action"]) for line in lines]


def test_what_is_wrong_is_shown_by_signature(workspace: Workspace, queue: LocalBatch) -> None:
    dbids = trouble(workspace, queue)
    lines = rescued(workspace)["wrong"]
    assert brief(lines) == [
        ("held", "34/102", 4, "more memory"),
        ("held", "13/2", 3, "retry"),
        ("failed", "exit 1", 2, "retry"),
        ("held", "1/0", 2, "ask"),
        ("failed", "exit 139", 1, "retry"),
        ("lost", "", 1, "retry"),
        ("removed", "", 1, "ask"),
    ]
    assert (
        lines[1]["reason"]
        == "Transfer input files failure: reading from file PATH: (errno N) No such file or directory"
    )
    assert lines[2]["reason"] == 'psql: error: connection to server at "HOST", port N failed: Connection refused'
    assert "a service was down" in lines[2]["why"]
    assert (lines[0]["dbids"], lines[0]["what_helps"]) == (
        dbids[:4],
        f"prodcli resubmit --auto --dbid {' '.join(map(str, dbids[:4]))}",
    )
    assert [line["no"] for line in lines] == list(range(1, 8))
    assert rescued(workspace, "--since", "2100-01-01")["wrong"][-1]["state"] == "held"
    assert brief(rescued(workspace, "--code", 13)["wrong"]) == [("held", "13/2", 3, "retry")]


def test_looking_changes_nothing(workspace: Workspace, queue: LocalBatch) -> None:
    trouble(workspace, queue)
    workspace.ok("harvest")
    before = everything(workspace, queue)
    for words in ((), ("--apply", "all"), ("--apply", 1, "--yes")):
        assert len(rescued(workspace, "--dry-run", *words)["wrong"]) == 7
        workspace.ok("rescue", "--tag", TAG, "--dry-run", *words)
    assert everything(workspace, queue) == before
    assert workspace.run("rescue", "--tag", TAG, "--apply", 1).code == 2  # nobody can be asked
    assert logged(workspace) == []
    assert "nothing is wrong" in workspace.ok("rescue", "--tag", "ana000_x_v001").out


def test_rows_are_applied_as_their_verbs_do(workspace: Workspace, queue: LocalBatch) -> None:
    dbids = trouble(workspace, queue)
    answer = rescued(workspace, "--apply", "1-2", "--yes", "--reason", "monday")
    assert [(one["no"], one["verb"], one["jobs"], one["action"]["changed"]) for one in answer["applied"]] == [
        (1, "resubmit", 4, 4),
        (2, "release", 3, 3),
    ]
    assert [one.memory_asked for one in queued(queue)][:7] == [2000] * 4 + [1000] * 3
    assert [states(workspace)[dbid][0] for dbid in dbids[:9]] == ["submitted"] * 7 + ["held"] * 2
    assert [(line["verb"], line["jobs"], line["state"], line["reason"]) for line in logged(workspace)] == [
        ("resubmit", 4, "done", "monday"),
        ("release", 3, "done", "monday"),
    ]
    assert logged(workspace)[0]["parameters"] == {"rescue": f"{answer['wrong'][0]['key']} held 34/102"}


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (("4",), "row 4 is for a person (ask): held by a person"),
        (("1-9",), "there are rows 1 to 7"),
        (("0",), "there are rows 1 to 7"),
        (("3-2",), "there are rows 1 to 7"),
        (("x",), "'x' names no row"),
    ],
)
def test_rows_that_cannot_be_applied_are_told_before_any_is(
    workspace: Workspace, queue: LocalBatch, rows: tuple[str, ...], says: str
) -> None:
    trouble(workspace, queue)
    answer = workspace.run("rescue", "--tag", TAG, "--apply", "1", *rows, "--yes")
    assert (answer.code, len(answer.err.splitlines())) == (2, 1)
    assert says in answer.err
    assert logged(workspace) == []


def test_a_key_names_the_same_row_whatever_else_is_wrong(workspace: Workspace, queue: LocalBatch) -> None:
    dbids = trouble(workspace, queue)
    key = rescued(workspace)["wrong"][1]["key"]
    held(
        workspace,
        queue,
        submitted(workspace, queue, 9),
        3,
        0,
        "The job attribute PeriodicHold expression evaluated to TRUE",
    )
    now = rescued(workspace)["wrong"]
    assert (now[0]["jobs"], now[2]["key"]) == (9, key)
    answer = rescued(workspace, "--apply", key, "--yes")
    assert [one["dbids"] for one in answer["applied"]] == [dbids[4:7]]


def test_at_the_end_of_the_ladder_jobs_get_half_more_and_are_parked_above_the_most(
    workspace: Workspace, queue: LocalBatch
) -> None:
    dbids = submitted(workspace, queue, 3)
    held(workspace, queue, dbids, 34, 102, OVER.format(1000))
    assert brief(rescued(workspace, "--max-mem", "1500MB")["wrong"]) == [("held", "34/102", 3, "park")]
    workspace.ok("resubmit", "--dbid", dbids[0], "--mem", "4000MB", "--yes")
    later(queue, dbids[0], OVER.format(4000))
    lines = rescued(workspace)["wrong"]
    assert brief(lines) == [("held", "34/102", 2, "more memory"), ("held", "34/102", 1, "more memory")]
    assert (lines[1]["asked_max_mb"], lines[1]["new_max_mb"]) == (4000, 6144)  # half more than a slot of 4096 MB
    assert "6144 MB is 1.5 times the known need, as the ladder has no further step" in lines[1]["why"]
    assert brief(rescued(workspace, "--max-mem", "4000MB")["wrong"])[1] == ("held", "34/102", 1, "park")
    assert [line["new_max_mb"] for line in rescued(workspace, "--max-mem", "5GB")["wrong"]] == [2000, 5120]
    finished(workspace, [5000] * 10)
    assert brief(rescued(workspace)["wrong"]) == [("held", "34/102", 3, "more memory")]


def claimed(workspace: Workspace) -> None:
    """The claims of all jobs, and where their rendered files are."""
    for (claim,) in workspace.sql("SELECT DISTINCT claim_id FROM production_jobs WHERE claim_id IS NOT NULL"):
        workspace.sql(
            "INSERT INTO production_claims (id, host, pid, boot_id, process_start, started, lease_until, schedd, batch_name,"
            " rule, memory_asked, n, state, folder) VALUES (?, 'h', 1, '', '', ?, ?, 'local', '', 'r', 1, 1, 'submitted', ?)",
            *(claim, LONG_AGO, LONG_AGO, str(workspace.folder / claim)),
        )


def test_jobs_that_need_too_much_are_parked(workspace: Workspace, queue: LocalBatch) -> None:
    dbids = submitted(workspace, queue, 3)
    held(workspace, queue, dbids, 34, 102, OVER.format(4000), used=3990)
    workspace.sql("UPDATE production_attempts SET memory_asked = 4000")
    claimed(workspace)
    workspace.ok("harvest")
    before = everything(workspace, queue)
    (shown,) = rescued(workspace, "--max-mem", "3GB", "--apply", "all", "--dry-run")["applied"]
    assert (shown["verb"], shown["jobs"], shown["action"]) == ("park", 3, None)
    assert everything(workspace, queue) == before
    (done,) = rescued(workspace, "--max-mem", "3GB", "--apply", "all", "--yes")["applied"]
    assert (done["action"]["changed"], done["trouble"]) == (3, "")
    assert states(workspace) == dict.fromkeys(dbids, ("held", "parked"))
    assert queue.living(SCHEDD) == set()
    assert rescued(workspace)["wrong"] == []


def test_failed_jobs_are_submitted_again(workspace: Workspace, queue: LocalBatch) -> None:
    dbids = submitted(workspace, queue, 7)
    fail(workspace, dbids[:3], 1, NO_SERVER)
    fail(workspace, dbids[3:5], 134, "terminate called after throwing an instance of 'std::bad_alloc'\n")
    fail(workspace, dbids[5:6], None, substatus="lost")
    fail(workspace, dbids[6:7], None, substatus="removed", reason="via condor_rm (by user x)")
    claimed(workspace)
    lines = rescued(workspace)["wrong"]
    assert brief(lines) == [
        ("failed", "exit 1", 3, "retry"),
        ("failed", "exit 134", 2, "more memory"),
        ("lost", "", 1, "retry"),
        ("removed", "", 1, "ask"),
    ]
    assert lines[0]["what_helps"] == f"prodcli resubmit --clone --dbid {' '.join(map(str, dbids[:3]))}"
    done = rescued(workspace, "--apply", "all", "--yes")["applied"]
    assert [(one["verb"], one["action"]["changed"], one["trouble"]) for one in done] == [
        *(("resubmit", 3, ""), ("resubmit", 2, ""), ("resubmit", 1, ""))
    ]
    assert [(one.dbid, one.attempt, one.memory_asked) for one in queued(queue)] == [
        *((dbid, 2, 1000) for dbid in dbids[:3]),
        *((dbid, 2, 2000) for dbid in dbids[3:5]),
        (dbids[5], 2, 1000),
    ]
    assert brief(rescued(workspace, "--state", "removed")["wrong"]) == [("removed", "", 1, "ask")]
    assert rescued(workspace, "--state", "held", "lost")["wrong"] == []


def test_many_failed_jobs_are_named_by_the_key_of_their_row(
    workspace: Workspace, queue: LocalBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No option chooses by exit code."""
    monkeypatch.setattr("prodcli.causes.advice._MANY", 2)
    dbids = submitted(workspace, queue, 7)
    fail(workspace, dbids[:3], 1, NO_SERVER)
    fail(workspace, dbids[3:6], 2, NO_SERVER)
    fail(workspace, dbids[6:7], 3, NO_SERVER)
    claimed(workspace)
    by_code = {line["code"]: line["what_helps"].split() for line in rescued(workspace)["wrong"]}
    assert by_code["exit 2"][:8] == ["try", "5", "of", "3", "first:", "prodcli", "rescue", "--apply"]
    assert by_code["exit 2"][-2:] == ["--limit", "5"]
    assert by_code["exit 3"] == ["prodcli", "resubmit", "--clone", "--dbid", str(dbids[6])]
    (done,) = workspace.json(*by_code["exit 2"][6:], "--yes")["applied"]
    assert (done["action"]["changed"], done["trouble"]) == (3, "")
    assert {one.dbid for one in queued(queue)} == set(dbids[3:6])


def black_hole(workspace: Workspace, ago: int = 600) -> None:
    """Nodes where jobs finish, and one where they failed at once, so many seconds ago."""
    for node in ("n1.x.org", "n2.x.org", "n3.x.org"):
        book(workspace, node, "finished", 20, tag="other", dsttype="DST_TRKR_CLUSTER", ago=ago)
    book(workspace, "hole.x.org", "failed", 9, seconds=5, tag="other", dsttype="DST_TRKR_CLUSTER", ago=ago)


def test_jobs_that_a_bad_node_failed_go_elsewhere(workspace: Workspace, queue: LocalBatch) -> None:
    black_hole(workspace)
    dbids = submitted(workspace, queue, 6)
    held(workspace, queue, dbids, 6, 2, "Failed to execute /x/run.sh: (errno=2: 'No such file or directory')")
    workspace.ok("harvest")
    assert brief(rescued(workspace)["wrong"]) == [("held", "6/2", 6, "ask")]
    for dbid, node in zip(dbids, ["slot1_3@hole.x.org"] * 4 + ["n1.x.org"] * 2, strict=True):
        workspace.sql("UPDATE production_attempts SET node = ? WHERE dbid = ?", node, dbid)
    (line,) = rescued(workspace)["wrong"]
    assert (line["action"], line["nodes"]) == ("other node", {"hole.x.org": 4, "n1.x.org": 2})
    assert "4 of them were on hole.x.org: " in line["why"]
    assert line["what_helps"].startswith("prodcli nodes exclude add hole.x.org --until 3d")
    (done,) = rescued(workspace, "--apply", 1, "--yes")["applied"]
    assert (done["verb"], done["action"]["changed"], done["trouble"]) == ("release", 6, "")
    assert [one["node"] for one in workspace.json("nodes", "exclude", "list")] == ["hole.x.org"]
    assert [line["verb"] for line in logged(workspace)] == ["nodes exclude add", "release"]
    assert [states(workspace)[dbid][0] for dbid in dbids] == ["submitted"] * 6


def test_failed_jobs_of_a_bad_node_are_submitted_again(workspace: Workspace, queue: LocalBatch) -> None:
    black_hole(workspace)
    dbids = submitted(workspace, queue, 3)
    fail(workspace, dbids, 1, "no calibration\n", node="hole.x.org")
    claimed(workspace)
    (line,) = rescued(workspace)["wrong"]
    assert line["action"] == "other node"
    (done,) = rescued(workspace, "--apply", line["key"], "--yes")["applied"]
    assert (done["verb"], done["action"]["changed"], done["trouble"]) == ("resubmit", 3, "")
    assert [one["node"] for one in workspace.json("nodes", "exclude", "list")] == ["hole.x.org"]
    assert [one.attempt for one in queued(queue)] == [2] * 3


@pytest.mark.parametrize(("days", "action"), [(6, "other node"), (8, "retry")])
def test_a_node_that_was_bad_long_ago_is_not_excluded_now(
    workspace: Workspace, queue: LocalBatch, days: int, action: str
) -> None:
    black_hole(workspace, days * 86_400)
    dbids = submitted(workspace, queue, 3)
    fail(workspace, dbids, 1, "no calibration\n", node="hole.x.org")
    (line,) = rescued(workspace, "--since", "30d")["wrong"]
    assert line["action"] == action


def test_how_often_a_retry_helped_is_counted_by_signature(workspace: Workspace, queue: LocalBatch) -> None:
    dbids = submitted(workspace, queue, 3)
    held(workspace, queue, dbids, 13, 2, NO_INPUT.format("x"))
    past = submitted(workspace, queue, 12)
    for dbid in past:  # held once, released, and come to an end
        workspace.sql(
            "UPDATE production_attempts SET hold_code = 13, hold_subcode = 2, hold_reason = ?, entered = ? WHERE dbid = ?",
            *(NO_INPUT.format(dbid), RECENT, dbid),
        )
    for state, some in (("finished", past[:1]), ("failed", past[1:11])):
        for dbid in some:
            workspace.sql("UPDATE production_attempts SET status = ? WHERE dbid = ?", state, dbid)
            workspace.sql("UPDATE production_jobs SET status = ? WHERE id = ?", state, dbid)
    workspace.ok("harvest")
    (line,) = [line for line in rescued(workspace, "--dry-run")["wrong"] if line["state"] == "held"]
    assert (line["helped"], line["retried"]) == (1, 11)  # the last one is still under way
    assert (line["action"], "a retry helped only 1 of 11" in line["why"]) == ("ask", True)


def test_failures_are_counted_by_exit_code_and_dsttype(workspace: Workspace, queue: LocalBatch) -> None:
    dbids = submitted(workspace, queue, 5)
    fail(workspace, dbids, 1, NO_SERVER)
    for dbid, state, code in ((dbids[0], "finished", 0), (dbids[1], "failed", 1), (dbids[2], "finished", 0)):
        workspace.sql("UPDATE production_jobs SET attempt = 2, status = ? WHERE id = ?", state, dbid)
        workspace.sql(
            "INSERT INTO production_attempts (dbid, attempt, step, status, exit_code, entered, schedd, clusterid, procid)"
            " SELECT dbid, 2, 0, ?, ?, entered, schedd, clusterid, procid FROM production_attempts WHERE dbid = ?",
            *(state, code, dbid),
        )
    workspace.sql("UPDATE production_jobs SET dsttype = 'DST_CALO' WHERE id = ?", dbids[2])
    lines = rescued(workspace, "--dry-run")["wrong"]
    assert brief(lines) == [("failed", "exit 1", 2, "retry"), ("failed", "exit 1", 1, "retry")]
    assert [(line["helped"], line["retried"]) for line in lines] == [(1, 2), (1, 2)]


def test_error_outputs_that_cannot_be_read_are_no_trouble(
    workspace: Workspace, queue: LocalBatch, tmp_path: Path
) -> None:
    dbids = submitted(workspace, queue, 4)
    fail(workspace, dbids, 1, "x" * 10_000 + "\n" + NO_SERVER)
    for dbid, err in zip(dbids, (str(tmp_path), "/nobody/x.err", None, ""), strict=True):
        workspace.sql("UPDATE production_jobs SET err = ? WHERE id = ?", err, dbid)
    (line,) = rescued(workspace, "--dry-run")["wrong"]
    assert (line["reason"], line["jobs"], line["action"]) == ("", 4, "retry")
    fail(workspace, dbids[3:], 1, "x" * 10_000 + "\n" + NO_SERVER)
    (line,) = rescued(workspace, "--dry-run")["wrong"]
    assert line["reason"].endswith("failed: Connection refused")


def test_hostile_texts_reach_no_terminal(workspace: Workspace, queue: LocalBatch) -> None:
    dbids = submitted(workspace, queue, 3)
    evil = "\x1b]0;owned\x07[red]x[/red]' OR 1=1; --"
    held(workspace, queue, dbids[:1], 13, 2, f"no {evil}")
    fail(workspace, dbids[1:], 1, f"assert {evil} failed\n")
    workspace.sql("UPDATE production_jobs SET dsttype = ?, err = ? WHERE id = ?", f"D {evil}", f"/x{evil}", dbids[2])
    shown = workspace.ok("rescue", "--tag", TAG).out
    assert "\x1b" not in shown and "\x07" not in shown
    assert shown.count("[red]x") >= 3
    assert len(rescued(workspace, "--apply", "all", "--yes")["applied"]) >= 1


def test_old_failures_and_jobs_that_go_on_are_left_out(workspace: Workspace, queue: LocalBatch) -> None:
    dbids = submitted(workspace, queue, 4)
    fail(workspace, dbids[:1], 1, entered=LONG_AGO)
    workspace.ok("harvest")
    for dbid, starts in zip(dbids[1:], (2, 5, 50), strict=True):
        workspace.sql("UPDATE production_jobs SET status = 'evicted', jobstarts = ? WHERE id = ?", starts, dbid)
        workspace.sql("UPDATE production_attempts SET status = 'evicted' WHERE dbid = ?", dbid)
    lines = rescued(workspace, "--dry-run")["wrong"]
    assert brief(lines) == [("evicted", "", 2, "ask")]
    assert "started up to 50 times" in lines[0]["why"]


def test_a_row_whose_schedd_refuses_does_not_hold_up_the_others(
    workspace: Workspace, queue: LocalBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    trouble(workspace, queue)
    edit = LocalBatch.edit_memory

    def refuse(*_: object) -> None:
        raise BatchError("no answer", where=f"schedd {SCHEDD}")

    monkeypatch.setattr(LocalBatch, "edit_memory", refuse)
    answer = workspace.run("rescue", "--tag", TAG, "--apply", "1", "2", "--yes", "--format", "json")
    assert (answer.code, answer.err.count("\n")) == (6, 1)
    assert "row 1: nothing was done: local: schedd local: no answer" in answer.err
    assert [bool(one["trouble"]) for one in answer.data["applied"]] == [True, False]
    assert workspace.run("rescue", "--tag", TAG, "--apply", "1", "--yes").code == 5
    monkeypatch.setattr(LocalBatch, "edit_memory", edit)
    workspace.ok("rescue", "--tag", TAG, "--apply", "1", "--yes")


def test_the_number_of_statements_does_not_grow(
    workspace: Workspace, queue: LocalBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = []
    for number in (3, 60):
        dbids = submitted(workspace, queue, number)
        held(workspace, queue, dbids[::3], 13, 2, "no such file")
        held(workspace, queue, dbids[1::3], 34, 102, OVER.format(1000))
        fail(workspace, dbids[2::3], 1, NO_SERVER)
        counts.append(statements(workspace, monkeypatch, "rescue", "--apply", "all", "--yes"))
    assert counts[0] >= counts[1] > 5


def test_the_table_says_why_and_what_helps(workspace: Workspace, queue: LocalBatch) -> None:
    trouble(workspace, queue)
    lines = workspace.ok("rescue", "--tag", TAG).out.splitlines()
    assert [line.split(maxsplit=3) for line in lines[:5]] == [
        ["no", "jobs", "state", "cause                                action"],
        ["1", "4", "held", "memory, 1000 MB asked, 990-993 used  -> 2000 MB"],
        ["2", "3", "held", "input transfer                       -> retry"],
        ["3", "2", "failed", "exit 1, connection refused           -> retry"],
        ["4", "2", "held", "by a person                          you: ask who held them"],
    ]
    assert any(line.startswith("  4  2 jobs held 1/0: by a person; since ") for line in lines)
    assert "     via condor_hold (by user x)" in lines
    assert any(line.startswith("     ask who held it; prodcli release --user-holds --dbid ") for line in lines)
    assert any(line.startswith("     prodcli release --dbid ") for line in lines)
    rows = workspace.ok("rescue", "--tag", TAG, "--format", "csv").out.splitlines()
    assert len(rows) == 8


def typed(workspace: Workspace, *answers: str) -> str:
    """What a rescue shows on a terminal where somebody answers its questions."""
    words = [sys.executable, "-m", "prodcli", "--site", str(workspace.file), "rescue", "--tag", TAG]
    ours, theirs = pty.openpty()
    shown, left, answered = b"", list(answers), 0
    with subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        while data := read(ours):
            shown += data
            if left and shown.rstrip().endswith((b"none):", b"list jobs]")) and answered < len(shown):
                answered = len(shown) + len(left[0])  # the terminal shows what was typed
                os.write(ours, f"{left.pop(0)}\n".encode())
        assert process.wait() == 0
    os.close(ours)
    return shown.decode()


def read(terminal: int) -> bytes:
    """What is shown next; nothing once the other side is closed."""
    try:
        return os.read(terminal, 65_536)
    except OSError:
        return b""


def test_on_a_terminal_it_asks_for_rows_and_then_for_each(workspace: Workspace, queue: LocalBatch) -> None:
    dbids = trouble(workspace, queue)
    assert "Rows to act on (1,3-4 or all; Enter = none): " in typed(workspace, "")
    assert logged(workspace) == []
    shown = typed(workspace, "?4", "1,9", "4", "1-2", "n", "l", "y")
    assert shown.index("ask who held it; prodcli release --user-holds") < shown.index("there are rows 1 to 7, not 9")
    assert shown.index("row 4 is for a person (ask)") < shown.index(f"Resubmit 4 jobs of {TAG}?")
    assert shown.count(f"Release 3 jobs of {TAG}? [y/N/l = list jobs]") == 2
    assert all(f"{dbid}  " in shown for dbid in dbids[4:7])
    assert f"Resubmit 4 jobs of {TAG}? [y/N/l = list jobs]" in shown
    assert "3 of 3 jobs released on local; watch: prodcli query --tag" in shown
    assert [(line["verb"], line["jobs"]) for line in logged(workspace)] == [("release", 3)]
    assert [states(workspace)[dbid][0] for dbid in dbids[:7]] == ["held"] * 4 + ["submitted"] * 3


def test_many_jobs_may_try_it_first_and_held_ones_may_be_parked(workspace: Workspace, queue: LocalBatch) -> None:
    dbids = submitted(workspace, queue, 24)
    held(workspace, queue, dbids[:22], 13, 2, NO_INPUT.format(1))
    held(workspace, queue, dbids[22:], 34, 102, OVER.format(1000), used=990)
    claimed(workspace)
    fits = [line for line in typed(workspace, "").splitlines() if line.lstrip().startswith(("1 ", "2 "))]
    assert ["-> retry, 5 first" in fits[0], max(map(len, fits)) <= 80] == [True, True]
    shown = typed(workspace, "1,p2", "t", "y")
    assert f"Release 22 jobs of {TAG}? [y/N/t = 5 first/l = list jobs]" in shown
    assert "5 of 5 jobs released on local" in shown
    assert f"Park 2 jobs of {TAG}? [y/N/l = list jobs]" in shown
    assert sorted((line["verb"], line["jobs"]) for line in logged(workspace)) == [("park", 2), ("release", 5)]


def test_details_tell_of_outages(workspace: Workspace, queue: LocalBatch) -> None:
    dbids = submitted(workspace, queue, 3)
    for dbid, minutes in zip(dbids, (0, 1, 120), strict=True):
        entered = f"2026-01-31T{14 + minutes // 60:02}:{5 + minutes % 60:02}:00.000Z"
        fail(workspace, [dbid], 1, NO_SERVER, entered=entered)
    begin = int(datetime(2026, 1, 31, 14, 2, tzinfo=UTC).timestamp())
    set_states(workspace.database(), [Spell("database", "down", begin, begin + 1740)])
    words = "2 of 3 inside database outage 2026-01-31 14:02-14:31 UTC; it is over"
    assert f"     {words}\n" in workspace.ok("rescue", "--since", "2020-01-01", "--dry-run").out
