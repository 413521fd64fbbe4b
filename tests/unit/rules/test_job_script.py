"""The script of a rule's jobs: by its name in the payload, as the published rules mean it."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from prodcli.errors import RuleError
from prodcli.rules.check import check_rule, require_rule
from prodcli.rules.job_script import script_of, with_script
from prodcli.rules.model import Rule
from prodcli.rules.required_files import lacks
from tests.support.library_rules import changed, sphenix


def rule_in(folder: Path, **job: Any) -> Rule:
    """A rule whose file lies in a folder."""
    file = str(folder / "rules.yaml")
    keys = {f"job_{key}": value for key, value in job.items()}
    return require_rule(check_rule("R", changed("cluster", **keys), sphenix(), file=file), file)


def script(path: Path, mode: int = 0o755) -> Path:
    """An executable file, with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    ("place", "payload"),
    [
        ("tracking_code/run_x.sh", "tracking_code/*"),
        ("tracking_code/run_x.sh", "tracking_code"),
        ("tracking_code/run_x.sh", "tracking_code/"),
        ("tracking_code/run_x.sh", "tracking_code/run_x.sh"),
        ("tracking_code/deep/er/run_x.sh", "tracking_code/*"),
        ("../calo_code/run_x.sh", "../calo_code/*"),
    ],
)
def test_a_script_is_found_in_the_payload(tmp_path: Path, place: str, payload: str) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    there = script(rules / place)
    assert script_of(rule_in(rules, script="run_x.sh", payload=[payload])).samefile(there)


def test_the_payload_counts_before_a_script_beside_the_rule_file(tmp_path: Path) -> None:
    beside, inside = script(tmp_path / "run_x.sh"), script(tmp_path / "code" / "run_x.sh")
    assert script_of(rule_in(tmp_path, script="run_x.sh", payload=["code/*"])) == inside
    inside.unlink()
    assert script_of(rule_in(tmp_path, script="run_x.sh", payload=["code/*"])) == beside
    assert script_of(rule_in(tmp_path, script="run_x.sh", payload=[])) == beside


def test_a_path_is_taken_as_it_is_written(tmp_path: Path) -> None:
    script(tmp_path / "code" / "run_x.sh")
    other = script(tmp_path / "other" / "run_x.sh")
    assert script_of(rule_in(tmp_path, script="other/run_x.sh", payload=["code/*"])) == other
    assert script_of(rule_in(tmp_path, script=str(other), payload=["code/*"])) == other


def test_a_file_counts_once_by_whatever_way_it_is_named(tmp_path: Path) -> None:
    there = script(tmp_path / "code" / "run_x.sh")
    (tmp_path / "link").symlink_to(tmp_path / "code")
    payload = ["code/*", "code", "link/*"]
    assert script_of(rule_in(tmp_path, script="run_x.sh", payload=payload)) == there


def the_error(rule: Rule) -> str:
    with pytest.raises(RuleError) as caught:
        script_of(rule)
    assert caught.value.what in list(lacks(rule))  # lint and dry runs say the same
    assert caught.value.where == f"{rule.file}: rule R"
    return caught.value.what


def test_two_scripts_of_a_name_are_an_error_with_both(tmp_path: Path) -> None:
    one, two = script(tmp_path / "a" / "run_x.sh"), script(tmp_path / "b" / "run_x.sh")
    error = the_error(rule_in(tmp_path, script="run_x.sh", payload=["a/*", "b/*"]))
    assert error == f"job.script: 2 files of the payload are run_x.sh: {one}, {two}; write the path of one"


def test_a_script_that_is_nowhere_is_an_error_with_the_places(tmp_path: Path) -> None:
    script(tmp_path / "code" / "run_y.sh")
    error = the_error(rule_in(tmp_path, script="run_x.sh", payload=["code/*", "none"]))
    assert error == (
        f"job.script: {tmp_path}/run_x.sh does not exist, nor run_x.sh in {tmp_path}/code/*, {tmp_path}/none"
    )
    assert the_error(rule_in(tmp_path, script="run_x.sh", payload=[])) == (
        f"job.script: {tmp_path}/run_x.sh does not exist"
    )
    (tmp_path / "run_x.sh").mkdir()  # a folder is no script
    assert "does not exist" in the_error(rule_in(tmp_path, script="run_x.sh", payload=[]))


def test_a_script_that_cannot_be_executed_is_an_error(tmp_path: Path) -> None:
    there = script(tmp_path / "code" / "run_x.sh", 0o644)
    error = the_error(rule_in(tmp_path, script="run_x.sh", payload=["code/*"]))
    assert error == f"job.script: {there} is not executable; chmod +x it"


def test_the_published_rules_find_their_scripts(tmp_path: Path) -> None:
    """The keys of a published rule, with its payload folder beside its file, as the repository has them."""
    job = yaml.safe_load("{script: run_clustering.sh, payload: [tracking_code/*]}")
    there = script(tmp_path / "tracking_code" / "run_clustering.sh")
    assert script_of(rule_in(tmp_path, **job)) == there


def test_a_pass_finds_the_script_once(tmp_path: Path) -> None:
    there = script(tmp_path / "code" / "run_x.sh")
    rule = with_script(rule_in(tmp_path, script="run_x.sh", payload=["code/*"]))
    there.unlink()
    assert rule.path(rule.job.script) == str(there)
    nowhere = with_script(rule_in(tmp_path, script="run_x.sh", payload=["code/*"]))
    assert nowhere.path(nowhere.job.script) == str(tmp_path / "run_x.sh")
