"""production new|lint|stop|resume|remove|list."""

from pathlib import Path
from typing import Any

import pytest

from prodcli.books.claimant import short_host
from prodcli.productions import start
from tests.support.templates import git, make_repository, write_template
from tests.support.workspace import ONE_DATABASE, Answer, Workspace, seeded_catalog

NAME = "run3auau_calo_pro001_pcdb001_v001"
TAG = "pro001_pcdb001_v001"


@pytest.fixture
def template(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A template beside a workspace with a catalog; the home folder is that of the workspace."""
    monkeypatch.setenv("HOME", str(workspace.folder))
    monkeypatch.chdir(workspace.folder)
    workspace.load(seeded_catalog(1))
    return write_template(workspace.folder)


def new(workspace: Workspace, template: Path, *words: object, name: str = NAME) -> Answer:
    """Start a production."""
    given = words or ("--no-git", "--yes")
    runs = ("--runs", 66400, 90000)
    return workspace.run("production", "new", name, "--from", template, *runs, *given, quiet=False)


def listed(workspace: Workspace) -> dict[str, dict[str, Any]]:
    return {one["production"]: one for one in workspace.json("production", "list")}


def folder(workspace: Workspace) -> Path:
    return workspace.folder / NAME / f"dir_{NAME}"


def pilot(workspace: Workspace) -> Path:
    return folder(workspace) / "pilots" / f"autopilot_{TAG}.yaml"


def findings(workspace: Workspace, word: object = NAME) -> list[tuple[str, str]]:
    answer = workspace.run("production", "lint", word, "--format", "json")
    return [(one["kind"], one["finding"]) for one in answer.data]


def test_a_template_becomes_a_production_that_passes_can_work_on(workspace: Workspace, template: Path) -> None:
    answer = new(workspace, template)
    assert answer.code == 0, answer.err
    rules = folder(workspace) / "rules" / f"calo_physics_{TAG}.yaml"
    shown = {one["rule"]: one for one in workspace.json("rules", "list", "-c", rules)}
    assert set(shown) == {"pro001_TRIGGERED_EVENT_run3auau", "pro001_CALOFITTING_run3auau"}
    assert "intriplet:    pro001_pcdb001_v001  # the output of the rule above" in rules.read_text()
    assert "version:      1\n" in rules.read_text()
    said = workspace.json("steer", "show", pilot(workspace))
    assert [(one["rule"], one["tag"], one["finding"]) for one in said] == [
        ("pro001_TRIGGERED_EVENT_run3auau", TAG, ""),
        ("pro001_CALOFITTING_run3auau", TAG, ""),
    ]
    assert (folder(workspace) / "runlist").read_text().startswith("66400\n66401\n")
    assert f"control -f {pilot(workspace)}" in answer.out
    assert listed(workspace)[NAME]["state"] == "open"
    assert findings(workspace) == []
    assert workspace.run("control", "-f", pilot(workspace)).code == 0
    assert workspace.sql("SELECT COUNT(*) FROM production_jobs WHERE tag = ?", TAG)[0][0] > 0


def test_a_preview_changes_nothing(workspace: Workspace, template: Path) -> None:
    before = sorted(workspace.folder.rglob("*"))
    answer = new(workspace, template, "--no-git", "-n")
    assert answer.code == 0, answer.err
    assert "dry run: nothing was changed" in answer.out + answer.err
    assert sorted(workspace.folder.rglob("*")) == before
    assert listed(workspace) == {}
    assert new(workspace, template, "--no-git").code == 2  # off a terminal nobody can agree
    assert sorted(workspace.folder.rglob("*")) == before


@ONE_DATABASE
def test_git_gets_a_branch_and_an_annotated_tag(workspace: Workspace, template: Path) -> None:
    make_repository(template.parent)
    git(template.parent, "remote", "add", "origin", "ssh://git.example.org/prodmacros")
    answer = new(workspace, template, "--yes")
    assert answer.code == 0, answer.err
    root = workspace.folder / NAME
    assert git(root, "branch", "--show-current") == f"branch_{NAME}"
    assert git(root, "cat-file", "-t", f"tag_{NAME}") == "tag"
    assert git(root, "rev-parse", f"tag_{NAME}^{{}}") == git(root, "rev-parse", "HEAD")
    assert git(root, "status", "--porcelain") == ""
    assert git(root, "remote", "get-url", "origin") == "ssh://git.example.org/prodmacros"
    assert git(template.parent, "branch", "--format", "%(refname:short)") == "main"
    assert f"git -C {root} push --follow-tags" in answer.err
    assert findings(workspace) == []


@ONE_DATABASE
def test_a_step_that_fails_is_named_and_leaves_nothing(
    workspace: Workspace, template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_repository(template.parent)
    before = {path for path in workspace.folder.iterdir() if path.is_dir()}
    real = start.git

    def failing(where: Path, *words: str) -> bytes:
        if words[0] == "tag":
            raise start.ProdError("git: no tag today")
        return real(where, *words)

    monkeypatch.setattr(start, "git", failing)
    answer = new(workspace, template, "--yes")
    assert answer.code == 1
    assert "step `git tag` failed: git: no tag today (nothing is left of the production)" in answer.err
    assert {path for path in workspace.folder.iterdir() if path.is_dir()} - before <= {workspace.folder / "logs"}
    assert listed(workspace) == {}


@ONE_DATABASE
def test_a_name_is_taken_once(workspace: Workspace, template: Path) -> None:
    assert new(workspace, template).code == 0
    again = new(workspace, template)
    assert (again.code, f"there is a production {NAME} already" in again.err) == (2, True)
    (workspace.folder / "other").mkdir()
    taken = new(workspace, template, "--no-git", "--yes", "--build", "a", "--dbtag", "b", "--version", 1, name="other")
    assert (taken.code, "there already" in taken.err) == (2, True)


@ONE_DATABASE
@pytest.mark.parametrize(
    ("name", "words", "said"),
    [
        ("plain", (), "the build is not known"),
        ("a/b", (), "is no name"),
        ("calo_pro001_pcdb001_v000", (), "the fixed build pro001 needs version 1 or more"),
        (NAME, ("--intriplet", "CALO=x"), "is no RULE=TRIPLET"),
        (NAME, ("--prefix", "a b"), "letters, digits"),
    ],
)
def test_bad_words_are_one_line(workspace: Workspace, template: Path, name: str, words: Any, said: str) -> None:
    answer = new(workspace, template, "--no-git", "--yes", *words, name=name)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err
    assert not (workspace.folder / NAME).exists()


def test_lint_finds_what_the_steps_forget(workspace: Workspace, template: Path) -> None:
    new(workspace, template)
    text = pilot(workspace).read_text()
    rules = folder(workspace) / "rules" / f"calo_physics_{TAG}.yaml"
    pilot(workspace).write_text(
        text.replace("  pro001_CALOFITTING_run3auau:", "  pro001_CALOFITING_run3auau:")
        .replace("/rules", "")
        .replace("/dir_" + NAME + "/runlist", "/dir_run3auau_calo_old/runlist", 1)
    )
    rules.write_text(
        rules.read_text()
        .replace("intriplet:    pro001_pcdb001_v001", "intriplet:    pro001_pcdb002_v001")
        .replace("version:      1", "version:      VERSION", 1)
    )
    found = [what for _, what in findings(workspace)]
    for part in (
        "the placeholder VERSION is left",
        f"configbase is wrong: there is no {folder(workspace)}/calo_physics_{TAG}.yaml; the file is in {rules.parent}",
        "belongs to the production run3auau_calo_old",
        "no steering file names this rule",
        "makes DST_TRIGGERED_EVENT pro001_pcdb002_v001",
    ):
        assert any(part in what for what in found), (part, found)
    assert workspace.run("production", "lint", NAME).code == 3
    pilot(workspace).write_text(text.replace("CALOFITTING_run", "CALOFITING_run"))
    found = [what for _, what in findings(workspace, folder(workspace))]
    assert any("did you mean 'pro001_CALOFITTING_run3auau'?" in what for what in found), found


@ONE_DATABASE
def test_lint_names_a_production_that_makes_the_same(workspace: Workspace, template: Path) -> None:
    new(workspace, template)
    other = NAME.replace("calo", "other")
    assert new(workspace, template, "--no-git", "--yes", name=other).code == 0
    assert (
        "error",
        f"DST_CALOFITTING {TAG} is made by the production {NAME}, too",
    ) in findings(workspace, other)


def test_a_stopped_production_submits_nothing_until_it_is_resumed(workspace: Workspace, template: Path) -> None:
    new(workspace, template)
    assert workspace.run("production", "stop", NAME).code == 2
    assert workspace.ok("production", "stop", NAME, "-n") and listed(workspace)[NAME]["state"] == "open"
    workspace.ok("production", "stop", NAME, "--yes", "--reason", "wrong conditions")
    assert (listed(workspace)[NAME]["state"], listed(workspace)[NAME]["reason"]) == ("stopped", "wrong conditions")
    rules = folder(workspace) / "rules" / f"calo_physics_{TAG}.yaml"
    rule = ("-c", rules, "-r", "pro001_TRIGGERED_EVENT_run3auau", "--runs", 66400, 90000)
    answer = workspace.run("submit", *rule)
    assert answer.code == 1
    assert f"production {NAME} is stopped by" in answer.err and "wrong conditions" in answer.err
    assert workspace.run("submit", *rule, "-n").code == 0
    control = workspace.run("control", "-f", pilot(workspace), "--format", "json")
    assert control.code == 0, control.err
    assert f"production {NAME} is stopped" in control.out
    assert workspace.sql("SELECT COUNT(*) FROM production_jobs WHERE tag = ?", TAG) == [(0,)]
    workspace.ok("production", "resume", NAME)
    workspace.ok("submit", *rule)
    assert workspace.sql("SELECT COUNT(*) FROM production_jobs WHERE tag = ?", TAG)[0][0] > 0
    assert [one["verb"] for one in workspace.json("log")][:2] == ["production new", "production stop"]


def test_stop_and_remove_take_jobs_and_outputs(workspace: Workspace, template: Path) -> None:
    new(workspace, template)
    workspace.ok("control", "-f", pilot(workspace))
    live = "SELECT COUNT(*) FROM production_jobs WHERE tag = ? AND status = 'submitted'"
    [(jobs,)] = workspace.sql(live, TAG)
    assert jobs > 0
    preview = workspace.ok("production", "stop", NAME, "--kill", "-n")
    assert workspace.sql(live, TAG) == [(jobs,)], preview
    workspace.ok("production", "stop", NAME, "--kill", "--yes")
    assert workspace.sql(live, TAG) == [(0,)]
    assert workspace.ok("production", "remove", NAME, "-n") and NAME in listed(workspace)
    assert workspace.run("production", "remove", NAME).code == 2
    workspace.ok("production", "remove", NAME, "--yes")
    assert workspace.sql("SELECT COUNT(*) FROM production_jobs WHERE tag = ?", TAG) == [(0,)]
    assert listed(workspace) == {}
    assert folder(workspace).is_dir()


@ONE_DATABASE
def test_unknown_productions_are_slips(workspace: Workspace, template: Path) -> None:
    new(workspace, template)
    for verb in ("stop", "resume", "remove", "lint"):
        answer = workspace.run("production", verb, NAME[:-1])
        assert (answer.code, f"did you mean '{NAME}'?" in answer.err) == (2, True), answer.err


def test_host_is_that_of_the_template(workspace: Workspace, template: Path) -> None:
    assert f"# crontab.{short_host()}" in new(workspace, template).out
