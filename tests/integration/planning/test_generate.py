"""Rules without inputs through the verbs, on databases of which only the file catalog and the books are there."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from prodcli.submission.submit_pass import Pass
from prodcli.why.answer import Answer, Assumptions, Why
from tests.support.catalog import Catalog
from tests.support.generated_rules import SITE, generated_rule
from tests.support.rule_files import REPOSITORY, write_rules
from tests.support.workspace import ONE_DATABASE, Workspace

NAMES = "DST_SIM_run3auau_ana540_2025p012_v001-{run:08d}-{segment:05d}.root"


@pytest.fixture
def bare(workspace: Workspace) -> Workspace:
    """A workspace without runs, whose prodcli.yaml names no daq and no raw catalog."""
    workspace.load(Catalog())
    for role in ("daq", "raw"):
        del workspace.settings["databases"][role]
    workspace.settings["site"] = SITE
    workspace.write()
    return workspace


def written(workspace: Workspace, jobs: object = 5, runs: object = "1-2", **more: Any) -> Path:
    """The file of a rule without inputs."""
    job = {"job_arguments": "{run} {seg} {seed} {neventsper} {inputs}", **more}
    return write_rules(workspace.folder / "rules", {"Sim": generated_rule(jobs, runs, **job)})


def booked(workspace: Workspace) -> list[tuple[Any, ...]]:
    """Run, segment and attempt of all rows, newest run first."""
    return workspace.sql("SELECT runnumber, segment, attempt FROM production_jobs ORDER BY runnumber DESC, segment")


def test_a_pass_and_a_raise_book_each_segment_once(bare: Workspace) -> None:
    plan = bare.json("submit", "-c", written(bare), "-n")
    assert [(job["runnumber"], job["segment"]) for job in plan["jobs"]] == [
        (run, s) for run in (2, 1) for s in range(5)
    ]
    assert plan["jobs"][1]["arguments"] == "2 1 200001 1000 none"
    bare.ok("submit", "-c", written(bare))
    assert booked(bare) == [(run, segment, 1) for run in (2, 1) for segment in range(5)]
    again = bare.json("submit", "-c", written(bare), "-n")
    assert (again["jobs"], [(one["reason"], one["count"]) for one in again["skipped"]]) == ([], [("blocked", 10)])
    bare.ok("submit", "-c", written(bare, 8, "1-3"), "--runs", "2-90000")
    assert booked(bare) == [(run, s, 1) for run, jobs in ((3, 8), (2, 8), (1, 5)) for s in range(jobs)]


def test_the_books_expect_all_jobs_of_a_run(bare: Workspace) -> None:
    bare.ok("submit", "-c", written(bare, 5, [7], job_outputs_per_job=3))
    columns = "segment, filename, eventsinrun, maxjobsexpected, outputs_per_job, intriplet, indsttype_str"
    rows = bare.sql(f"SELECT {columns} FROM production_jobs ORDER BY segment")  # noqa: S608
    assert rows == [(3 * job, NAMES.format(run=7, segment=3 * job), 15_000, 5, 3, "N/A", "") for job in range(5)]
    (row,) = bare.json("query")
    assert (row["dsttype"], row["jobs"]) == ("DST_SIM", 5)


def test_rows_that_are_booked_expect_as_many_jobs_as_those_that_come_later(bare: Workspace) -> None:
    bare.ok("submit", "-c", written(bare, 5, "1-2"))
    bare.ok("submit", "-c", written(bare, 8, "1-2"), "--runs", 2)
    columns = (
        "SELECT runnumber, maxjobsexpected, eventsinrun, COUNT(*) FROM production_jobs GROUP BY 1, 2, 3 ORDER BY 1"
    )
    assert bare.sql(columns) == [(1, 5, 5000, 5), (2, 8, 8000, 8)]
    bare.ok("submit", "-c", written(bare, 9, "1-2"), "--runs", 2, "--maxjobs", 1)
    bare.ok("submit", "-c", written(bare, 4, "1-2"))  # no job is taken back by that
    assert bare.sql(columns) == [(1, 5, 5000, 5), (2, 9, 9000, 9)]


def output(workspace: Workspace, run: int, segment: int) -> Path:
    """Write a file where a job of the rule would."""
    tag = "ana540_2025p012_v001"
    folder = workspace.folder / "files/production/run3auau/physics" / tag / "DST_SIM/run_00000000_00000100"
    path = folder / NAMES.format(run=run, segment=segment)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    return path


def test_registered_outputs_are_not_made_again(bare: Workspace) -> None:
    file = written(bare)
    output(bare, 2, 3)
    output(bare, 1, 0)
    assert bare.json("register", "-c", file)[0]["new"] == 2
    plan = bare.json("submit", "-c", file, "-n")
    assert [(job["runnumber"], job["segment"]) for job in plan["jobs"]] == [
        (run, segment) for run in (2, 1) for segment in range(5) if (run, segment) not in {(2, 3), (1, 0)}
    ]
    assert [(one["reason"], one["count"], one["runs"]) for one in plan["skipped"]] == [("produced", 2, [1, 2])]


def test_outputs_are_removed_and_made_again(bare: Workspace) -> None:
    file = written(bare)
    bare.ok("submit", "-c", file)
    for table in ("production_jobs", "production_attempts"):
        bare.sql(f"UPDATE {table} SET status = 'finished', substatus = ''")  # noqa: S608
    paths = {(run, segment): output(bare, run, segment) for run in (1, 2) for segment in range(5)}
    assert bare.json("register", "-c", file)[0]["new"] == 10
    bare.ok("remove", "-c", file, "--runs", "1", "--segments", "0", "1", "--yes")
    assert [place for place, path in paths.items() if not path.exists()] == [(1, 0), (1, 1)]
    assert len(booked(bare)) == 8
    bare.ok("submit", "-c", file, "--runs", "2", "--force", "--yes")
    assert not any(paths[2, segment].exists() for segment in range(5))
    assert booked(bare) == [(2, segment, 2) for segment in range(5)] + [(1, segment, 1) for segment in (2, 3, 4)]
    bare.ok("submit", "-c", file)
    assert [(run, segment) for run, segment, _ in booked(bare)] == [(run, s) for run in (2, 1) for s in range(5)]


@ONE_DATABASE
def test_why_tells_of_one_run_and_of_many(bare: Workspace) -> None:
    file = written(bare, 6, [3, "10-11"])
    bare.ok("runs", "invalid", "add", "--runs", "10", "--segments", "2", "--reason", "wrong vertex")
    bare.ok("runs", "invalid", "add", "--runs", "11", "--reason", "wrong field")
    bare.ok("submit", "-c", file, "--runs", "10", "--segments", "0")
    one = bare.ok("why", "-c", file, "-r", "Sim", "--runs", "10").out
    assert "in input.generate.runs, with 6 jobs" in one
    assert "1 of 6 segments invalid: 2" in one
    assert "5 of 6 segments are generated" in one
    assert "1 of 5 outputs" in one
    assert "the rule has no run 9; its runs are 3, 10-11" in bare.ok("why", "-c", file, "--runs", "9").out
    assert "wrong field" in bare.ok("why", "-c", file, "--runs", "11").out
    many = bare.ok("why", "-c", file).out
    assert "10 jobs can be submitted now in 2 runs" in many
    assert "wrong field" in many


def test_check_compares_the_jobs_with_catalog_books_and_disk(bare: Workspace) -> None:
    """Nothing is known of the events of outputs; a job makes two of them."""
    file = written(bare, 3, "1-2", job_outputs_per_job=2)
    words = ("check", "-c", file)
    bare.ok("submit", "-c", file, "--runs", 1)
    bare.ok("local", "run", "--drain")
    bare.ok("harvest")
    folder = bare.folder / "files/production/run3auau/physics/ana540_2025p012_v001/DST_SIM/run_00000000_00000100"
    folder.mkdir(parents=True, exist_ok=True)
    for segment in (0, 1, 2, 3, 4):
        (folder / NAMES.format(run=1, segment=segment)).write_text(f"output {segment}")
    bare.ok("register", "-c", file)
    (folder / NAMES.format(run=1, segment=3)).unlink()
    (folder / NAMES.format(run=2, segment=0)).write_text("nobody registered it")
    found = bare.run(*words, "--format", "json")
    assert (found.code, found.data["units"], found.data["units_complete"]) == (1, 6, 3)
    assert (found.data["events_expected"], found.data["outputs"], found.data["outputs_expected"]) == (0, 5, 3)
    assert sorted((one["kind"], one["run"], one["segment"]) for one in found.data["findings"]) == [
        ("no_file", 1, 3),
        ("unregistered", 2, 0),
    ]
    assert bare.run(*words, "--report", "missing_output").out == "2 0\n2 2\n2 4\n"
    assert bare.run(*words, "--segments", 3, "--report", "missing_output").out == "2 2\n"
    bare.ok("runs", "invalid", "add", "--runs", 2, "--reason", "wrong field")
    (folder / NAMES.format(run=1, segment=3)).write_text("output 3")
    (folder / NAMES.format(run=2, segment=0)).unlink()
    bare.ok(*words)


def test_check_finalizes_what_is_complete(bare: Workspace) -> None:
    file = written(bare, 2, "1-2")
    folder = bare.folder / "files/production/run3auau/physics/ana540_2025p012_v001/DST_SIM/run_00000000_00000100"
    folder.mkdir(parents=True, exist_ok=True)
    for run, segment in ((1, 0), (1, 1), (2, 0)):
        (folder / NAMES.format(run=run, segment=segment)).write_text(f"output {run} {segment}")
    bare.ok("register", "-c", file)
    fixes = bare.run("check", "-c", file, "--fix", "-n", "--format", "json").data["fixes"]
    assert [(one["fix"], one["outputs"]) for one in fixes] == [("submit", 1), ("data set finalized", 1)]
    assert fixes[1]["command"].endswith("-r Sim --runs=1 --reason 'prodcli check found all outputs'")
    bare.ok("check", "-c", file, "--runs", 1, "--fix", "--yes")
    states = [(one["dsttype"], one["runs"], one["state"]) for one in bare.json("data", "list")]
    assert states == [("DST_SIM", "1", "finalized")]
    assert bare.run("check", "-c", file, "--runs", 1, "--fix", "-n", "--format", "json").data["fixes"] == []


@ONE_DATABASE
def test_config_check_says_what_needs_an_absent_catalog(bare: Workspace) -> None:
    found = {one["what"]: one for one in bare.json("config", "check")}
    assert {what: one["is"] for what, one in found.items() if one["is"] != "ok"} == {
        "database daq": "absent",
        "database raw": "absent",
    }
    assert "all rules but those of jobs without inputs need it" in found["database daq"]["detail"]
    bare.settings["databases"]["daq"] = "sqlite:////nowhere/daq.db"
    bare.write()
    answer = bare.run("config", "check", "--format", "json")
    assert (answer.code, [one["what"] for one in answer.data if one["is"] == "WRONG"]) == (4, ["database daq"])


def test_why_keeps_no_names_of_jobs_that_may_be_a_million(bare: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[tuple[object, object]] = []

    def answer(this: Why, one: Pass, assume: Assumptions) -> Answer:
        found = real_answer(this, one, assume)
        kept.append((this.catalogs.memory.get("produced"), this.books.memory))
        return found

    real_answer = Why.answer
    monkeypatch.setattr(Why, "answer", answer)
    file = written(bare)
    bare.ok("submit", "-c", file, "--maxjobs", 3)
    assert "7 jobs can be submitted now in 2 runs" in bare.ok("why", "-c", file).out
    assert "+3 jobs" in bare.ok("why", "-c", file, "--ignore-state", "submitted").out
    assert kept == [(None, {})] * 2


@ONE_DATABASE
def test_a_rule_with_inputs_needs_its_catalogs(bare: Workspace) -> None:
    file = write_rules(bare.folder / "rules")
    answer = bare.run("submit", "-c", file, "-r", "cluster", "--runs", "1", "-n")
    assert (answer.code, answer.err.count("\n")) == (3, 1)
    assert "databases.daq is missing" in answer.err


@ONE_DATABASE
@pytest.mark.parametrize("bad", [{"jobs": 0}, {"jobs": -1}, {"jobs": "x"}, {"jobs": 10**12}, {"runs": ["1-5", 3]}])
def test_lint_has_a_line_for_a_bad_number(bare: Workspace, bad: dict[str, Any]) -> None:
    (key,) = bad
    answer = bare.run("rules", "lint", "-c", written(bare, **bad), "--format", "json")
    assert answer.code == 3
    (found,) = [one for one in answer.data if one["kind"] == "error"]
    assert found["finding"].startswith(f"input.generate.{key}: ")


@ONE_DATABASE
def test_the_example_makes_its_events_from_seeds(bare: Workspace) -> None:
    rules = bare.folder / "rules"
    rules.mkdir()
    for name in ("generate.yaml", "run_generate.sh"):
        shutil.copy(REPOSITORY / "prodflow-examples" / name, rules)
    lint = bare.json("rules", "lint", "-c", rules / "generate.yaml", "--deep")
    assert not [one for one in lint if one["kind"] == "error"]
    plan = bare.json("submit", "-c", rules / "generate.yaml", "-n")
    assert len(plan["jobs"]) == 4000
    words = [job["arguments"].split() for job in plan["jobs"][:2]]
    assert [word[:4] for word in words] == [["12", "0", "1200000", "500"], ["12", "1", "1200001", "500"]]
    made = []
    for word in (words[0], words[0], words[1]):
        script = [rules / "run_generate.sh", *word]
        subprocess.run(script, cwd=bare.folder, check=True, capture_output=True)  # noqa: S603
        made.append(Path(word[4], f"{word[5]}.root").read_text())
    assert len(made[0].splitlines()) == 500
    assert made[0] == made[1] != made[2]
    assert bare.json("register", "-c", rules / "generate.yaml")[0]["new"] == 2
