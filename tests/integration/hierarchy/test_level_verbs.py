"""campaign create|forget|check, as people type them."""

import re
import shlex
from pathlib import Path

import pytest

from tests.support.declared_productions import EVENT, FIT, NAME, TAG, pilot, say_groups, start_production
from tests.support.workspace import ONE_DATABASE, Workspace

STEP = f"{NAME}/{TAG}/{EVENT}"
CHILD = f"{NAME}/{TAG}/{FIT}"


@pytest.fixture
def production(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace with a production of two steps."""
    monkeypatch.setenv("HOME", str(workspace.folder))
    monkeypatch.chdir(workspace.folder)
    start_production(workspace)
    return workspace


def checked(workspace: Workspace, *words: object) -> dict[str, dict[str, object]]:
    return {str(one["address"]): one for one in workspace.json("campaign", "check", *words)}


def groups(workspace: Workspace) -> set[str]:
    return {address.rpartition("/")[2] for address, one in checked(workspace, STEP).items() if one["level"] == "group"}


def jobs_of_runs(workspace: Workspace) -> dict[int, int]:
    rows = workspace.sql("SELECT runnumber, COUNT(*) FROM production_jobs WHERE tag = ? GROUP BY runnumber", TAG)
    return {int(run): int(jobs) for run, jobs in rows}


def set_status(workspace: Workspace, status: str, run: int) -> None:
    word = "?" if workspace.cluster is None else "CAST(? AS prodstate)"
    workspace.sql(f"UPDATE production_jobs SET status = {word} WHERE tag = ? AND runnumber = ?", status, TAG, run)  # noqa: S608


def test_a_production_is_read_again_with_its_groups(production: Workspace) -> None:
    assert groups(production) == {"all"}
    say_groups(production)
    preview = production.run("campaign", "create", NAME, "--format", "json", "-n")
    assert {(one["address"].rpartition("/")[2], one["change"]) for one in preview.data} == {
        (EVENT, "as it was"),
        (FIT, "as it was"),
        ("early", "new"),
        ("late", "new"),
        ("all", "gone"),
    }
    assert groups(production) == {"all"}
    assert production.run("campaign", "create", NAME).code == 2  # a group goes: nobody can agree
    assert groups(production) == {"all"}
    production.ok("campaign", "create", NAME, "--yes", "--reason", "two shifts")
    assert groups(production) == {"early", "late"}
    assert production.ok("campaign", "create", NAME).code == 0  # nothing changes: nobody is asked
    logged = production.json("log", "--verb", "campaign create")
    assert len(logged) == 2


def test_a_folder_becomes_a_production(production: Workspace) -> None:
    folder = production.folder / NAME / f"dir_{NAME}"
    assert production.run("campaign", "create", "other").code == 2
    production.ok("campaign", "create", "other", "--from", folder)
    assert {address for address in checked(production, "other")} == {
        "other",
        f"other/{TAG}",
        f"other/{TAG}/{EVENT}",
        f"other/{TAG}/{EVENT}/all",
        f"other/{TAG}/{FIT}",
        f"other/{TAG}/{FIT}/all",
    }
    known = {(one["tag"], one["production_type"]): one["active"] for one in production.json("campaign", "list")}
    assert known[TAG, "calo"] == "no"
    assert "other" in {one["production"] for one in production.json("production", "list")}


def test_a_group_beside_the_files_comes_and_goes(production: Workspace) -> None:
    say_groups(production)
    production.ok("campaign", "create", NAME, "--yes")
    told = production.run("campaign", "create", f"{STEP}/more", "--runs", "66420-66429", "-n", quiet=False)
    launch = f"prodcli campaign launch {STEP}/more submits it, or name it in the files"
    assert (told.code, f"prodcli: passes and loops do not know the group: {launch}\n" in told.err) == (0, True)
    assert groups(production) == {"early", "late"}
    production.ok("campaign", "create", f"{STEP}/more", "--runs", "66420-66429")
    assert groups(production) == {"early", "late", "more"}
    overlap = production.run("campaign", "create", f"{STEP}/bad", "--runs", "66405-66406")
    assert (overlap.code, "run 66405 is in the groups early and bad" in overlap.err) == (2, True)
    assert production.run("campaign", "create", f"{STEP}/early", "--runs", "66500").code == 2
    assert production.run("campaign", "forget", f"{STEP}/early").code == 2
    production.ok("campaign", "create", NAME)
    assert groups(production) == {"early", "late", "more"}
    production.ok("campaign", "forget", f"{STEP}/more", "-n")
    production.ok("campaign", "forget", f"{STEP}/more")
    assert groups(production) == {"early", "late"}


@ONE_DATABASE
@pytest.mark.parametrize(
    ("words", "what"),
    [
        ((f"{NAME}/{TAG}",), "name a production, or a whole group with --runs"),
        ((f"{STEP}/new",), "name a production, or a whole group with --runs"),
        ((NAME, "--runs", "1"), "name a production, or a whole group with --runs"),
        ((f"{STEP}/ungrouped", "--runs", "1"), "is the name of the runs that are in no group"),
        ((f"{NAME}/{TAG}/nobody/new", "--runs", "1"), "has no step 'nobody'"),
        (("a b",), "is no name"),
        (("new", "--from", "nowhere"), "the folder of the production does not exist"),
    ],
)
def test_what_cannot_be_created_is_refused(production: Workspace, words: tuple[str, ...], what: str) -> None:
    answer = production.run("campaign", "create", *words)
    assert answer.code == 2
    assert what in answer.err


@ONE_DATABASE
def test_files_with_errors_declare_nothing(production: Workspace) -> None:
    say_groups(production, "groups: {early: 66400-66405, late: 66405-66410}")
    answer = production.run("campaign", "create", NAME)
    assert answer.code == 3
    assert "run 66405 is in the groups early and late" in answer.err


def test_a_level_tells_what_is_missing_and_what_waits(production: Workspace) -> None:
    """Before the first pass runs of the first step are missing, and those of the second one wait."""
    before = checked(production, NAME)
    step, child = before[STEP], before[CHILD]
    assert step["missing"] == step["runs"] != 0
    assert (child["waits"], child["missing"]) == (child["runs"], 0)
    assert before[NAME]["runs"] == step["runs"] + child["runs"]  # type: ignore[operator]
    runs = {one["run"] for one in production.json("campaign", "check", STEP, "--by", "run")}
    assert production.run("control", "-f", pilot(production)).code == 0
    assert set(jobs_of_runs(production)) <= runs


def test_a_run_that_failed_is_upstream_of_its_children(production: Workspace) -> None:
    assert production.run("control", "-f", pilot(production)).code == 0
    runs = sorted(jobs_of_runs(production))
    assert len(runs) > 2
    done, failed, held = runs[:3]
    for run, status in ((done, "finished"), (failed, "failed"), (held, "held")):
        set_status(production, status, run)
    found = {(one["step"], one["run"]): one for one in production.json("campaign", "check", NAME, "--by", "run")}
    assert found[EVENT, failed]["state"] == "failed"
    assert found[EVENT, held]["state"] == "held"
    assert (EVENT, done) in found and found[EVENT, done]["state"] == "done"
    assert found[FIT, done]["state"] == "missing"
    assert found[FIT, done]["why"].endswith(f"-r {FIT} --runs {done}")
    for run in (failed, held):
        assert (found[FIT, run]["state"], found[FIT, run]["upstream"]) == ("upstream", EVENT)
    assert {one["state"] for (step, run), one in found.items() if step == FIT and run not in runs[:3]} == {"waits"}
    line = checked(production, CHILD)[CHILD]
    assert (line["upstream"], line["missing"], line["failed"]) == (2, 1, 0)


def test_links_lead_to_logs_payload_and_provenance(production: Workspace) -> None:
    assert production.run("control", "-f", pilot(production)).code == 0
    found = checked(production, f"{STEP}/all")
    clusters = {address: one for address, one in found.items() if one["level"] == "workflow"}
    assert sum(int(str(one["jobs"])) for one in clusters.values()) == sum(jobs_of_runs(production).values())
    address, one = clusters.popitem()
    assert re.fullmatch(rf"{re.escape(STEP)}/all/\d+@\S+", address)
    for verb in ("logs", "provenance"):
        answer = production.run(*shlex.split(str(one[verb]))[1:])
        assert answer.code in (0, 6), answer.err  # 6: jobs that have not started have no files yet
    assert Path(str(one["payload"])).read_text()
    assert Path(str(one["rule_file"])).read_text()
    assert [one for one in checked(production, address) if one.endswith(address.rpartition("/")[2])] == [address]
    run = next(one for one in production.json("campaign", "check", STEP, "--by", "run") if one["jobs"])
    for verb in ("job", "logs", "provenance"):
        answer = production.run(*shlex.split(str(run[verb]))[1:])
        assert answer.code in (0, 6), answer.err


def test_people_see_a_tree(production: Workspace) -> None:
    say_groups(production, "groups: {early: 66400-66479, late: 66480-66600}")
    production.ok("campaign", "create", NAME, "--yes")
    shown = production.ok("campaign", "check", NAME).out
    assert re.search(rf"(?m)^ ?{NAME} ", shown)
    assert re.search(rf"(?m)^ ? {{2}}{TAG} ", shown)
    assert re.search(rf"(?m)^ ? {{4}}{EVENT} ", shown)
    assert "early" not in shown
    assert "early" in production.ok("campaign", "check", NAME, "--all").out
    assert f"missing -> prodcli campaign launch {NAME} -n" in shown
    assert "missing -> prodcli campaign check --by run" in production.ok("campaign", "check").out
    assert "waits" in production.ok("campaign", "check", CHILD, "--by", "run").out


@ONE_DATABASE
def test_without_files_and_catalogs_jobs_alone_count(production: Workspace) -> None:
    assert production.run("control", "-f", pilot(production)).code == 0
    with_files = checked(production, NAME)[STEP]
    rules = str(with_files["rule_file"])
    pilot(production).parent.parent.joinpath("rules").rename(production.folder / "away")
    answer = production.run("campaign", "check", NAME, "--format", "json", quiet=False)
    assert answer.code == 0
    assert "runs without any job are not known" in answer.err
    assert rules in answer.err
    (line,) = [one for one in answer.data if one["address"] == STEP]
    assert line["runs"] == len(jobs_of_runs(production))
