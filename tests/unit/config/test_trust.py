"""Whose prodcli.yaml is taken: your own, root's, and one in a folder that you trust."""

import os
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from prodcli.cli.app import app
from prodcli.config.find_config import FILE, find_config
from prodcli.errors import ConfigError
from tests.support.workspace import Workspace, make_workspace

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
NOBODY, DAEMON, ME = 65534, 1, 0


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder with a configuration, and folders below it."""
    (tmp_path / "shared/mine/deep").mkdir(parents=True)
    (tmp_path / "shared" / FILE).touch()
    return tmp_path


def found(tree: Path, **environment: str) -> Path:
    """What is found from the lowest folder upward."""
    return find_config(None, {"HOME": str(tree / "home"), **environment}, tree / "shared/mine/deep")


def give(path: Path, uid: int, mode: int | None = None) -> None:
    """Give a file away, the file itself if it is a link."""
    os.chown(path, uid, uid, follow_symlinks=False)
    if mode is not None:
        path.chmod(mode)


@pytest.mark.parametrize("mode", [0o755, 0o777, 0o1777])
def test_yours_is_taken_wherever_it_lies(tree: Path, mode: int) -> None:
    (tree / "shared").chmod(mode)
    assert found(tree) == tree / "shared" / FILE


@pytest.mark.parametrize(
    ("path", "mode"),
    [
        ("shared/prodcli.yaml", 0o644),
        ("shared", 0o755),
        ("shared", 0o1777),
        ("shared/mine", 0o775),
        ("shared/mine/deep", 0o777),
    ],
)
def test_another_users_is_not(tree: Path, path: str, mode: int) -> None:
    give(tree / path, NOBODY, mode)
    with pytest.raises(ConfigError) as refused:
        found(tree)
    assert str(refused.value) == (
        f"{tree}/shared/prodcli.yaml: the file is not used, as {tree}/{path} belongs to nobody (if you trust it: --site, "
        f"$PRODCLI_SITE, or a line {tree}/shared in {tree}/home/.config/prodcli/trusted)"
    )


def test_one_in_a_folder_for_all_as_tmp_is_not(tree: Path) -> None:
    (tree / "shared").chmod(0o1777)
    give(tree / "shared" / FILE, DAEMON)
    with pytest.raises(ConfigError, match="belongs to daemon"):
        found(tree)


def test_a_folder_of_others_that_only_they_write_to_may_lie_between(tree: Path) -> None:
    """A configuration of theirs would be refused where it lies."""
    give(tree / "shared/mine", NOBODY, 0o755)
    assert found(tree) == tree / "shared" / FILE
    (tree / "shared/mine" / FILE).touch()
    with pytest.raises(ConfigError, match="shared/mine belongs to nobody"):
        found(tree)


def test_a_link_is_whose_it_is_and_whose_it_leads_to(tree: Path) -> None:
    real, link = tree / "real.yaml", tree / "shared" / FILE
    real.touch()
    link.unlink()
    link.symlink_to(real)
    assert found(tree) == real
    give(link, NOBODY)
    with pytest.raises(ConfigError, match=rf"as {link} belongs to nobody"):
        found(tree)
    give(link, ME)
    give(real, NOBODY)
    with pytest.raises(ConfigError, match=rf"as {real} belongs to nobody"):
        found(tree)


def test_who_became_root_by_sudo_keeps_what_is_theirs(tree: Path) -> None:
    give(tree / "shared", NOBODY)
    give(tree / "shared" / FILE, NOBODY)
    assert found(tree, SUDO_UID=str(NOBODY)) == tree / "shared" / FILE
    for other in (str(DAEMON), "", "x", "-1"):
        with pytest.raises(ConfigError, match="belongs to nobody"):
            found(tree, SUDO_UID=other)


def test_a_user_does_not_inherit_what_sudo_says(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: DAEMON)
    assert found(tree, SUDO_UID=str(NOBODY)) == tree / "shared" / FILE  # of root
    give(tree / "shared" / FILE, NOBODY)
    with pytest.raises(ConfigError, match="belongs to nobody"):
        found(tree, SUDO_UID=str(NOBODY))
    give(tree / "shared" / FILE, DAEMON)
    assert found(tree) == tree / "shared" / FILE


def trust(folder: Path, text: str) -> None:
    """Write a list of trusted folders."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "trusted").write_text(text)


@pytest.mark.parametrize(
    "line", ["{tree}/shared", "  {tree}/shared/ ", "{tree}", "# ours\n\n{tree}/link", "~/../shared"]
)
def test_a_trusted_folder(tree: Path, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tree / "home"))
    give(tree / "shared" / FILE, NOBODY)
    (tree / "link").symlink_to(tree / "shared")
    trust(tree / "home/.config/prodcli", line.format(tree=tree))
    assert found(tree) == tree / "shared" / FILE


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{tree}/share", "belongs to nobody"),
        ("{tree}/shared/mine", "belongs to nobody"),
        ("#{tree}/shared", "belongs to nobody"),
        ("", "belongs to nobody"),
        ("shared", r"prodcli/trusted: 'shared' is no absolute folder"),
        ("~nobody_at_all/x", "is no absolute folder"),
        ("\udcff", "trusted: the file cannot be read: it is not UTF-8 text"),
    ],
)
def test_other_folders_are_not_trusted(tree: Path, line: str, says: str) -> None:
    give(tree / "shared" / FILE, NOBODY)
    folder = tree / "home/.config/prodcli"
    trust(folder, "")
    (folder / "trusted").write_bytes(line.format(tree=tree).encode(errors="surrogateescape"))
    with pytest.raises(ConfigError, match=says):
        found(tree)


def test_the_list_lies_where_the_users_own_configuration_does(tree: Path) -> None:
    give(tree / "shared" / FILE, NOBODY)
    trust(tree / "xdg/prodcli", str(tree))
    assert found(tree, XDG_CONFIG_HOME=str(tree / "xdg")) == tree / "shared" / FILE
    with pytest.raises(ConfigError):
        found(tree)


def test_what_is_named_is_trusted(tree: Path) -> None:
    file = tree / "shared" / FILE
    give(file, NOBODY)
    assert find_config(file, {}, tree) == file
    assert find_config(None, {"PRODCLI_SITE": str(file.parent)}, tree) == file


def test_a_stranger_runs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace: Workspace = make_workspace(tmp_path)
    give(workspace.file, NOBODY)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PWD", str(tmp_path))
    monkeypatch.delenv("PRODCLI_SITE", raising=False)
    for words in (["query"], ["harvest"], ["config", "show"], ["rules", "schema"], ["submit", "-c", "x", "-r", "x"]):
        answer = CliRunner().invoke(app, words)
        assert (answer.exit_code, answer.stdout) == (3, ""), words
        assert re.fullmatch(
            r"prodcli: .*prodcli\.yaml: the file is not used, as .* belongs to nobody \(if you .*\)\n", answer.stderr
        )
    assert CliRunner().invoke(app, ["--site", ".", "config", "show"]).exit_code == 0
