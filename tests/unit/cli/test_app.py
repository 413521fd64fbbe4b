"""The root command: folding of *many* options, one line and the right exit code for every failure."""

import logging
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from prodcli import __version__
from prodcli.__main__ import main
from prodcli.cli.app import app
from prodcli.cli.command_groups import ENTRIES
from prodcli.cli.commands.folding import fold_many
from prodcli.cli.commands.other_words import FOREIGN_WORDS, command_of
from prodcli.cli.options import MANY
from prodcli.errors import (
    BatchError,
    ConfigError,
    DatabaseError,
    PartlyDone,
    ProdError,
    RuleError,
    Terminated,
    TermSignal,
    TransientDatabaseError,
    UsageError,
)
from prodcli.submission.pass_lock import PassRuns
from tests.support.verbs import groups
from tests.support.workspace import Answer, Workspace, make_workspace


@pytest.mark.parametrize(
    ("words", "folded"),
    [
        ("submit --runs 1 2 -r X", "submit --runs 1 --runs 2 -r X"),
        ("submit --runs 1 2 3", "submit --runs 1 --runs 2 --runs 3"),
        ("submit --runs=1-9 -r X", "submit --runs=1-9 -r X"),
        ("submit --runs cursor 500", "submit --runs cursor --runs 500"),
        ("submit --runs 1 --segments 0 2 -c F", "submit --runs 1 --segments 0 --segments 2 -c F"),
        ("submit --runs 1 --runs 2", "submit --runs 1 --runs 2"),
        ("submit --runs -r X", "submit --runs -r X"),
        ("submit --runs", "submit --runs"),
        ("submit --runs 1 -- a b", "submit --runs 1 -- a b"),
        ("hold --code 34,21 13/2 -n", "hold --code 34 --code 21 --code 13/2 -n"),
        ("hold --dbid=1,2 --code ,", "hold --dbid=1 --dbid=2 --code ,"),
        (
            "submit --runs 1,2 new(window=6h,x=1) --mask TPC1,TPC2",
            "submit --runs 1,2 --runs new(window=6h,x=1) --mask TPC1,TPC2",
        ),
        ("release --tag A B,C 4.217 5.1@s", "release --tag A --tag B --tag C 4.217 5.1@s"),
        ("release --state held,idle 12 -n", "release --state held --state idle 12 -n"),
        ("quarantine release --tag 2025_x_v001 DST-1-2.root", "quarantine release --tag 2025_x_v001 DST-1-2.root"),
        ("-q --site F submit -c F -r X", "-q --site F submit -c F -r X"),
        ("", ""),
    ],
)
def test_many_options_take_all_words_up_to_the_next_option(words: str, folded: str) -> None:
    assert fold_many(words.split()) == folded.split()


@pytest.mark.parametrize(
    ("words", "chosen"),
    [
        ("jobs --dsttype A B,C -r X Y 66499", {"dsttype": ["A", "B", "C"], "rule": ["X", "Y"], "which": ["66499"]}),
        ("release --node n1 n2.pool --rule=X,Y 4.2", {"node": ["n1", "n2.pool"], "rule": ["X", "Y"], "jobs": ["4.2"]}),
        ("mask add --dsttype A TPC17 --runs 1 --reason x", {"dsttype": "A", "hosts": ["TPC17"]}),
        ("check -c F -r X --runs 1", {"rule": "X"}),
    ],
)
def test_an_option_takes_many_words_where_it_chooses_jobs(words: str, chosen: dict[str, Any]) -> None:
    root: Any = typer.main.get_command(app)
    folded = root._folded(words.split())
    command = root.commands[folded.pop(0)]
    while getattr(command, "commands", {}):
        command = command.commands[folded.pop(0)]
    values = command.make_context("x", folded).params
    assert {key: list(values[key]) if isinstance(one, list) else values[key] for key, one in chosen.items()} == chosen


@given(st.lists(st.sampled_from(["--runs", "--segments", "-r", "--x=1", "1", "a", "", "--"])))
def test_folding_keeps_every_word_in_order_and_is_done_once(words: list[str]) -> None:
    folded = fold_many(words)
    assert [word for word in folded if word not in MANY] == [word for word in words if word not in MANY]
    assert fold_many(folded) == folded


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """An empty workspace; the signal handler is put back."""
    before = signal.getsignal(signal.SIGTERM)
    yield make_workspace(tmp_path)
    signal.signal(signal.SIGTERM, before)


def failing(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, failure: BaseException, *, quiet: bool = True
) -> Answer:
    """What `query` answers when its service fails."""

    def fail(*_: object) -> None:
        raise failure

    monkeypatch.setattr("prodcli.reports.status.status_lines", fail)
    workspace.settings["databases"] = {"production": "sqlite:///p.db"}
    workspace.write()
    return workspace.run("query", quiet=quiet)


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (ProdError("what"), 1),
        (UsageError("what"), 2),
        (RuleError("what"), 3),
        (ConfigError("what"), 3),
        (DatabaseError("what"), 4),
        (TransientDatabaseError("what"), 4),
        (BatchError("what"), 5),
        (PartlyDone("what"), 6),
        (KeyboardInterrupt(), 130),
        (Terminated("what"), 143),
    ],
)
def test_a_failure_is_one_line_and_its_exit_code(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, failure: BaseException, code: int
) -> None:
    answer = failing(workspace, monkeypatch, failure)
    assert (answer.code, answer.out) == (code, "")
    assert answer.err.startswith("prodcli: ")
    assert answer.err.count("\n") == 1


def test_a_line_says_what_where_and_what_to_do(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    failure = DatabaseError("what\nwent \x1b[31mwrong", where="here", todo="do that")
    assert failing(workspace, monkeypatch, failure).err == "prodcli: here: what went ?[31mwrong (do that)\n"


def test_the_unexpected_is_not_hidden(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ZeroDivisionError):
        failing(workspace, monkeypatch, ZeroDivisionError())


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (PermissionError(13, "Permission denied", "f"), "f: Permission denied"),
        (OSError(116, "Stale file handle", "/data/x.root"), "/data/x.root: Stale file handle"),
        (OSError(24, "Too many open files"), "Too many open files"),
        (OSError(5, "Input/output error"), "output: Input/output error"),
        (OSError("words of a library"), "words of a library"),
        (TimeoutError(), "TimeoutError"),
    ],
)
def test_any_failure_of_the_operating_system_is_one_line(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, error: OSError, says: str
) -> None:
    answer = failing(workspace, monkeypatch, error)
    assert (answer.code, answer.err) == (1, f"prodcli: {says}\n")


def test_a_full_disk_is_one_line(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = failing(workspace, monkeypatch, OSError(28, "No space left on device", "/x"))
    assert (answer.code, answer.err) == (1, "prodcli: /x: No space left on device\n")


def test_another_pass_that_runs_is_no_failure_and_silent_for_cron(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = failing(workspace, monkeypatch, PassRuns("a pass runs already"), quiet=False)
    assert (answer.code, answer.err.splitlines()[-1]) == (0, "prodcli: a pass runs already")
    answer = failing(workspace, monkeypatch, PassRuns("a pass runs already"))
    assert (answer.code, answer.err) == (0, "")


@pytest.mark.parametrize("kind", [RuntimeError, SystemError])
def test_a_signal_that_met_an_import_or_a_driver_is_no_bug(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, kind: type[Exception]
) -> None:
    wrapped = kind("Error calling __set_name__")
    wrapped.__cause__ = KeyboardInterrupt()
    assert failing(workspace, monkeypatch, wrapped).code == 130
    with pytest.raises(kind):
        failing(workspace, monkeypatch, kind("a bug"))


def test_sigterm_is_an_exit_code(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace.settings["databases"] = {"production": "sqlite:///p.db"}
    workspace.write()
    monkeypatch.setattr("prodcli.reports.status.status_lines", lambda *_: signal.raise_signal(signal.SIGTERM))
    answer = workspace.run("query")
    assert (answer.code, answer.err) == (143, "prodcli: terminated; submitted jobs are in the books\n")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["sbmit"], "No such command 'sbmit'. Did you mean 'submit'"),
        (["submit"], "Missing option '--config'"),
        (["submit", "-c", "x", "--runs"], "'--runs' requires an argument"),
        (["submit", "-c", "x", "--maxjobs", "-1"], "-1 is not in the range"),
        (["submit", "-c", "x", "--maxjobs", "many"], "'many' is not a valid int"),
        (["submit", "-c", "x", "--rnus", "1"], "No such option: --rnus"),
        (["query", "--format", "xml"], "'xml' is not one of"),
        (["query", "--by", "color"], "'color' is not one of"),
        (["harvest", "extra"], "unexpected extra argument"),
        (["query", "wekly"], "no report is called 'wekly'; did you mean 'weekly'?"),
        (["rules", "shw"], "Did you mean 'show'?"),
        (["--sitee", "x", "query"], "No such option: --sitee"),
        (["-v"], "No such option: -v (options of a verb stand after it: prodcli VERB -v)"),
        (["--tag", "x", "query"], "--tag stands after the verb: prodcli query --tag"),
        (["stauts"], "No such command 'stauts'. Did you mean 'status'?"),
        (["list"], "No such command 'list'. Try jobs, rules list or files."),
        (["help", "qurey"], "No such command 'qurey'. Did you mean 'query'?"),
        (["help", "rules", "shw"], "No such command 'shw'. Did you mean 'show'?"),
    ],
)
def test_a_command_line_that_is_off_is_one_line_that_points_to_help(words: list[str], says: str) -> None:
    result = CliRunner().invoke(app, words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr
    assert result.stderr.startswith("prodcli: ")
    assert "--help)\n" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(("words", "list_of"), [(["rules"], "Commands"), (["db"], "Commands")])
def test_half_a_command_is_answered_with_its_help(words: list[str], list_of: str) -> None:
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 2
    assert f"\n{list_of}:\n" in result.stderr


def test_prodcli_alone_shows_every_verb_on_one_screen() -> None:
    result = CliRunner().invoke(app, [])
    lines = result.stderr.splitlines()
    assert (result.exit_code, result.stdout) == (2, "")
    assert len(lines) < 24
    assert max(map(len, lines)) <= 80
    assert "Plan: make jobs, see why not" in lines
    assert [word for line in lines if line.startswith("  ") for word in line.split()] == list(ENTRIES)
    assert "Most days: prodcli harvest; prodcli query; prodcli rescue" in lines


@pytest.mark.parametrize(
    "words", [["--version"], ["-q", "--version"], ["--version", "query"], ["query", "--version"], ["version"]]
)
def test_version(words: list[str]) -> None:
    assert CliRunner().invoke(app, words).stdout == f"prodcli {__version__}\n"


@pytest.mark.parametrize("words", [(), ("query",), ("rules",), ("rules", "list"), ("status",), ("Mark_Held",)])
def test_help_is_a_verb_as_well(words: tuple[str, ...]) -> None:
    """A verb in other letters is the verb."""
    shown = CliRunner().invoke(app, ["help", *words])
    assert (shown.exit_code, shown.stdout) == (0, CliRunner().invoke(app, [*words, "--help"]).stdout)


def test_another_word_for_a_verb_is_the_verb(workspace: Workspace) -> None:
    workspace.settings["databases"] = {"production": f"sqlite:///{workspace.folder}/p.db"}
    workspace.write()
    workspace.ok("db", "init")
    status, query = (
        workspace.ok(word).out.splitlines()[1:] for word in ("status", "query")
    )  # the first line has the time
    assert status == query != []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["config", "show", "--site", "FILE"], "prodcli: production, FILE\n"),
        (["--site", "FILE", "config", "show", "--testbed"], "prodcli: testbed (asked for by --testbed), FILE\n"),
        (["config", "--testbed", "show", "--site=FILE"], "prodcli: testbed (asked for by --testbed), FILE\n"),
        (["config", "show", "-q", "--site", "FILE"], ""),
        (["config", "show", "--site", "FILE", "--quiet"], ""),
    ],
)
def test_options_of_the_root_may_stand_after_the_verb(workspace: Workspace, words: list[str], says: str) -> None:
    file = str(workspace.file)
    bed = {"databases": {"production": "sqlite:///bed.db"}, "campaigns": "bed", "roots": "/bed"}
    workspace.settings["testbed"] = bed
    workspace.write()
    shown = CliRunner().invoke(app, [word.replace("FILE", file) for word in words])
    assert (shown.exit_code, shown.stderr) == (0, says.replace("FILE", file))


def test_the_log_may_be_asked_for_after_the_verb(workspace: Workspace) -> None:
    workspace.run("config", "show", "--log")
    assert [handler.level for handler in logging.getLogger("prodcli").handlers] == [logging.INFO]


def test_every_word_of_other_tools_leads_to_commands() -> None:
    for word, said in FOREIGN_WORDS.items():
        assert command_of(word) is None
        commands = [part.split(" for ")[0].split(" --")[0].split() for part in re.split(", or |, | or ", said)]
        for command, *below in commands:
            assert command in ENTRIES, said
            assert not below or below[0] in dict(groups())[(command,)].commands, said


def test_logging_is_configured_once_however_often_it_is_called(workspace: Workspace) -> None:
    for _ in range(3):
        workspace.run("config", "show")
    assert len(logging.getLogger("prodcli").handlers) == 1


# ---- real processes


def prodcli(workspace: Workspace, *words: str, **more: Any) -> subprocess.Popen[str]:
    """Start prodcli as people do."""
    command = [sys.executable, "-m", "prodcli", "--site", str(workspace.file), *words]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, **more)


@pytest.mark.parametrize(
    "words", [("config", "show", "--format", "json"), ("config", "detectors", "TPC", "--format", "csv")]
)
def test_a_reader_that_left_is_no_trouble(workspace: Workspace, words: tuple[str, ...]) -> None:
    """More and less than a pipe's worth of output."""
    read, write = os.pipe()
    os.close(read)
    process = prodcli(workspace, "-q", *words, stdout=write)
    os.close(write)
    _, err = process.communicate()
    assert (process.returncode, err) == (1, "")


@pytest.mark.parametrize(
    "words", [("config", "show", "--format", "json"), ("config", "detectors", "TPC", "--format", "csv")]
)
def test_no_room_for_the_output_is_one_line(workspace: Workspace, words: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        process = prodcli(workspace, "-q", *words, stdout=full)
        _, err = process.communicate()
    assert (process.returncode, err) == (1, "prodcli: output: No space left on device\n")


def test_letters_that_a_terminal_does_not_have_are_written_out(workspace: Workspace) -> None:
    workspace.settings["campaigns"] = "größe"
    workspace.write()
    environment = os.environ | {"PYTHONIOENCODING": "ascii:strict"}
    process = prodcli(workspace, "-q", "config", "show", "--format", "csv", stdout=subprocess.PIPE, env=environment)
    out, err = process.communicate()
    assert (process.returncode, err) == (0, "")
    assert r"campaigns,gr\xf6\xdfe," in out


@pytest.mark.parametrize(
    ("sign", "told"), [(KeyboardInterrupt(), (130, "interrupted")), (TermSignal(), (143, "terminated"))]
)
def test_a_signal_outside_of_a_command_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], sign: BaseException, told: tuple[int, str]
) -> None:
    def meets_a_signal(**_: object) -> None:
        raise sign

    monkeypatch.setattr(sys, "argv", ["prodcli", "query"])
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)  # which main replaces
    monkeypatch.setattr("prodcli.cli.app.app", meets_a_signal)
    with pytest.raises(SystemExit) as ended:
        main()
    code, word = told
    assert (ended.value.code, capsys.readouterr().err) == (code, f"prodcli: {word}\n")


_SIGNAL_IN_A_CALLBACK = """
import os, signal, sys, time, weakref
from prodcli.__main__ import main
from prodcli.cli import app

class Thing:
    pass

def meets(thing):
    os.kill(os.getpid(), signal.SIG{sign})
    time.sleep(0)

def busy(**_):
    signal.signal(signal.SIGTERM, app._terminate)
    thing = Thing()
    kept = weakref.ref(thing, meets)
    del thing
    time.sleep(20)

app.app = busy
main()
"""


@pytest.mark.parametrize(("sign", "told"), [("INT", (130, "interrupted")), ("TERM", (143, "terminated"))])
def test_a_signal_that_meets_a_callback_is_not_lost(sign: str, told: tuple[int, str]) -> None:
    script = _SIGNAL_IN_A_CALLBACK.format(sign=sign)
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    code, word = told
    assert (ended.returncode, ended.stderr) == (code, f"prodcli: {word}\n")


def test_what_python_drops_otherwise_is_reported() -> None:
    script = _SIGNAL_IN_A_CALLBACK.format(sign="TERM").replace("os.kill(os.getpid(), signal.SIGTERM)", "1 / 0")
    ended = subprocess.run(
        [sys.executable, "-c", script.replace("sleep(20)", "sleep(0)")], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0
    assert "ZeroDivisionError" in ended.stderr
