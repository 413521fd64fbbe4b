"""The worker kit in a campaign: copied once for each content, on record, and never changed under jobs that wait."""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from prodcli.errors import ProdError, RuleError
from prodcli.rules.kit import read_kit
from prodcli.submission.kit_copy import is_whole, keep_kit
from tests.support.condor_pool import wait_for
from tests.support.held_jobs import failed, states
from tests.support.kits import make_kit, site_with_kit
from tests.support.library_rules import load
from tests.support.pass_processes import killed
from tests.support.rule_files import write_rules
from tests.support.waiting_jobs import LOCAL, schedd_of, submit_words
from tests.support.workspace import COMBINATIONS, Workspace, seeded_catalog

RULE = "mvtxme"
ENVIRONMENT = (
    'echo "$SPHENIXPROD_SCRIPT_PATH|$PRODCLI_ATTEMPT|$WHO"; shift 16; echo "$1"\n. "$SPHENIXPROD_SCRIPT_PATH/prep.sh"\n'
)
EACH = pytest.mark.parametrize(("database", "batch"), COMBINATIONS)


def with_kit(workspace: Workspace) -> Path:
    """Give the site of a workspace a kit."""
    kit = make_kit(workspace.folder / "kit of the site")
    workspace.settings["site"] = site_with_kit(kit)
    workspace.write()
    return kit


@pytest.fixture
def rules(workspace: Workspace) -> Path:
    """The rule file of a workspace with a kit and a random catalog."""
    workspace.load(seeded_catalog(1))
    with_kit(workspace)
    file = write_rules(workspace.folder / "rules")
    (file.parent / "run.sh").write_text("#!/bin/sh\n" + ENVIRONMENT)
    return file


def copies(workspace: Workspace) -> list[Path]:
    return sorted((workspace.folder / "campaigns/kit").iterdir())


def kits_of_claims(workspace: Workspace) -> list[str | None]:
    return [kit for (kit,) in workspace.sql("SELECT kit FROM production_claims ORDER BY started, id")]


def test_jobs_find_their_copy_and_a_changed_kit_never_reaches_those_that_wait(
    workspace: Workspace, rules: Path
) -> None:
    workspace.ok("submit", "-c", rules, "-r", RULE, "--maxjobs", 2)
    kit = Path(workspace.settings["site"]["kit_folder"])
    (first,) = copies(workspace)
    assert (first.name, kits_of_claims(workspace)) == (read_kit(kit).name, [first.name])
    assert {path.stat().st_mode & 0o777 for path in first.rglob("*") if path.is_file()} == {0o444, 0o555}
    make_kit(kit, prep='echo "prepared anew by $SPHENIXPROD_SCRIPT_PATH"\n')
    workspace.ok("submit", "-c", rules, "-r", RULE, "--maxjobs", 1)
    assert len(copies(workspace)) == 2
    assert sorted(map(str, kits_of_claims(workspace))) == sorted(path.name for path in copies(workspace))
    workspace.ok("local", "run", "--drain")
    said = {}
    for run, kit_name, out in workspace.sql(
        "SELECT j.runnumber, c.kit, j.out FROM production_jobs j JOIN production_claims c ON c.id = j.claim_id"
    ):
        place = f"{workspace.folder}/campaigns/kit/{kit_name}"
        environment, payload, prepared = Path(out).read_text().splitlines()
        assert environment == f'{place}|1|it\'s "me" {run}'
        assert payload == f"{rules.parent}/payload,{place}/prep.sh,{place}/more/stageout.sh"
        said[kit_name] = prepared
    assert said[first.name] == f"prepared by {first}"
    assert set(said.values()) - {f"prepared by {first}"} == {
        f"prepared anew by {path}" for path in copies(workspace) if path != first
    }


def test_the_same_kit_is_copied_once_and_a_damaged_copy_is_made_again(workspace: Workspace, rules: Path) -> None:
    workspace.ok("submit", "-c", rules, "-r", RULE, "--maxjobs", 1)
    (copy,) = copies(workspace)
    made = copy.stat().st_ino
    workspace.ok("submit", "-c", rules, "-r", RULE, "--maxjobs", 1)
    assert copy.stat().st_ino == made
    (copy / "prep.sh").chmod(0o644)
    (copy / "prep.sh").write_text("exit 1\n")
    assert not is_whole(copy)
    workspace.ok("submit", "-c", rules, "-r", RULE, "--maxjobs", 1)
    assert is_whole(copy)
    assert copies(workspace) == [copy]
    assert kits_of_claims(workspace) == [copy.name] * 3


@pytest.mark.parametrize("damage", ["prep.sh", "more"])
def test_a_copy_that_lacks_something_is_made_again(workspace: Workspace, rules: Path, damage: str) -> None:
    workspace.ok("submit", "-c", rules, "-r", RULE, "--maxjobs", 1)
    (copy,) = copies(workspace)
    path = copy / damage
    _ = shutil.rmtree(path) if path.is_dir() else path.unlink()
    workspace.ok("submit", "-c", rules, "-r", RULE, "--no-submit", "--maxjobs", 1)
    assert is_whole(copy)


def test_what_a_killed_pass_left_aside_is_never_used_and_goes(workspace: Workspace, rules: Path) -> None:
    killed(workspace, "kit.written", "submit", "-c", rules, "-r", RULE, "--maxjobs", 2)
    (aside,) = copies(workspace)
    assert aside.name.startswith(".")
    workspace.ok("submit", "-c", rules, "-r", RULE, "--maxjobs", 2)
    (copy,) = (copy for copy in copies(workspace) if copy != aside)
    assert is_whole(copy)
    assert workspace.sql("SELECT COUNT(*), COUNT(clusterid) FROM production_jobs WHERE schedd IS NOT NULL") == [(2, 2)]
    os.utime(aside, (0, 0))
    make_kit(Path(workspace.settings["site"]["kit_folder"]), prep="echo other\n")
    workspace.ok("submit", "-c", rules, "-r", RULE, "--maxjobs", 1)
    assert aside not in copies(workspace)
    assert len(copies(workspace)) == 2


def test_passes_that_race_for_a_copy_all_find_it_whole(tmp_path: Path) -> None:
    kit = make_kit(tmp_path / "site")
    rule = load("seed")
    rule = replace(rule, kit=str(tmp_path / "kit" / read_kit(kit).name), site=replace(rule.site, kit_folder=str(kit)))
    for damaged in (False, True):
        if damaged:
            (Path(rule.kit) / "prep.sh").unlink()
        with ThreadPoolExecutor(8) as passes:
            for done in [passes.submit(keep_kit, rule) for _ in range(24)]:
                done.result()
        assert is_whole(Path(rule.kit))
        assert [path.name for path in (tmp_path / "kit").iterdir()] == [Path(rule.kit).name]


def test_a_kit_that_changes_during_the_pass_stops_it(tmp_path: Path) -> None:
    kit = make_kit(tmp_path / "site")
    rule = load("seed")
    rule = replace(rule, kit=str(tmp_path / "kit/other"), site=replace(rule.site, kit_folder=str(kit)))
    with pytest.raises(RuleError, match="the worker kit has changed since the pass began"):
        keep_kit(rule)
    assert not (tmp_path / "kit").exists()


def test_a_campaign_folder_that_takes_no_copy_is_one_line(tmp_path: Path) -> None:
    kit = make_kit(tmp_path / "site")
    (tmp_path / "kit").touch()
    rule = load("seed")
    rule = replace(rule, kit=str(tmp_path / "kit" / read_kit(kit).name), site=replace(rule.site, kit_folder=str(kit)))
    with pytest.raises(ProdError, match="the worker kit cannot be copied"):
        keep_kit(rule)


@pytest.mark.parametrize("words", [(), ("-n",), ("--no-submit",)])
def test_a_missing_kit_is_one_line_before_anything_is_claimed(
    workspace: Workspace, rules: Path, words: tuple[str, ...]
) -> None:
    kit = Path(workspace.settings["site"]["kit_folder"])
    shutil.rmtree(kit)
    answer = workspace.run("submit", "-c", rules, "-r", RULE, *words)
    says = f"kit_folder: {kit}: No such file or directory"
    assert (answer.code, says in answer.err, answer.err.count("\n")) == (3, True, 1)
    assert not (workspace.folder / "campaigns/kit").exists()
    assert workspace.sql("SELECT COUNT(*) FROM production_claims") == [(0,)]
    lint = workspace.run("rules", "lint", rules, "--deep", "--format", "json")
    assert lint.code == 3
    assert {found["finding"] for found in lint.data if "kit" in found["finding"]} == {says}


def test_a_dry_run_names_the_copy_and_makes_none(workspace: Workspace, rules: Path) -> None:
    kit = Path(workspace.settings["site"]["kit_folder"])
    planned = workspace.json("submit", "-c", rules, "-r", RULE, "-n")["jobs"]
    assert f"/campaigns/kit/{read_kit(kit).name}/prep.sh," in planned[0]["arguments"]
    assert not (workspace.folder / "campaigns/kit").exists()


@EACH
def test_jobs_again_keep_the_kit_that_they_name(real: Workspace, queue: Any) -> None:
    site = with_kit(real)
    real.ok(*submit_words(real))
    (copy,) = copies(real)
    make_kit(site, prep="echo other\n")
    first, second, *_ = sorted(states(real))
    failed(real, queue, [first])
    real.ok("resubmit", "--clone", "--dsttype", "DST_TRKR_MVTXME", "--yes")
    assert states(real)[first][2] == 2
    assert kits_of_claims(real) == [copy.name, copy.name]
    assert copies(real) == [copy]
    failed(real, queue, [first, second])
    shutil.rmtree(copy)
    answer = real.run("resubmit", "--clone", "--dsttype", "DST_TRKR_MVTXME", "--yes", quiet=False)
    assert f"2 jobs left out: worker kit is gone or damaged: {copy}" in answer.out + answer.err
    assert {states(real)[dbid][2] for dbid in (first, second)} == {2, 1}


@pytest.mark.parametrize(("database", "batch"), LOCAL)
def test_parked_jobs_come_back_with_their_kit_or_not_at_all(real: Workspace, queue: Any) -> None:
    with_kit(real)
    real.ok(*submit_words(real))
    first, *_ = sorted(states(real))
    real.ok("park", "--dbid", first, "--yes")
    (copy,) = copies(real)
    copy.rename(copy.with_name("away"))
    answer = real.run("unpark", "--dsttype", "DST_TRKR_MVTXME", "--yes", quiet=False)
    assert f"1 job left out: worker kit is gone or damaged: {copy}" in answer.out + answer.err
    copy.with_name("away").rename(copy)
    real.ok("unpark", "--dsttype", "DST_TRKR_MVTXME", "--yes")
    assert states(real)[first][:1] == ("submitted",)
    assert kits_of_claims(real) == [copy.name, copy.name]


@pytest.mark.htcondor
@pytest.mark.parametrize(("database", "batch"), COMBINATIONS[2:3])
def test_the_environment_arrives_through_htcondor_as_it_is_written(real: Workspace, queue: Any) -> None:
    with_kit(real)
    file = write_rules(real.folder / "rules")
    (file.parent / "run.sh").write_text("#!/bin/sh\n" + ENVIRONMENT)
    real.ok("submit", "-c", file, "-r", RULE, "--maxjobs", 1)
    (copy,) = copies(real)
    ((run, out),) = real.sql("SELECT runnumber, out FROM production_jobs WHERE schedd = ?", schedd_of(real))
    wait_for(lambda: Path(out).exists() and Path(out).read_text().count("\n") == 3)
    environment, payload, prepared = Path(out).read_text().splitlines()
    assert environment == f'{copy}|1|it\'s "me" {run}'
    assert payload.endswith(f",{copy}/prep.sh,{copy}/more/stageout.sh")
    assert prepared == f"prepared by {copy}"
