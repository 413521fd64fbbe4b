"""Hostile texts from where nobody checks them: batch system, books of other tools, disks. None is ever more than text."""

import csv
import io
import os
import pty
import re
import subprocess
import sys
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from prodcli.batch.description import split_arguments
from prodcli.batch.htcondor.batch import HTCondorBatch
from prodcli.errors import BatchError
from tests.faults.conftest import LONG, LONG_POSTGRESQL, SQLITE, MakeWorkspace
from tests.faults.test_killed import rule
from tests.support import processes
from tests.support.batch_ledger import ever_submitted, planned
from tests.support.condor_jobs import NEVER, A, submit
from tests.support.condor_pool import Pool
from tests.support.library_rules import changed
from tests.support.rule_files import write_rules
from tests.support.workspace import Workspace, seeded_catalog

TEXT = '\'; DROP TABLE production_jobs; -- "$(touch pwned)" `touch pwned` $(run) $ENV(HOME) $$(Arch) %s %n \\ {0} [red]'
ESCAPES = "\x1b[31mred \x1b]0;title\x07 \x9b2J \u202etxt.exe \u2066 \u200b größe שלום\r\n\tnext line"
HOSTILE = TEXT + ESCAPES
UNREADABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b]")


@pytest.fixture(params=[SQLITE, LONG_POSTGRESQL])
def workspace(request: pytest.FixtureRequest, make: MakeWorkspace) -> Workspace:
    """A workspace whose jobs are submitted."""
    made = make(request.param, "local")
    made.load(seeded_catalog(1))
    made.json("submit", *rule(made))
    return made


def columns(workspace: Workspace, **values: str) -> None:
    """Write into a row of the books, as another tool might."""
    for name, value in values.items():
        where = "id = (SELECT MAX(id) FROM production_jobs)"
        workspace.sql(f"UPDATE production_jobs SET {name} = ? WHERE {where}", value)  # noqa: S608 - names of our own


def harmless(text: str, lines: int | None = None) -> None:
    """Nothing that a terminal obeys is in a text but the ends of lines."""
    assert UNREADABLE.findall(text) == []
    assert lines is None or text.count("\n") == lines, text


@pytest.mark.parametrize("by", ["node", pytest.param("rule", marks=LONG), pytest.param("status", marks=LONG)])
def test_what_other_tools_wrote_is_shown_as_text(workspace: Workspace, by: str) -> None:
    columns(
        workspace, tag=f"tag {HOSTILE}", dsttype=f"DST {HOSTILE}", dataset=f"set {HOSTILE}", rulename=f"rule {HOSTILE}"
    )
    columns(workspace, execution_node=f"node {HOSTILE}" + "x" * 100_000)
    found = processes.ok(workspace, "query", "--by", by, "--format", "json").data
    (line,) = [line for line in found if line["tag"].startswith("tag ")]
    assert (line["tag"], line["dsttype"], line["dataset"]) == (f"tag {HOSTILE}", f"DST {HOSTILE}", f"set {HOSTILE}")
    wanted = {"node": f"node {HOSTILE}" + "x" * 100_000, "rule": f"rule {HOSTILE}", "status": "submitted"}
    assert line[by] == wanted[by]
    table = processes.ok(workspace, "query", "--by", by)
    harmless(table.out, lines=len(found) + 4)  # as of when, headings, total, what to type
    assert "?[31mred ?]0;title? ?2J ?txt.exe" in table.out
    assert TEXT in table.out
    text = processes.ok(workspace, "query", "--by", by, "--format", "csv").out  # Python reads every end of line as \n
    (row,) = [row for row in csv.DictReader(io.StringIO(text, newline="")) if row["tag"].startswith("tag ")]
    assert row["dsttype"] == f"DST {HOSTILE}".replace("\r\n", "\n")
    harmless(processes.ok(workspace, "db", "status").out)
    assert processes.ok(workspace, "query", "--tag", f"tag {HOSTILE}", "--format", "json").data == [
        {key: value for key, value in line.items() if key != by}
    ]


def test_nothing_of_it_reaches_a_terminal(workspace: Workspace) -> None:
    columns(workspace, tag=f"tag {HOSTILE}", execution_node=f"node {HOSTILE}")
    shown = on_terminal(workspace, "query", "--by", "node")
    assert "tag '; DROP TABLE" in re.sub(r"\s+", " ", shown)
    for harm in ("\x1b]0;", "\x1b[31mred", "\x9b2J", "\u202e", "\x07"):
        assert harm not in shown
    # all that is left are the colours that prodcli itself uses
    harmless(re.sub(r"\x1b\[[0-9;]*m", "", shown).replace("\r", ""))


def on_terminal(workspace: Workspace, *words: str) -> str:
    """What a command shows on a terminal of 400 columns."""
    terminal, inside = pty.openpty()
    environment = os.environ | {"COLUMNS": "400", "TERM": "xterm-256color", "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "prodcli", "--site", str(workspace.file), *words]
    process = subprocess.Popen(command, stdout=inside, stderr=inside, stdin=subprocess.DEVNULL, env=environment)
    os.close(inside)
    shown = b""
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # Linux says so when the other end is closed
            break
        if not part:
            break
        shown += part
    os.close(terminal)
    assert process.wait() == 0, shown
    return shown.decode()


def complete(workspace: Workspace, word: str) -> list[str]:
    """What bash is offered after `prodcli query --tag WORD`."""
    words = f"prodcli --site {workspace.file} query --tag {word}"
    environment = {**os.environ, "_PRODCLI_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": "5"}
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, "-m", "prodcli"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_a_shell_is_offered_only_words(workspace: Workspace) -> None:
    for tag in (HOSTILE, "ana$(touch pwned)", "ana`id`", "ana;id", "ana id", "ana\x1b[31m"):
        workspace.sql(
            "INSERT INTO production_overview (tag, production_type, active) VALUES (?, 'calo', ?)", tag, False
        )
    tags = complete(workspace, "ana")
    assert "ana537_2025p010_v001" in tags
    assert all(re.fullmatch(r"[\w.]+", tag) for tag in tags)


def test_claims_of_others_are_logged_as_text(workspace: Workspace) -> None:
    """Open claims whose claimant is long dead: settled or left, and told in one line each."""
    claim = (
        "INSERT INTO production_claims (id, host, pid, boot_id, process_start, started, lease_until, schedd, batch_name,"
        " rule, memory_asked, n, state, folder) VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?, ?, 1, 0, 'claimed', ?)"
    )
    for schedd in ("local", HOSTILE):
        when = ("2026-01-01T00:00:00.000Z", "2026-01-01T00:10:00.000Z")
        name = f"claim {schedd[:5]} {HOSTILE}"
        workspace.sql(claim, name, HOSTILE, HOSTILE, HOSTILE, *when, schedd, HOSTILE, HOSTILE, f"/nowhere/{HOSTILE}")
    before = workspace.sql("SELECT id, status FROM production_jobs ORDER BY id")
    answer = processes.ok(workspace, "harvest")
    harmless(answer.err, lines=1)
    assert f"prodcli: claim claim local {TEXT}" in answer.err
    harmless((workspace.folder / "logs/prodcli.log").read_text())
    assert workspace.sql("SELECT state, schedd FROM production_claims WHERE rule = ? ORDER BY state", HOSTILE) == [
        ("claimed", HOSTILE),
        ("released", "local"),
    ]
    assert workspace.sql("SELECT id, status FROM production_jobs ORDER BY id") == before


def test_nodes_and_reasons_of_the_local_queue(workspace: Workspace) -> None:
    """As they come from a batch system: intact in the books, text on the screen."""
    import sqlite3
    from contextlib import closing

    reason = HOSTILE + "x" * 100_000
    with closing(sqlite3.connect(workspace.folder / "batch.db")) as queue:
        queue.execute("UPDATE queue SET change = change + 1")
        queue.execute(
            "UPDATE jobs SET status = 5, hold_reason = ?, hold_code = 1, hold_subcode = 0, node = ?, num_starts = 1,"
            " change = (SELECT change FROM queue) WHERE proc = 0",
            (reason, HOSTILE),
        )
        queue.commit()
    harmless(processes.ok(workspace, "harvest").out)
    held = "SELECT hold_reason, node FROM production_attempts WHERE status = 'held'"
    assert workspace.sql(held) == [(reason, HOSTILE)]
    found = processes.ok(workspace, "query", "--by", "node", "--format", "json").data
    assert HOSTILE in [line["node"] for line in found]
    harmless(
        processes.ok(workspace, "query", "--by", "node").out, lines=len(found) + 4
    )  # as of when, headings, total, what to type


def test_file_names_on_disk(workspace: Workspace) -> None:
    (job, *_) = workspace.sql("SELECT out, runnumber FROM production_jobs WHERE schedd IS NOT NULL ORDER BY id")
    words = ("register", *rule(workspace), "--runs", job[1])
    group = f"run_{job[1] // 100 * 100:08d}_{job[1] // 100 * 100 + 100:08d}"
    folder = workspace.folder / "files/production/run3auau/physics/ana537_2025p010_v001/DST_TRKR_MVTXME" / group
    folder.mkdir(parents=True, exist_ok=True)
    good = f"DST_TRKR_MVTXME_run3auau_ana537_2025p010_v001-{job[1]:08d}-00099.root"
    names = [good, "$(touch pwned)", "`touch pwned`", "'; DROP TABLE datasets; --", "\x1b[31mred\n\r", "%n%s", "-rf"]
    for name in [*map(os.fsencode, names), b"latin-\xe9\xff", good.encode() + b"\xff"]:
        with open(os.fsencode(folder) + b"/" + name, "w") as file:  # noqa: PTH123 - a name of bytes
            file.write("x")
    answer = processes.ok(workspace, *words, "--format", "json")
    assert answer.data[0]["new"] == 1
    assert answer.data[0]["left_out"] == len(names) + 1
    harmless(answer.err, lines=1)
    names_now = "SELECT filename FROM datasets WHERE filename LIKE '%-00099.root%'"
    assert workspace.sql(names_now, role="filecatalog") == [(good,)]
    assert not list(workspace.folder.rglob("pwned")) and not Path("pwned").exists()


# ---- a real pool


@pytest.fixture
def on_pool(make: MakeWorkspace) -> Workspace:
    """A workspace on a pool, whose eight jobs never start."""
    made = make("sqlite", "htcondor")
    made.load(seeded_catalog(1))
    write_rules(made.folder / "rules", {"mvtxme": changed("mvtxme", job_requirements=NEVER)})
    return made


@pytest.mark.htcondor
def test_a_hold_reason_that_is_no_text_does_not_stop_the_harvest(on_pool: Workspace, condor_pool: Pool) -> None:
    """A file name of bytes that are not UTF-8 is enough, and one such job must not hide all others."""
    on_pool.json("submit", *rule(on_pool))
    batch = HTCondorBatch([A], condor_config=condor_pool.config)
    jobs = sorted(job.place[1:] for job in ever_submitted(on_pool))
    reason = TEXT + "größe שלום \x1b[31m" + "x" * 100_000
    batch.hold(A, jobs, reason)
    cluster, proc = jobs[0]
    condor_pool.tool("condor_qedit", "-name", A, f"{cluster}.{proc}", "HoldReason", b'"open /data/\xe9\xff failed"')
    processes.ok(on_pool, "harvest")
    held = on_pool.sql("SELECT procid, hold_reason, hold_code FROM production_attempts WHERE status = 'held'")
    reasons = {row[0]: row[1] for row in held}
    assert sorted(reasons) == [proc for _, proc in jobs]
    assert "not UTF-8" in reasons.pop(proc)
    (said,) = set(reasons.values())
    assert said.startswith(TEXT.replace('"', "'").replace("\\", "/") + "größe שלום") and len(said) > 100_000
    batch.remove(A, jobs, reason)
    processes.ok(on_pool, "harvest")
    assert on_pool.sql("SELECT COUNT(*) FROM production_jobs WHERE substatus = 'removed'") == [(len(jobs),)]


@pytest.mark.htcondor
def test_a_claim_of_another_tool_finds_no_jobs_but_its_own(on_pool: Workspace, condor_pool: Pool) -> None:
    """A claim's id goes into a constraint; one that says `|| true` would adopt everybody's jobs."""
    batch = HTCondorBatch([A], condor_config=condor_pool.config)
    mine = submit(batch, condor_pool, "true", "true", requirements=NEVER, claim=str(uuid.uuid4()))
    for claim in (
        'x" || true || "',
        'x" || ProdcliClaim isnt undefined || "y',
        "x\\",
        'x\\" || true || \\"',
        TEXT,
        "%",
    ):
        with suppress(BatchError):  # the schedd cannot read every one
            assert batch.find_claims(A, [claim])[claim] == [], claim
        with suppress(BatchError):
            assert batch.count(claim).jobs == 0
    batch.remove(A, {(mine, 0), (mine, 1)}, "over")


@pytest.mark.htcondor
def test_odd_texts_reach_a_real_schedd_as_they_are(on_pool: Workspace, condor_pool: Pool) -> None:
    """What a rule may say is said to HTCondor as it stands: no macro, no second command, no shell."""
    odd = "größe; rm -rf / & `x` | <y> [red] %s {{}} # // \\n ,"
    values: dict[str, Any] = {f"job_{key}": odd for key in ("comment", "notify_user")}
    arguments = "{run} ; $HOME & `id` größe {{x}} %s | > /x {comment}"
    spec = changed("mvtxme", job_requirements=NEVER, job_arguments=arguments, **values)
    write_rules(on_pool.folder / "rules", {"mvtxme": spec})
    wanted = planned(on_pool, *rule(on_pool))
    processes.ok(on_pool, "submit", *rule(on_pool))
    jobs = ever_submitted(on_pool)
    assert {job.output for job in jobs} == wanted
    batch = HTCondorBatch([A], condor_config=condor_pool.config)
    with batch._client.session(A, "test") as session:
        names = ["ProcId", "Arguments", "NotifyUser", "ProdcliComment", "ProdcliRun", "Cmd"]
        ads = session.queue(f"ClusterId == {jobs[0].place[1]}", names)
    assert len(ads) == len(wanted)
    for ad in ads:
        words = split_arguments('"' + ad["Arguments"].replace('"', '""') + '"')
        assert words == [str(ad["ProdcliRun"]), ";", "$HOME", "&", "`id`", "größe", "{x}", "%s", "|", ">", "/x", odd]
        assert (ad["NotifyUser"], ad["ProdcliComment"]) == (odd, odd)
        assert ad["Cmd"] == str(on_pool.folder / "rules/run.sh")
    batch.remove(A, {job.place[1:] for job in jobs}, "over")
