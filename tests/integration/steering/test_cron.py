"""cron show|install: lines of a crontab that pass over steering files."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from prodcli.books.claimant import short_host
from tests.support.rule_files import RULES, write_rules
from tests.support.steering_files import write_steering
from tests.support.terminal import Terminal
from tests.support.workspace import Workspace, make_workspace

EVENT = {"config": "rules.yaml", "submit": True}
# `crontab -l` and `crontab FILE`, with a file for what is in force
FAKE = """#!/bin/sh
if [ "$1" = -l ]; then cat "$FORCE" 2>/dev/null || { echo "no crontab for you" >&2; exit 1; }
elif grep -q bad "$1"; then echo "errors in crontab file, can't install" >&2; exit 1
else cat "$1" > "$FORCE"; fi
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace with a steering file, and a crontab that harms nobody."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "crontab").write_text(FAKE)
    (tmp_path / "bin" / "crontab").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    monkeypatch.setenv("FORCE", str(tmp_path / "force"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    write_rules(tmp_path, {"Event": RULES["streaming"]})
    write_steering(tmp_path, {"Event": EVENT}, {"prod09": {}})
    return make_workspace(tmp_path)


def installed(workspace: Workspace) -> str:
    return (workspace.folder / "force").read_text()


def own(workspace: Workspace) -> Path:
    return workspace.folder / f"crontab.{short_host()}"


def test_show_says_the_lines(folder: Workspace) -> None:
    lines = folder.ok("cron", "show", "steering.yaml", "--every", 30, "--mailto", "me@example.org").out.splitlines()
    assert lines[1] == "MAILTO=me@example.org"
    assert lines[2].startswith("PATH=/")
    assert re.fullmatch(
        rf"(\d+),(\d+) \* \* \* \* PRODCLI_SITE={folder.file} \S+/prodcli control -f {folder.folder}/steering.yaml",
        lines[3],
    )
    assert len(lines) == 5
    assert not own(folder).exists()


def test_a_list_is_one_line(folder: Workspace) -> None:
    (folder.folder / "all.list").write_text("steering.yaml\n")
    lines = folder.ok("cron", "show", "--steer-list", "all.list", "--stagger", 180).out.splitlines()
    assert lines[-2].endswith(f" control --steer-list {folder.folder}/all.list --stagger 180")


def test_lines_of_the_crontab_in_force_stay(folder: Workspace) -> None:
    (folder.folder / "force").write_text("# mine\n5 * * * * backup 100\\%\n")
    answer = folder.ok("cron", "install", "steering.yaml", "--yes")
    assert installed(folder) == own(folder).read_text()
    assert installed(folder).startswith("# mine\n5 * * * * backup 100\\%\n# >>> prodcli")
    assert f"+++ {own(folder)}" in answer.out
    again = folder.run("cron", "install", "steering.yaml", quiet=False)
    assert (again.code, again.out, "nothing changes" in again.err) == (0, "", True)


def test_the_file_of_the_host_comes_before_the_crontab_in_force(folder: Workspace) -> None:
    own(folder).write_text("1 * * * * kept\n")
    (folder.folder / "force").write_text("2 * * * * typed in by hand\n")
    answer = folder.ok("cron", "install", "steering.yaml", "--yes")
    assert "-2 * * * * typed in by hand" in answer.out
    assert installed(folder).startswith("1 * * * * kept\n#")


def test_another_file_gets_a_line_of_its_own(folder: Workspace) -> None:
    write_steering(folder.folder, {"Event": EVENT}, name="other.yaml")
    folder.ok("cron", "install", "steering.yaml", "--yes", "--mailto", "me@example.org")
    folder.ok("cron", "install", "other.yaml", "--yes", "--every", 10)
    folder.ok("cron", "install", "steering.yaml", "--yes", "--every", 60)
    lines = [line for line in installed(folder).splitlines() if " control " in line]
    assert [line.rpartition("/")[2] for line in lines] == ["steering.yaml", "other.yaml"]
    assert [line.partition(" ")[0].count(",") for line in lines] == [0, 5]
    assert "MAILTO=me@example.org\n" in installed(folder)
    folder.ok("cron", "install", "steering.yaml", "--remove", "--yes")
    assert "steering.yaml" not in installed(folder)
    folder.ok("cron", "install", "other.yaml", "--remove", "--yes")
    assert installed(folder) == ""


def test_without_a_yes_nothing_changes(folder: Workspace) -> None:
    assert folder.run("cron", "install", "steering.yaml").code == 2  # no terminal
    assert folder.ok("cron", "install", "steering.yaml", "-n").out.startswith("--- installed")
    assert not own(folder).exists()
    assert not (folder.folder / "force").exists()


def test_lines_for_another_host_are_only_written(folder: Workspace) -> None:
    answer = folder.run(
        "cron", "install", "steering.yaml", "--hostname", "prod09", "--folder", "bin", "--yes", quiet=False
    )
    assert (answer.code, answer.err.splitlines()[-1]) == (
        0,
        "prodcli: bin/crontab.prod09 is written; on its host: crontab bin/crontab.prod09",
    )
    assert " control -f " in (folder.folder / "bin" / "crontab.prod09").read_text()
    assert not (folder.folder / "force").exists()


def test_lines_of_other_tools_are_pointed_at(folder: Workspace) -> None:
    today = "15,55 * * * * source this_sphenixprod.sh && production_control.py --steer autopilot.yaml -vv"
    (folder.folder / "force").write_text(today + "\n")
    assert folder.run("cron", "install", "steering.yaml", "-n").err == (
        f"prodcli: this line starts passes of another tool: {today}\n"
    )


def test_a_crontab_that_is_refused_is_one_line(folder: Workspace) -> None:
    own(folder).write_text("bad\n")
    answer = folder.run("cron", "install", "steering.yaml", "--yes")
    assert (answer.code, answer.err) == (
        1,
        f"prodcli: {own(folder)}: crontab refuses the file: errors in crontab file, can't install (the old crontab is in force)\n",
    )


@pytest.mark.parametrize(
    "words",
    [
        ("steering.yaml", "--every", "7"),
        ("steering.yaml", "--hostname", "prod01"),
        ("steering.yaml", "--mailto", "a\nb"),
        ("steering.yaml", "--steer-list", "x"),
        (),
        ("--remove",),
        ("--steer-list", "absent"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_a_line_is_refused(folder: Workspace, words: tuple[str, ...]) -> None:
    answer = folder.run("cron", "install", *words, "--yes")
    assert (answer.code, answer.out) == (2, "")
    assert not own(folder).exists()


def test_a_host_without_crontab_is_one_line(folder: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(folder.folder))
    answer = folder.run("cron", "install", "steering.yaml", "--yes")
    assert (answer.code, answer.err.startswith("prodcli: this host has no command crontab")) == (1, True)


def test_the_shell_of_cron_understands_the_line(folder: Workspace) -> None:
    odd = folder.folder / "50% of it's"
    odd.mkdir()
    write_steering(odd, {})
    line = folder.ok("cron", "show", odd / "steering.yaml").out.splitlines()[-2]
    command = line.split(" ", 5)[5].replace("\\%", "%")
    done = subprocess.run(
        ["env", "-i", "PATH=/usr/bin:/bin", "/bin/sh", "-c", command], capture_output=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 1)])
def test_the_question_stands_below_the_changes(folder: Workspace, answer: str, code: int) -> None:
    terminal = Terminal(folder, "cron install steering.yaml")
    terminal.read_until("[y/N] ")
    assert terminal.shown.index("+# >>> prodcli") < terminal.shown.index(f"Write {own(folder)} and install it?")
    assert not own(folder).exists()
    terminal.type(answer)
    assert terminal.end()[0] == code
    assert own(folder).exists() == (folder.folder / "force").exists() == (code == 0)


def test_a_real_crontab_takes_the_lines(folder: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only looked at, not installed: `-n` of Debian's crontab checks a file."""
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    if shutil.which("crontab") is None or "dry run" not in subprocess.getoutput("crontab -h"):
        pytest.skip("no crontab here that checks a file")
    odd = folder.folder / "50% of it's"
    odd.mkdir()
    write_steering(odd, {})
    lines = folder.ok("cron", "show", odd / "steering.yaml", "--every", 120, "--mailto", "me@example.org").out
    (folder.folder / "lines").write_text("# mine\n" + lines)
    done = subprocess.run(["crontab", "-n", folder.folder / "lines"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "The syntax of the crontab file was successfully checked.\n")
