"""The verbs around rule files: lint over a tree, where values are from, conversion, schema, comparison."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from prodcli.cli.app import app
from prodcli.rules.json_schema import schema
from prodcli.rules.load import load_rule
from tests.support.library_rules import sphenix
from tests.support.older_oracle import RULES as OLDER
from tests.support.older_oracle import SEED, STREAMS, write
from tests.support.rule_files import RULES, write_rules
from tests.support.workspace import Workspace, make_workspace


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace without databases, from which relative paths count."""
    monkeypatch.chdir(tmp_path)
    return make_workspace(tmp_path)


def test_lint_says_where_each_finding_is(workspace: Workspace) -> None:
    tree = workspace.folder / "tree"
    write_rules(tree / "new")
    write(tree / "old" / "deep", SEED.replace("{input}", "{inptt}"))
    (tree / "new" / "typo.yml").write_text("R:\n  params:\n    dsttype: DST_CALO\n  job:\n    scirpt: x\n")
    (tree / "broken.yaml").write_text("a: 1\na: 2\n")
    (tree / "empty.yaml").write_text("{}\n")
    answer = workspace.run("rules", "lint", tree, "--format", "json")
    assert answer.code == 3
    found = {(Path(one["where"]).name, one["rule"], one["kind"], one["finding"]) for one in answer.data}
    assert ("broken.yaml:2", "", "error", "not valid YAML: the key 'a' stands twice (line 2)") in found
    assert ("empty.yaml", "", "warning", "the file holds no rule") in found
    assert ("older.yaml:19", "Seed", "error", "input.query: unknown {inptt}; did you mean 'input'? (line 19)") in found
    assert ("typo.yml:5", "R", "error", "job.scirpt: unknown key; did you mean 'script'?") in found
    assert ("typo.yml:3", "R", "error", "params.period: missing") in found
    assert {file.partition(":")[0] for file, *_ in found if file.startswith("rules")} == set()
    lenient = workspace.run("rules", "lint", tree / "new", "--lenient", "--format", "json").data
    assert [one["where"] for one in lenient if one["kind"] == "warning"] == [f"{tree}/new/typo.yml:5"]
    lines = workspace.run("rules", "lint", tree).out.splitlines()
    assert len(lines) == 1 + len(answer.data)  # one line for each finding
    assert (
        "1 rule, all well"
        in workspace.ok("rules", "lint", write_rules(workspace.folder / "good", {"c": RULES["cluster"]})).out
    )


def test_lint_says_that_a_file_is_a_template(workspace: Workspace) -> None:
    rule = RULES["cluster"]
    file = write_rules(workspace.folder / "tree", {"c": rule | {"params": rule["params"] | {"version": "VERSION"}}})
    answer = workspace.run("rules", "lint", file)
    assert answer.code == 3
    assert "VERSION: as in a template, which prodcli production new fills in" in answer.out


STEERING = """\
sphnxprod02:
  defaultlocations: {submitdir: "/sub/{rule}", prodbase: /prod, configbase: /rules}
  Seed: {config: rules.yaml, runs: [72500 75000], submit: off}
sphnxprod03:
  defaultlocations: {submitdir: /sub, prodbase: /prod, configbase: /rules}
"""


def test_lint_passes_over_steering_files(workspace: Workspace) -> None:
    steering = workspace.folder / "tree" / "autopilot.yaml"
    file = write_rules(workspace.folder / "tree", {"c": RULES["cluster"]})
    steering.write_text(STEERING)
    note = {"where": str(steering), "rule": "", "kind": "note"}
    note["finding"] = "this is a steering file, which holds no rules: passed over"
    assert workspace.json("rules", "lint", workspace.folder / "tree") == [note]
    assert "1 rule, all well" in workspace.ok("rules", "lint", workspace.folder / "tree").out
    assert workspace.json("rules", "lint", steering) == [note]
    for words in (("list",), ("show", "-r", "Seed")):
        answer = workspace.run("rules", words[0], "-c", steering, *words[1:])
        assert (answer.code, "this is a steering file, which holds no rules" in answer.err) == (3, True)
    steering.write_text(STEERING.replace("  defaultlocations", "  defaultplaces", 1))
    assert workspace.run("rules", "lint", steering, file).code == 3


def test_lint_wants_something_to_look_at(workspace: Workspace) -> None:
    assert workspace.run("rules", "lint").code == 2
    (workspace.folder / "nothing").mkdir()
    answer = workspace.run("rules", "lint", workspace.folder / "nothing")
    assert (answer.code, "no YAML file" in answer.err) == (3, True)


def origins(workspace: Workspace, *words: object) -> dict[str, tuple[str, str]]:
    """What `rules show --resolved` says: value and origin by key."""
    return {one["key"]: (one["value"], one["from"]) for one in workspace.json("rules", "show", "--resolved", *words)}


def test_show_tells_where_values_are_from(workspace: Workspace) -> None:
    file = write_rules(workspace.folder, {"cluster": RULES["cluster"]})
    found = origins(workspace, "-c", file, "--priority", 7, "--nevents", 3)
    line = 1 + file.read_text().splitlines().index("    neventsper: 1000")
    assert found["job.neventsper"] == ("1000", f"rule, line {line}")
    assert found["job.priority"] == ("7", "command line")
    assert found["job.universe"] == ("vanilla", "site default")
    assert found["params.dataset"] == ("run3auau", "derived")
    assert found["job.request_xferslots"] == ("0", "default")
    assert found["outbase"][1] == found["tag"][1] == "derived"
    assert [one["key"] for one in workspace.json("rules", "show", "-c", file)] == list(found)
    older = origins(workspace, "-c", write(workspace.folder / "o", SEED), "--mem", "9 GB")
    assert older["params.names.tag"] == ("ana537_2025p010", "translated from the older dialect")
    assert older["job.request_memory"] == ("9216", "command line")


def same(rule: Any) -> dict[str, Any]:
    """All of a rule but the file that it is from."""
    return {
        "params": rule.params,
        "input": rule.input,
        "job": rule.job,
        "dsttype": rule.dsttype,
        "nevents": rule.nevents,
    }


@pytest.mark.parametrize("name", OLDER)
def test_a_converted_rule_is_the_same_rule(workspace: Workspace, name: str) -> None:
    file = write(workspace.folder, OLDER[name])
    text = workspace.ok("rules", "convert", "-c", file).out
    converted = workspace.folder / "new.yaml"
    converted.write_text(text)
    assert "name" not in yaml.safe_load(text)[name]["params"]
    assert same(load_rule(converted, name, sphenix())) == same(load_rule(file, name, sphenix()))
    assert workspace.json("rules", "diff", file, converted) == []


def test_convert_lists_what_is_not_carried_over(workspace: Workspace) -> None:
    odd = STREAMS.replace("    priority: '4000'", "    should_transfer_files: YES")
    text = workspace.ok("rules", "convert", "-c", write(workspace.folder, odd)).out
    assert "# job.should_transfer_files: not supported, and left out" in text
    answer = workspace.run("rules", "convert", "-c", write(workspace.folder, SEED.replace("{input}", "{x}")))
    assert (answer.code, "# error: input.query: unknown {x}" in answer.out) == (3, True)


def test_a_newer_rule_is_written_as_it_is(workspace: Workspace) -> None:
    file = write_rules(workspace.folder, RULES)
    assert yaml.safe_load(workspace.ok("rules", "convert", "-c", file, "-r", "vernier").out) == {
        "vernier": {section: values for section, values in RULES["vernier"].items() if values}
    }


def test_diff_compares_what_rules_became(workspace: Workspace) -> None:
    changed = {**RULES, "calo": {**RULES["calo"], "job": {**RULES["calo"]["job"], "priority": 3501}}}
    del changed["jets"]
    a, b = write_rules(workspace.folder / "a"), write_rules(workspace.folder / "b", changed)
    found = workspace.json("rules", "diff", a, b, "-r", "calo")
    found = [one for one in found if str(workspace.folder) not in one["a"]]  # scripts lie beside their rules
    assert found == [{"rule": "calo", "key": "job.priority", "a": "3500", "b": "3501"}]
    gone = workspace.json("rules", "diff", a, b, "-r", "jets")
    assert {"rule": "jets", "key": "rule", "a": "jets", "b": ""} in gone
    assert "all alike" in workspace.ok("rules", "diff", a, a).out


def test_the_schema_knows_every_key_and_accepts_the_examples(workspace: Workspace) -> None:
    found = workspace.ok("rules", "schema").data
    assert found == json.loads(json.dumps(schema(sphenix())))
    newer = found["additionalProperties"]["else"]["properties"]
    assert newer["params"]["required"] == ["dsttype", "period", "build", "dbtag", "version"]
    assert newer["job"]["required"] == ["script"]
    assert newer["job"]["properties"]["universe"]["default"] == "vanilla"
    assert newer["job"]["additionalProperties"] is False


def test_editors_accept_rules_and_complain_about_mistakes() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    found = schema(sphenix())
    jsonschema.Draft202012Validator.check_schema(found)
    jsonschema.validate(RULES, found)
    jsonschema.validate(yaml.safe_load("".join(OLDER.values())), found)
    for wrong in ({"job_scirpt": 1}, {"params_version": -1}, {"job_neventsper": "x"}):
        (key, value), rule = wrong.popitem(), json.loads(json.dumps(RULES["cluster"]))
        rule[key.partition("_")[0]][key.partition("_")[2]] = value
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({"R": rule}, found)


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with rules, and no prodcli.yaml anywhere."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PWD", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("PRODCLI_SITE", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    write_rules(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        ("list", "-c", "rules.yaml"),
        ("show", "-c", "rules.yaml", "-r", "cluster", "--resolved"),
        ("lint", "rules.yaml"),
        ("convert", "-c", "rules.yaml"),
        ("schema",),
        ("diff", "rules.yaml", "rules.yaml"),
    ],
)
def test_rules_are_read_without_a_configuration(nowhere: Path, words: tuple[str, ...]) -> None:
    bare = CliRunner().invoke(app, ["rules", *words])
    assert bare.stderr == "prodcli: no prodcli.yaml is found; the built-in profile sphenix is used\n"
    (nowhere / "prodcli.yaml").write_text("profile: sphenix\n")
    configured = CliRunner().invoke(app, ["rules", *words])
    assert (bare.exit_code, bare.stdout) == (configured.exit_code, configured.stdout)
    assert bare.stdout


def test_a_configuration_that_was_named_must_be_there(nowhere: Path) -> None:
    for words, says in ((["--site", "x"], "--site names a file"), (["--testbed"], "no prodcli.yaml is found")):
        answer = CliRunner().invoke(app, [*words, "rules", "schema"])
        assert (answer.exit_code, answer.stdout) == (3, "")
        assert says in answer.stderr
    assert CliRunner().invoke(app, ["query"]).exit_code == 3
