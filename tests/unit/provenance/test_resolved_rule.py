"""A resolved rule is a rule file that makes the same jobs, wherever it lies and whatever the profile says by then."""

from dataclasses import replace
from pathlib import Path

import pytest

from prodcli.config.profile import site_from_mapping
from prodcli.provenance.resolved_rule import payload_of, resolved_text, rule_keys
from prodcli.rules.layout import Layout
from prodcli.rules.load import check_rules, load_rule
from prodcli.rules.model import Overrides, Rule
from tests.support.library_rules import load, profile, sphenix
from tests.support.rule_files import REPOSITORY, RULES

OF_FILES = [
    pytest.param(one.rule, id=f"{file.name}: {one.name}")
    for file in sorted((REPOSITORY / "prodflow-examples").glob("*.yaml"))
    for one in check_rules(file, sphenix())
    if one.rule is not None
]
OF_TESTS = [pytest.param(load(name), id=name) for name in RULES]


def again(rule: Rule, folder: Path) -> Rule:
    """The rule that the resolved text of a rule is."""
    file = folder / "resolved.yaml"
    file.write_text(resolved_text(rule))
    return load_rule(file, None, rule.site)


@pytest.mark.parametrize("rule", OF_FILES + OF_TESTS)
def test_a_resolved_rule_makes_the_same_jobs(rule: Rule, tmp_path: Path) -> None:
    new = again(rule, tmp_path)
    assert Layout(new).formats == Layout(rule).formats
    assert Layout(new).batch_name == Layout(rule).batch_name
    assert (new.dsttype, new.outtriplet, new.nevents) == (rule.dsttype, rule.outtriplet, rule.nevents)
    kept = {"job": new.job.model_dump(), "input": new.input.model_dump(), "params": new.params.model_dump()}
    for section, values in kept.items():
        was = getattr(rule, section).model_dump()
        said = {key for key in values if values[key] != was[key]}
        assert said <= {"script", "payload", "nevents", "filesystem", "arguments", "environment", "outputs_per_job"} | {
            "registers_outputs", "log", "initialdir"
        }  # fmt: skip
    assert resolved_text(new) == resolved_text(rule)


def test_a_resolved_rule_holds_what_the_command_line_said_and_survives_another_profile(tmp_path: Path) -> None:
    said = Overrides(nevents=7, request_memory="3GB, 4GB", priority=9)
    rule = load("seed", said)
    data = profile()
    data["defaults"]["job"] |= {"priority": 1, "request_cpus": 8, "log": "/elsewhere"}
    data |= {"arguments": "{run}", "environment": {}}
    data["filesystem"]["outdir"] = "{root}/other"
    new = again(replace(rule, site=site_from_mapping("sphenix", data)), tmp_path)
    assert new.job.request_memory == (3072, 4096)
    (tmp_path / "resolved.yaml").write_text(resolved_text(rule))
    new = load_rule(tmp_path / "resolved.yaml", None, site_from_mapping("sphenix", data))
    assert Layout(new).formats == Layout(rule).formats
    assert (new.job.priority, new.job.request_cpus, new.nevents) == (9, 1, 7)


def test_the_keys_of_a_resolved_rule(tmp_path: Path) -> None:
    rule = load("seed")
    keys = rule_keys(resolved_text(rule))
    assert keys["params.build"] == rule.params.build
    assert keys["job.request_memory"] == ", ".join(map(str, rule.job.request_memory))
    assert keys["job.filesystem.outdir"].startswith("/sphenix/lustre01/sphnxpro/{prodmode}/")
    assert payload_of(resolved_text(rule)) == ([rule.path(one) for one in rule.job.payload], rule.path(rule.job.script))


@pytest.mark.parametrize("text", ["", "- 1", "a: {", "a: 1", "a: {job: {}}"])
def test_a_text_that_is_no_rule_has_no_payload(text: str) -> None:
    assert payload_of(text) == ([], "")
    assert isinstance(rule_keys(text), dict)
