"""prodcli completion: the script goes where the shell looks for it, once, and the real shell then completes."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from prodcli.cli.app import app
from prodcli.setup import shell_completion
from tests.support.rule_files import REPOSITORY

SCRIPTS = {
    "bash": ".local/share/bash-completion/completions/prodcli",
    "zsh": ".zfunc/_prodcli",
    "fish": ".config/fish/completions/prodcli.fish",
}
LINES = {
    "bash": (".bashrc", ". {script}"),
    "zsh": (".zshrc", "fpath=({folder} $fpath)\nautoload -Uz compinit && compinit"),
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder of its own, on a host without the package bash-completion."""
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "ZDOTDIR", "BASH_COMPLETION_USER_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(shell_completion, "_LOADERS", ())
    return tmp_path


def run(*words: str) -> Result:
    """A command line."""
    return CliRunner().invoke(app, ["completion", *words])


def script_of(shell: str) -> str:
    """The script that the project has for a shell."""
    return (REPOSITORY / "completions" / f"prodcli.{shell}").read_text().strip() + "\n"


def files(folder: Path) -> dict[str, str]:
    """The files below a folder with their texts."""
    return {str(one.relative_to(folder)): one.read_text() for one in folder.rglob("*") if one.is_file()}


@pytest.mark.parametrize("shell", SCRIPTS)
def test_install_writes_the_script_and_the_lines_that_load_it(home: Path, shell: str) -> None:
    script, expected = (
        home / SCRIPTS[shell],
        {SCRIPTS[shell]: script_of(shell)},
    )
    changes = [f"{script}: written"]
    if shell in LINES:
        name, lines = LINES[shell]
        text = lines.format(script=script, folder=script.parent)
        expected[name] = f"alias ll='ls -l'\n\n# completion of prodcli\n{text}\n"
        changes += [f"{home / name}: + {line}" for line in text.splitlines()]
        (home / name).write_text("alias ll='ls -l'\n")
    before = files(home)
    assert run("install", shell, "--dry-run").stdout.splitlines() == changes
    assert files(home) == before
    done = run("install", shell, "--yes")
    assert (done.exit_code, done.stdout.splitlines()) == (0, changes)
    assert files(home) == expected


@pytest.mark.parametrize("shell", SCRIPTS)
def test_install_again_changes_nothing_but_what_is_out_of_date(home: Path, shell: str) -> None:
    run("install", shell, "--yes")
    known = files(home)
    again = run("install", shell)
    assert (again.exit_code, again.stdout) == (0, f"{home / SCRIPTS[shell]}: nothing changes\n")
    (home / SCRIPTS[shell]).write_text("of last year\n")
    assert run("install", shell, "--yes").stdout == f"{home / SCRIPTS[shell]}: written anew\n"
    assert files(home) == known


def test_install_asks_first(home: Path) -> None:
    refused = run("install", "bash")
    assert (refused.exit_code, files(home)) == (2, {})
    assert "Install completion for bash: needs a terminal or --yes" in refused.stderr


def test_no_line_is_needed_where_bash_completion_loads_the_folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell_completion, "_LOADERS", (__file__,))
    run("install", "bash", "--yes")
    assert list(files(home)) == [SCRIPTS["bash"]]


def test_folders_of_the_user_are_heeded(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = {"BASH_COMPLETION_USER_DIR": "b", "ZDOTDIR": "z", "XDG_CONFIG_HOME": "f"}
    for name, folder in places.items():
        monkeypatch.setenv(name, str(home / folder))
    for shell in SCRIPTS:
        assert run("install", shell, "--yes").exit_code == 0
    assert {*files(home)} == {
        *("b/completions/prodcli", ".bashrc"),
        *("z/.zfunc/_prodcli", "z/.zshrc"),
        "f/fish/completions/prodcli.fish",
    }


def test_the_login_shell_is_the_default(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELL", "/usr/bin/fish")
    assert run("show").stdout == script_of("fish")
    for shell, said in (("/bin/tcsh", "$SHELL is 'tcsh', which has no completion"), ("", "$SHELL does not say")):
        monkeypatch.setenv("SHELL", shell)
        refused = run("install")
        assert (refused.exit_code, refused.stdout, len(refused.stderr.splitlines())) == (2, "", 1)
        assert said in refused.stderr
    monkeypatch.delenv("HOME")
    assert "$HOME is not set" in run("install", "zsh").stderr


ASKED = {
    "bash": (
        "-ic",
        "COMP_WORDS=(prodcli sub); COMP_CWORD=1; $(complete -p prodcli | cut -d' ' -f3) prodcli; echo $COMPREPLY",
    ),
    "zsh": ("-ic", "print ${_comps[prodcli]}"),
    "fish": ("-c", "set fish_complete_path $HOME/.config/fish/completions; complete -C 'prodcli sub' | cut -f1"),
}


@pytest.mark.parametrize(("shell", "answer"), [("bash", "submit"), ("zsh", "_prodcli"), ("fish", "submit")])
def test_the_real_shell_completes_after_an_installation(home: Path, shell: str, answer: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell}")
    run("install", shell, "--yes")
    (home / "bin").mkdir()
    program = home / "bin" / "prodcli"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m prodcli "$@"\n')
    program.chmod(0o755)
    environment = os.environ | {"PATH": f"{program.parent}:{os.environ['PATH']}"}
    done = subprocess.run([shell, *ASKED[shell]], capture_output=True, text=True, env=environment, check=False)
    assert done.stdout.split() == [answer], done.stderr
