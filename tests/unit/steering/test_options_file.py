"""Files of ramenya: rules with options of kaedama; and rule files, all of whose rules are worked on."""

import re
from pathlib import Path

import pytest
import yaml

from prodcli.errors import RuleError
from prodcli.rules.model import Overrides
from prodcli.runs.selection import parse_runs
from prodcli.steering.read import hosts_in, read_steering
from prodcli.steering.steered_rule import SteeredRule, Steering
from tests.support.rule_files import RULES, write_rules


def read(folder: Path, text: str) -> Steering:
    file = folder / "options.yaml"
    file.write_text(text)
    return read_steering(file, "prod02")


def test_options_of_a_rule_have_their_effect(tmp_path: Path) -> None:
    text = "R:\n  config: sub/r.yaml\n  runs: 66456 66460\n  maxjobs: 500\n  nevents: 10\n  mem: 4GB\n  experiment_mode: cosmics\n"
    said = read(tmp_path, text)
    assert said.named
    assert said.rules == (
        SteeredRule(
            name="R",
            config=tmp_path / "sub" / "r.yaml",
            runs=parse_runs(["66456", "66460"]),
            submit=True,
            dstspider=False,
            histspider=False,
            overrides=Overrides(nevents=10, request_memory="4GB", physicsmode="cosmics"),
            maxjobs=500,
            line=2,
        ),
    )


def test_without_runs_the_cursor_says_them(tmp_path: Path) -> None:
    assert read(tmp_path, "R: {config: r.yaml}\n").rules[0].run_words == ("cursor",)
    assert read(tmp_path, "R: {config: r.yaml, runs: cursor 500}\n").rules[0].run_words == ("cursor", "500")
    listed = read(tmp_path, "R: {config: r.yaml, runlist: good}\n").rules[0]
    assert (listed.run_words, listed.runlist) == ((), tmp_path / "good")


def test_two_runs_and_a_zero_are_two_runs(tmp_path: Path) -> None:
    [rule] = read(tmp_path, "R: {config: r.yaml, runs: 66456 66460 0}\n").rules
    assert rule.runs == parse_runs(["66456,66460"])


def test_a_boolean_is_a_flag(tmp_path: Path) -> None:
    assert not read(tmp_path, "R: {config: r.yaml, no_submit: true, dbinput: yes}\n").rules[0].submit
    assert read(tmp_path, "R: {config: r.yaml, no-submit: false}\n").rules[0].submit


def test_an_option_without_a_counterpart_is_an_error_of_its_rule(tmp_path: Path) -> None:
    said = read(tmp_path, "R: {config: r.yaml, mangle-dstname: x}\nS: {config: r.yaml}\nT: {runs: 1}\nU: 7\n")
    assert [rule.name for rule in said.rules] == ["S"]
    assert [re.split(r"; | \(", line)[0] for line in said.problems] == [
        "R: option mangle-dstname has no counterpart here",
        "T: config is missing: the file that holds the rule",
        "U: a rule is a mapping with config, runs ...",
    ]


def test_a_rule_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="line 2: not valid YAML: the key 'R' stands twice"):
        read(tmp_path, "R: {config: a}\nR: {config: b}\n")


def test_all_rules_of_a_rule_file_are_worked_on(tmp_path: Path) -> None:
    file = write_rules(tmp_path, {"A": RULES["cluster"], "B": RULES["seed"]})
    said = read_steering(file, "anywhere.example.org")
    assert [(rule.name, rule.config, rule.steps) for rule in said.rules] == [
        (name, file, ("histspider", "dstspider", "submit")) for name in "AB"
    ]
    assert hosts_in(file) == ["any"]


def test_hosts_of_a_steering_file_are_listed(tmp_path: Path) -> None:
    file = tmp_path / "steer.yaml"
    file.write_text(yaml.safe_dump({host: {"defaultlocations": {}} for host in ("prod04", "prod01")}))
    assert hosts_in(file) == ["prod01", "prod04"]
