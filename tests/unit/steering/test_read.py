"""Steering files of the field, as its own reader takes them, and where prodcli is kinder or stricter."""

from pathlib import Path

import pytest

from prodcli.errors import RuleError
from prodcli.rules.model import Overrides
from prodcli.runs.selection import RunSelection, parse_runs
from prodcli.steering.read import read_steering
from prodcli.steering.steered_rule import SteeredRule, Steering

HEAD = """prod02:
  defaultlocations:
    submitdir:  /data/submission/{rule}
    prodbase:   /users/main/tools
    configbase: /users/main/rules
"""


def read(folder: Path, text: str, host: str = "prod02") -> Steering:
    file = folder / "steer.yaml"
    file.write_text(text)
    return read_steering(file, host)


def rule(folder: Path, *keys: str) -> SteeredRule:
    """The rule R of prod02 with the keys of some lines; it has no problem."""
    said = read(folder, HEAD + "  R:\n    config: r.yaml\n" + "".join(f"    {key}\n" for key in keys))
    assert said.problems == ()
    return said.rules[0]


def problem(folder: Path, *keys: str) -> str:
    said = read(folder, HEAD + "  R:\n    config: r.yaml\n" + "".join(f"    {key}\n" for key in keys))
    assert said.rules == ()
    [line] = said.problems
    return line


def test_a_rule_has_the_defaults_of_the_field(tmp_path: Path) -> None:
    assert rule(tmp_path) == SteeredRule(
        name="R",
        config=Path("/users/main/rules/r.yaml"),
        runs=None,
        submit=False,
        dstspider=True,
        histspider=True,
        finishmon=False,
        line=7,
    )


def test_every_key_of_the_field_has_its_effect(tmp_path: Path) -> None:
    keys = [
        "runs: [72500 75000]",
        "submit: on",
        "dstspider: off",
        "finishmon: yes",
        "nevents: 400000",
        "jobmem: 4096MB",
    ]
    found = rule(tmp_path, *keys, "jobprio: 29", "cut_segment: 5", "chunk-size: 20", "submitdir: /else/{rule}/x")
    assert found.runs == RunSelection(((72500, 75000),), frozenset())
    assert found.steps == ("finishmon", "submit")
    assert found.overrides == Overrides(nevents=400000, request_memory="4096MB", priority=29, cut_segment=5)
    assert found.priority == 29


def test_zeros_replace_nothing(tmp_path: Path) -> None:
    assert rule(tmp_path, "nevents: 0", "jobprio: 0", "cut_segment: 0").overrides == Overrides()


def test_braces_mean_something_in_submitdir_alone(tmp_path: Path) -> None:
    assert rule(tmp_path, "submitdir: /x/{rule}", "configbase: /y/{z}").config == Path("/y/{z}/r.yaml")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("[72500 75000]", parse_runs(["72500", "75000"])),  # YAML reads one string
        ("[ 79507 79516]", parse_runs(["79507", "79516"])),
        ("[72500, 75000]", parse_runs(["72500", "75000"])),
        ("72500 75000", parse_runs(["72500", "75000"])),
        ("72500", parse_runs(["72500"])),
        ("[72500 75000 75001]", parse_runs(["72500,75000,75001"])),
        ("[72500-72600, 75000]", parse_runs(["72500-72600,75000"])),
        ("[]", None),
        ("", None),
    ],
)
def test_runs_are_words_between_blanks_and_commas(tmp_path: Path, written: str, meant: RunSelection | None) -> None:
    assert rule(tmp_path, f"runs: {written}").runs == meant


@pytest.mark.parametrize("written", ["fully-transferred", "[cursor 500]", "new(window=6h, 70000-80000)"])
def test_selectors_are_kept_for_the_catalogs(tmp_path: Path, written: str) -> None:
    found = rule(tmp_path, f"runs: {written}")
    assert found.runs is None
    assert " ".join(found.run_words) == written.strip("[]")


@pytest.mark.parametrize("word", ["on", "On", "ON", "yes", "Yes", "YES", "true", "True", "TRUE"])
def test_booleans_are_those_of_yaml_1_1(tmp_path: Path, word: str) -> None:
    assert rule(tmp_path, f"submit: {word}").submit


@pytest.mark.parametrize("word", ["off", "Off", "OFF", "no", "No", "NO", "false", "False", "FALSE"])
def test_booleans_may_be_off(tmp_path: Path, word: str) -> None:
    assert not rule(tmp_path, f"dstspider: {word}").dstspider


@pytest.mark.parametrize("word", ["oN", "y", "1", "0", "'on'", "maybe", "", "[on]", "~", "{a: on}"])
@pytest.mark.parametrize("key", ["submit", "dstspider", "histspider", "finishmon"])
def test_anything_else_is_no_boolean(tmp_path: Path, key: str, word: str) -> None:
    assert f"R: {key}: " in problem(tmp_path, f"{key}: {word}")
    assert "is neither on nor off" in problem(tmp_path, f"{key}: {word}")


def test_histspider_follows_dstspider(tmp_path: Path) -> None:
    assert rule(tmp_path, "dstspider: off").steps == ()
    assert rule(tmp_path, "dstspider: off", "histspider: on").steps == ("histspider",)


def test_places_of_a_rule_come_before_those_of_its_host(tmp_path: Path) -> None:
    found = rule(tmp_path, "configbase: dev", "runlist: good.list")
    assert found.config == tmp_path / "dev" / "r.yaml"
    assert found.runlist == tmp_path / "dev" / "good.list"
    assert rule(tmp_path, "runlist: /lists/good").runlist == Path("/lists/good")


def test_without_configbase_paths_count_from_the_steering_file(tmp_path: Path) -> None:
    said = read(tmp_path, "prod02:\n  defaultlocations: {}\n  R: {config: rules/r.yaml}\n")
    assert said.rules[0].config == tmp_path / "rules" / "r.yaml"


def test_force_is_warned_about_and_ignored(tmp_path: Path) -> None:
    said = read(tmp_path, HEAD + "  R: {config: r.yaml, force: yes, force_delete: on}\n  S: {config: s, force: off}\n")
    assert [one.name for one in said.rules] == ["R", "S"]
    force, force_delete = said.warnings
    assert force.startswith("R: force is ignored: a pass never erases outputs (line 6)")
    assert force_delete.startswith("R: force_delete is ignored")


def test_unknown_keys_are_warnings(tmp_path: Path) -> None:
    said = read(tmp_path, HEAD + "    projbase: /x\n  R: {config: r.yaml, sumbit: on}\n")
    assert said.warnings == (
        "defaultlocations: projbase: unknown key, ignored; did you mean 'prodbase'? (line 6)",
        "R: sumbit: unknown key, ignored; did you mean 'submit'? (line 7)",
    )
    assert not said.rules[0].submit


def test_a_host_that_is_not_named_has_nothing_to_do(tmp_path: Path) -> None:
    said = read(tmp_path, HEAD, "prod01")
    assert (said.named, said.rules, said.problems, said.known_hosts) == (False, (), (), ("prod02",))


def test_the_domain_of_a_host_does_not_count(tmp_path: Path) -> None:
    assert read(tmp_path, HEAD, "prod02.example.org").named


def test_other_hosts_do_not_matter(tmp_path: Path) -> None:
    said = read(tmp_path, HEAD + "  R: {config: r.yaml}\nprod03: 7\nprod04:\n  S: {submit: maybe}\n")
    assert ([one.name for one in said.rules], said.problems) == (["R"], ())


def test_a_rule_that_cannot_be_read_is_a_line_and_others_go_on(tmp_path: Path) -> None:
    text = "  A: {submit: on}\n  B: 7\n  C:\n  D: {config: r.yaml}\n  E/../x: {config: r.yaml}\n  F: {config: [a]}\n"
    said = read(tmp_path, HEAD + text)
    assert [one.name for one in said.rules] == ["D"]
    assert [line.split(" (line")[0] for line in said.problems] == [
        "A: config is missing: the file that holds the rule",
        "B: a rule is a mapping with config, submit ...",
        "C: a rule is a mapping with config, submit ...",
        "E/../x: the name of a rule is one word of letters, digits and . _ + -",
        "F: config: a list is not a text",
    ]


def test_runs_and_runlist_do_not_go_together(tmp_path: Path) -> None:
    assert problem(tmp_path, "runs: 1", "runlist: x") == "R: runs and runlist are both given; keep one (line 9)"


@pytest.mark.parametrize(
    ("key", "fault"),
    [
        ("runs: [75000 72500]", "runs: the range 75000-72500 is reversed (write 72500-75000)"),
        ("runs: 7x", "'7x' is not a run number or a range"),
        ("runs: [[1]]", "runs: a list is not a text"),
        ("force: perhaps", "force: 'perhaps' is neither on nor off"),
        ("nevents: -1", "nevents: -1 is less than 0"),
        ("nevents: 4e5", "nevents: a whole number in plain decimal digits is wanted"),
        ("jobmem: much", "jobmem: "),
        ("jobmem: 4GB, 2GB", "jobmem: "),
        ("jobprio: 99999999999", "jobprio: 99999999999 is too large"),
        ("chunk-size: ten", "chunk-size: "),
        ("share: 0", "share: 0 is not allowed; 1 is the least"),
        ("submitdir: /x/{tag}", "unknown {tag}"),
        ("configbase: ~bob/x", "~ is your own home folder only"),
        ("runlist: 'a\\nb'", "runlist: "),
    ],
)
def test_a_value_that_is_not_allowed_names_its_key(tmp_path: Path, key: str, fault: str) -> None:
    said = problem(tmp_path, key.replace("'a\\nb'", '"a\\nb"'))
    assert fault in said
    assert "\n" not in said


def test_a_rule_that_stands_twice_is_said(tmp_path: Path) -> None:
    """The reader of the field takes one of them, silently."""
    said = read(tmp_path, HEAD + "  R: {config: a.yaml}\n  S: {config: b.yaml}\n  R: {config: c.yaml, submit: on}\n")
    assert [one.name for one in said.rules] == ["S"]
    [line] = said.problems
    assert line == "R: the rule stands twice for this host, and only one of them would count; keep one (line 8)"


def test_a_key_that_stands_twice_is_said(tmp_path: Path) -> None:
    assert problem(tmp_path, "submit: off", "submit: on") == (
        "R: submit stands twice, and only one of them would count; keep one (line 9)"
    )


def test_a_host_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="line 6: prod02 stands twice"):
        read(tmp_path, HEAD + HEAD)
    assert read(tmp_path, HEAD + HEAD + "prod01:\n  defaultlocations: {}\n", "prod01").named


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("prod02:\n  R: {config: r.yaml}\n", "line 2: host prod02 has no defaultlocations"),
        ("prod02:\n  defaultlocations:\n  R: {config: r.yaml}\n", "host prod02 has no defaultlocations"),
        ("prod02: []\nprod01: {defaultlocations: {}}\n", "host prod02 has no defaultlocations"),
        ("- a\n", "must hold a mapping"),
        ("", "must hold a mapping"),
        ("{}", "names neither hosts nor rules"),
        ("prod02:\n\tdefaultlocations: 1\n", "not valid YAML"),
        ("a: &a\n  defaultlocations: *a\n", "aliases that never end"),
        ("a: " + "[" * 200, "nested too deeply"),
        ("a: \x00", "not valid YAML"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(RuleError, match=fault) as error:
        read(tmp_path, text)
    assert str(error.value).startswith(str(tmp_path))
    assert "\n" not in str(error.value)


def test_binary_and_huge_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x80")
    (tmp_path / "huge").write_bytes(b"a" * 10_000_001)
    for name, fault in (("binary", "not UTF-8"), ("huge", "larger than 10 MB"), ("absent", "does not exist")):
        with pytest.raises(RuleError, match=fault):
            read_steering(tmp_path / name, "prod02")


def test_groups_of_runs_are_the_runs_of_a_rule(tmp_path: Path) -> None:
    said = rule(tmp_path, "groups: {early: 69600-69999, golden: [70005, 70010, 70012], two: [70100 70199]}")
    assert [(one.name, one.runs.spans) for one in said.groups] == [
        ("early", [(69600, 69999)]),
        ("golden", [(70005, 70005), (70010, 70010), (70012, 70012)]),
        ("two", [(70100, 70199)]),
    ]
    assert said.runs is not None
    assert said.runs.spans == [(69600, 69999), (70005, 70005), (70010, 70010), (70012, 70012), (70100, 70199)]


@pytest.mark.parametrize(
    ("keys", "what"),
    [
        (["groups: {a: 1-5, b: 5-9}"], "run 5 is in the groups a and b"),
        (["groups: {a: 1-5}", "runs: [1, 9]"], "runs and groups are both given"),
        (["groups: {a: 1-5}", "runlist: good.txt"], "runlist and groups are both given"),
        (["groups: [1, 2, 3]"], "groups are names with runs"),
        (["groups: {}"], "groups are names with runs"),
        (["groups: {a: last week}"], "a: 'last' is not a run number or a range"),
        (["groups: {ungrouped: 1}"], "is the name of the runs that are in no group"),
    ],
)
def test_groups_that_cannot_be_are_a_problem(tmp_path: Path, keys: list[str], what: str) -> None:
    assert what in problem(tmp_path, *keys)
