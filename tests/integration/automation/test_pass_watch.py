"""The history of passes, alarms that follow from it, and notices to the site's hook."""

import json
import time
from pathlib import Path

import pytest

from prodcli.automation.loops_of_books import LoopBooks, LoopNow, control_begins, loops
from prodcli.automation.notices import Notice, NoticeKind, Notifier
from prodcli.automation.pass_watch import PassWatch
from prodcli.automation.rule_result import HARVEST, RulePass
from prodcli.time_text import clock_time
from tests.support.workspace import ONE_DATABASE, Workspace, seeded_catalog

HOUR = 3600


@pytest.fixture
def books(workspace: Workspace) -> Workspace:
    workspace.load(seeded_catalog(1))
    return workspace


def watched(workspace: Workspace, *results: RulePass, command: list[str] | None = None) -> list[str]:
    """Watch over a pass; what it says."""
    said: list[str] = []
    database = workspace.database()
    notifier = Notifier(database, command or [], timeout=2)
    watch = PassWatch(database, "/rules/steering.yaml", notifier, said.append, failure_percent=50)
    assert list(watch.over(results)) == list(results)
    return said


def hook(folder: Path, text: str = "cat >> notices") -> list[str]:
    """A hook of the site that keeps what it gets."""
    script = folder / "hook.sh"
    script.write_text(f"#!/bin/sh\ncd {folder}\n{text}\n")
    script.chmod(0o755)
    return [str(script)]


def notices(folder: Path) -> list[dict[str, object]]:
    file = folder / "notices"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def test_the_history_raises_the_alarm_of_a_starving_rule_once_an_hour(books: Workspace) -> None:
    now, command = int(time.time()), hook(books.folder)
    for hours in (9, 8, 7, 6):
        past = RulePass(rule="seed", tag="t", started=now - hours * HOUR, submitted=3, reasons={"input_off_disk": 2})
        assert watched(books, past, command=command) == []
    starved = RulePass(
        rule="seed", tag="t", started=now, reasons={"input_off_disk": 312}, only={"input_off_disk": "ebdc13"}
    )
    (line,) = watched(books, RulePass(rule=HARVEST), starved, command=command)
    since = clock_time(now - 6 * HOUR)
    assert line == f"seed: no job since {since}: input_off_disk 2 -> 312, only ebdc13"
    (sent,) = notices(books.folder)
    assert (sent["kind"], sent["lines"], sent["file"]) == ("starvation", [line], "/rules/steering.yaml")
    watched(books, starved, command=command)
    assert len(notices(books.folder)) == 1
    books.sql(
        "UPDATE production_notices SET sent = started FROM (SELECT MIN(started) AS started FROM production_passes) AS first"
    )
    watched(books, starved, command=command)
    assert len(notices(books.folder)) == 2


def test_stalled_jobs_of_the_rules_are_told(books: Workspace) -> None:
    [(dbid, rule), (other, _)] = books.sql("SELECT id, rulename FROM production_jobs ORDER BY id LIMIT 2")
    books.sql("UPDATE production_jobs SET substatus = ''")
    books.sql(
        "UPDATE production_jobs SET status = 'running', substatus = 'stalled', rulename = ? WHERE id IN (?, ?)",
        rule,
        dbid,
        other,
    )
    line = f"{rule}: 2 running jobs stalled -> prodcli rescue --state stalled"
    assert watched(books, RulePass(rule=rule), command=hook(books.folder)) == [line]
    assert [(one["kind"], one["lines"]) for one in notices(books.folder)] == [("stalled", [line])]
    assert watched(books, RulePass(rule="another")) == []


def test_old_passes_are_forgotten(books: Workspace) -> None:
    now = int(time.time())
    watched(books, *(RulePass(rule="seed", started=now - days * 86400) for days in (31, 29)))
    watched(books, RulePass(rule=HARVEST))
    assert books.sql("SELECT COUNT(*) FROM production_passes") == [(1,)]


def test_errors_full_disks_and_failing_rules(books: Workspace) -> None:
    ended = books.sql("SELECT id FROM production_jobs ORDER BY id LIMIT 20")
    books.sql("UPDATE production_jobs SET rulename = 'calo' WHERE id <= ?", ended[-1][0])
    moment = "now()" if books.cluster else "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"
    for number, (dbid,) in enumerate(ended):
        status = "failed" if number < 11 else "finished"
        books.sql(
            f"INSERT INTO production_attempts (dbid, attempt, step, status, finished) VALUES (?, 9, 0, '{status}', {moment})",  # noqa: S608
            dbid,
        )
    command = hook(books.folder)
    full = RulePass(rule="seed", error="outdir is 99 % full: nothing is submitted", disk="outdir is 99 % full")
    said = watched(books, full, RulePass(rule="calo"), RulePass(rule="jets", error="no such rule"), command=command)
    assert said == ["calo: 11 of 20 jobs failed in the last hour"]
    assert {one["kind"]: one["lines"] for one in notices(books.folder)} == {
        "failure_rate": said,
        "disk_full": ["seed: outdir is 99 % full"],
        "pass_failed": ["jets: no such rule"],
    }


def test_silent_loops_of_any_host(books: Workspace) -> None:
    database = books.database()
    here = LoopBooks(database, "/rules/steering.yaml")
    here.begin()
    here.beat(LoopNow("waiting"))
    control_begins(database, "/rules/cron.yaml")
    assert watched(books) == []
    assert {one.kind for one in loops(database)} == {"loop", "control"}
    books.sql("UPDATE production_loops SET host = 'elsewhere'")
    assert watched(books) == []
    long_ago = "now() - interval '3 hours'" if books.cluster else "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-3 hours')"
    books.sql(f"UPDATE production_loops SET heartbeat = {long_ago}")  # noqa: S608
    said = watched(books, command=hook(books.folder))
    assert said == [one.silence for one in loops(database)]
    assert all(" is silent: last heard 20" in line for line in said)
    assert len(said) == 2
    assert [one["kind"] for one in notices(books.folder)] == ["loop_silent"]


@ONE_DATABASE
def test_a_hook_that_hangs_or_fails_harms_nobody(books: Workspace, caplog: pytest.LogCaptureFixture) -> None:
    database = books.database()
    began = time.monotonic()
    for kind, command in zip(
        NoticeKind,
        (hook(books.folder, "sleep 60 & wait"), ["/no/such/hook"], ["false"], ["true"], ["true"], ["true"], []),
        strict=True,
    ):
        Notifier(database, command, timeout=1).send(Notice(kind, "f", ["line" * 40_000]))
    assert time.monotonic() - began < 30
    assert [record.message.split(" ", 1)[1] for record in caplog.records if record.levelname == "WARNING"] == [
        "has not ended after 1 s, and is killed",
        "notice of starvation is sent: [Errno 2] No such file or directory: '/no/such/hook'",
        "ended with 1",
    ]


@ONE_DATABASE
def test_books_that_are_away_cost_a_pass_nothing_but_its_history(
    books: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    books.settings["databases"]["production"] = f"sqlite:///{books.folder}/away/books.db"
    assert watched(books, RulePass(rule="seed")) == []
    assert [record.message.split(":")[0] for record in caplog.records if record.levelname == "WARNING"] == [
        "the history is not kept, and no alarm is raised"
    ]
