"""What submissions are made from is on record: of first ones, of erased outputs, of clones and of jobs that were parked."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from prodcli.cli.provenance import keeping
from prodcli.provenance.keep import folder_of
from tests.support.git_repositories import committed, git, pushed
from tests.support.held_jobs import failed, held, states
from tests.support.pass_processes import elsewhere, killed
from tests.support.rule_files import write_rules
from tests.support.waiting_jobs import submit_words
from tests.support.workspace import COMBINATIONS, ONE_DATABASE, Workspace, seeded_catalog

pytestmark = pytest.mark.usefixtures("with_git")
EACH = pytest.mark.parametrize(("database", "batch"), COMBINATIONS)
TAG = "ana537_2025p010_v001"


@pytest.fixture
def rules(workspace: Workspace) -> Path:
    """The rule file of a workspace with a random catalog, in a repository that is pushed."""
    workspace.load(seeded_catalog(1))
    return in_repository(write_rules(workspace.folder / "ProdFlow"))


def in_repository(file: Path) -> Path:
    """A rule file, whose folder becomes a repository that is pushed."""
    committed(file.parent)
    pushed(file.parent)
    return file


def submit(workspace: Workspace, rules: Path, *more: object) -> Any:
    return workspace.run("submit", "-c", rules, "-r", "mvtxme", "--maxjobs", 1, *more)


def records(workspace: Workspace) -> list[dict[str, Any]]:
    """The records of claims with a job, in the order of the claims."""
    names = (
        "rulename",
        "tag",
        "rule_file",
        "written",
        "resolved",
        "payload",
        "kit",
        "version",
        "account",
        "actor",
        "host",
    )
    names += ("command", "repeats", "id")
    rows = workspace.sql(
        f"SELECT {', '.join(f'p.{name}' for name in names)} FROM production_claims c"  # noqa: S608
        " JOIN production_provenance p ON p.id = c.provenance ORDER BY c.started, c.id"
    )
    return [dict(zip(names, row, strict=True)) for row in rows]


def code_of(workspace: Workspace, record: dict[str, Any]) -> list[tuple[Any, ...]]:
    return workspace.sql(
        "SELECT folder, branch, commit_id, pushed, changed, diff, note FROM production_repositories WHERE provenance = ?"
        " ORDER BY number",
        record["id"],
    )


def texts(workspace: Workspace) -> dict[str, str]:
    return dict(workspace.sql("SELECT hash, content FROM production_texts"))  # type: ignore[arg-type]


def test_a_submission_is_on_record_once_for_a_pass(
    workspace: Workspace, rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRODCLI_ACTOR", "Ada")
    monkeypatch.setattr("sys.argv", ["/bin/prodcli", "--site", "odbc:DSN=x;PWD=secret", "submit", "two words"])
    answer = workspace.run("submit", "-c", rules, "-r", "mvtxme", "--chunk-size", 2)
    assert (answer.code, answer.err) == (0, "")
    found = records(workspace)
    assert len(found) > 1
    assert len({record["id"] for record in found}) == 1
    record, kept = found[0], texts(workspace)
    assert (record["rulename"], record["tag"], record["rule_file"]) == ("mvtxme", TAG, str(rules))
    assert kept[record["written"]] == rules.read_text()
    assert record["written"] == hashlib.sha256(rules.read_bytes()).hexdigest()
    assert kept[record["resolved"]].startswith("mvtxme:\n  params:\n")
    files = [line.split("\t") for line in kept[record["payload"]].splitlines()]
    assert files == [
        [
            hashlib.sha256((rules.parent / name).read_bytes()).hexdigest(),
            str((rules.parent / name).stat().st_size),
            name,
        ]
        for name in ("payload", "run.sh")
    ]
    assert record["kit"] == workspace.sql("SELECT DISTINCT kit FROM production_claims")[0][0]
    assert (record["actor"], record["version"]) == ("Ada", "0.1.0")
    assert record["command"] == "prodcli --site 'odbc:DSN=x;PWD=***' submit 'two words'"
    commit = git(rules.parent, "rev-parse", "HEAD")
    assert code_of(workspace, record) == [(str(rules.parent), "main", commit, "origin/main", "[]", None, "")]


def test_each_content_is_kept_once_as_a_read_only_file_and_a_row(workspace: Workspace, rules: Path) -> None:
    for _ in range(2):
        assert submit(workspace, rules).code == 0
    first, second = records(workspace)
    assert first["id"] != second["id"]
    assert [first[key] for key in ("written", "resolved", "payload")] == [
        second[key] for key in ("written", "resolved", "payload")
    ]
    folder = folder_of(workspace.folder / "campaigns")
    assert {file.stem for file in folder.iterdir()} == set(texts(workspace))
    assert len(texts(workspace)) == 3
    for file in folder.iterdir():
        assert file.read_text() == texts(workspace)[file.stem]
        assert file.stat().st_mode & 0o777 == 0o444
    rules.write_text(rules.read_text() + "# a remark\n")
    assert submit(workspace, rules).code == 0
    assert len(texts(workspace)) == 4


def test_a_rule_that_is_changed_meanwhile_is_kept_as_it_was_read(
    workspace: Workspace, rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = rules.read_text()
    real = keeping.keeper_of
    monkeypatch.setattr(
        "prodcli.cli.submission.pass_options.keeper_of",
        lambda session: (rules.write_text("changed: {}\n"), real(session))[1],
    )
    assert submit(workspace, rules).code == 0
    assert texts(workspace)[records(workspace)[0]["written"]] == text


def test_a_changed_payload_is_a_warning_and_its_diff_is_kept(workspace: Workspace, rules: Path) -> None:
    (rules.parent / "payload").write_text("changed\n")
    commit = git(rules.parent, "rev-parse", "HEAD")
    for words in ((), ("-n",)):
        answer = submit(workspace, rules, *words)
        line = f"payload {rules.parent}: 1 file differs from commit {commit[:12]} (payload)"
        assert (answer.code, answer.err) == (0, f"prodcli: {line}\n")
    (row,) = code_of(workspace, records(workspace)[0])
    assert json.loads(row[4]) == ["M payload"]
    assert "+changed" in texts(workspace)[row[5]]


@pytest.mark.parametrize("policy", ["allow", "warn", "refuse"])
def test_the_policy_of_the_site(workspace: Workspace, rules: Path, policy: str) -> None:
    workspace.settings["site"] = {"provenance": policy}
    workspace.write()
    (rules.parent / "run.sh").write_text("#!/bin/sh\n")
    committed(rules.parent, "not pushed")
    answer = submit(workspace, rules)
    assert answer.code == (1 if policy == "refuse" else 0)
    assert (answer.err == "") == (policy == "allow")
    assert answer.err.count("\n") == (policy != "allow")
    assert ("is on no remote" in answer.err) == (policy != "allow")
    assert len(records(workspace)) == (policy != "refuse")
    if policy == "refuse":
        assert answer.err.endswith("(commit and push it, or let site.provenance say warn)\n")
        assert "a pass submits nothing now: payload" in submit(workspace, rules, "-n").err
        why = workspace.run("why", "-c", rules, "-r", "mvtxme", "--runs", "66456-66600")
        assert "is on no remote" in why.out + why.err
        git(rules.parent, "push", "-q", "origin", "HEAD")
        assert submit(workspace, rules).code == 0


@ONE_DATABASE
def test_what_refuse_also_refuses(workspace: Workspace) -> None:
    workspace.load(seeded_catalog(1))
    workspace.settings["site"] = {"provenance": "refuse"}
    workspace.write()
    rules = write_rules(workspace.folder / "plain")
    answer = submit(workspace, rules)
    assert (answer.code, f"payload {rules.parent}: no git repository" in answer.err) == (1, True)
    assert workspace.sql("SELECT COUNT(*) FROM production_claims") == [(0,)]
    from tests.support.rule_files import STREAMING, rule

    fixed = rule("DST_TRKR_MVTXME", "ana.537", "2025p010", STREAMING, params_version=0)
    rules = in_repository(write_rules(workspace.folder / "ProdFlow", {"mvtxme": fixed}))
    assert "build ana.537 is fixed, and has version 0; give it version 1 or more" in submit(workspace, rules).err
    moving = rule("DST_TRKR_MVTXME", "new", "2025p010", STREAMING, params_version=0)
    write_rules(rules.parent, {"mvtxme": moving})
    assert submit(workspace, rules).code == 0


@ONE_DATABASE
def test_another_word_for_the_policy_is_refused(workspace: Workspace, rules: Path) -> None:
    workspace.settings["site"] = {"provenance": "perhaps"}
    workspace.write()
    answer = submit(workspace, rules)
    assert (answer.code, "provenance: 'perhaps' is none of refuse, warn, allow" in answer.err) == (3, True)


@ONE_DATABASE
def test_in_a_testbed_every_payload_is_allowed(workspace: Workspace, rules: Path) -> None:
    databases = dict(workspace.settings["databases"])
    files = str(workspace.folder / "testbed-files")
    workspace.settings |= {
        "site": {"provenance": "refuse"},
        "testbed": {
            "databases": databases,
            "roots": files,
            "campaigns": "trial",
            "batch": {"system": "local", "queue": "t.db"},
        },
    }
    workspace.write()
    (rules.parent / "payload").write_text("changed\n")
    answer = workspace.run("--testbed", "submit", "-c", rules, "-r", "mvtxme", "--maxjobs", 1)
    assert (answer.code, answer.err) == (0, "")
    assert (workspace.folder / "trial/provenance").is_dir()


def test_force_is_refused_before_anything_is_erased_and_is_on_record(workspace: Workspace, rules: Path) -> None:
    assert submit(workspace, rules).code == 0
    workspace.ok("local", "run", "--drain")
    workspace.ok("harvest")
    ((run,),) = workspace.sql("SELECT runnumber FROM production_jobs WHERE schedd IS NOT NULL")
    workspace.settings["site"] = {"provenance": "refuse"}
    workspace.write()
    (rules.parent / "payload").write_text("changed\n")
    before = workspace.sql("SELECT * FROM production_jobs ORDER BY id")
    words = ("--runs", run, "--force", "--yes")
    assert submit(workspace, rules, *words).code == 1
    assert workspace.sql("SELECT * FROM production_jobs ORDER BY id") == before
    committed(rules.parent, "two")
    git(rules.parent, "push", "-q", "origin", "HEAD")
    answer = submit(workspace, rules, *words)
    assert answer.code == 0, answer.err
    first, second = records(workspace)
    assert first["payload"] != second["payload"]


def test_failing_git_files_and_books_lose_no_submission(
    workspace: Workspace, rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (workspace.folder / "bin").mkdir()
    (workspace.folder / "bin/git").write_text("#!/bin/sh\necho fatal: broken >&2; exit 1\n")
    (workspace.folder / "bin/git").chmod(0o755)
    with monkeypatch.context() as patch:
        patch.setenv("PATH", f"{workspace.folder}/bin:{os.environ['PATH']}")
        answer = submit(workspace, rules)
    assert answer.code == 0, answer.err
    assert [row[-1] for row in code_of(workspace, records(workspace)[0])] == ["git: fatal: broken"]
    folder = folder_of(workspace.folder / "campaigns")
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    folder.touch()
    answer = submit(workspace, rules)
    line = f"what these jobs are made from is not on record: {folder}: the provenance cannot be written: File exists"
    assert (answer.code, answer.err) == (0, f"prodcli: {line}\n")
    folder.unlink()
    workspace.sql("ALTER TABLE production_texts RENAME TO elsewhere")
    answer = submit(workspace, rules)
    assert (answer.code, "what these jobs are made from is not on record: " in answer.err) == (0, True)
    assert workspace.sql("SELECT COUNT(*) FROM production_claims") == [(3,)]
    assert len(records(workspace)) == 1
    assert workspace.sql("SELECT COUNT(clusterid) FROM production_jobs WHERE schedd IS NOT NULL") == [(3,)]


@pytest.mark.parametrize("step", ["provenance.written", "submit.claimed", "submit.submitted"])
def test_a_killed_pass_leaves_claims_and_records_that_agree(workspace: Workspace, rules: Path, step: str) -> None:
    killed(workspace, step, "submit", "-c", rules, "-r", "mvtxme", "--maxjobs", 2)
    lost = "SELECT COUNT(*) FROM production_claims c LEFT JOIN production_provenance p ON p.id = c.provenance WHERE p.id IS NULL"
    assert workspace.sql(lost) == [(step in ("provenance.written", "submit.claimed"),)]
    assert elsewhere(workspace, "submit", "-c", rules, "-r", "mvtxme", "--maxjobs", 2).code == 0
    assert workspace.sql(f"{lost} AND c.state <> 'released'") == [(0,)]
    assert set(texts(workspace)) == {file.stem for file in folder_of(workspace.folder / "campaigns").glob("[!.]*")}


@EACH
def test_jobs_again_have_the_rule_that_they_had_and_the_payload_of_now(real: Workspace, queue: Any) -> None:
    words = submit_words(real)
    rules = in_repository(real.folder / "rules/rules.yaml")
    real.ok(*words)
    (first,) = records(real)
    rules.write_text("other: {}\n")
    (rules.parent / "payload").write_text("changed\n")
    one, two, *_ = sorted(states(real))
    failed(real, queue, [one, two])
    answer = real.run("resubmit", "--clone", "--dbid", one, two, "--yes")
    assert answer.code == 0, answer.err
    assert [line for line in answer.err.splitlines() if "1 file differs" in line]
    _, second = records(real)
    assert second["repeats"] == first["id"]
    assert [second[key] for key in ("rulename", "written", "resolved", "kit")] == [
        first[key] for key in ("rulename", "written", "resolved", "kit")
    ]
    assert second["payload"] != first["payload"]
    ((*_, changed, diff, _),) = code_of(real, second)
    assert (json.loads(changed), "+changed" in texts(real)[diff]) == (["M payload"], True)


@EACH
def test_parked_jobs_come_back_on_record(real: Workspace, queue: Any) -> None:
    words = submit_words(real)
    in_repository(real.folder / "rules/rules.yaml")
    real.ok(*words)
    one, *_ = sorted(states(real))
    held(real, queue, [one])
    real.ok("park", "--dbid", one, "--yes")
    real.settings["site"] = {"provenance": "refuse"}
    real.write()
    (real.folder / "rules/payload").write_text("changed\n")
    answer = real.run("unpark", "--dbid", one, "--yes")
    assert (answer.code, "1 file differs from commit" in answer.err) == (1, True)
    assert states(real)[one][2] == 1
    (real.folder / "rules/payload").write_text("")
    real.ok("unpark", "--dbid", one, "--yes")
    first, second = records(real)
    assert (second["repeats"], second["written"], second["payload"]) == (
        first["id"],
        first["written"],
        first["payload"],
    )


@pytest.mark.parametrize(("database", "batch"), COMBINATIONS[:2])
def test_clones_that_the_policy_refuses_stay_as_they_are(real: Workspace, queue: Any) -> None:
    words = submit_words(real)
    rules = in_repository(real.folder / "rules/rules.yaml")
    real.ok(*words)
    one, *_ = sorted(states(real))
    held(real, queue, [one])
    real.settings["site"] = {"provenance": "refuse"}
    real.write()
    (rules.parent / "payload").write_text("changed\n")
    before = states(real)
    assert real.run("resubmit", "--clone", "--dbid", one, "--state", "held", "--yes").code == 1
    assert states(real) == before


@pytest.mark.parametrize(("database", "batch"), COMBINATIONS[:2])
def test_jobs_without_a_record_are_submitted_again_with_what_is_known(real: Workspace, queue: Any) -> None:
    words = submit_words(real)
    rules = in_repository(real.folder / "rules/rules.yaml")
    real.ok(*words)
    real.sql("UPDATE production_claims SET provenance = NULL")
    one, *_ = sorted(states(real))
    failed(real, queue, [one])
    real.ok("resubmit", "--clone", "--dbid", one, "--yes")
    (record,) = records(real)
    assert (record["rulename"], record["written"], record["resolved"], record["repeats"]) == (
        "mvtxme",
        None,
        None,
        None,
    )
    assert texts(real)[record["payload"]].endswith("\trun.sh\n")
    assert [row[0] for row in code_of(real, record)] == [str(rules.parent)]
