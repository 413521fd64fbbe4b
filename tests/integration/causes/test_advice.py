"""`rescue`, `mark-held` and `why` give the same advice for the same jobs, and its commands do what they say as they are printed."""

import re
import shlex
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from prodcli.batch.local.batch import LocalBatch
from prodcli.batch.open import open_batch
from prodcli.config.settings import load_config
from tests.integration.recovery.test_recovery import OVER, held, logged, queued, submitted
from tests.integration.recovery.test_rescue import NO_INPUT, NO_SERVER, claimed, fail
from tests.support.rule_files import write_rules
from tests.support.workspace import Workspace, seeded_catalog

COMMAND = re.compile(r"\bprodcli .*")
RULE = "mvtxme"


@pytest.fixture
def queue(workspace: Workspace) -> LocalBatch:
    """The local queue of a workspace in which nothing was submitted yet."""
    workspace.load(seeded_catalog(1))
    batch = open_batch(load_config(workspace.file, workspace.folder))
    assert isinstance(batch, LocalBatch)
    return batch


@pytest.fixture
def rules(workspace: Workspace, queue: LocalBatch) -> Path:
    """A rule file; eight jobs of it are submitted."""
    file = write_rules(workspace.folder / "rules")
    workspace.ok("submit", "-c", file, "-r", RULE)
    return file


def tag_and_runs(workspace: Workspace) -> tuple[str, str]:
    """The tag of the jobs, and their runs as people write them."""
    ((tag,),) = workspace.sql("SELECT DISTINCT tag FROM production_jobs WHERE schedd = 'local'")
    ((low, high),) = workspace.sql("SELECT MIN(runnumber), MAX(runnumber) FROM production_jobs WHERE schedd = 'local'")
    return str(tag), f"{low}-{high}"


def advised(workspace: Workspace, rules: Path) -> list[set[str]]:
    """What the three verbs advise for the held jobs of the rule, and what two of them print."""
    tag, runs = tag_and_runs(workspace)
    chosen = ("--tag", tag, "--runs", runs)
    rescue = {line["what_helps"] for line in workspace.json("rescue", *chosen)["wrong"]}
    marked = {line["what_helps"] for line in workspace.json("mark-held", *chosen)}
    (answer,) = workspace.json("why", "-c", rules, "-r", RULE, "--runs", runs)
    why = {line for group in answer["groups"] if "held" in group["what"] for line in group["helps"].splitlines()}
    printed = [
        {line.strip() for line in workspace.ok(*words).out.splitlines()} & rescue
        for words in (("rescue", *chosen), ("mark-held", *chosen))
    ]
    return [rescue, marked, why, *printed]


def test_three_verbs_say_the_same(
    workspace: Workspace, queue: LocalBatch, rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prodcli.causes.advice._FEW", 1)
    monkeypatch.setattr("prodcli.causes.advice._MANY", 2)
    dbids = [one.dbid for one in queued(queue)]
    held(workspace, queue, dbids[:3], 34, 102, OVER.format(1000), used=990)
    held(workspace, queue, dbids[3:5], 13, 2, NO_INPUT.format(1))
    held(workspace, queue, dbids[5:6], 1, 0, "via condor_hold (by user x)")
    held(
        workspace,
        queue,
        dbids[6:7],
        14,
        2,
        "Cannot access initial working directory /data/gone: No such file or directory",
    )
    held(workspace, queue, dbids[7:8], 34, 104, "disk over")
    found = advised(workspace, rules)
    assert found[1:] == [found[0]] * 4
    tag, runs = tag_and_runs(workspace)
    (more,) = (line for line in found[0] if "--auto" in line)
    assert more.startswith(f"try 5 of 3 first: prodcli resubmit --auto --tag {tag} --dsttype ")
    assert more.endswith(f" --runs {runs} --code 34/102 --limit 5")
    assert any(line == f"ask who held it; prodcli release --user-holds --dbid {dbids[5]}" for line in found[0])
    (answer,) = workspace.json(
        "why",
        "-c",
        rules,
        "-r",
        RULE,
        "--runs",
        workspace.sql("SELECT runnumber FROM production_jobs WHERE id = ?", dbids[0])[0][0],
    )
    assert any("prodcli resubmit --auto" in link["helps"] for link in answer["chain"])


def test_the_advice_changes_with_what_is_known(workspace: Workspace, queue: LocalBatch, rules: Path) -> None:
    dbids = [one.dbid for one in queued(queue)]
    held(workspace, queue, dbids, 34, 102, OVER.format(200), used=318)
    workspace.ok("harvest")
    workspace.sql("UPDATE production_attempts SET memory_asked = 200")
    workspace.sql(
        "UPDATE production_jobs SET memoryprovisioned = 200, request_memory = ?",
        "{200}" if workspace.cluster else "[200]",
    )
    tag, _ = tag_and_runs(workspace)
    (line,) = workspace.json("rescue", "--tag", tag, "--dry-run")["wrong"]
    assert (line["action"], line["asked_min_mb"], line["used_max_mb"], line["new_max_mb"]) == (
        "more memory",
        200,
        318,
        512,
    )
    (line,) = workspace.json("rescue", "--tag", tag, "--max-mem", "300MB", "--dry-run")["wrong"]
    assert (line["action"], COMMAND.search(line["what_helps"]) is not None) == ("park", True)
    workspace.file.write_text(workspace.file.read_text().replace("batch:", "batch:\n  max_memory: 400MB", 1))
    assert workspace.json("config", "show")  # it is well-formed
    (line,) = workspace.json("rescue", "--tag", tag, "--dry-run")["wrong"]
    assert (line["action"], line["new_min_mb"]) == ("more memory", 400)
    assert "400 MB is the most that is allowed" in line["why"]
    (group,) = workspace.json("resubmit", "--tag", tag, "--auto", "--dry-run")["groups"]
    assert group["new_max_mb"] == 400


def run_as_printed(workspace: Workspace, line: str) -> None:
    """Type what a line of advice ends with."""
    found = COMMAND.search(line)
    assert found is not None, line
    for command in re.split(r"; (?=prodcli )", found[0]):
        words = shlex.split(command)
        consent = () if words[1] in ("log",) else ("--yes",)
        workspace.ok(*words[1:], *consent)


def test_what_is_printed_for_held_jobs_does_what_it_says(
    workspace: Workspace, queue: LocalBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prodcli.causes.advice._MANY", 5)
    dbids = submitted(workspace, queue, 20)
    held(workspace, queue, dbids[:7], 34, 102, OVER.format(1000), used=990)
    held(workspace, queue, dbids[7:9], 13, 2, NO_INPUT.format(1))
    held(workspace, queue, dbids[9:11], 1, 0, "via condor_hold (by user x)")
    held(workspace, queue, dbids[11:12], 14, 2, "Cannot access initial working directory /data/gone")
    held(workspace, queue, dbids[12:13], 34, 104, "disk over")
    held(workspace, queue, dbids[13:14], 26, 0, "the pool said so")
    tag = str(workspace.sql("SELECT tag FROM production_jobs WHERE id = ?", dbids[0])[0][0])
    lines = workspace.json("rescue", "--tag", tag)["wrong"]
    assert [line["what_helps"].startswith("try 5 of 7 first: ") for line in lines] == [True] + [False] * 5
    for line in lines:
        run_as_printed(workspace, line["what_helps"])
    assert sum(one.queue.name == "HELD" for one in queued(queue)) == 2  # those that wait for the trial
    assert [one.memory_asked for one in queued(queue)] == [2000] * 5 + [1000] * 15
    assert {line["verb"]: line["state"] for line in logged(workspace)} == {"resubmit": "done", "release": "done"}


def test_after_a_trial_that_helped_all_others_follow(
    workspace: Workspace, queue: LocalBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prodcli.causes.advice._MANY", 5)
    dbids = submitted(workspace, queue, 20)
    held(workspace, queue, dbids[:14], 34, 102, OVER.format(1000), used=990)
    (line,) = workspace.json("rescue", "--dbid", *dbids)["wrong"]
    run_as_printed(workspace, line["what_helps"])
    with closing(sqlite3.connect(queue.database)) as connection, connection:
        connection.executemany(
            "UPDATE jobs SET status = 4, exit_code = 0, since = since + 9, change = change + 100 WHERE dbid = ?",
            [(n,) for n in dbids[:5]],
        )
    workspace.ok("harvest")
    (line,) = workspace.json("rescue", "--dbid", *dbids)["wrong"]
    assert (line["jobs"], line["helped"], line["retried"]) == (9, 5, 5)
    assert line["what_helps"].startswith("prodcli resubmit --auto ")
    assert "--limit" not in line["what_helps"]


def test_what_is_printed_for_jobs_that_are_gone_does_what_it_says(
    workspace: Workspace, queue: LocalBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prodcli.causes.advice._MANY", 3)
    dbids = submitted(workspace, queue, 12)
    fail(workspace, dbids[:5], 1, NO_SERVER)
    fail(workspace, dbids[5:6], 134, "terminate called after throwing an instance of 'std::bad_alloc'\n")
    fail(workspace, dbids[6:7], None, substatus="lost")
    fail(workspace, dbids[7:8], None, substatus="removed", reason="via condor_rm (by user x)")
    claimed(workspace)
    lines = {
        line["state"] + line["code"]: line["what_helps"] for line in workspace.json("rescue", "--dbid", *dbids)["wrong"]
    }
    assert set(lines) == {"failedexit 1", "failedexit 134", "lost", "removed"}
    assert lines["lost"] == f"prodcli resubmit --clone --state lost --dbid {dbids[6]}"
    for kind in ("failedexit 1", "failedexit 134", "lost"):
        run_as_printed(workspace, lines[kind])
    assert [one.dbid for one in queued(queue) if one.attempt == 2] == dbids[:7]
    assert next(one.memory_asked for one in queued(queue) if one.dbid == dbids[5]) == 2000


def test_a_command_means_no_jobs_but_those_that_were_asked_about(
    workspace: Workspace, queue: LocalBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prodcli.causes.advice._FEW", 1)
    dbids = submitted(workspace, queue, 6)
    held(workspace, queue, dbids, 13, 2, NO_INPUT.format(1))
    workspace.ok("harvest")
    workspace.sql("UPDATE production_jobs SET runnumber = 69700 WHERE id = ?", dbids[0])
    for words in (
        ("--runs", 69600, 69650),
        ("--segments", "1-9"),
        ("--dbid", *dbids[1:]),
        ("--runs", "69600,69601", "--rule", "cluster"),
    ):
        (line,) = workspace.json("rescue", *words)["wrong"]
        assert line["dbids"] == dbids[1:]
        command = shlex.split(line["what_helps"])[1:]
        assert workspace.json(*command, "--dry-run")["dbids"] == dbids[1:]
