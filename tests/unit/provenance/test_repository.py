"""What git says of a payload: commit, branch, remote, changed files and their diff, and what it does not say."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import prodcli.provenance.git as asking
from prodcli.provenance.git import MOST
from prodcli.provenance.payload import Payload, look_at_payload
from prodcli.provenance.policy import unfit, unknown
from prodcli.provenance.repository import Code
from tests.conftest import missing
from tests.support.git_repositories import committed, git, pushed

pytestmark = pytest.mark.usefixtures("with_git")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with the code of a rule, committed and pushed."""
    folder = tmp_path / "ProdFlow"
    (folder / "tracking").mkdir(parents=True)
    (folder / "tracking" / "run.sh").write_text("#!/bin/sh\nroot.exe macro.C\n")
    (folder / "tracking" / "macro.C").write_text("void macro() {}\n")
    (folder / "rules.yaml").write_text("a: {}\n")
    committed(folder)
    pushed(folder)
    return folder


def look(repository: Path, *entries: str) -> Payload:
    folder = repository / "tracking"
    return look_at_payload([f"{repository}/{entry}" for entry in entries or ("tracking/*",)], f"{folder}/run.sh")


def only(payload: Payload) -> Code:
    (code,) = payload.code
    return code


def test_a_clean_and_pushed_payload(repository: Path) -> None:
    payload = look(repository)
    code = only(payload)
    commit = git(repository, "rev-parse", "HEAD")
    remote = str(repository.parent / "ProdFlow.git")
    assert code == Code(str(repository), remote, "main", commit, "origin/main")
    assert list(unfit(payload)) == list(unknown(payload)) == []
    assert [(file.name, file.size) for file in payload.files] == [("macro.C", 16), ("run.sh", 27)]
    (repository / "rules.yaml").write_text("b: {}\n")  # it is not of the payload
    assert only(look(repository)) == code


def test_what_differs_from_the_commit_can_be_applied_again(repository: Path, tmp_path: Path) -> None:
    tracking = repository / "tracking"
    (tracking / "gone.C").write_text("x\n")
    commit = committed(repository, "two")
    (tracking / "gone.C").unlink()
    (tracking / "macro.C").write_text("void macro(int n) {}")
    (tracking / "new file.C").write_text("void new() {}\nend")
    (tracking / "empty").touch()
    (tracking / "tool.sh").write_text("#!/bin/sh\n")
    (tracking / "tool.sh").chmod(0o755)
    payload = look(repository)
    code = only(payload)
    assert code.commit == commit
    assert sorted(code.changed) == [
        "?? tracking/empty",
        "?? tracking/new file.C",
        "?? tracking/tool.sh",
        "D tracking/gone.C",
        "M tracking/macro.C",
    ]
    (line,) = unfit(payload)
    assert line.startswith(f"payload {repository}: 5 files differ from commit {commit[:12]} (tracking/gone.C, ")
    assert line.endswith(" and this commit is on no remote")
    (tmp_path / "kept.diff").write_text(code.diff)
    git(tmp_path, "clone", "-q", repository, "again")
    git(tmp_path / "again", "apply", tmp_path / "kept.diff")
    again = look(tmp_path / "again")
    assert again.text == payload.text
    assert os.access(tmp_path / "again/tracking/tool.sh", os.X_OK)


def test_what_is_staged_differs_from_the_commit_too(repository: Path) -> None:
    (repository / "tracking" / "macro.C").write_text("changed\n")
    (repository / "tracking" / "new.C").write_text("new\n")
    git(repository, "add", "-A")
    code = only(look(repository))
    assert code.changed == ("M tracking/macro.C", "A tracking/new.C")
    assert "+changed" in code.diff
    assert "+new" in code.diff


def test_a_commit_that_no_remote_has(repository: Path) -> None:
    (repository / "tracking" / "macro.C").write_text("more\n")
    commit = committed(repository, "two")
    payload = look(repository)
    assert only(payload).pushed == ""
    assert list(unfit(payload)) == [f"payload {repository}: commit {commit[:12]} is on no remote"]
    git(repository, "push", "-q", "origin", "HEAD:refs/heads/other")
    assert list(unfit(look(repository))) == []


def test_a_detached_head_has_no_branch(repository: Path) -> None:
    git(repository, "checkout", "-q", "--detach")
    code = only(look(repository))
    assert (code.branch, code.commit, code.pushed) == ("", git(repository, "rev-parse", "HEAD"), "origin/main")


def test_a_repository_without_commits(tmp_path: Path) -> None:
    folder = tmp_path / "young"
    (folder / "tracking").mkdir(parents=True)
    (folder / "tracking" / "run.sh").write_text("#!/bin/sh\n")
    git(folder, "init", "-q")
    payload = look(folder)
    assert (only(payload).commit, only(payload).note) == ("", "no commits yet")
    assert list(unfit(payload)) == [f"payload {folder}: the repository has no commits yet"]


def test_a_payload_outside_of_git_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    (folder / "tracking").mkdir(parents=True)
    (folder / "tracking" / "run.sh").write_text("#!/bin/sh\n")
    payload = look(folder)
    assert payload.code == (Code(f"{folder}/tracking", note="no git repository"),)
    assert list(unfit(payload)) == []
    assert list(unknown(payload)) == [f"payload {folder}/tracking: no git repository"]


def test_several_repositories_and_submodules_are_asked_each(repository: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "common.sh").write_text("true\n")
    committed(other)
    git(repository, "-c", "protocol.file.allow=always", "submodule", "add", "-q", other, "tracking/module")
    committed(repository, "with a module")
    payload = look(repository, "tracking", "../other/common.sh")
    assert [Path(code.folder) for code in payload.code] == [repository, repository / "tracking/module", other]
    assert [file.name for file in payload.files] == [
        *("common.sh", "run.sh", "tracking/macro.C", "tracking/module/common.sh", "tracking/run.sh"),
    ]
    (repository / "tracking/module/common.sh").write_text("false\n")
    changed = {code.folder: code.changed for code in look(repository, "tracking").code}
    assert changed == {
        str(repository): ("M tracking/module",),
        str(repository / "tracking/module"): ("M common.sh",),
    }


def test_links_lead_to_the_repository_that_keeps_the_content(repository: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "code").symlink_to(repository / "tracking")
    (site / "one.C").symlink_to(repository / "tracking/macro.C")
    (site / "circle").symlink_to("circle")
    payload = look_at_payload([f"{site}/code", f"{site}/*.C", f"{site}/circle"], f"{site}/../site/code/run.sh")
    assert {code.folder for code in payload.code} == {str(repository)}
    assert [file.name for file in payload.files] == ["code/macro.C", "code/run.sh", "one.C", "run.sh"]


def test_a_worktree_is_a_repository(repository: Path, tmp_path: Path) -> None:
    git(repository, "worktree", "add", "-q", tmp_path / "tree", "-b", "trial")
    assert (only(look(tmp_path / "tree")).branch, only(look(tmp_path / "tree")).pushed) == ("trial", "origin/main")


def test_binary_files_and_a_huge_diff(repository: Path) -> None:
    tracking = repository / "tracking"
    (tracking / "lib.so").write_bytes(b"\0\1" * 100)
    (tracking / "macro.C").write_bytes(b"\0binary")
    code = only(look(repository))
    assert "Binary files a/tracking/macro.C and b/tracking/macro.C differ" in code.diff
    assert "Binary files /dev/null and b/tracking/lib.so differ" in code.diff
    (tracking / "table.txt").write_text("0123456789\n" * 200_000)
    code = only(look(repository))
    assert (len(code.diff), code.note) == (MOST, "the diff is cut at 1 MB")
    (tracking / "macro.C").write_text("line\n" * 300_000)
    assert only(look(repository)).note == "the diff is cut at 1 MB"


def test_names_that_are_strange(repository: Path) -> None:
    strange = repository / "tracking" / "a\tb\nc*.C"
    strange.write_text("x\n")
    payload = look(repository)
    assert only(payload).changed == ("?? tracking/a\tb\nc*.C",)
    assert [file.name for file in payload.files][0] == "a?b?c*.C"


def test_secrets_in_the_address_of_a_remote_are_hidden(repository: Path) -> None:
    git(repository, "remote", "set-url", "origin", "https://me:secret@example.org/x.git")
    assert only(look(repository)).remote == "https://me:***@example.org/x.git"


def test_surroundings_and_settings_of_others_change_nothing(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = only(look(repository))
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere")
    git_before = (repository / ".git/index").stat().st_mtime_ns
    os.utime(repository / "tracking/macro.C")
    monkeypatch.chdir("/")
    assert only(look(repository)) == code
    assert (repository / ".git/index").stat().st_mtime_ns == git_before


def test_a_repository_of_another_user_is_a_note(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(repository.parent))
    if os.geteuid():
        missing("root", "only root makes files of another user")
    subprocess.run(["chown", "-R", "65534:65534", str(repository)], check=True)
    payload = look(repository)
    code = only(payload)
    assert code.commit == ""
    assert code.note.startswith("the repository belongs to another user; git config --global --add safe.directory")
    assert list(unfit(payload)) == []
    assert [line.partition("; ")[0] for line in unknown(payload)] == [
        f"payload {repository}: the repository belongs to another user"
    ]


@pytest.mark.parametrize(
    ("script", "note"),
    [
        ("exit 1", "git failed without a word"),
        ("echo fatal: broken >&2; exit 128", "git: fatal: broken"),
        ("exec sleep 30", "git did not answer within 1 s"),
    ],
)
def test_a_git_that_fails_is_a_note(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, note: str
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/git").write_text(f"#!/bin/sh\n{script}\n")
    (tmp_path / "bin/git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    monkeypatch.setattr(asking, "_SECONDS", 1.0)
    began = time.monotonic()
    assert only(look(repository)).note == note
    assert time.monotonic() - began < 10


def test_a_host_without_git_is_a_note(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    assert only(look(repository)).note == "git cannot be asked: No such file or directory"


def test_files_that_are_not_read_have_no_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prodcli.provenance.payload._MOST_BYTES", 10)
    (tmp_path / "small").write_text("x")
    (tmp_path / "large").write_text("x" * 11)
    (tmp_path / "dangling").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe")
    files = {file.name: file for file in look_at_payload([f"{tmp_path}/*"], "").files}
    assert {name: (file.sha256[:4], file.size) for name, file in files.items()} == {
        **{"dangling": ("-", 0), "large": ("-", 11), "pipe": ("-", 0)},
        "small": ("2d71", 1),
    }


def test_of_a_huge_payload_the_beginning_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        (tmp_path / f"{number}.C").write_text("12345")
    monkeypatch.setattr("prodcli.provenance.payload._MOST_FILES", 3)
    monkeypatch.setattr("prodcli.provenance.payload._MOST_BYTES", 12)
    files = look_at_payload([f"{tmp_path}/*"], "").files
    assert [(file.name, len(file.sha256), file.size) for file in files] == [
        *(("0.C", 64, 5), ("1.C", 64, 5), ("2.C", 1, 5), ("... more than 3 files", 1, 0)),
    ]
