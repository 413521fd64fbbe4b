"""Harvest asks the file catalog about jobs that ended: what is registered has finished, what made nothing has failed."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from prodcli.evidence.due_outputs import Proved
from tests.support.job_reports import report_text
from tests.support.pass_processes import killed
from tests.support.rule_files import write_rules
from tests.support.workspace import Workspace, seeded_catalog

ENDS = "SELECT CAST(status AS text), substatus, exitcode, COUNT(*) FROM production_jobs WHERE schedd IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 2"
DUE = "SELECT COUNT(*) FROM production_due WHERE what = 'output'"


@pytest.fixture
def rules(workspace: Workspace) -> Path:
    """A rule file; eight jobs of it are submitted."""
    workspace.load(seeded_catalog(1))
    file = write_rules(workspace.folder / "rules")
    workspace.ok("submit", "-c", file, "-r", "mvtxme")
    return file


def run_jobs(workspace: Workspace, script: str) -> None:
    """Let the jobs run this script."""
    (workspace.folder / "rules" / "run.sh").write_text("#!/bin/sh\n" + script)
    workspace.ok("local", "run", "--drain")


def names(workspace: Workspace) -> list[str]:
    """The outputs of the submitted jobs."""
    return [
        name for (name,) in workspace.sql("SELECT filename FROM production_jobs WHERE schedd IS NOT NULL ORDER BY id")
    ]


def register(workspace: Workspace, outputs: list[str], made: float, md5: str = "abc", status: int = 1) -> None:
    """Put files into the file catalog."""
    when = time.strftime("%Y-%m-%dT%H:%M:%S.000Z" if workspace.cluster is None else "%F %T", time.gmtime(made))
    for name in outputs:
        workspace.sql(
            "INSERT INTO datasets (filename, dataset, status) VALUES (?, 'x', ?)", name, status, role="filecatalog"
        )
        workspace.sql(
            "INSERT INTO files (lfn, full_host_name, full_file_path, time, md5) VALUES (?, 'lustre', ?, CAST(? AS timestamp), ?)"
            if workspace.cluster is not None
            else "INSERT INTO files (lfn, full_host_name, full_file_path, time, md5) VALUES (?, 'lustre', ?, ?, ?)",
            *(name, f"/big/{name}", when, md5),
            role="filecatalog",
        )


def hurry(workspace: Workspace, age: int = 0) -> None:
    """Let the jobs have ended so many seconds ago, and look at them now."""
    now = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ?)" if workspace.cluster is None else "now() + CAST(? AS interval)"
    statement = f"UPDATE production_due SET due = {now}, since = {now}"  # noqa: S608
    workspace.sql(statement, "-1 seconds", f"-{age} seconds")


def test_a_registered_output_proves_a_job_that_failed(workspace: Workspace, rules: Path) -> None:
    """The field's payload scripts end with 1 when all is well."""
    run_jobs(workspace, "exit 1\n")
    made = time.time() + 5
    register(workspace, names(workspace)[:5], made)
    answer = workspace.run("harvest", quiet=False)
    assert "5 finished, as their outputs are registered" in answer.out
    assert workspace.sql(ENDS) == [("failed", "", 1, 3), ("finished", "", 1, 5)]
    seconds = "strftime('%s', finished)" if workspace.cluster is None else "EXTRACT(EPOCH FROM finished)"
    for table in ("jobs", "attempts"):
        rows = workspace.sql(
            f"SELECT {seconds} FROM production_{table}"  # noqa: S608
            " WHERE CAST(status AS text) = 'finished' AND schedd IS NOT NULL"
        )
        assert {int(row[0]) for row in rows} == {int(made)}
    assert workspace.sql("SELECT COUNT(*) FROM production_attempts WHERE status = 'finished' AND exit_code = 1") == [
        (5,)
    ]
    assert workspace.sql(DUE) == [(3,)]
    assert workspace.ok("harvest", "--sweep").err == ""  # rows and attempts say the same


def test_an_output_that_is_registered_later_proves_its_job_then(workspace: Workspace, rules: Path) -> None:
    run_jobs(workspace, "exit 1\n")
    workspace.ok("harvest")
    register(workspace, names(workspace), time.time() + 5)
    workspace.ok("harvest")
    assert workspace.sql(ENDS) == [("failed", "", 1, 8)]  # not asked again within a minute
    hurry(workspace)
    assert workspace.json("harvest") == [{"now": "finished", "detail": "", "jobs": 8, "total": 8 + before(workspace)}]
    assert workspace.sql(ENDS) == [("finished", "", 1, 8)]
    assert workspace.sql(DUE) == [(0,)]


def before(workspace: Workspace) -> int:
    """The finished jobs that the catalog came with."""
    ((count,),) = workspace.sql("SELECT COUNT(*) FROM production_jobs WHERE schedd IS NULL AND status = 'finished'")
    return int(count)


def test_a_file_of_an_earlier_attempt_proves_nothing(workspace: Workspace, rules: Path) -> None:
    register(workspace, names(workspace), time.time() - 3600)
    run_jobs(workspace, "exit 1\n")
    workspace.ok("harvest")
    assert workspace.sql(ENDS) == [("failed", "", 1, 8)]


def test_the_md5_of_a_report_proves_an_output_whatever_the_clocks_say(workspace: Workspace, rules: Path) -> None:
    run_jobs(workspace, "exit 1\n")
    rows = workspace.sql("SELECT id, filename, out FROM production_jobs WHERE schedd IS NOT NULL ORDER BY id")
    for dbid, name, out in rows:
        outputs = [{"lfn": name, "md5": "ABC", "code": 0}]
        Path(out.removesuffix(".out") + ".report.json").write_text(report_text(dbid, outputs=outputs))
    register(workspace, [rows[0][1]], time.time() - 3600, md5="abc")
    register(workspace, [rows[1][1]], time.time() + 3600, md5="other")
    workspace.ok("harvest")
    assert workspace.sql(ENDS) == [("failed", "", 1, 7), ("finished", "", 1, 1)]


def test_an_end_with_0_and_no_output_fails_after_the_grace(workspace: Workspace, rules: Path) -> None:
    run_jobs(workspace, "true\n")
    workspace.ok("harvest")
    assert workspace.sql(ENDS) == [("finished", "", 0, 8)]
    register(workspace, names(workspace)[:2], time.time() - 3600)
    dbid, out = workspace.sql("SELECT id, out FROM production_jobs WHERE schedd IS NOT NULL ORDER BY id")[2]
    Path(out.removesuffix(".out") + ".report.json").write_text(report_text(dbid))  # it staged something out
    hurry(workspace, 86_390)
    workspace.ok("harvest")
    assert workspace.sql(ENDS) == [("finished", "", 0, 8)]
    hurry(workspace, 86_400)
    answer = workspace.run("harvest", quiet=False)
    assert "5 failed without an output" in answer.out
    assert workspace.sql(ENDS) == [("failed", "no_output", 0, 5), ("finished", "", 0, 3)]
    assert workspace.json("db", "check") == []


def test_an_output_that_is_very_late_takes_the_failure_back(workspace: Workspace, rules: Path) -> None:
    run_jobs(workspace, "true\n")
    workspace.ok("harvest")
    hurry(workspace, 90_000)
    workspace.ok("harvest")
    assert workspace.sql(ENDS) == [("failed", "no_output", 0, 8)]
    register(workspace, names(workspace), time.time() + 5)
    hurry(workspace, 200_000)
    workspace.ok("harvest")
    assert workspace.sql(ENDS) == [("finished", "", 0, 8)]


@pytest.mark.parametrize("where", ["site", "rule"])
def test_outputs_that_nobody_registers_are_not_looked_for(workspace: Workspace, where: str) -> None:
    workspace.load(seeded_catalog(1))
    if where == "site":
        workspace.settings["site"] = {"registers_outputs": False}
        workspace.write()
    file = write_rules(workspace.folder / "rules")
    if where == "rule":
        add_key(file, "mvtxme", "registers_outputs", False)
    workspace.ok("submit", "-c", file, "-r", "mvtxme")
    run_jobs(workspace, "exit 1\n")
    register(workspace, names(workspace), time.time() + 5)
    workspace.ok("harvest")
    assert workspace.sql(ENDS) == [("failed", "", 1, 8)]
    assert workspace.sql(DUE) == [(0,)]


def add_key(file: Path, rule: str, key: str, value: object) -> None:
    """Give a rule's `job` one more key."""
    import yaml

    rules = yaml.safe_load(file.read_text())
    rules[rule]["job"][key] = value
    file.write_text(yaml.safe_dump(rules))


def test_a_live_job_of_a_schedd_that_is_gone_is_proved(workspace: Workspace, rules: Path) -> None:
    workspace.ok("harvest", "--sweep")
    register(workspace, names(workspace)[:3], time.time() + 5)
    workspace.ok("harvest", "--sweep")
    assert workspace.sql(ENDS) == [("submitted", "", None, 8)]
    workspace.sql("UPDATE production_jobs SET schedd = 'gone' WHERE schedd IS NOT NULL")
    workspace.sql("UPDATE production_attempts SET schedd = 'gone'")
    workspace.ok("harvest", "--sweep")
    assert workspace.sql(ENDS) == [("finished", "", None, 3), ("submitted", "", None, 5)]


def test_a_catalog_that_fails_costs_a_warning(workspace: Workspace, rules: Path) -> None:
    run_jobs(workspace, "exit 1\n")
    workspace.sql("DROP TABLE files", role="filecatalog")
    answer = workspace.ok("harvest")
    (line,) = answer.err.splitlines()
    assert "the file catalog was not asked about outputs: " in line
    assert workspace.sql(ENDS) == [("failed", "", 1, 8)]


@pytest.mark.parametrize("step", ["evidence.found", "evidence.booked"])
def test_a_harvest_that_is_killed_proves_the_same(workspace: Workspace, rules: Path, step: str) -> None:
    run_jobs(workspace, "exit 1\n")
    register(workspace, names(workspace)[:5], time.time() + 5)
    killed(workspace, step, "harvest")
    workspace.ok("harvest")
    assert workspace.sql(ENDS) == [("failed", "", 1, 3), ("finished", "", 1, 5)]
    assert workspace.json("db", "check") == []


def test_counts_add_up() -> None:
    assert Proved(1, 2) + Proved(3, 4) == Proved(4, 6)


def test_a_lost_job_is_proved(workspace: Workspace, rules: Path) -> None:
    workspace.settings["lost_grace"] = 0
    workspace.write()
    workspace.sql("UPDATE production_jobs SET submitted = '2026-01-01T00:00:00.000Z' WHERE schedd IS NOT NULL")
    register(workspace, names(workspace)[:5], time.time() + 5)
    with closing(sqlite3.connect(workspace.folder / "batch.db")) as queue:
        queue.execute("DELETE FROM jobs")
        queue.commit()
    workspace.ok("harvest", "--sweep")
    workspace.ok("harvest", "--sweep")
    assert workspace.sql(ENDS) == [("failed", "lost", None, 3), ("finished", "", None, 5)]
