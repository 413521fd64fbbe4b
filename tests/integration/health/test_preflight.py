"""preflight, and submissions that demand it, on every database."""

from pathlib import Path
from typing import Any

import pytest

from tests.integration.services.test_services_verb import program
from tests.integration.submission.test_full_roots import jobs, words
from tests.support.rule_files import write_rules
from tests.support.steering_files import write_steering
from tests.support.workspace import COMBINATIONS, Answer, Workspace, seeded_catalog

FEW = ("--maxjobs", "1")


@pytest.fixture
def loaded(workspace: Workspace) -> Workspace:
    """A workspace with runs and a rule."""
    workspace.load(seeded_catalog(1))
    write_rules(workspace.folder / "rules")
    return workspace


def site(workspace: Workspace, **values: Any) -> None:
    workspace.settings["site"] = values
    workspace.write()


def preflight(workspace: Workspace, *more: object) -> tuple[Answer, dict[str, dict[str, Any]]]:
    """The answer, and its rows by what they are about."""
    answer = workspace.run("preflight", *more, "--format", "json")
    return answer, {one["what"]: one for one in answer.data}


def of_rule(workspace: Workspace) -> tuple[object, ...]:
    return ("-c", workspace.folder / "rules" / "rules.yaml", "-r", "mvtxme")


def test_everything_is_there(loaded: Workspace) -> None:
    answer, rows = preflight(loaded)
    assert answer.code == 0
    assert {name for name, one in rows.items() if one["is"] != "ok"} <= {"quota"}
    assert {"site profile", "roots", "database production", "batch system", "kit"} <= set(rows)
    shown = loaded.ok("preflight").out
    assert "ready: " in shown
    assert "not ready" not in shown


def test_a_rule_has_its_services_and_payload(loaded: Workspace) -> None:
    site(loaded, services={"database": {"needed_by": ["mvtxme"]}, "gpfs": {}})
    for service in ("database", "gpfs"):
        loaded.ok("services", "set", service, "down")
    _, rows = preflight(loaded)
    assert {rows["service database"]["is"], rows["service gpfs"]["is"]} == {"WRONG"}
    answer, rows = preflight(loaded, *of_rule(loaded))
    assert answer.code == 1
    assert "service gpfs" not in rows
    assert rows["payload"]["is"] == "ok"
    assert "not ready: service database" in loaded.run("preflight", *of_rule(loaded)).out
    loaded.ok("services", "set", "database", "degraded")
    answer, rows = preflight(loaded, *of_rule(loaded))
    assert (answer.code, rows["service database"]["is"]) == (0, "slow")


def test_a_payload_that_is_not_there(loaded: Workspace) -> None:
    for script in Path(loaded.folder / "rules").glob("*.sh"):
        script.unlink()
    answer, rows = preflight(loaded, *of_rule(loaded))
    assert (answer.code, rows["payload"]["is"]) == (3, "WRONG")


@pytest.mark.parametrize(
    ("text", "is_", "detail"),
    [
        ("echo 41 of 50 TB", "ok", "41 of 50 TB"),
        ("echo 51 of 50 TB; exit 1", "WRONG", "51 of 50 TB"),
        ("exit 2", "WRONG", "exit code 2"),
    ],
)
def test_the_site_looks_at_quotas(loaded: Workspace, text: str, is_: str, detail: str) -> None:
    site(loaded, quota=program(loaded.folder, "quota.sh", text))
    _, rows = preflight(loaded)
    assert (rows["quota"]["is"], rows["quota"]["detail"]) == (is_, detail)


def test_a_database_that_does_not_answer(loaded: Workspace) -> None:
    loaded.settings["databases"]["daq"] = "sqlite:////nowhere/daq.db"
    loaded.write()
    answer, rows = preflight(loaded)
    assert (answer.code, rows["database daq"]["is"]) == (4, "WRONG")


@pytest.mark.parametrize("how", ["option", "site"])
def test_a_submission_demands_it(loaded: Workspace, how: str) -> None:
    broken = {"quota": program(loaded.folder, "quota.sh", "echo full; exit 1")}
    site(loaded, **broken, preflight=["submit"] if how == "site" else [])
    more = () if how == "site" else ("--preflight",)
    answer = loaded.run(*words(loaded, "submit", *FEW, *more))
    assert (answer.code, jobs(loaded)) == (1, 0)
    assert answer.err.splitlines()[-1] == "prodcli: preflight: quota: full (prodcli preflight shows all)"
    assert "a pass submits nothing now: preflight: quota: full" in loaded.ok(*words(loaded, "submit", "-n", *more)).err
    site(loaded)
    loaded.ok(*words(loaded, "submit", *FEW, *more))
    assert jobs(loaded) == 1


@pytest.mark.parametrize("how", ["option", "site", "nobody"])
def test_loops_demand_it(loaded: Workspace, how: str) -> None:
    broken = {"quota": program(loaded.folder, "quota.sh", "echo full; exit 1")}
    site(loaded, **broken, preflight=["loop"] if how == "site" else ["submit"])
    rules = {"mvtxme": {"config": str(loaded.folder / "rules" / "rules.yaml"), "submit": True, "runs": [1, 99999]}}
    file = write_steering(loaded.folder, rules)
    answer = loaded.run("loop", "pass", file, *(("--preflight",) if how == "option" else ()))
    assert ("preflight: quota: full" in answer.out) == (how != "nobody")
    assert (jobs(loaded) == 0) == (how != "nobody")


@pytest.mark.parametrize("listed", [False, True])
def test_cron_passes_demand_it_by_an_option(loaded: Workspace, listed: bool) -> None:
    site(loaded, quota=program(loaded.folder, "quota.sh", "echo full; exit 1"))
    rules = {"mvtxme": {"config": str(loaded.folder / "rules" / "rules.yaml"), "submit": True, "runs": [1, 99999]}}
    file = write_steering(loaded.folder, rules)
    (loaded.folder / "active.list").write_text(f"{file}\n")
    which = ("--steer-list", loaded.folder / "active.list") if listed else ("-f", file)
    answer = loaded.run("control", *which, "--preflight", "--format", "json")
    assert (answer.code, jobs(loaded)) == (1, 0)
    assert listed or "preflight: quota: full" in answer.err  # a list has a process for each file, with this stderr
    assert loaded.run("control", *which).code == 0
    assert jobs(loaded) > 0


@pytest.mark.parametrize(("database", "batch"), COMBINATIONS[2:3])
def test_a_schedd_of_the_pool_that_is_down(real: Workspace) -> None:
    answer, rows = preflight(real)
    assert (answer.code, rows["batch system"]["is"]) == (0, "ok")
    real.settings["batch"]["schedds"] += ["gone@pool.prodcli.test"]
    real.write()
    answer, rows = preflight(real)
    assert (answer.code, rows["batch system"]["is"]) == (5, "WRONG")
    assert "gone@pool.prodcli.test" in rows["batch system"]["detail"]
    assert "not ready: batch system" in real.run("preflight").out
