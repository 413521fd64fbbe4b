"""Help: every command says what it does and has an example that works as it stands."""

import pytest
from typer.testing import CliRunner

from prodcli.cli.app import app
from prodcli.cli.command_groups import ENTRIES
from prodcli.cli.commands.ten_words import WORDS
from prodcli.cli.options import MANY, MANY_OF_JOBS
from tests.support.catalog import random_catalog
from tests.support.request_forms import write_form
from tests.support.rule_files import REPOSITORY, RULES, write_rules
from tests.support.steering_files import write_steering
from tests.support.templates import write_template
from tests.support.unknown_errors import unknown_error
from tests.support.verbs import ROOT, VERBS, example, groups, help_of
from tests.support.workspace import Workspace, make_workspace

SLOW = {("demo",), ("dashboard", "serve")}  # have tests of their own


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with a rule of the name that the examples use."""
    folder = tmp_path_factory.mktemp("workspace")
    workspace = make_workspace(folder)
    workspace.load(random_catalog(1, runs=3))
    write_rules(folder, {"Full_TRKR_CLUSTER": RULES["cluster"]})
    write_steering(folder, {"Full_TRKR_CLUSTER": {"config": "rules.yaml", "submit": True}})
    workspace.ok("submit", "-c", write_rules(folder / "more", {"seed": RULES["seed"]}), "--maxjobs", 1)
    workspace.ok("mask", "add", "MVTX1", "--runs", 1, "--reason", "to be removed")
    workspace.ok("runs", "invalid", "add", "--runs", 1, "--reason", "to be removed")
    workspace.ok("runs", "label", "add", "golden", "--runs", "66400-66700")
    workspace.ok("nodes", "exclude", "add", "spool0301", "--reason", "to be removed", "--yes")
    workspace.ok("cursor", "set", 66456, "-c", folder / "rules.yaml")
    later = (
        "INSERT INTO production_jobs (rulename, tag, dataset, dsttype, runnumber) VALUES ('r', ?, 'd', 'DST_CALO', 1)"
    )
    workspace.sql(later, "ana541_2025p014_v002")
    write_form(folder)
    workspace.ok("campaign", "request", folder / "request.yaml")
    workspace.sql("CREATE TABLE production_cursor (dsttype text, build text, tag text, version int, lastrun int)")
    (folder / "status.json").write_text('{"database": "up"}')
    unknown_error(workspace)
    template = write_template(folder).rename(folder / "run3oo")
    production = "run3oo_calo_pro001_pcdb001_v001"
    workspace.ok(
        "production", "new", production, "--from", template, "--into", folder, "--runs", 1, "--no-git", "--yes"
    )
    other = ("--build", "pro002", "--dbtag", "pcdb001", "--version", 1)
    workspace.ok(
        *("production", "new", "auau", "--from", template, "--into", folder, "--runs", 1, "--no-git", "--yes", *other)
    )
    step = "auau/pro002_pcdb001_v001/pro002_TRIGGERED_EVENT_run3auau"
    workspace.ok("campaign", "create", f"{step}/night", "--runs", 5)
    return workspace


@pytest.mark.parametrize("path", VERBS, ids=" ".join)
def test_the_example_works(workspace: Workspace, path: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    words = example(path)
    assert tuple(words[1 : 1 + len(path)]) == path
    monkeypatch.chdir(workspace.folder)
    monkeypatch.setenv("PWD", str(workspace.folder))
    monkeypatch.delenv("PRODCLI_SITE", raising=False)
    if path in SLOW:
        VERBS[path].make_context(path[-1], words[1 + len(path) :])
        return
    result = CliRunner().invoke(app, words[1:])
    assert result.exit_code == 0, result.stderr
    assert result.stdout


@pytest.mark.parametrize("path", VERBS, ids=" ".join)
def test_every_command_and_option_says_what_it_is(path: tuple[str, ...]) -> None:
    command = VERBS[path]
    assert command.help.strip().splitlines()[0].rstrip("`").endswith((".", ")", ";", ":")), command.help
    for parameter in command.params:
        assert getattr(parameter, "hidden", False) or parameter.help, f"{path}: {parameter.name}"
    assert "No such option" not in help_of(path)


def test_the_list_of_commands_says_what_their_own_help_says() -> None:
    for name in ROOT.commands:
        (line,) = ROOT.get_command(None, name).help.splitlines()
        assert line == ROOT.commands[name].help.partition("\n")[0]


WIDTHS = {"piped": None, "80 columns": "80", "200 columns": "200"}


@pytest.mark.parametrize("columns", WIDTHS.values(), ids=WIDTHS)
def test_the_list_of_commands_is_in_groups_with_whole_lines(columns: str | None) -> None:
    shown = CliRunner().invoke(app, ["--help"], env={"COLUMNS": columns}).stdout
    parts = [part.splitlines() for part in shown.split("\n\n")]
    listed = {lines[0].removesuffix(":"): lines[1:] for lines in parts[2:-2]}
    assert [group.partition(" (")[0] for group in listed] == [
        "Options",
        "Plan",
        "Watch",
        "Show others",
        "Automate",
        "Repair",
        "Redo",
        "Upkeep",
    ]
    assert [line.strip() for (line,) in parts[-2:]] == [
        "Most days: prodcli harvest; prodcli query; prodcli rescue",
        "Start with: prodcli demo; prodcli help words",
    ]
    del listed["Options"]
    for group, lines in listed.items():
        assert lines == [f"  {verb:<10}  {entry.line}" for verb, entry in ENTRIES.items() if entry.group == group]
    assert sum(map(len, listed.values())) == len(ENTRIES)
    assert max(map(len, shown.splitlines())) < 80


@pytest.mark.parametrize("path", [path for path, command in groups() if path], ids=" ".join)
def test_lists_of_subcommands_are_not_cut_off(path: tuple[str, ...]) -> None:
    assert "..." not in help_of(path).partition("Commands:")[2]


def test_many_options_are_lists_and_all_of_them_are_folded() -> None:
    lists = {
        option
        for command in VERBS.values()
        for parameter in command.params
        if parameter.param_type_name == "option" and parameter.multiple
        for option in parameter.opts
    }
    assert lists == MANY | MANY_OF_JOBS


def test_an_option_means_the_same_everywhere() -> None:
    """One short letter, one long word."""
    long_of: dict[str, set[str]] = {}
    for command in VERBS.values():
        for parameter in command.params:
            for short in (word for word in parameter.opts if not word.startswith("--") and word.startswith("-")):
                long_of.setdefault(short, set()).update(word for word in parameter.opts if word.startswith("--"))
    assert {short: names for short, names in long_of.items() if len(names) > 1} == {}


def test_the_ten_words_are_in_the_guide_as_help_prints_them() -> None:
    shown = CliRunner().invoke(app, ["help", "words"]).stdout.splitlines()
    assert [line.partition(" ")[0] for line in shown] == list(WORDS)
    assert len(shown) == 10
    assert max(map(len, shown)) < 80
    head = (REPOSITORY / "docs" / "guide.md").read_text().partition("\n## ")[0]
    assert [line for line in head.splitlines() if line.startswith("| ")][2:] == [
        f"| {word} | {meaning} |" for word, meaning in WORDS.items()
    ]
