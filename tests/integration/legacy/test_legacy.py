"""The wrappers: command lines of today on a real workspace, from crontabs too."""

import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from prodcli.cli.commands.folding import fold_many
from prodcli.cli.options import MANY, MANY_OF_JOBS
from prodcli.legacy.commands import wrapper_names
from prodcli.legacy.translation import translate
from tests.support.rule_files import RULES, write_rules
from tests.support.steering_files import write_steering
from tests.support.verbs import VERBS
from tests.support.workspace import ONE_DATABASE, Answer, Workspace, seeded_catalog
from tests.unit.legacy.test_translation import LINES, no_file

EVENT: dict[str, Any] = {"config": "rules.yaml", "runs": ["66400 90000"], "submit": True}
RULE = "--config rules.yaml --rule Event --runs 66400 90000"


@pytest.fixture
def today(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace with a catalog, a rule file, a steering file, and wrappers in `bin`."""
    workspace.load(seeded_catalog(1))
    write_rules(workspace.folder, {"Event": RULES["streaming"], "Cluster": RULES["cluster"]})
    write_steering(workspace.folder, {"Event": EVENT})
    monkeypatch.chdir(workspace.folder)
    workspace.ok("legacy", "install", "bin")
    return workspace


def call(workspace: Workspace, line: str) -> Answer:
    """A command line of today through its wrapper, as cron calls it: hardly an environment, a shell of its own."""
    clean = ["env", "-i", "PATH=/usr/bin:/bin", "bash", "-c", f"cd {workspace.folder} && {line}"]
    done = subprocess.run(clean, capture_output=True, text=True, stdin=subprocess.DEVNULL, cwd="/", check=False)
    return Answer(done.returncode, done.stdout, done.stderr)


def jobs(workspace: Workspace) -> int:
    [(count,)] = workspace.sql("SELECT COUNT(*) FROM production_jobs WHERE claim_id IS NOT NULL")
    return int(count)


def now(answer: Answer) -> list[str]:
    """The lines on stderr that say what the new form is."""
    return [
        line.removeprefix("prodcli: now: ") for line in answer.err.splitlines() if line.startswith("prodcli: now: ")
    ]


@pytest.mark.parametrize("line", LINES)
def test_every_form_is_a_command_line_of_prodcli(line: str) -> None:
    for words in translate(shlex.split(line), no_file).lines:
        path = words[:2] if words[:2] in VERBS else words[:1] if words[:1] in VERBS else (words[0], "run")
        known = VERBS[path]
        many = MANY | {word for one in known.params for word in one.opts if one.multiple}
        others = words[len(path) :] if words[: len(path)] == path else words[1:]
        typed = fold_many(others, many if not MANY_OF_JOBS.isdisjoint(others) else MANY)
        assert known.make_context(path[-1], typed).params


@ONE_DATABASE
def test_a_line_of_a_crontab_runs_as_it_stands(today: Workspace) -> None:
    """Only the folder of the tools is another one."""
    tools = today.folder / "bin"
    crontab = (
        f"source {tools}/this_sphenixprod.sh >& /dev/null && "
        f"production_control.py --steer {today.folder}/steering.yaml -vv >& /dev/null"
    )
    assert call(today, crontab) == Answer(0, "", "")
    submitted = jobs(today)
    assert submitted > 0
    (today.folder / "active.list").write_text(f"# active\n{today.folder}/steering.yaml\n")
    assert call(today, f"{tools}/master_production_control.sh {today.folder}/active.list 0 >& /dev/null").code == 0
    assert jobs(today) == submitted


@ONE_DATABASE
def test_the_form_is_said_once_and_kept_with_the_submission(today: Workspace) -> None:
    answer = call(today, f"bin/create_submission.py {RULE} --andgo --docstring 'first pass'")
    form = "submit -c rules.yaml -r Event --runs 66400 90000 --reason 'first pass'"
    assert (answer.code, now(answer)) == (0, [f"prodcli {form}"])
    assert jobs(today) > 0
    assert today.sql("SELECT command FROM production_provenance") == [(f"prodcli {form}",)]


@ONE_DATABASE
def test_without_andgo_nothing_is_submitted(today: Workspace) -> None:
    for flags in ("", "-n", "--print-query", "-n --andgo"):
        answer = call(today, f"bin/create_submission.py {RULE} {flags}")
        assert (answer.code, bool(answer.out)) == (0, True), answer.err
    assert jobs(today) == 0


@ONE_DATABASE
@pytest.mark.parametrize(
    ("line", "form"),
    [
        (f"dstspider.py {RULE} -n", "spider dst -c rules.yaml -r Event --runs 66400 90000 --dry-run"),
        (f"histspider.py {RULE} -n", "spider hist -c rules.yaml -r Event --runs 66400 90000 --dry-run"),
        (f"monitor_finish.py {RULE}", "finish -c rules.yaml -r Event --runs 66400 90000 --yes"),
        ("production_control.py -f steering.yaml --dry", "control -f steering.yaml --dry-run"),
        ("dispatch_productions.py --steer-l all.list --stag 0", "control --steer-list all.list --stagger 0"),
        (
            "resubmit_to_condor.py --config rules.yaml --rule Event --resubmit",
            "resubmit -c rules.yaml -r Event --scale-memory 1.5 --max-mem 13000MB --any-hold --user-holds --in-place --yes",
        ),
        (
            "kaedama.py --config rules.yaml --rule Event --runs 66400 90000 --no-submit",
            "submit -c rules.yaml -r Event --runs 66400 90000 --dry-run",
        ),
        (
            "kaedama --config rules.yaml --rule Event --set-cursor 66456 --runs cursor --ratchet-cursor --batch",
            "cursor set 66456 -c rules.yaml -r Event && prodcli submit -c rules.yaml -r Event --runs cursor"
            " && prodcli cursor ratchet -c rules.yaml -r Event",
        ),
        ("ramenya query --reports pending clusters", "query pending && prodcli query clusters"),
        ("ramenya2.py query", "query started"),
    ],
)
def test_commands_of_today_end_well(today: Workspace, line: str, form: str) -> None:
    (today.folder / "all.list").write_text("steering.yaml\n")
    answer = call(today, f"bin/{line}")
    assert (answer.code, now(answer)) == (0, [f"prodcli {form}"]), answer.err


@ONE_DATABASE
def test_ramenya_writes_its_rules_into_a_file_and_loops_over_it(today: Workspace) -> None:
    line = "bin/ramenya submit rules.yaml --rules Event --runs 66400 90000 --maxjobs 3"
    answer = call(today, line)
    assert (answer.code, now(answer)) == (
        0,
        ["prodcli loop ramenya_Event.yaml --delay 300 --maxcondor 75000 --watermark 1.05 --once"],
    ), answer.err
    assert jobs(today) == 3
    assert call(today, line).code == 0
    assert jobs(today) == 6
    (today.folder / "ramenya_Event.yaml").write_text("Event: {config: mine.yaml}\n")
    refused = call(today, line)
    assert (refused.code, refused.err.splitlines()[-1]) == (
        1,
        "prodcli: ramenya_Event.yaml: the file is not one of ramenya's wrapper (rename it)",
    )
    assert jobs(today) == 6


@ONE_DATABASE
def test_exit_codes_are_those_of_today(today: Workspace) -> None:
    flagged = call(today, f"bin/check_eventcombiner.py {RULE}")
    assert (flagged.code, "prodcli: Event: " in flagged.err) == (0, True)
    codes = {
        "create_submission.py --config rules.yaml --rule Nobody --andgo": 2,
        "create_submission.py --config nowhere.yaml --rule Event --andgo": 2,
        "dstspider.py --config nowhere.yaml --rule Event": 1,
        "kaedama --config nowhere.yaml --rule Event --runs 1": 1,
        f"create_submission.py {RULE} --submitdir /tmp/x": 2,
        f"create_submission.py {RULE} --max 7": 2,
        "monitor_plots.py": 2,
        "production_control.py -f nowhere.yaml": 2,
        "production_control.py -f steering.yaml --hostname elsewhere": 0,
    }
    assert {line: call(today, f"bin/{line}").code for line in codes} == codes
    today.settings["databases"]["daq"] = "sqlite:////nowhere/daq.db"
    today.write()
    assert call(today, f"bin/create_submission.py {RULE} --andgo").code == 41
    assert jobs(today) == 0


@ONE_DATABASE
def test_help_lists_the_flags(today: Workspace) -> None:
    answer = call(today, "bin/kaedama --help")
    assert (answer.code, answer.err) == (0, "")
    assert "--unblock-state, -u" in answer.out and "--unblock" in answer.out


@ONE_DATABASE
def test_wrappers_are_written_over_and_other_files_are_not(today: Workspace) -> None:
    folder = today.folder / "bin"
    assert sorted(file.name for file in folder.iterdir()) == sorted(wrapper_names())
    assert all(os.access(folder / name, os.X_OK) for name in wrapper_names())
    assert len(today.ok("legacy", "install", "bin").out.splitlines()) == len(wrapper_names())
    today.ok("legacy", "install", "other", "--dry-run")
    assert not (today.folder / "other").exists()
    (folder / "kaedama").write_text("#!/bin/sh\nexec their own\n")
    (folder / "ramenya").unlink()
    refused = today.run("legacy", "install", "bin")
    assert (refused.code, refused.err) == (
        2,
        f"prodcli: {folder}/kaedama: the file is no wrapper, and stays (name another folder)\n",
    )
    assert not (folder / "ramenya").exists()


@ONE_DATABASE
def test_wrappers_use_the_configuration_in_force_unless_another_is_named(today: Workspace) -> None:
    assert call(today, f"cd / && {today.folder}/bin/ramenya query").code == 0
    refused = call(today, "export PRODCLI_SITE=/nowhere.yaml && bin/ramenya query")
    assert (refused.code, "$PRODCLI_SITE names a file that does not exist" in refused.err) == (1, True)


def test_a_wrapper_without_configuration_finds_it_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.delenv("PRODCLI_SITE", raising=False)
    install(tmp_path / "a folder")
    assert "PRODCLI_SITE" not in (tmp_path / "a folder" / "kaedama").read_text()
    done = subprocess.run([tmp_path / "a folder" / "kaedama", "--help"], capture_output=True, check=False)
    assert done.returncode == 0


def install(folder: Path) -> None:
    from typer.testing import CliRunner

    from prodcli.cli.app import app

    assert CliRunner().invoke(app, ["legacy", "install", str(folder)]).exit_code == 0


@ONE_DATABASE
def test_show_says_the_form_and_runs_nothing(today: Workspace) -> None:
    shown = today.ok("legacy", "show", "create_submission.py", *shlex.split(RULE), "--andgo", "-n", "-vv").out
    assert shown == "prodcli submit -c rules.yaml -r Event --runs 66400 90000 --dry-run --log\n"
    loop = today.ok("legacy", "show", "ramenya", "submit", "rules.yaml", "--rules", "Event", "--loop").out
    assert loop.splitlines()[2:] == [
        "ramenya_Event.yaml:",
        "# Written by the wrapper of ramenya, and read by prodcli loop: rules, and their options.",
        '"Event": {"config": "rules.yaml", "runs": "0 999999", "maxjobs": "10000"}',
    ]
    assert not (today.folder / "ramenya_Event.yaml").exists()
    assert jobs(today) == 0


@ONE_DATABASE
def test_show_lists_commands_and_flags(today: Workspace) -> None:
    commands = [line.split(maxsplit=1) for line in today.ok("legacy", "show").out.splitlines()]
    assert ["dstspider.py", "prodcli spider dst"] in commands
    assert any(line[0] == "monitor_plots.py" and line[1].startswith("no counterpart") for line in commands)
    flags = [line.split() for line in today.ok("legacy", "show", "kaedama.py").out.splitlines()]
    assert ["kaedama", "--nevents,", "-n", "--nevents"] in flags
    assert ["kaedama", "--batch", "not", "needed"] in flags
    refused = today.run("legacy", "show", "monitor_plots.py")
    assert (refused.code, refused.err.startswith("prodcli: monitor_plots.py has no counterpart: ")) == (2, True)


def test_names_of_commands_are_completed() -> None:
    name = next(one for one in VERBS["legacy", "show"].params if one.name == "name")
    context = VERBS["legacy", "show"].make_context("show", [], resilient_parsing=True)
    assert [one.value for one in name.shell_complete(context, "dst")] == ["dstspider.py"]
