"""Submissions while services that the jobs need are not up."""

import time
from pathlib import Path
from typing import Any

import pytest

from prodcli.services.booked import set_states
from prodcli.services.states import Spell
from tests.integration.submission.test_full_roots import jobs, words
from tests.support.rule_files import RULES, write_rules
from tests.support.workspace import ONE_DATABASE, Workspace, seeded_catalog

FEW = ("--maxjobs", "1")


@pytest.fixture
def loaded(workspace: Workspace) -> Workspace:
    """A workspace whose jobs need a database, of which nothing is known yet."""
    workspace.load(seeded_catalog(1))
    write_rules(workspace.folder / "rules")
    need(workspace, {"database": {"needed_by": ["all"]}})
    return workspace


def need(workspace: Workspace, services: Any) -> None:
    workspace.settings["site"] = {"services": services}
    workspace.write()


def say(
    workspace: Workspace, state: str, service: str = "database", since: int = -60, until: int | None = None
) -> None:
    """Write a state that holds from so many seconds from now on."""
    now = int(time.time())
    ends = None if until is None else now + until
    set_states(workspace.database(), [Spell(service, state, now + since, ends, "new disks")])


def test_a_service_that_is_down_is_a_warning(loaded: Workspace) -> None:
    say(loaded, "down")
    assert "database is down since " in loaded.ok(*words(loaded, "submit", "-n")).err
    answer = loaded.ok(*words(loaded, "submit", *FEW))
    assert "UTC (new disks)" in answer.err
    assert jobs(loaded) == 1


@pytest.mark.parametrize(("state", "code"), [("up", 0), ("degraded", 0), ("down", 1), ("maintenance", 1)])
def test_the_site_may_refuse(loaded: Workspace, state: str, code: int) -> None:
    need(loaded, {"database": {"needed_by": "mvtxme", "when_down": "refuse"}})
    say(loaded, state)
    answer = loaded.run(*words(loaded, "submit", *FEW))
    assert (answer.code, jobs(loaded)) == (code, 1 - code)
    if code:
        (line,) = answer.err.splitlines()
        assert line.startswith(f"prodcli: database is {'in ' * (state == 'maintenance')}{state} since ")
        assert "nothing is submitted" in line
        assert "database is" in loaded.ok(*words(loaded, "why")).err
        assert "a pass submits nothing now: database is" in loaded.ok(*words(loaded, "submit", "-n")).err
        assert loaded.run(*words(loaded, "submit", "--force", "--yes")).code == 1
        assert jobs(loaded) == 0


def test_maintenance_that_begins_soon_is_told(loaded: Workspace) -> None:
    say(loaded, "up", since=-3600)
    say(loaded, "maintenance", since=3600, until=7200)
    answer = loaded.ok(*words(loaded, "submit", *FEW))
    assert "database will be in maintenance from " in answer.err


def test_a_service_that_others_need_is_no_matter(loaded: Workspace) -> None:
    need(loaded, {"database": {"needed_by": ["DST_CALO", "cluster"], "when_down": "refuse"}})
    say(loaded, "down")
    say(loaded, "down", "lustre")
    assert loaded.ok(*words(loaded, "submit", *FEW)).err == ""


def test_a_rule_names_what_it_needs(loaded: Workspace) -> None:
    need(loaded, {"lustre": {"when_down": "refuse"}})
    rules = {name: dict(rule) for name, rule in RULES.items()}
    rules["mvtxme"]["job"] = {**rules["mvtxme"]["job"], "needs": ["lustre"]}
    write_rules(loaded.folder / "rules", rules)
    say(loaded, "down", "lustre")
    assert loaded.run(*words(loaded, "submit", *FEW)).code == 1


@ONE_DATABASE
@pytest.mark.parametrize(
    ("services", "named"),
    [
        ([], "services"),
        ({"data base": {}}, "data base"),
        ({"database": {"needs": []}}, "services.database.needs"),
        ({"database": {"when_down": "panic"}}, "services.database.when_down"),
        ({"database": {"command": 'check "it'}}, "services.database.command"),
        ({"database": {"log": "log {run}"}}, "services.database.log"),
        ({"database": {"needed_by": 5}}, "services.database.needed_by"),
    ],
)
def test_what_says_nothing_is_refused(loaded: Workspace, services: object, named: str) -> None:
    need(loaded, services)
    answer = loaded.run("config", "detectors")
    assert answer.code == 3
    assert named in answer.err


@ONE_DATABASE
def test_a_service_that_the_site_has_not_is_a_finding(loaded: Workspace, tmp_path: Path) -> None:
    rules = {name: dict(rule) for name, rule in RULES.items()}
    rules["mvtxme"]["job"] = {**rules["mvtxme"]["job"], "needs": ["databse"]}
    file = write_rules(tmp_path, rules)
    answer = loaded.run("rules", "lint", file, "--format", "json")
    assert [one["finding"] for one in answer.data if "needs" in one["finding"]] == [
        "job.needs: databse is no service of the site; did you mean 'database'?"
    ]
