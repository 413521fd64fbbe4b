"""Jobs whose outputs are registered are finished: by hand, and before anybody redoes them."""

import time
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.integration.evidence.test_due_outputs import ENDS, names, register, run_jobs
from tests.support.rule_files import write_rules
from tests.support.workspace import Workspace, seeded_catalog

SELECTED = ("-r", "mvtxme", "--runs", 1, 99_999_999)


@pytest.fixture
def rules(workspace: Workspace) -> Path:
    """A rule file; eight jobs of it have failed with code 1, and five of their outputs are registered since."""
    workspace.load(seeded_catalog(1))
    file = write_rules(workspace.folder / "rules")
    workspace.ok("submit", "-c", file, "-r", "mvtxme")
    run_jobs(workspace, "exit 1\n")
    workspace.ok("harvest")
    register(workspace, names(workspace)[:5], time.time() + 5)
    return file


def test_finish_shows_and_then_finishes(workspace: Workspace, rules: Path) -> None:
    shown = workspace.run("finish", "-c", rules, *SELECTED, "--dry-run", quiet=False)
    assert shown.code == 0
    assert "jobs left out: no output of their present attempt is registered" in shown.out
    assert "dry run: nothing was changed" in shown.out
    assert workspace.sql(ENDS) == [("failed", "", 1, 8)]
    assert workspace.run("finish", "-c", rules, *SELECTED).code == 2  # nobody can be asked
    rows = workspace.json("finish", "-c", rules, *SELECTED, "--yes", "--reason", "they are there")
    assert rows == [{"now": "failed", "detail": "", "jobs": 5}]
    assert workspace.sql(ENDS) == [("failed", "", 1, 3), ("finished", "", 1, 5)]
    (line,) = workspace.json("log", "--verb", "finish")
    assert (line["jobs"], line["state"], line["reason"]) == (5, "done", "they are there")
    assert line["result"] == "5 of 5 jobs have finished"
    again = workspace.run("finish", "-c", rules, *SELECTED, "--yes", quiet=False)
    assert "nothing to finish" in again.out
    assert workspace.json("db", "check") == []


def test_finish_takes_rows_of_other_tools(workspace: Workspace, rules: Path) -> None:
    workspace.sql("DELETE FROM production_attempts")
    workspace.sql(
        "UPDATE production_jobs SET schedd = NULL, claim_id = NULL, status = 'running' WHERE schedd IS NOT NULL"
    )
    rows = workspace.json("finish", "-c", rules, *SELECTED, "--yes")
    assert {"now": "running", "detail": "", "jobs": 5} in rows
    seconds = "strftime('%s', finished)" if workspace.cluster is None else "EXTRACT(EPOCH FROM finished)"
    found = workspace.sql(
        f"SELECT {seconds} FROM production_jobs WHERE CAST(status AS text) = 'finished' AND filename IN"  # noqa: S608
        f" ({', '.join('?' * 5)})",
        *names_of_files(workspace),
    )
    assert len(found) == 5
    assert all(abs(int(row[0]) - time.time()) < 60 for row in found)


def names_of_files(workspace: Workspace) -> list[str]:
    """The files that this test has registered."""
    return [row[0] for row in workspace.sql("SELECT lfn FROM files", role="filecatalog")]


def test_a_clone_finishes_what_is_there_instead(workspace: Workspace, rules: Path) -> None:
    words = ("resubmit", "--clone", "--rule", "mvtxme", "--reason", "x")
    dry = workspace.run(*words, "--dry-run", quiet=False)
    assert "5 failed jobs would be booked as finished: outputs are registered" in dry.out
    assert workspace.sql(ENDS) == [("failed", "", 1, 8)]
    done = workspace.run(*words, "--yes", quiet=False)
    assert "5 failed jobs booked as finished: outputs are registered" in done.out
    assert workspace.sql(ENDS) == [("finished", "", 1, 5), ("submitted", "", None, 3)]


def test_a_rescue_finishes_what_is_there_instead(workspace: Workspace, rules: Path) -> None:
    dry = workspace.run("rescue", "--rule", "mvtxme", "--dry-run", quiet=False)
    assert "5 failed jobs would be booked as finished: outputs are registered" in dry.out
    done = workspace.run("rescue", "--rule", "mvtxme", "--apply", "all", "--yes", quiet=False)
    assert "5 failed jobs booked as finished: outputs are registered" in done.out
    assert workspace.sql(ENDS) == [("finished", "", 1, 5), ("submitted", "", None, 3)]


def test_unblocking_finishes_what_is_there_instead(workspace: Workspace, rules: Path) -> None:
    done = workspace.run("submit", "-c", rules, *SELECTED, "--unblock", "failed", "--yes", quiet=False)
    assert "5 failed jobs booked as finished: outputs are registered" in done.err
    assert workspace.sql(ENDS) == [("finished", "", 1, 5), ("submitted", "", None, 3)]


def test_jobs_whose_outputs_nobody_registers_are_redone(workspace: Workspace, rules: Path) -> None:
    workspace.sql("UPDATE production_claims SET registers = 0")
    done = workspace.run("resubmit", "--clone", "--rule", "mvtxme", "--reason", "x", "--yes", quiet=False)
    assert "instead" not in done.out
    assert workspace.sql(ENDS) == [("submitted", "", None, 8)]


@pytest.mark.parametrize("shift", [-3600, 3600])
def test_times_of_the_catalog_are_of_its_zone(workspace: Workspace, shift: int) -> None:
    """Without the zone a file of now seems hours older than its attempt; with the zone an older file is no proof either."""
    workspace.load(seeded_catalog(1))
    file = write_rules(workspace.folder / "rules")
    workspace.ok("submit", "-c", file, "-r", "mvtxme")
    run_jobs(workspace, "exit 1\n")
    workspace.ok("harvest")
    local = datetime.fromtimestamp(time.time() + shift, ZoneInfo("America/New_York")).replace(tzinfo=UTC)
    register(workspace, names(workspace)[:5], local.timestamp())
    words = ("finish", "-c", file, *SELECTED, "--yes")
    assert workspace.json(*words) == []
    workspace.settings["site"] = {"catalog_zone": "America/New_York"}
    workspace.write()
    assert sum(row["jobs"] for row in workspace.json(*words)) == (5 if shift > 0 else 0)
