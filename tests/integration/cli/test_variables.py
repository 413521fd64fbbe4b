"""$PRODCLI_RULES and $PRODCLI_TAG: defaults of -c and of --tag, which never choose what a verb acts on."""

from pathlib import Path

import pytest

from tests.support.rule_files import RULES, write_rules
from tests.support.workspace import Workspace, make_workspace

OLD, NEW = "ana537_2025p010_v001", "new_nocdbtag_v001"
JOB = (
    "INSERT INTO production_jobs (rulename, tag, dataset, dsttype, runnumber, segment, filename, status, schedd, clusterid, "
    "procid, attempt, claim_id) VALUES ('r', ?, 'd', 'DST_CALO', ?, 0, ?, ?, 's1', ?, 0, 1, 'c')"
)
ATTEMPTS = (
    "INSERT INTO production_attempts (dbid, attempt, step, claim_id, schedd, clusterid, procid, status) "
    "SELECT id, 1, 0, claim_id, schedd, clusterid, procid, status FROM production_jobs"
)

CLAIM = (
    "INSERT INTO production_claims (id, host, pid, boot_id, process_start, started, lease_until, schedd, batch_name, rule, "
    "memory_asked, n, state, folder) VALUES ('c', 'h', 1, '', '', '2026-01-31', '2026-01-31', 's1', 'b', 'r', 1, 3, 'submitted', '')"
)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Books with a job of an old tag, and two of a new one."""
    made = make_workspace(tmp_path_factory.mktemp("workspace"))
    made.settings["databases"] = {"production": f"sqlite:///{made.folder}/production.db"}
    made.write()
    made.ok("db", "init")
    for number, (tag, status) in enumerate([(OLD, "running"), (NEW, "running"), (NEW, "held")], 1):
        made.sql(JOB, tag, number, f"{number}.root", status, number)
    made.sql(ATTEMPTS)
    made.sql(CLAIM)
    return made


def tags(workspace: Workspace, *words: object) -> set[str]:
    """The tags in the answer of a verb."""
    return {row["tag"] for row in workspace.json(*words)}


def dbids(workspace: Workspace, *words: object) -> list[int]:
    """The rows of the jobs that `jobs` lists."""
    return [row["dbid"] for row in workspace.json("jobs", *words)]


@pytest.fixture
def new_tag(monkeypatch: pytest.MonkeyPatch) -> None:
    """The new tag as the default."""
    monkeypatch.setenv("PRODCLI_TAG", NEW)


@pytest.mark.usefixtures("new_tag")
def test_the_tag_narrows_what_is_shown_until_another_is_typed(workspace: Workspace) -> None:
    assert tags(workspace, "query") == {NEW}
    assert tags(workspace, "query", "--tag", OLD) == {OLD}
    assert dbids(workspace, "1-3") == [3, 2]


def test_several_tags_stand_with_spaces_between(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRODCLI_TAG", f"{OLD} {NEW}")
    assert tags(workspace, "query") == {OLD, NEW}
    monkeypatch.setenv("PRODCLI_TAG", "")
    assert tags(workspace, "query") == {OLD, NEW}


@pytest.mark.usefixtures("new_tag")
def test_jobs_that_are_named_need_no_tag(workspace: Workspace) -> None:
    assert dbids(workspace, "1.0") == [1]
    assert dbids(workspace, "--dbid", 1, 2) == [2, 1]
    assert dbids(workspace, "--cluster", "1") == [1]
    assert dbids(workspace, "--state", "running") == [2]


@pytest.mark.usefixtures("new_tag")
def test_the_tag_alone_chooses_no_jobs(workspace: Workspace) -> None:
    for verb in ("kill", "hold", "release"):
        refused = workspace.run(verb, "--dry-run")
        assert (refused.code, refused.out) == (2, "")
        assert "no jobs are chosen" in refused.err


def test_the_rule_file_is_that_of_the_variable(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = write_rules(tmp_path / "mine", {"cluster": RULES["cluster"]})
    other = write_rules(tmp_path / "other", {"seed": RULES["seed"]})
    assert workspace.run("rules", "list").code == 2
    monkeypatch.setenv("PRODCLI_RULES", str(mine))
    for words, rule in (((), "cluster"), (("-c", other), "seed")):
        assert [row["rule"] for row in workspace.json("rules", "list", *words)] == [rule]
    assert "seed" in workspace.run("graph", other).out
    assert "cluster" not in workspace.run("graph", other).out
    assert workspace.run("rules", "lint", other).out.endswith("1 rule, all well\n")
    assert tags(workspace, "query") == {OLD, NEW}  # a file that only narrows is typed
    assert "env var: PRODCLI_RULES" in workspace.run("why", "--help").out


def test_a_file_that_is_not_there_is_a_line(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRODCLI_RULES", "nobody.yaml")
    refused = workspace.run("rules", "list")
    assert (refused.code, len(refused.err.splitlines())) == (3, 1)
    assert "nobody.yaml: the file does not exist" in refused.err


def test_verbs_that_take_away_want_typed_runs(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRODCLI_RULES", str(write_rules(tmp_path, {"cluster": RULES["cluster"]})))
    refused = workspace.run("erase", "--dry-run")
    assert refused.code == 2
    assert "no runs are named" in refused.err
