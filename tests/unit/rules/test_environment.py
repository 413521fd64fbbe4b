"""Variables of jobs: as rules and sites write them, as descriptions do, and as jobs get them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodcli.batch.description import split_arguments
from prodcli.config.profile import site_from_mapping
from prodcli.errors import ConfigError, RuleError
from prodcli.rules.environment import environment_command
from prodcli.rules.layout import Job, Layout
from tests.support.library_rules import load, profile

NAMES = st.from_regex(r"[A-Z_][A-Z0-9_]{0,8}", fullmatch=True)
VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)
JOB = Job(66456, 3, 1, 1)


@given(st.dictionaries(NAMES, VALUES, min_size=1))
def test_every_value_arrives_as_it_is(variables: dict[str, str]) -> None:
    words = split_arguments(environment_command(variables))
    assert dict(word.split("=", 1) for word in words) == variables


def test_no_variables_say_nothing() -> None:
    assert environment_command({}) == ""


@pytest.mark.parametrize(
    "written", ["A=1; B=two words", {"A": 1, "B": "two words"}, "A=1;B=two words;", {"A": "1", "B": "two words"}]
)
def test_rules_write_a_mapping_or_the_older_form(written: Any) -> None:
    assert load("seed", job_environment=written).job.environment == {"A": "1", "B": "two words"}


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("A", "'A' is no variable like A=1"),
        ("A=1\nB=2", "without newlines"),
        ({"1A": "x"}, "must be a name of letters"),
        ({"A B": "x"}, "must be a name of letters"),
        ({"A": "x\ny"}, "newlines"),
        ({"A": "$(x)"}, "$( and $$"),
        ({"A": ["x"]}, "must be a word"),
        ({"A": None}, "must be a word"),
        ([1], "a mapping NAME: value"),
        ({"A": "{nothing}"}, "unknown {nothing}"),
    ],
)
def test_a_bad_value_is_one_line_that_names_the_key(written: Any, says: str) -> None:
    with pytest.raises(RuleError) as error:
        load("seed", job_environment=written)
    assert says in str(error.value)
    assert str(error.value).startswith("/rules/rules.yaml") or "job.environment" in str(error.value)


@pytest.mark.parametrize(("name", "value"), [("A B", "x"), ("A", "x\ny"), ("A", None), ("A", "$$(x)")])
def test_a_bad_value_of_the_site_names_the_key(name: str, value: Any) -> None:
    with pytest.raises(ConfigError, match=rf"environment\.{name}"):
        site_from_mapping("x", profile() | {"environment": {name: value}})


def test_variables_of_the_site_and_of_the_rule_are_merged_and_the_rule_wins() -> None:
    site = site_from_mapping("x", profile() | {"environment": {"A": "site", "B": "{run} {dataset}"}})
    layout = Layout(load("seed", site=site, job_environment={"A": "rule", "C": "it's"}))
    assert layout.value("environment", layout.fields(JOB)) == "\"A=rule B='66456 run3auau' C='it''s'\""
    assert layout.macro("environment") == "\"A=rule B='$(run) run3auau' C='it''s'\""


def test_kit_and_lists_are_places_of_the_submission() -> None:
    variables = {"K": "{kit}", "L": "{lists}"}
    site = site_from_mapping("x", profile() | {"environment": variables, "kit": ["{kit}/a.sh", "/abs/{x}"]})
    layout = Layout(load("seed", site=site), lists="/claim/lists")
    assert layout.macro("environment") == "\"K='$(kit)' L='$(lists)'\""
    assert layout.value("environment", layout.fields(JOB)) == "\"K='' L='/claim/lists'\""
    assert layout.macro("arguments").split(" ")[16].endswith(",$(kit)/a.sh,/abs/{x}")
