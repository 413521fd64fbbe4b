"""steer lint|show: what a steering file does here and now."""

from pathlib import Path
from typing import Any

import pytest

from prodcli.books.claimant import short_host
from prodcli.config.settings import built_in_site
from prodcli.steering.lint import lint
from prodcli.steering.read import hosts_in, read_steering
from tests.support.catalog import random_catalog
from tests.support.rule_files import PRODFLOW, RULES, write_rules
from tests.support.steering_files import write_steering
from tests.support.workspace import ONE_DATABASE, Workspace, make_workspace

SEED: dict[str, Any] = {"config": "rules.yaml", "runs": ["66400 90000"], "submit": True, "jobprio": 29}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace without databases."""
    monkeypatch.chdir(tmp_path)
    write_rules(tmp_path, {"Cluster": RULES["cluster"], "Seed": RULES["seed"]})
    return make_workspace(tmp_path)


def test_show_has_a_row_for_each_host_and_rule(folder: Workspace) -> None:
    rules = {"Seed": SEED, "Sed": SEED, "Lost": SEED | {"config": "gone.yaml"}, "Odd": SEED | {"submit": "perhaps"}}
    file = write_steering(folder.folder, rules, {"prod09": {"Cluster": {"config": "rules.yaml", "dstspider": False}}})
    rows = folder.json("steer", "show", file)
    assert [(row["host"], row["rule"]) for row in rows] == [
        *((short_host(), name) for name in ("Seed", "Sed", "Lost", "Odd")),
        ("prod09", "Cluster"),
    ]
    seed, misspelled, lost, odd, cluster = rows
    assert seed == {
        "host": short_host(),
        "rule": "Seed",
        "submit": "on",
        "dstspider": "on",
        "histspider": "on",
        "finishmon": "off",
        "runs": "66400-90000",
        "jobs": None,
        "priority": 29,
        "tag": "ana537_2025p010_v001",
        "config": f"{folder.folder}/rules.yaml",
        "finding": "",
    }
    assert misspelled["finding"] == f"{folder.folder}/rules.yaml: there is no rule 'Sed'; did you mean 'Seed'?"
    assert lost["finding"] == f"{folder.folder}/gone.yaml: the file does not exist"
    assert odd["finding"].startswith("submit: 'perhaps' is neither on nor off")
    assert [cluster[key] for key in ("submit", "dstspider", "histspider")] == ["off", "off", "off"]


def test_show_acts_as_another_host(folder: Workspace) -> None:
    file = write_steering(folder.folder, {"Seed": SEED}, {"prod09": {}})
    assert folder.json("steer", "show", file, "--hostname", "prod09") == []
    answer = folder.run("steer", "show", file, "--hostname", "prod01")
    assert (answer.code, answer.out.splitlines()[-1]) == (0, "the file does not name prod01: nothing is done there")


def test_show_says_what_is_done_here(folder: Workspace) -> None:
    file = write_steering(folder.folder, {"Seed": SEED}, {"prod09": {}})
    assert folder.ok("steer", "show", file).out.splitlines()[-2:] == [
        "no rule: prod09",
        f"on this host, {short_host()}: 1 rule",
    ]
    assert folder.ok("steer", "show", file, "--format", "csv").out.count("\n") == 2


@ONE_DATABASE
def test_plan_counts_the_jobs_that_a_pass_would_submit(workspace: Workspace) -> None:
    workspace.load(random_catalog(1, runs=12))
    before = workspace.sql("SELECT COUNT(*) FROM production_jobs")
    rules = write_rules(workspace.folder, {"Cluster": RULES["streaming"]})
    steered = {"config": "rules.yaml", "runs": ["66400 90000"], "submit": True}
    file = write_steering(workspace.folder, {"Cluster": steered})
    whole = workspace.json("submit", "-c", rules, "--runs", 66400, 90000, "-n")["jobs"]
    assert workspace.json("steer", "show", file, "--plan")[0]["jobs"] == len(whole) >= 2
    file = write_steering(workspace.folder, {"Cluster": steered | {"maxjobs": 1}, "Off": steered | {"submit": False}})
    assert [row["jobs"] for row in workspace.json("steer", "show", file, "--plan")] == [1, None]
    assert workspace.sql("SELECT COUNT(*) FROM production_jobs") == before


def test_lint_finds_what_a_pass_could_not_do(folder: Workspace) -> None:
    rules = {"Seed": SEED | {"sumbit": True}, "Gone": SEED | {"runlist": "x"}, "Listed": SEED | {"config": "n.yaml"}}
    file = write_steering(folder.folder, rules, {"prod09": {}})
    answer = folder.run("steer", "lint", file, "--format", "json")
    assert answer.code == 3
    assert [(one["rule"], one["kind"], one["finding"]) for one in answer.data] == [
        ("Gone", "error", "runs and runlist are both given; keep one"),
        ("Seed", "warning", "sumbit: unknown key, ignored; did you mean 'submit'?"),
        ("Listed", "error", f"{folder.folder}/n.yaml: the file does not exist"),
        ("", "note", "no rule: nothing is done there"),
    ]
    assert answer.data[1]["where"].startswith(f"{file}:")


def test_lint_takes_the_steering_files_of_folders(folder: Workspace) -> None:
    write_steering(folder.folder, {"Seed": SEED})
    (folder.folder / "broken.yaml").write_text("a:\n\t- b\n")
    answer = folder.run("steer", "lint", folder.folder, "--format", "json")
    assert answer.code == 3
    assert [Path(one["where"]).name for one in answer.data] == ["broken.yaml:2"]
    (folder.folder / "broken.yaml").unlink()
    assert folder.ok("steer", "lint", folder.folder).out.endswith("1 steering file, all well\n")
    (folder.folder / "steering.yaml").unlink()
    assert folder.run("steer", "lint", folder.folder).code == 3


def test_lint_looks_for_what_jobs_need_only_of_rules_that_are_submitted(folder: Workspace) -> None:
    (folder.folder / "run.sh").unlink()
    file = write_steering(folder.folder, {"Seed": SEED, "Cluster": SEED | {"submit": False}})
    found = folder.run("steer", "lint", file, "--format", "json").data
    assert [(one["rule"], one["kind"]) for one in found] == [("Seed", "error")]
    assert "run.sh" in found[0]["finding"]
    (planned, _) = folder.json("steer", "show", file, "--plan")
    assert planned["finding"].count("run.sh does not exist") == 1  # the plan fails of what lint has said already


def test_a_run_list_is_looked_into(folder: Workspace) -> None:
    (folder.folder / "empty.list").write_text("# none\n")
    listed = {key: value for key, value in SEED.items() if key != "runs"}
    file = write_steering(
        folder.folder, {"Seed": listed | {"runlist": "empty.list"}, "Cluster": listed | {"runlist": "no.list"}}
    )
    found = [one["finding"] for one in folder.run("steer", "lint", file, "--format", "json").data]
    assert found == [
        f"{folder.folder}/empty.list: the run list is empty",
        f"{folder.folder}/no.list: the run list cannot be read: No such file or directory",
    ]


@pytest.mark.skipif(not PRODFLOW.is_dir(), reason="the rule files of the experiment are not here")
def test_the_files_of_the_field_load_unmodified() -> None:
    files = sorted(PRODFLOW.glob("steering_*.yaml"))
    assert files
    for file in files:
        for host in hosts_in(file):
            said = read_steering(file, host)
            assert (said.problems, said.warnings) == ((), ())
        findings = list(lint(file, "", built_in_site()))
        assert {one.kind for one in findings} <= {"note", "error"}
        assert all(
            "does not exist" in one.what or "cannot be read" in one.what for one in findings if one.kind == "error"
        )


@pytest.mark.skipif(not PRODFLOW.is_dir(), reason="the rule files of the experiment are not here")
def test_files_of_the_field_say_what_they_say() -> None:
    [rule] = read_steering(PRODFLOW / "steering_run3auau.yaml", "sphnxprod02").rules
    assert (rule.name, str(rule.runs), rule.steps, rule.priority) == (
        "From514_TRKR_CLUSTER_run3physics",
        "72500-75000",
        (),
        59,
    )
    event, fitting = read_steering(PRODFLOW / "steering_run3oo_pilot.yaml", "sphnxprod03").rules
    assert event.steps == fitting.steps == ("histspider", "dstspider", "finishmon", "submit")
    assert str(event.runlist) == "/sphenix/u/sphnxpro/Production2026/BRANCH/dir_BRANCH/runlist"
