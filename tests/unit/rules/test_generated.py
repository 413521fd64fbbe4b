"""Rules without inputs: their keys, what they exclude, and seeds."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodcli.config.profile import site_from_mapping
from prodcli.errors import ConfigError, RuleError
from prodcli.rules.check import check_rule
from prodcli.rules.json_schema import schema
from prodcli.rules.layout import Job, Layout
from prodcli.rules.view import view
from prodcli.runs.production_numbers import MOST_GENERATED_JOBS, MOST_GENERATED_RUN, seed_of
from tests.support.generated_rules import generated_rule, generated_site, load_generated
from tests.support.library_rules import changed, load, profile

RUNS, SEGMENTS = st.integers(1, MOST_GENERATED_RUN), st.integers(0, MOST_GENERATED_JOBS - 1)


def errors(spec: dict[str, Any]) -> tuple[str, ...]:
    """The errors of a rule."""
    return check_rule("Sim", spec, generated_site(), file="/rules/rules.yaml").errors


@given(RUNS, SEGMENTS, RUNS, SEGMENTS)
def test_each_job_has_a_seed_of_its_own(run: int, segment: int, other: int, another: int) -> None:
    assert 1 <= seed_of(run, segment) <= 2**31 - 1
    assert (seed_of(run, segment) == seed_of(other, another)) == ((run, segment) == (other, another))


def test_a_seed_can_be_read() -> None:
    assert (seed_of(1, 0), seed_of(12, 345)) == (100_000, 1_200_345)
    assert seed_of(MOST_GENERATED_RUN, MOST_GENERATED_JOBS - 1) == 2_147_399_999


@pytest.mark.parametrize(
    ("jobs", "runs", "says"),
    [
        (0, 1, "input.generate.jobs: Input should be greater than or equal to 1 (it says 0)"),
        (-1, 1, "input.generate.jobs: Input should be greater than or equal to 1 (it says -1)"),
        ("x", 1, "input.generate.jobs: a whole number in plain decimal digits is wanted, not 'x'"),
        (10**12, 1, "input.generate.jobs: Input should be less than or equal to 100000 (it says 1000000000000)"),
        (100_001, 1, "input.generate.jobs: Input should be less than or equal to 100000 (it says 100001)"),
        (5, 0, "input.generate.runs: runs of generated jobs are numbers from 1 to 21473, so that seeds differ"),
        (5, 21_474, "input.generate.runs: runs of generated jobs are numbers from 1 to 21473, so that seeds differ"),
        (5, -1, "input.generate.runs: '-1' is not a run number or a range"),
        (5, "x", "input.generate.runs: 'x' is not a run number or a range"),
        (5, 10**12, "input.generate.runs: 1000000000000 is too large for a run number"),
        (5, "9-3", "input.generate.runs: the range 9-3 is reversed"),
        (5, [], "input.generate.runs: no runs are named; write numbers and ranges, like [1, 10-20]"),
        (5, ["1-10", "5-12"], "input.generate.runs: run 5 is named twice"),
        (5, [3, "1-2", 3], "input.generate.runs: run 3 is named twice"),
        (5, None, "input.generate.runs: nothing, ~ and null are no word; write the word in quotes if it is meant"),
    ],
)
def test_a_bad_number_is_one_error(jobs: object, runs: object, says: str) -> None:
    (error,) = errors(generated_rule(jobs, runs))
    assert error.startswith(says)


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("input_intriplet", "ana1_x_v001", "input.intriplet: has no meaning beside input.generate, whose"),
        ("input_indsttype", "DST_CALO", "input.indsttype: has no meaning beside input.generate, whose"),
        ("input_min_run_events", 5, "input.min_run_events: has no meaning beside input.generate, whose"),
        ("input_query", "SELECT 1", "input.query: has no meaning beside input.generate, whose"),
        ("input_generate", None, "input.generate: missing; DST_SIM has no inputs, so say {jobs: 1000, runs: [1, 2]}"),
        ("input_generate", {"jobs": 5}, "input.generate.runs: missing"),
        ("input_generate", {"jobs": 5, "runs": 1, "seed": 7}, "input.generate.seed: unknown key"),
        ("job_neventsper", None, "job.neventsper: "),
        ("job_neventsper", 10**9, "input.generate.jobs: 5000000000 events in a run are more than 2147483647"),
    ],
)
def test_what_does_not_go_with_generated_jobs_is_one_error(key: str, value: object, says: str) -> None:
    spec = generated_rule()
    section, _, name = key.partition("_")
    spec[section][name] = value
    (error,) = errors(spec)
    assert error.startswith(says)


def test_a_dsttype_with_inputs_is_not_generated() -> None:
    spec = changed("seed", input_intriplet=None, input_generate={"jobs": 5, "runs": 1})
    says = "input.generate: has no meaning for DST_TRKR_SEED, which is made of inputs (one-to-one)"
    assert errors(spec) == (says,)


def test_a_generated_dsttype_has_no_inputs() -> None:
    made = profile()
    made["dsttypes"]["DST_SIM"] = {"match": "generate", "inputs": ["DST_CALO"]}
    with pytest.raises(ConfigError, match=r"dsttypes\.DST_SIM\.inputs: has no meaning for generate"):
        site_from_mapping("x", made)


def test_a_job_gets_its_seed_and_no_inputs() -> None:
    rule = load_generated(
        5, [7], job_outputs_per_job=2, job_arguments="{seed} {inputs} {indsttype} {intriplet} {seg} {outseg}"
    )
    layout = Layout(rule)
    assert layout.value("arguments", layout.fields(Job(7, 3, 0, 0))) == "700003 none '' None 3 6"
    assert layout.macro("arguments") == "$(seed) none '' None $(seg) $(outseg)"
    assert layout.item_fields[-2:] == ("outseg", "seed")
    assert rule.generated_events == 5 * 2 * 1000


def test_variables_of_jobs_may_name_the_seed_and_paths_may_not() -> None:
    layout = Layout(load_generated(job_environment={"SEED": "{seed}"}))
    assert "SEED='$(seed)'" in layout.macro("environment")
    with pytest.raises(RuleError, match=r"job.filesystem.outdir: .*seed"):
        load_generated(job_filesystem={"outdir": "/data/{seed}"})
    with pytest.raises(RuleError, match="'seed' is a placeholder already"):
        load_generated(job_values={"seed": "1"})


def test_other_rules_keep_the_word_for_themselves() -> None:
    layout = Layout(load("seed", job_values={"seed": "42"}, job_arguments="{seed}"))
    assert layout.macro("arguments") == "42"
    with pytest.raises(RuleError, match=r"job.arguments: .*seed"):
        load("seed", job_arguments="{seed}")


def test_there_is_no_tag_of_inputs() -> None:
    rule = load_generated()
    assert not rule.tagged
    with pytest.raises(RuleError, match="generated jobs have no inputs: there is no tag"):
        _ = rule.intriplet


def test_nothing_is_shown_that_means_nothing_without_inputs() -> None:
    shown = [key for key, _ in view(load_generated()) if key.startswith("input.")]
    assert shown == ["input.generate.jobs", "input.generate.runs", "input.cut_segment"]
    assert "input.min_run_events" in dict(view(load("seed")))


def test_what_is_shown_and_what_editors_accept() -> None:
    shown = dict(view(load_generated(1000, [1, "10-20"])))
    assert shown["match"] == "generate"
    assert (shown["input.generate.jobs"], shown["input.generate.runs"]) == ("1000", "1, 10-20")
    made = schema(generated_site())["$defs"]["Generate"]
    assert made["required"] == ["jobs", "runs"]
    assert made["properties"]["jobs"]["maximum"] == 100_000
