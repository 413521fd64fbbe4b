"""The section `defaults` of prodcli.yaml: values of options by verb, until the command line says otherwise."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.rule_files import RULES, write_rules
from tests.support.workspace import Workspace, make_workspace

OLD, NEW = "ana537_2025p010_v001", "new_nocdbtag_v001"
JOB = (
    "INSERT INTO production_jobs (rulename, tag, dataset, dsttype, runnumber, segment, filename, status) "
    "VALUES ('r', ?, 'd', 'DST_CALO', ?, 0, ?, 'submitted')"
)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Books with a job of each of two tags."""
    made = make_workspace(tmp_path)
    made.settings["databases"] = {"production": f"sqlite:///{tmp_path}/production.db"}
    made.write()
    made.ok("db", "init")
    for run, tag in enumerate((OLD, NEW), 1):
        made.sql(JOB, tag, run, f"{run}.root")
    return made


def say(workspace: Workspace, **verbs: Any) -> None:
    """Write defaults; verbs of two words are written with `_`."""
    workspace.settings["defaults"] = {verb.replace("_", " "): options for verb, options in verbs.items()}
    workspace.write()


def tags(workspace: Workspace, *words: object) -> set[str]:
    """The tags in the answer of a query."""
    return {row["tag"] for row in workspace.json("query", *words)}


@pytest.mark.parametrize(
    ("said", "found"), [(OLD, {OLD}), ([OLD, NEW], {OLD, NEW}), (f"{OLD},{NEW}", {OLD, NEW}), (None, {OLD, NEW})]
)
def test_a_default_holds_until_something_is_typed(workspace: Workspace, said: object, found: set[str]) -> None:
    say(workspace, query={"tag": said})
    assert tags(workspace) == found
    assert tags(workspace, "--tag", NEW) == {NEW}


def test_a_variable_goes_before_a_default(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    say(workspace, query={"tag": OLD})
    monkeypatch.setenv("PRODCLI_TAG", NEW)
    assert tags(workspace) == {NEW}


def test_other_words_for_a_verb_and_other_kinds_of_values(workspace: Workspace) -> None:
    say(workspace, status={"format": "json", "by": "run", "all": "yes"})
    assert [row["run"] for row in workspace.ok("query").data] == [1, 2]
    assert workspace.ok("query", "--format", "csv").out.startswith("run,tag,")


def test_paths_count_from_the_folder_of_the_file(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_rules(tmp_path / "mine", {"cluster": RULES["cluster"]})
    say(workspace, rules_list={"config": "mine/rules.yaml"})
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert [row["rule"] for row in workspace.json("rules", "list")] == ["cluster"]


def test_runs_that_are_typed_in_another_way_go_first(workspace: Workspace) -> None:
    say(workspace, jobs={"runs": 1})
    assert [row["run"] for row in workspace.json("jobs")] == [1]
    assert [row["run"] for row in workspace.json("jobs", 2)] == [2]


def test_defaults_choose_nothing_to_act_on(workspace: Workspace, tmp_path: Path) -> None:
    file = write_rules(tmp_path / "mine", {"cluster": RULES["cluster"]})
    say(workspace, kill={"tag": OLD}, erase={"runs": "1", "config": str(file)})
    for verb, line in (("kill", "no jobs are chosen"), ("erase", "no runs are named")):
        refused = workspace.run(verb, "--dry-run")
        assert (refused.code, line in refused.err) == (2, True)


def test_site_behind_the_verb_is_the_file_that_counts(workspace: Workspace, tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from prodcli.cli.app import app

    say(workspace, query={"format": "json", "tag": OLD})
    for words in (["--site", str(workspace.file)], [f"--site={tmp_path}"]):
        assert OLD in CliRunner().invoke(app, ["query", *words]).stdout.partition('"tag": ')[2]


WRONG = [
    ({"query": {"sinse": "7d"}}, "defaults: query has no option 'sinse'; did you mean 'since'?"),
    ({"qurey": {"since": "7d"}}, "defaults: there is no verb 'qurey'; did you mean 'query'?"),
    ({"rules": {"format": "json"}}, "defaults: options belong to the commands of rules: rules new, rules list"),
    ({"rules lst": {"format": "json"}}, "defaults: rules has no command 'lst'; did you mean 'list'?"),
    ({"kill": {"yes": "yes"}}, "defaults: --yes has no default; it is said each time"),
    ({"submit": {"force": "yes"}}, "defaults: --force has no default"),
    ({"submit": {"unblock": "failed"}}, "defaults: --unblock has no default"),
    ({"query": {"by": "rnu"}}, "defaults: by of query: 'rnu' is not one of 'host', 'run'"),
    ({"submit": {"maxqueued": -1}}, "defaults: maxqueued of submit: -1 is not in the range x>=0."),
    ({"query": {"since": ["1d", "2d"]}}, "defaults: since of query must be one value"),
    ({"query": {"since": {"a": "b"}}}, "defaults: since of query must be one value"),
    ({"query": "7d"}, "defaults.query must be a mapping"),
    ("7d", "defaults must be a mapping"),
]


@pytest.mark.parametrize(("section", "line"), WRONG)
def test_a_wrong_default_is_a_line(workspace: Workspace, section: Any, line: str) -> None:
    workspace.settings["defaults"] = section
    workspace.write()
    verb = next(iter(section)).partition(" ")[0] if isinstance(section, dict) else "query"
    below = ["list"] if verb == "rules" else []
    for words in ([verb if verb != "qurey" else "query", *below], ["config", "show"]):
        refused = workspace.run(*words)
        assert (refused.code, refused.out, len(refused.err.splitlines())) == (3, "", 1)
        assert line in refused.err
        assert str(workspace.file) in refused.err
    assert workspace.run("query", "--help").code == 0


def test_help_and_config_show_say_where_a_value_comes_from(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(workspace, query={"since": "7d"}, submit={"maxqueued": 5000})
    assert "(7d, by prodcli.yaml)" in " ".join(workspace.ok("query", "--help").out.split())
    assert "(7d, by prodcli.yaml)" in " ".join(workspace.ok("help", "query").out.split())
    monkeypatch.setenv("PRODCLI_TAG", NEW)
    rows = {row["key"]: (row["value"], row["from"]) for row in workspace.json("config", "show")}
    assert rows["defaults.query.since"] == ("7d", str(workspace.file))
    assert rows["defaults.submit.maxqueued"] == ("5000", str(workspace.file))
    assert rows["$PRODCLI_TAG"] == (NEW, "environment")
    assert "$PRODCLI_RULES" not in rows
