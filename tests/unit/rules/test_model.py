"""Rules: every key checked, completed from the profile, errors that say what is allowed."""

import re
from typing import Any

import pytest
import yaml

from prodcli.errors import RuleError, UsageError
from prodcli.rules.check import Checked, check_rule, pick_rule
from prodcli.rules.model import Overrides
from tests.support.library_rules import changed, load, sphenix
from tests.support.rule_files import RULES, prodflow_rules, prodflow_templates


def check(spec: Any, **more: Any) -> Checked:
    """Check a rule by the name of R."""
    return check_rule("R", spec, sphenix(), file="/rules/rules.yaml", **more)


def the_error(name: str, **more: Any) -> str:
    """The only error of a changed test rule."""
    (error,) = check(changed(name, **more)).errors
    return error


def test_what_a_rule_leaves_out_is_the_sites() -> None:
    rule = load("cluster")
    assert (rule.params.dataset, rule.input.dataset, rule.params.physicsmode) == ("run3auau", "run3auau", "physics")
    assert (rule.input.min_run_events, rule.input.min_run_time, rule.input.cut_segment) == (100_000, 300, 1)
    job = rule.job
    assert (job.request_memory, job.request_disk, job.request_cpus) == ((2048, 3072), 10 * 1024**2, 1)
    assert (job.priority, job.getenv, job.job_lease_duration, job.transferout) == (3500, "False", 3600, False)
    assert rule.outtriplet == "ana537_2025p010_v001"
    assert load("cluster", input_dataset="run3pp").input.dataset == "run3pp"
    assert load("cluster", params_dataset="run3pp").input.dataset == "run3pp"


def test_the_command_line_overrides_the_rule() -> None:
    over = Overrides(
        nevents=7, request_memory="8 GB", priority=1, physicsmode="cosmics", cut_segment=3, combine_seg0_only=True
    )
    rule = load("cluster", over, job_request_memory=None, job_mem="1 GB")
    assert (rule.nevents, rule.job.request_memory, rule.job.priority) == (7, (8192,), 1)
    assert (rule.params.physicsmode, rule.input.physicsmode) == ("cosmics", "cosmics")
    assert (rule.input.cut_segment, rule.input.combine_seg0_only) == (3, True)


def test_mem_is_request_memory() -> None:
    assert load("cluster", job_request_memory=None, job_mem="1 GB, 2 GB,").job.request_memory == (1024, 2048)
    assert "keep one of them" in check(changed("cluster", job_mem="1 GB")).errors[0]


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("job_scirpt", "x", "job.scirpt: unknown key; did you mean 'script'?"),
        ("params_versoin", 1, "params.versoin: unknown key; did you mean 'version'?"),
        ("input_choose20", True, "input.choose20: refused: it takes a fifth of the segments by chance"),
        ("job_filesystem", {"outdirr": "x"}, "job.filesystem.outdirr: unknown key; did you mean 'outdir'?"),
        ("job_script", None, "job.script: missing"),
        ("job_priority", "high", "job.priority: a whole number in plain decimal digits is wanted, not 'high'"),
        ("job_neventsper", 0, "job.neventsper: Input should be greater than or equal to 1 (it says 0)"),
        ("job_neventsper", True, "job.neventsper: a whole number in plain decimal digits is wanted, not True"),
        ("job_neventsper", 10**30, "job.neventsper: Input should be less than or equal to 2147483647"),
        ("job_request_memory", "much", "job.request_memory: 'much' is not a size; write it like 2024MB or 2 GB"),
        ("job_request_memory", "3 GB, 2 GB", "does not climb"),
        ("job_request_memory", "9" * 400, "too large"),
        ("job_request_disk", "9999 TB", "too large"),
        ("params_dsttype", "DST_TRKR_CLUSTR", "params.dsttype: 'DST_TRKR_CLUSTR' is not in the site profile; did you"),
        ("params_build", "ana 537", "must be one word of letters"),
        ("params_version", -1, "params.version"),
        ("input_intriplet", None, "input.intriplet: missing; it is the tag of the inputs"),
        ("input_intriplet", "ana 514", "must be one word of letters"),
        ("input_cut_segment", 0, "input.cut_segment"),
        ("input_indsttype", "DST_STREAMING_EVENT_ebdc99", "is not made by one host"),
        ("input_indsttype", ["DST_STREAMING_EVENT_intt0"] * 2, "named twice"),
        ("input_infile_query_constraints", "1=1; DROP TABLE x", "an SQL condition holds no ;"),
        ("input_infile_query_constraints", "1=1) OR (1=1", "balanced brackets"),
        ("input_infile_query_constraints", "x = 'a", "balanced brackets and quotes"),
        ("input_infile_query_constraints", "tags ? 'good'", "the drivers take a ? for a bound value"),
        ("input_status_query_constraints", "a\0b", "control characters"),
        ("input_status_query_constraints", "\ud800", "control characters"),
    ],
)
def test_an_error_names_the_key_and_what_is_allowed(key: str, value: Any, says: str) -> None:
    error = the_error("cluster", **{key: value})
    assert says in error
    assert len(error) < 300


@pytest.mark.parametrize(
    "text",
    ["a\nb", "a\rb", 'a"b', "a'b", "a$(b)", "a$$b", "a$ENV(HOME)", "a$INT(x)", "a\\", "a\0b", "a\x1bb", "\ud800"],
)
@pytest.mark.parametrize("key", ["comment", "batch_name", "log", "script", "environment", "accounting_group"])
def test_what_a_description_cannot_hold_is_refused(key: str, text: str) -> None:
    assert the_error("cluster", **{f"job_{key}": text}).startswith(f"job.{key}: ")


def test_texts_that_a_description_can_hold_are_kept() -> None:
    words = "größer; a\\b #1 {{x}} 100% $5 a,b=c"
    assert load("cluster", job_comment=words).job.comment == words


@pytest.mark.parametrize("key", ["requirements", "periodichold", "periodicremove", "on_exit_hold", "on_exit_remove"])
def test_an_expression_is_one_line(key: str) -> None:
    good = 'Arch == "X86_64" && (Memory > 1)'
    assert getattr(load("cluster", **{f"job_{key}": good}).job, key) == good
    assert getattr(load("cluster", **{f"job_{key}": True}).job, key) == "True"
    for bad in ("true\nqueue 100", "true\\"):
        assert f"job.{key}" in the_error("cluster", **{f"job_{key}": bad})


def test_words_that_yaml_takes_for_numbers_are_words() -> None:
    rule = load("cluster", params_dbtag=2025, job_comment=1.5)
    assert (rule.params.dbtag, rule.job.comment) == ("2025", "1.5")


def test_several_errors_are_all_found_and_the_first_is_raised() -> None:
    spec = changed("cluster", job_scirpt="x", params_build="a b", job_priority="x")
    assert len(check(spec).errors) == 3
    with pytest.raises(RuleError, match=r"rules\.yaml: rule cluster: .*\(and 2 more; prodcli rules lint lists them\)"):
        load("cluster", job_scirpt="x", params_build="a b", job_priority="x")


def test_lenient_takes_unknown_keys_for_warnings() -> None:
    spec = changed("cluster", job_scirpt="x", input_db="fc", input_table="t") | {"extra": {}}
    checked = check(spec, lenient=True)
    assert checked.rule is not None
    assert [text.partition(":")[0] for text in checked.warnings] == ["extra", "job.scirpt"]
    assert len(check(spec).errors) == 2


@pytest.mark.parametrize("raw", [None, 1, "x", [], {"params": 1}, {"params": [1]}, {"job": "x"}])
def test_what_is_no_rule_is_said(raw: Any) -> None:
    assert "a rule is a mapping of params, input, job" in check(raw).errors


@pytest.mark.parametrize("raw", [{}, {"params": None}, {1: 2}, {"params": {1: 2, None: 3}}, {"job": {}}])
def test_what_is_empty_or_oddly_keyed_has_errors_too(raw: Any) -> None:
    assert check(raw).errors


def test_a_name_is_one_word() -> None:
    assert "must be one word" in check_rule("a b", RULES["seed"], sphenix(), file="f").errors[0]


def test_own_inputs_take_their_place() -> None:
    rule = load("mvtxme", input_indsttype="DST_STREAMING_EVENT_mvtx1, DST_STREAMING_EVENT_mvtx0")
    assert [host.name for host in rule.dsttype.hosts] == ["mvtx1", "mvtx0"]
    cluster = load("cluster", input_indsttype=["DST_STREAMING_EVENT_intt0"])
    assert cluster.dsttype.inputs == ("DST_STREAMING_EVENT_intt0",)
    assert len(cluster.dsttype.hosts) == 49  # the TPC is required of a run, read or not
    assert load("seed", input_indsttype="DST_MINE").dsttype.inputs == ("DST_MINE",)


@pytest.mark.parametrize(
    ("name", "more", "says"),
    [
        ("cluster", {"params_build": "new"}, "has 0 for the moving build"),
        ("cluster", {"params_version": 0}, "has 1 or more for a fixed build"),
        ("cluster", {"job_arguments": "{run}"}, "read arguments by position"),
        ("streaming", {"input_intriplet": "a_b_v001"}, "no meaning for combining"),
        ("cluster", {"input_min_seb": 3}, "no meaning for DST_TRKR_CLUSTER"),
        ("cluster", {"input_indsttype": "DST_STREAMING_EVENT_intt0"}, "leaves out hosts"),
    ],
)
def test_what_deserves_a_second_look_is_a_warning(name: str, more: dict[str, Any], says: str) -> None:
    checked = check(changed(name, **more))
    assert checked.rule is not None
    assert [says in warning for warning in checked.warnings] == [True]
    assert check(changed(name)).warnings == ()


def test_the_rule_that_is_meant() -> None:
    assert pick_rule(["only"], None, "f") == "only"
    assert pick_rule(["a", "b"], "b", "f") == "b"
    with pytest.raises(UsageError, match="the file has 2 rules .choose with -r: a, b"):
        pick_rule(["a", "b"], None, "f")
    with pytest.raises(UsageError, match="there is no rule 'Full_SEDE'; did you mean 'Full_SEED'"):
        pick_rule(["Full_SEED", "x"], "Full_SEDE", "f")


@pytest.mark.parametrize(("file", "name"), prodflow_rules())
def test_rules_of_a_real_production_load_unmodified(file: Any, name: str) -> None:
    assert check(yaml.safe_load(file.read_text())[name]).errors == ()


@pytest.mark.parametrize("file", prodflow_templates())
def test_rules_of_a_real_template_load_once_their_placeholders_are_filled(file: Any) -> None:
    text = file.read_text().replace("PROD_TAG_VERSION", "ana530_2025p008_v001")
    for word, filled in (("PROD", "ana.530"), ("TAG", "2025p008"), ("VERSION", "1")):
        text = re.sub(rf":(\s+){word}\b", rf":\g<1>{filled}", text)
    rules = yaml.safe_load(text)
    assert rules
    assert {name: check(rule).errors for name, rule in rules.items()} == dict.fromkeys(rules, ())


@pytest.mark.parametrize(
    ("said", "seconds"), [("36h", 129_600), ("90m", 5_400), ("2d", 172_800), (7200, 7200), ("600", 600)]
)
def test_a_length_of_time_is_seconds(said: Any, seconds: int) -> None:
    assert load("cluster", job_max_runtime=said).job.max_runtime == seconds


@pytest.mark.parametrize("said", ["1.5h", "2 weeks", "h", -5, 0, "0h", "0x10", [1]])
def test_what_is_no_length_of_time_is_an_error(said: Any) -> None:
    assert "max_runtime" in the_error("cluster", job_max_runtime=said)


def test_a_rule_says_what_becomes_of_evicted_jobs() -> None:
    assert load("cluster").job.on_evict == "hold"  # as the site says
    assert load("cluster", job_on_evict="restart").job.on_evict == "restart"
    assert "on_evict" in the_error("cluster", job_on_evict="remove")
