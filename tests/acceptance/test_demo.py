"""`prodcli demo` as a newcomer sees it: the chain runs, what it tells is true, and every line can be typed again."""

import json
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from prodcli.cli.app import app
from prodcli.cli.setup.narrator import shown
from prodcli.demo import workspace as service
from prodcli.demo.catalogs import RUNS
from prodcli.errors import ProdError, UsageError
from tests.support.rule_files import REPOSITORY

pytestmark = pytest.mark.limit(600)  # 475 jobs with the worker kit: under a minute on two free cores, more on busy ones

TAG = "ana540_2025p012_v001"
FILES = {
    "Demo_STREAMING_EVENT": 1252,
    "Demo_TRIGGERED_EVENT": 400,
    "Demo_TRKR_CLUSTER": 11,
    "Demo_CALOFITTING": 20,
    "Demo_TRKR_SEED": 11,
    "Demo_CALO": 20,
}


@dataclass(frozen=True)
class Told:
    """A demo that has run."""

    folder: Path
    code: int
    out: str
    err: str

    def commands(self) -> list[list[str]]:
        """The commands that it showed, as a shell reads them."""
        lines = self.out.replace("\\\n", "").splitlines()
        return [shlex.split(line.removeprefix("$ ")) for line in lines if line.startswith("$ ")]

    def sql(self, database: str, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of one of its databases."""
        with closing(sqlite3.connect(self.folder / "databases" / f"{database}.db")) as connection:
            return connection.execute(statement, values).fetchall()


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """One demo, run as from a shell, in a folder with a blank in its name."""
    home = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "prodcli", "demo", "a playground"]
    environment = {key: value for key, value in os.environ.items() if key != "PRODCLI_SITE"}
    done = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=False)
    return Told(home / "a playground", done.returncode, done.stdout, done.stderr)


@pytest.fixture
def inside(told: Told, monkeypatch: pytest.MonkeyPatch) -> Iterator[CliRunner]:
    """A command line in the demo's folder."""
    monkeypatch.chdir(told.folder)
    monkeypatch.delenv("PRODCLI_SITE", raising=False)
    yield CliRunner()


def run(runner: CliRunner, *words: str) -> tuple[str, str]:
    """Run a command, which must succeed; returns stdout and stderr."""
    result = runner.invoke(app, list(words))
    assert result.exit_code == 0, f"{words}: {result.exit_code}\n{result.stdout}\n{result.stderr}"
    return result.stdout, result.stderr


def test_it_ends_well_and_says_little_on_stderr(told: Told) -> None:
    assert told.code == 0, told.out + told.err
    assert told.err == f"prodcli: production, {told.folder}/prodcli.yaml\n"


def test_every_rule_has_its_files_on_disk_and_in_the_catalog(told: Told) -> None:
    on_disk = {path.name: path for path in (told.folder / "dst").rglob("*") if path.is_file()}
    listed = dict(told.sql("filecatalog", "SELECT lfn, full_file_path FROM files"))
    assert {name: str(path) for name, path in on_disk.items()} == listed
    assert len(listed) == sum(FILES.values())
    rows = told.sql("filecatalog", "SELECT tag, dsttype, COUNT(*) FROM datasets WHERE status = 1 GROUP BY 1, 2")
    assert len(rows) == 63 + 20 + 4
    assert {row for row in rows if row[0] == TAG} == {
        (TAG, "DST_TRKR_CLUSTER", 11),
        (TAG, "DST_CALOFITTING", 20),
        (TAG, "DST_TRKR_SEED", 11),
        (TAG, "DST_CALO", 20),
    }


def test_the_payloads_read_what_the_step_before_wrote(told: Told) -> None:
    def made_of(dsttype: str) -> list[str]:
        (path,) = (told.folder / "dst").rglob(f"{dsttype}_run3auau_*-00069610-00001.root")
        return re.findall(r"^(?:made of: )?/.*/(\S+)$", path.read_text(), re.MULTILINE)

    assert len(made_of("DST_TRKR_CLUSTER")) == 63
    assert len(made_of("DST_CALOFITTING")) == 20
    assert made_of("DST_TRKR_SEED") == [f"DST_TRKR_CLUSTER_run3auau_{TAG}-00069610-00001.root"]
    assert made_of("DST_CALO") == [f"DST_CALOFITTING_run3auau_{TAG}-00069610-00001.root"]


def test_the_books_have_every_job(told: Told) -> None:
    rows = told.sql("production", "SELECT rulename, status, COUNT(*) FROM production_jobs GROUP BY 1, 2")
    assert set(rows) == {
        ("Demo_STREAMING_EVENT", "finished", 313),
        ("Demo_TRIGGERED_EVENT", "finished", 100),
        ("Demo_TRKR_CLUSTER", "finished", 11),
        ("Demo_TRKR_CLUSTER", "held", 1),
        ("Demo_CALOFITTING", "finished", 20),
        ("Demo_TRKR_SEED", "finished", 11),
        ("Demo_CALO", "finished", 20),
    }
    assert told.sql("production", "SELECT id FROM production_jobs WHERE exitcode <> 0 OR clusterid IS NULL") == []


def test_one_job_is_held_for_its_memory(told: Told) -> None:
    held = """
        SELECT j.runnumber, j.segment, a.hold_code, a.memory_asked, a.memory_used > a.memory_asked
        FROM production_jobs j JOIN production_attempts a ON a.dbid = j.id WHERE a.hold_code IS NOT NULL"""
    assert told.sql("production", held) == [(69617, 2, 34, 24, 1)]
    assert "memory limit of 24 megabytes" in told.out
    helped = "SELECT runnumber, status, memoryusage > 24 FROM production_jobs WHERE rulename = ? AND segment = 2"
    assert set(told.sql("production", helped, "Demo_TRKR_CLUSTER")) == {
        (69617, "held", 1), (69613, "finished", 1), (69610, "finished", 1),
    }  # fmt: skip


def test_the_run_without_a_host_is_told(told: Told) -> None:
    assert re.search(r"few_hosts_raw +run +1 +69611 +missing ebdc17:1 \(TPC17\)", told.out)
    assert re.search(r"host_not_produced +run +1 +69614 +missing intt3 \(INTT3\)", told.out)
    made = told.sql("production", "SELECT DISTINCT runnumber FROM production_jobs WHERE rulename = 'Demo_TRKR_CLUSTER'")
    assert {row[0] for row in made} == {69610, 69613, 69617}


def test_every_anomaly_has_its_reason(told: Told, inside: CliRunner) -> None:
    reasons = {}
    for run_ in RUNS:
        command = "submit -c rules/demo.yaml -r Demo_STREAMING_EVENT -n --format json --runs"
        out, _ = run(inside, *command.split(), str(run_.number))
        reasons[run_.number] = {skipped["reason"] for skipped in json.loads(out)["skipped"]} - {"produced"}
    assert reasons == {
        69600: {"runtype"}, 69602: {"runtype"}, 69603: {"too_short"}, 69605: {"few_events"}, 69606: {"no_gl1"},
        69608: {"gl1_off_disk"}, 69610: set(), 69611: {"no_inputs"}, 69613: set(), 69614: {"host_off_disk"},
        69617: set(), 69620: {"run_not_ended"},
    }  # fmt: skip


def test_every_command_can_be_typed_again_and_changes_nothing(told: Told, inside: CliRunner) -> None:
    state = "SELECT id, filename, status, substatus, attempt, clusterid, procid FROM production_jobs ORDER BY id"
    before = told.sql("production", state), told.sql("filecatalog", "SELECT * FROM datasets ORDER BY filename")
    first, *commands = told.commands()
    assert first == ["cd", "a playground"]
    assert {words[1] for words in commands} == {"db", "submit", "local", "harvest", "spider", "query"}
    for program, *words in commands:
        assert program == "prodcli"
        out, _ = run(inside, *words)
        if words[0] == "submit":
            assert re.search(r"^(would submit|submitted) 0 jobs", out, re.MULTILINE), out
    after = told.sql("production", state), told.sql("filecatalog", "SELECT * FROM datasets ORDER BY filename")
    assert after == before


def test_what_to_try_next_works(told: Told, inside: CliRunner) -> None:
    hints = told.out.partition("To try next")[2].splitlines()
    commands = [line.split()[1:] for line in hints if line.startswith("  prodcli ")]
    assert len(commands) == 7
    for words in commands:
        assert run(inside, *words)[0]
    again = told.folder / "rules" / "again.yaml"
    again.write_text((told.folder / "rules" / "demo.yaml").read_text().replace("version: 1", "version: 2"))
    out, _ = run(inside, "submit", "-c", str(again), "-r", "Demo_TRKR_CLUSTER", "--runs", "69610", "69617", "-n")
    again.unlink()
    assert "would submit 12 jobs" in out


def test_what_it_says_fits_a_terminal(told: Told) -> None:
    """Its own words; tables of commands fit the terminal that there is, and off a terminal they are as wide as they are."""
    lines = told.out.splitlines()
    continued = [after for line, after in zip(lines, lines[1:], strict=False) if line.endswith("\\")]
    ours = [line for line in lines if line.startswith(("$ ", "----", "  prodcli "))] + continued
    ours += [text for chapter in service.story() for step in chapter.steps for text in step.text.splitlines()]
    assert continued
    assert [line for line in ours if len(line) > 80] == []


def test_the_examples_are_clean(told: Told, inside: CliRunner) -> None:
    out, _ = run(inside, "rules", "lint", "-c", "rules/demo.yaml", "--deep")
    assert "6 rules, all well" in out
    for script in (told.folder / "rules").rglob("*.sh"):
        subprocess.run(["/bin/sh", "-n", str(script)], check=True)
    out, _ = run(inside, "config", "check")
    assert "WRONG" not in out


def snapshot(folder: Path) -> dict[str, str]:
    """The files below a folder, with what is in them."""
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    for target in (tmp_path, tmp_path / "thesis.tex"):
        for options in ([], ["--fresh"]):
            result = CliRunner().invoke(app, ["demo", str(target), *options])
            assert result.exit_code == 2
            assert result.stderr.count("\n") == 1
            assert str(target) in result.stderr
    assert snapshot(tmp_path) == {"thesis.tex": "years of work"}


def test_a_demo_is_made_anew_only_when_asked(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    service.make_workspace(folder)
    rules = folder / "rules" / "demo.yaml"
    original = rules.read_text()
    rules.write_text("edited")
    (folder / "notes").write_text("mine")
    with pytest.raises(UsageError, match="--fresh"):
        service.make_workspace(folder)
    assert rules.read_text() == "edited"
    service.make_workspace(folder, fresh=True)
    assert rules.read_text() == original
    assert (folder / "notes").read_text() == "mine"


def test_a_demo_that_was_interrupted_can_be_made_anew(tmp_path: Path) -> None:
    workspace = service.make_workspace(tmp_path)
    shutil.rmtree(tmp_path / "databases")
    (tmp_path / "prodcli.yaml").unlink()
    service.make_workspace(tmp_path, fresh=True)
    assert workspace.config.site.name == "sphenix"


@pytest.mark.parametrize("name", ["it's", 'a"b', "a,b", "$HOME", "a{b}", "50%", "a\nb"])
def test_a_path_that_jobs_cannot_have_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError) as refused:
        service.make_workspace(tmp_path / name)
    assert "\n" not in str(refused.value)
    assert not (tmp_path / name).exists()


def test_below_a_path_with_testbed_it_is_a_testbed(tmp_path: Path) -> None:
    config = service.make_workspace(tmp_path / "testbed" / "demo").config
    assert config.mode.startswith("testbed")
    assert config.url("production") == f"sqlite:///{tmp_path}/testbed/demo/databases/production.db"
    assert config.site.roots["outdir"] == f"{tmp_path}/testbed/demo/dst"


def test_a_site_in_the_environment_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PRODCLI_SITE", "/nowhere/prodcli.yaml")
    monkeypatch.setattr(service, "story", tuple)
    result = CliRunner().invoke(app, ["demo", str(tmp_path / "demo")])
    assert result.exit_code == 0, result.stderr
    assert "$ prodcli --site . db init" in result.stdout
    assert "applied" in capfd.readouterr().out


def test_a_step_that_does_not_do_what_it_should_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = service.DemoStep("", ("query",), {"Demo_CALO": {"finished": 1}})
    monkeypatch.setattr(service, "story", lambda: (service.Chapter("1.", (wrong,)),))
    result = CliRunner().invoke(app, ["-q", "demo", str(tmp_path / "one")])
    assert (result.exit_code, result.stdout) == (1, "")
    assert "Demo_CALO should have 1 finished, and has no jobs" in result.stderr
    bad = service.DemoStep("", ("submit", "-c", "rules/none.yaml"))
    monkeypatch.setattr(service, "story", lambda: (service.Chapter("1.", (bad,)),))
    result = CliRunner().invoke(app, ["-q", "demo", str(tmp_path / "two")])
    assert result.exit_code == 1
    assert "`prodcli submit -c rules/none.yaml` ended with 3" in result.stderr


def test_no_held_job_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(ProdError, match="0 are held"):
        service.hold_reason(service.make_workspace(tmp_path))


def test_a_long_command_is_continued() -> None:
    text = shown(["prodcli", *(f"--option-{number}" for number in range(20)), "a b"])
    assert all(len(line) <= 80 for line in text.splitlines())
    assert shlex.split(text.replace("\\\n", ""))[1:] == ["prodcli", *(f"--option-{n}" for n in range(20)), "a b"]


def test_make_demo_may_be_said_again(tmp_path: Path) -> None:
    """The program is one that shows how it is called; the service's own tests hold what `--fresh` leaves alone."""
    folder = tmp_path / "venv/bin"
    folder.mkdir(parents=True)
    (folder / "prodcli").write_text('#!/bin/sh\necho "$@"\n')
    for made in (folder / "prodcli", folder / "python", tmp_path / "venv/installed"):
        made.touch(0o755)
    (folder / "prodcli").chmod(0o755)
    os.utime(folder / "python", (2**32, 2**32))
    os.utime(tmp_path / "venv/installed", (2**32, 2**32))
    words = ["make", "-s", "demo", f"VENV={tmp_path}/venv", f"DEMO={tmp_path}/demo"]
    done = subprocess.run(words, cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, f"demo --fresh {tmp_path}/demo\n"), done.stderr
