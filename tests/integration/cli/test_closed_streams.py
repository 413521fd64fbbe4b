"""Commands whose standard streams are closed, as cron jobs and supervisors leave them."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.rule_files import RULES, write_rules
from tests.support.snapshots import tree
from tests.support.verbs import VERBS, example
from tests.support.warm_process import COMMAND, WarmProcess
from tests.support.workspace import Workspace, make_workspace, seeded_catalog

CLOSED = {"<&-": 0, ">&-": 1, "2>&-": 2}
COMMANDS = (
    *(
        "query --format json",
        "harvest",
        "config show",
        "rules schema",
        "mask list",
        "submit --help",
        "--version",
        "--nonsense",
    ),
    *("kill --tag x", "clear-held", "resubmit --mem 4GB", "mask remove 1", "park --tag x"),
)
LASTING = {
    ("demo",),
    ("local", "run"),
    ("dashboard", "serve"),
}  # the first makes a folder of its own and runs for a minute


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = make_workspace(tmp_path_factory.mktemp("streams"))
    made.load(seeded_catalog(1))
    write_rules(made.folder, {"Full_TRKR_CLUSTER": RULES["cluster"]})
    made.ok("harvest")
    made.sql("CREATE TABLE production_cursor (dsttype text, build text, tag text, version int, lastrun int)")
    return made


def outcome(workspace: Workspace, command: str, redirected: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command of a shell; /dev/null stands where nothing is redirected."""
    line = f"exec {sys.executable} -m prodcli --site {workspace.file} {command} {redirected}"
    done = subprocess.run(
        ["sh", "-c", line], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, cwd=workspace.folder
    )
    return done.returncode, done.stdout, done.stderr


def without(workspace: Workspace, closed: Sequence[int], command: Sequence[str]) -> tuple[int, str, str]:
    """The same of a command without some streams; of Python itself and what is loaded before the streams are opened, nothing is new."""
    pipe, words = subprocess.PIPE, [*COMMAND, "--site", str(workspace.file), *command]
    process = WarmProcess(
        words, closed, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True, cwd=workspace.folder
    )
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


@pytest.mark.parametrize("command", COMMANDS)
def test_closed_streams_are_null_devices(workspace: Workspace, command: str) -> None:
    expected = outcome(workspace, command, "</dev/null >/dev/null 2>/dev/null")
    assert outcome(workspace, command, "<&- >&- 2>&-") == expected


@pytest.mark.parametrize("path", sorted(set(VERBS) - LASTING), ids=" ".join)
def test_every_verb_works_without_streams(workspace: Workspace, path: tuple[str, ...]) -> None:
    """The example of its help, which may be refused for what an earlier one did."""
    command = example(path)[1:]
    for closed in ((0, 1), (2,)):
        code, out, err = without(workspace, closed, command)
        assert code in (0, 2, 3), (closed, err)
        assert "Traceback" not in out + err, closed
        assert code == 0 or err or closed == (2,), closed


def test_programs_that_are_started_have_the_streams(workspace: Workspace) -> None:
    script = "import subprocess; from prodcli.__main__ import _open_missing_streams as mend; mend();"
    script += "raise SystemExit(subprocess.run(['sh', '-c', 'for n in 0 1 2; do test -e /proc/self/fd/$n || exit 9; done']).returncode)"
    line = f"exec {sys.executable} -c {shlex.quote(script)} <&- >&- 2>&-"
    assert subprocess.run(["sh", "-c", line], check=False, timeout=60).returncode == 0


@pytest.mark.parametrize("closed", CLOSED)
@pytest.mark.parametrize("command", ["query", "config show", "kill", "mask remove 1", "harvest"])
def test_one_closed_stream_does_not_change_the_others(workspace: Workspace, command: str, closed: str) -> None:
    code, out, err = outcome(workspace, command, "")
    expected = [out, err]
    if closed != "<&-":
        expected[CLOSED[closed] - 1] = ""
    got = outcome(workspace, command, closed)
    assert (got[0], *map(undated, got[1:])) == (code, *map(undated, expected))
    assert "Traceback" not in got[2]


def undated(text: str) -> str:
    """A text without the time at which it was said, and without ages, which grow between two commands."""
    return re.sub(r"\b\d+ (?:s|min|h) ago\b", "some time ago", re.sub(r"(?m)^as of .*$", "as of now", text))


def test_files_do_not_get_the_number_of_a_closed_stream(workspace: Workspace) -> None:
    """A warning must not land in the file that happens to be opened as number 2."""
    databases = {name: path for name, path in tree(workspace.folder).items() if name.endswith(".db")}
    code, _, _ = outcome(workspace, "query --tag nothing_such_v001", "<&- >&- 2>&-")
    assert code == 0
    assert {name: path for name, path in tree(workspace.folder).items() if name.endswith(".db")} == databases


def test_a_question_without_a_terminal_is_a_line(workspace: Workspace, tmp_path: Path) -> None:
    """The mask exists, so that the verb comes to its question."""
    workspace.ok("mask", "add", "INTT3", "--runs", "66500", "--reason", "off")
    for redirected in ("<&-", "</dev/null", f"<{os.devnull} >{tmp_path}/out"):
        code, _, err = outcome(workspace, "mask remove 1", redirected)
        assert code == 2
        assert "needs a terminal or --yes" in err
        assert err.count("\n") <= 2
