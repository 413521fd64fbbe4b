"""A failed job again, outside of production: its bundle, its trace, and books that know nothing of it."""

from pathlib import Path
from typing import Any

import pytest

from prodcli.batch.open import open_batch
from prodcli.config.settings import load_config
from prodcli.errors import ProdError, UsageError
from prodcli.reruns.bundle import Bundler
from prodcli.reruns.rerun import Rerun, Rerunner
from tests.integration.test_end_to_end import settle
from tests.support.condor_pool import wait_for
from tests.support.rule_files import write_rules
from tests.support.workspace import COMBINATIONS, Workspace

REAL = pytest.mark.parametrize(("database", "batch"), [COMBINATIONS[0], COMBINATIONS[1], COMBINATIONS[3]])
LOCAL = pytest.mark.parametrize(("database", "batch"), COMBINATIONS[:1])
# $5 is the run, $6 the segment, ${10} the output folder, ${15} the name of the output without .root, ${18} the row
PAYLOAD = """#!/usr/bin/env bash
echo "run $5 segment $6 row ${18} debug ${PRODCLI_DEBUG:-no}"
wanted="a value that only a trace shows"
case $6 in 1) echo "no such calibration" >&2; exit 3 ;; esac
echo data > "${10}/${15}.root"
"""


def rerunner(workspace: Workspace) -> Rerunner:
    """What runs jobs of a workspace again."""
    config = load_config(workspace.file, workspace.folder)
    bundler = Bundler(config.site, config.templates, config.campaigns)
    return Rerunner(workspace.database(), open_batch(config), bundler)


def failed_job(workspace: Workspace, batch: str) -> int:
    """The row of a failed job of a production that has ended."""
    rules = write_rules(workspace.folder / "rules")
    script = workspace.folder / "rules" / "run.sh"
    script.write_text(PAYLOAD)
    jobs = sum(one["jobs"] for one in workspace.json("submit", "-c", rules, "-r", "mvtxme")["submitted"])
    settle(workspace, batch, jobs)
    return int(workspace.sql("SELECT MIN(id) FROM production_jobs WHERE exitcode = 3")[0][0])


def books(workspace: Workspace) -> list[list[tuple[Any, ...]]]:
    """All that the books have of jobs."""
    return [
        workspace.sql(f"SELECT * FROM {table} ORDER BY 1, 2")  # noqa: S608
        for table in ("production_jobs", "production_attempts", "production_claims", "production_action_jobs")
    ]


def ran(workspace: Workspace, batch: str, again: Rerun) -> Path:
    """The folder of a bundle whose job has ended."""
    if batch == "local":
        workspace.ok("local", "run", "--drain", "--slots", 1)
    wait_for(lambda: "exit 3" in next(iter(again.bundle.folder.glob("trace/*.trace")), Path("/dev/null")).read_text())
    return again.bundle.folder


@REAL
def test_a_failed_job_fails_again_where_everybody_can_look(real: Workspace, batch: str) -> None:
    dbid = failed_job(real, batch)
    before, files = books(real), sorted((real.folder / "files").rglob("*"))
    runs = rerunner(real)
    again = runs.submit(runs.bundle(dbid))
    folder = ran(real, batch, again)
    assert "a value that only a trace shows" in next(folder.glob("trace/*.trace")).read_text()
    assert "PRODCLI_DEBUG=1" in next(folder.glob("trace/*.environment")).read_text()
    out, err = (next(folder.glob(f"logdir/debug-*.{kind}")) for kind in ("out", "err"))
    wait_for(lambda: err.read_text().startswith("no such calibration"))
    assert "segment 1 row -1 debug 1" in out.read_text()
    assert again.bundle.notes == ()
    for words in (("harvest", "--sweep"), ("reconcile",)):
        real.ok(*words)
    assert books(real) == before
    assert sorted((real.folder / "files").rglob("*")) == files


@LOCAL
def test_a_bundle_holds_what_the_job_had(real: Workspace, batch: str) -> None:
    dbid = failed_job(real, batch)
    made = rerunner(real).bundle(dbid, real.folder / "look")
    assert made.cluster is None
    names = {path.name for path in (real.folder / "look").iterdir()}
    assert {"rule.yaml", "payload.txt", "job.sub", "items.csv", "debug.sh", "by_hand.sh", "logs"} <= names
    assert [path.read_text() for path in (real.folder / "look" / "logs").glob("*.err")] == ["no such calibration\n"]
    assert all(
        line.startswith("as it was\t") for line in (real.folder / "look" / "payload.txt").read_text().splitlines()
    )
    text = (real.folder / "look" / "job.sub").read_text()
    assert "ProdcliDbid" not in text
    assert "batch_name = debug.mvtxme" in text
    with pytest.raises(UsageError, match="new or empty"):
        rerunner(real).bundle(dbid, real.folder / "look")


@LOCAL
def test_by_hand_it_fails_in_the_same_way(real: Workspace, batch: str) -> None:
    import subprocess

    made = rerunner(real).bundle(failed_job(real, batch), real.folder / "look")
    done = subprocess.run(["bash", made.bundle.folder / "by_hand.sh"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (3, "no such calibration\n")


@LOCAL
def test_what_changed_since_is_said(real: Workspace, batch: str) -> None:
    dbid = failed_job(real, batch)
    (real.folder / "rules" / "run.sh").write_text(PAYLOAD + "# changed\n")
    made = rerunner(real).bundle(dbid)
    assert made.bundle.notes == (
        "1 of 2 files of the payload are not as they were (payload.txt); the job gets those of now",
    )


@LOCAL
def test_jobs_of_which_too_little_is_kept(real: Workspace, batch: str) -> None:
    dbid = failed_job(real, batch)
    with pytest.raises(UsageError, match="no job"):
        rerunner(real).bundle(999_999)
    real.sql("UPDATE production_claims SET provenance = NULL")
    with pytest.raises(ProdError, match="not on record"):
        rerunner(real).bundle(dbid)
    for file in (real.folder / "campaigns").rglob("job.sub"):
        file.unlink()
    with pytest.raises(ProdError, match="rendered files are gone"):
        rerunner(real).bundle(dbid)


@LOCAL
def test_the_verb_says_where_everything_is(real: Workspace, batch: str) -> None:
    dbid = failed_job(real, batch)
    (row,) = real.json("diagnose", "--rerun", dbid, "--debug", "--no-submit", "--into", real.folder / "look")
    assert (row["dbid"], row["state"], row["job"]) == (dbid, "failed", "")
    assert row["bundle"] == str(real.folder / "look")
    assert row["by_hand"] == f"bash {real.folder}/look/by_hand.sh"
    text = real.ok("diagnose", "--rerun", dbid, "--debug").out
    assert f"{real.folder}/campaigns/debug/{dbid}-" in text
    assert "the books do not know the job" in text
    for words in (("--rerun", dbid), ("--debug",), ("--into", real.folder)):
        assert real.run("diagnose", *words).code == 2
