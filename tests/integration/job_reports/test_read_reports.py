"""Reports of jobs at harvest: read once, whole, and never trusted."""

import json
from pathlib import Path
from typing import Any

import pytest

from prodcli.job_reports import read_reports as reading
from prodcli.job_reports.read_reports import ReportsRead, read_reports
from tests.support.job_reports import REPORT, report_text, writing_script
from tests.support.pass_processes import killed
from tests.support.rule_files import write_rules
from tests.support.workspace import ONE_DATABASE, Workspace, seeded_catalog

DUE = "SELECT dbid, attempt FROM production_due WHERE what = 'report' ORDER BY dbid"


@pytest.fixture
def rules(workspace: Workspace) -> Path:
    """A rule file; eight jobs of it are submitted."""
    workspace.load(seeded_catalog(1))
    file = write_rules(workspace.folder / "rules")
    workspace.ok("submit", "-c", file, "-r", "mvtxme")
    return file


def run_jobs(workspace: Workspace, script: str) -> None:
    """Let the jobs run this script, and harvest."""
    (workspace.folder / "rules" / "run.sh").write_text(script)
    workspace.ok("local", "run", "--drain")


def submitted(workspace: Workspace) -> list[tuple[int, Path]]:
    """The submitted rows, and where the reports of their jobs lie."""
    rows = workspace.sql("SELECT id, out FROM production_jobs WHERE schedd IS NOT NULL ORDER BY id")
    return [(dbid, Path(out.removesuffix(".out") + ".report.json")) for dbid, out in rows]


def test_a_harvest_reads_what_jobs_report(workspace: Workspace, rules: Path) -> None:
    run_jobs(workspace, writing_script())
    answer = workspace.ok("harvest")
    assert answer.err == ""
    assert workspace.sql(
        "SELECT COUNT(*), MIN(attempt), MIN(user_cpu), MIN(memory_kb), MIN(disk_kb), MIN(bytes_out), MIN(events_out), MIN(cpu),"
        " MIN(site), MIN(address), MIN(messages), MIN(outputs), MIN(staged), MIN(quality) FROM production_reports"
    ) == [
        (
            *(8, 1, 500.5, 2_000_000, 3_000_000_000, 4_000_000_000, 990),
            *("Fast 9000", "BNL", "10.1.2.3", 2, 2, 1, '{"hits":7}'),
        )
    ]
    dbid = submitted(workspace)[0][0]
    phases = "SELECT name, wall, user_cpu, memory_kb FROM production_phases WHERE dbid = ? ORDER BY number"
    assert workspace.sql(phases, dbid) == [("prep", 10.0, 1.5, 1000), ("run", 580.5, 499.0, None)]
    messages = "SELECT level, text FROM production_messages WHERE dbid = ? ORDER BY number"
    assert workspace.sql(messages, dbid) == [("warning", "few hits"), ("error", "the magnet tripped")]
    outputs = "SELECT lfn, events, size, code FROM production_report_outputs WHERE dbid = ? ORDER BY lfn"
    assert workspace.sql(outputs, dbid) == [
        ("DST_A-00000001-00000.root", 990, 4_000_000_000, 0),
        ("HIST_*.root", None, None, 30),
    ]
    assert workspace.sql(DUE) == []
    workspace.ok("harvest")
    assert workspace.sql("SELECT COUNT(*) FROM production_phases") == [(16,)]


def test_times_are_those_of_the_worker(workspace: Workspace, rules: Path) -> None:
    """A clock that is years off moves no job: its end is what the batch system says."""
    run_jobs(workspace, writing_script().replace("2026-11-29", "1999-11-29"))
    workspace.ok("harvest")
    seconds = "strftime('%s', began)" if workspace.cluster is None else "EXTRACT(EPOCH FROM began)"
    assert {int(began) for (began,) in workspace.sql(f"SELECT {seconds} FROM production_reports")} == {943_876_800}  # noqa: S608
    assert workspace.sql(
        "SELECT COUNT(*) FROM production_jobs j JOIN production_reports r ON r.dbid = j.id WHERE j.status = 'finished'"
        " AND j.finished > r.ended"
    ) == [(8,)]


def test_a_report_that_is_late_is_read_later(workspace: Workspace, rules: Path) -> None:
    run_jobs(workspace, "#!/bin/sh\n")
    workspace.ok("harvest")
    assert len(workspace.sql(DUE)) == 8
    (dbid, path), *_ = submitted(workspace)
    path.write_text(report_text(dbid))
    assert read_reports(workspace.database()) == ReportsRead()  # not looked for again at once
    hurry(workspace)
    assert read_reports(workspace.database()) == ReportsRead(read=1)
    assert [row[0] for row in workspace.sql(DUE)] == [dbid for dbid, _ in submitted(workspace)[1:]]


def hurry(workspace: Workspace, age: int = 0) -> None:
    """Make all reports due now, of jobs that ended so many seconds ago."""
    now = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ?)" if workspace.cluster is None else "now() + CAST(? AS interval)"
    statement = f"UPDATE production_due SET due = {now}, since = {now}"  # noqa: S608
    workspace.sql(statement, "-1 seconds", f"-{age} seconds")


def test_a_report_that_never_comes_is_given_up(workspace: Workspace, rules: Path) -> None:
    run_jobs(workspace, "#!/bin/sh\n")
    workspace.ok("harvest")
    hurry(workspace, 3601)
    assert workspace.ok("harvest").err == ""
    assert "8 jobs left no report within 60 minutes" in (workspace.folder / "logs" / "prodcli.log").read_text()
    assert workspace.sql(DUE) == []


@pytest.mark.parametrize("step", ["reports.read", "reports.booked"])
def test_a_harvest_that_is_killed_loses_no_report(workspace: Workspace, rules: Path, step: str) -> None:
    run_jobs(workspace, writing_script())
    killed(workspace, step, "harvest")
    workspace.ok("harvest")
    for table, count in (("reports", 8), ("phases", 16), ("messages", 16), ("report_outputs", 16), ("due", 0)):
        assert workspace.sql(f"SELECT COUNT(*) FROM production_{table}") == [(count,)]  # noqa: S608
    assert workspace.sql("SELECT COUNT(*) FROM production_jobs WHERE schedd IS NOT NULL AND status = 'finished'") == [
        (8,)
    ]


def test_what_cannot_be_a_report_is_refused_with_one_warning(workspace: Workspace, rules: Path) -> None:
    run_jobs(workspace, "#!/bin/sh\n")
    bad: list[Any] = [
        "{",
        "x" * 10_000_000,
        report_text(1),
        report_text(2, 9),
        json.dumps({**REPORT, "dbid": 1, "attempt": 1, "wall": "long"}),
        b"\xff\xfe",
    ]
    found = submitted(workspace)
    for (_, path), content in zip(found, bad, strict=False):
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    found[6][1].mkdir()
    found[7][1].write_text(report_text(found[7][0], wall=float("nan")))
    answer = workspace.ok("harvest")
    (line,) = answer.err.splitlines()
    assert "8 reports of jobs are refused, the first one " in line
    assert line.endswith(".report.json: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)")
    assert workspace.sql("SELECT COUNT(*) FROM production_reports") == [(0,)]
    assert workspace.sql("SELECT COUNT(*) FROM production_jobs WHERE schedd IS NOT NULL AND status = 'finished'") == [
        (8,)
    ]
    assert workspace.ok("harvest").err == ""


def test_a_site_without_reports_pays_nothing(workspace: Workspace) -> None:
    workspace.load(seeded_catalog(1))
    workspace.settings["site"] = {"reports": False}
    workspace.write()
    file = write_rules(workspace.folder / "rules")
    workspace.ok("submit", "-c", file, "-r", "mvtxme")
    run_jobs(workspace, writing_script())
    workspace.ok("harvest")
    assert workspace.sql(DUE) == []
    assert workspace.sql("SELECT COUNT(*) FROM production_reports") == [(0,)]


def test_a_job_that_is_submitted_again_reports_again(workspace: Workspace, rules: Path) -> None:
    run_jobs(workspace, writing_script(last="exit 3"))
    workspace.ok("harvest")
    workspace.ok("resubmit", "--clone", "--rule", "mvtxme", "--reason", "x", "--yes")
    again = writing_script(report_text(4711, 2, exit_code=0).replace("4711", "DBID", 1))
    run_jobs(workspace, again)
    workspace.ok("harvest")
    assert workspace.sql("SELECT attempt, COUNT(*) FROM production_reports GROUP BY attempt ORDER BY attempt") == [
        (1, 8),
        (2, 8),
    ]


def test_an_old_attempts_report_is_not_missed_once_it_is_gone(workspace: Workspace, rules: Path) -> None:
    run_jobs(workspace, "#!/bin/sh\nexit 3\n")
    workspace.ok("harvest")
    workspace.ok("resubmit", "--clone", "--rule", "mvtxme", "--reason", "x", "--yes")
    for dbid, path in submitted(workspace)[:4]:
        path.write_text(report_text(dbid, 2))
    hurry(workspace)
    assert read_reports(workspace.database()) == ReportsRead(missing=4)
    assert workspace.sql(DUE) == []


@ONE_DATABASE
def test_slow_files_are_left_to_the_next_harvest(
    workspace: Workspace, rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_jobs(workspace, writing_script())
    with monkeypatch.context() as patch:
        patch.setattr(reading, "_SECONDS", -1.0)
        workspace.ok("harvest")
    assert len(workspace.sql(DUE)) == 8
    assert read_reports(workspace.database()) == ReportsRead(read=8)


def test_people_see_what_a_job_reported(workspace: Workspace, rules: Path) -> None:
    run_jobs(workspace, writing_script(last="exit 3"))
    workspace.ok("harvest")
    dbid = submitted(workspace)[0][0]
    rows = workspace.json("log", "--dbid", dbid, "--report")
    assert [(row["kind"], row["name"], row["wall_s"], row["cpu_s"], row["memory_mb"]) for row in rows] == [
        ("job", "exit code 0", 600.2, 520.5, 1953),
        ("phase", "prep", 10.0, 2.0, 1),
        ("phase", "run", 580.5, 518.5, None),
        ("output", "DST_A-00000001-00000.root", None, None, None),
        ("output", "HIST_*.root", None, None, None),
        ("message", "warning", None, None, None),
        ("message", "error", None, None, None),
    ]
    assert rows[0]["text"] == "events 1000 -> 990, bytes 5000000000 -> 4000000000, on spool0042 (Fast 9000, BNL)"
    assert (rows[4]["text"], rows[6]["text"]) == ("failed with code 30", "the magnet tripped")
    assert workspace.json("log", "--dbid", 999_999, "--report") == []
    assert workspace.run("log", "--report").code == 2
    run = workspace.sql("SELECT runnumber FROM production_jobs WHERE id = ?", dbid)[0][0]
    said = workspace.run("why", "-c", rules, "-r", "mvtxme", "--runs", run, quiet=False).out
    assert 'last phase run; it reported "the magnet tripped"' in " ".join(said.split())
