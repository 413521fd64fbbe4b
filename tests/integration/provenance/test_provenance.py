"""`provenance` says how a file was made and how it is made again; `provenance diff` says what differs."""

import hashlib
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.catalog import random_catalog
from tests.support.git_repositories import committed, git, pushed
from tests.support.rule_files import RULES, STREAMING, rule, write_rules
from tests.support.workspace import ONE_DATABASE, Workspace, seeded_catalog

pytestmark = pytest.mark.usefixtures("with_git")
TAG = "ana537_2025p010_v001"


@pytest.fixture
def rules(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The rule file of a workspace with a random catalog, in a repository that is pushed."""
    monkeypatch.setenv("PRODCLI_ACTOR", "Ada")
    workspace.load(seeded_catalog(1))
    workspace.settings["site"] = {"provenance": "allow"}
    workspace.write()
    file = write_rules(workspace.folder / "ProdFlow")
    committed(file.parent)
    pushed(file.parent)
    return file


def submitted(workspace: Workspace, rules: Path, name: str = "mvtxme", *more: object) -> int:
    """Submit one job; returns its row."""
    before = newest(workspace)
    workspace.ok("submit", "-c", rules, "-r", name, "--maxjobs", 1, *more)
    assert newest(workspace) > before
    return newest(workspace)


def newest(workspace: Workspace) -> int:
    return int(workspace.sql("SELECT COALESCE(MAX(id), 0) FROM production_jobs")[0][0])


def one(workspace: Workspace, column: str, dbid: int) -> Any:
    ((value,),) = workspace.sql(f"SELECT {column} FROM production_jobs WHERE id = ?", dbid)  # noqa: S608
    return value


def differing(workspace: Workspace, a: object, b: object) -> list[tuple[str, str]]:
    return [(row["part"], row["item"]) for row in workspace.json("provenance", "diff", a, b)]


def test_a_page_says_how_a_file_was_made(workspace: Workspace, rules: Path) -> None:
    dbid = submitted(workspace, rules)
    name, commit = one(workspace, "filename", dbid), git(rules.parent, "rev-parse", "HEAD")
    page = workspace.json("provenance", "--dbid", dbid)
    for word in (name, f"/somewhere/{name}", name.replace(".root", ".err"), dbid, f"{page['job']}@local"):
        assert workspace.json("provenance", word) == page
        assert workspace.json("provenance", "show", word) == page
    record = page["record"]
    assert (page["dbid"], page["file"], record["actor"], record["rule"]) == (dbid, name, "Ada", "mvtxme")
    (code,) = record["code"]
    assert (code["commit"], code["pushed"], code["changed"]) == (commit, "origin/main", [])
    run_sh = hashlib.sha256((rules.parent / "run.sh").read_bytes()).hexdigest()
    assert {file["file"]: file["sha256"] for file in page["payload"]}["run.sh"] == run_sh
    for text in (record["written"], record["resolved"]):
        assert (Path(page["folder"]) / f"{text}.yaml").is_file()
    shown = workspace.ok("provenance", name).out
    for words in (
        *(f"commit {commit[:12]}, main, on origin/main of {rules.parent}.git", run_sh[:12]),
        *(name, "by Ada (", f"rule     {rules}\n", "to make it again:\n", page["again"][-1]),
    ):
        assert words in shown, words
    assert all(len(line) <= 80 or "/" in line for line in shown.splitlines())


def test_the_commands_make_the_same_file_again(workspace: Workspace, rules: Path) -> None:
    (rules.parent / "run.sh").write_text("#!/bin/sh\necho dirty\n")
    (rules.parent / "payload").unlink()
    (rules.parent / "payload").mkdir()
    (rules.parent / "payload" / "new.C").write_text("new")
    dbid = submitted(workspace, rules, "mvtxme", "--nevents", 7, "--mem", "3GB")
    page = workspace.json("provenance", "--dbid", dbid)
    log, memory = one(workspace, "log", dbid), one(workspace, "request_memory", dbid)
    git(rules.parent, "stash", "-u", "-q")
    rules.write_text(rules.read_text().replace("neventsper: 1000", "neventsper: 500"))
    committed(rules.parent, "later")
    *checkouts, submit = map(shlex.split, page["again"])
    for command in checkouts:
        subprocess.run(command, check=True, capture_output=True)
    workspace.ok(*submit[1:], "--yes")
    made = workspace.json("provenance", page["file"])
    assert (made["attempt"], made["file"], made["payload"]) == (2, page["file"], page["payload"])
    assert (one(workspace, "log", made["dbid"]), one(workspace, "neventsper", made["dbid"])) == (log, 1000)
    assert one(workspace, "request_memory", made["dbid"]) == memory
    assert differing(workspace, page["claim"], made["claim"]) == []


def test_a_job_without_a_record_says_what_is_known(workspace: Workspace, rules: Path) -> None:
    dbid = submitted(workspace, rules)
    workspace.sql("UPDATE production_claims SET provenance = NULL")
    ((older,),) = workspace.sql("SELECT MIN(id) FROM production_jobs")
    for row in (dbid, older):
        assert (
            "not on record: submitted by another tool, or before records were kept"
            in workspace.ok("provenance", row).out
        )
        assert (workspace.json("provenance", row)["record"], workspace.json("provenance", row)["again"]) == (None, [])
    answer = workspace.run("provenance", "diff", dbid, dbid)
    assert (answer.code, f"{dbid}: it is not on record what its jobs were made from" in answer.err) == (1, True)


def test_a_file_that_is_not_the_first_output_of_its_job(workspace: Workspace, rules: Path) -> None:
    dbid = submitted(workspace, rules, "rollover")
    first = one(workspace, "filename", dbid)
    segment = one(workspace, "segment", dbid)
    third = first.replace(f"-{segment:05d}.root", f"-{segment + 2:05d}.root")
    assert workspace.json("provenance", third)["dbid"] == dbid
    workspace.sql(
        "INSERT INTO production_report_outputs (dbid, attempt, lfn, code) VALUES (?, 1, ?, 0)",
        dbid,
        f"HIST_QA_{first[4:]}",
    )
    assert workspace.json("provenance", f"HIST_QA_{first[4:]}")["dbid"] == dbid
    fourth = first.replace(f"-{segment:05d}.root", f"-{segment + 3:05d}.root")
    assert workspace.run("provenance", fourth).code == 2


def test_the_inputs_one_level_up(workspace: Workspace, rules: Path) -> None:
    dbid = submitted(workspace, rules)
    (inputs,) = workspace.json("provenance", dbid, "--parents")["inputs"]
    assert (inputs["record"], inputs["dbid"] is None, len(inputs["files"]) > 10) == (None, True, True)
    names = inputs["files"][:3]
    ((claim,),) = workspace.sql("SELECT claim_id FROM production_jobs WHERE id = ?", dbid)
    for number, name in enumerate(names):
        workspace.sql(
            "INSERT INTO production_jobs (rulename, tag, dataset, dsttype, filename, runnumber, segment, status, claim_id)"
            " VALUES ('streaming', 'ana514_nocdbtag_v001', 'run3auau', 'DST_STREAMING_EVENT', ?, 1, ?, 'finished', ?)",
            *(name, number, claim),
        )
    made, unknown = sorted(
        workspace.json("provenance", dbid, "--parents")["inputs"], key=lambda one: one["record"] is None
    )
    assert (made["files"], made["record"]["rule"]) == (names, "mvtxme")
    assert len(made["files"]) + len(unknown["files"]) == len(inputs["files"])
    assert "not on record" in workspace.ok("provenance", dbid, "--parents").out
    raw = submitted(workspace, rules, "streaming")
    assert workspace.json("provenance", raw, "--parents")["inputs"] == []
    assert "no inputs with a record: raw files, or none" in workspace.ok("provenance", raw, "--parents").out


def test_what_differs_between_files_claims_clusters_and_tags(workspace: Workspace, rules: Path) -> None:
    first = submitted(workspace, rules)
    same = submitted(workspace, rules)
    more = submitted(workspace, rules, "mvtxme", "--mem", "5GB")
    assert differing(workspace, first, same) == []
    assert "all alike" in workspace.ok("provenance", "diff", first, same).out
    assert differing(workspace, first, more) == [("rule", "job.request_memory")]
    (rules.parent / "payload").write_text("changed\n")
    changed = submitted(workspace, rules)
    commits = [("commit", "ProdFlow"), ("payload", "payload")]
    assert differing(workspace, first, changed) == commits
    names = [one(workspace, "filename", dbid) for dbid in (first, changed)]
    claims = [one(workspace, "claim_id", dbid) for dbid in (first, changed)]
    clusters = [f"{one(workspace, 'clusterid', dbid)}@local" for dbid in (first, changed)]
    for a, b in (names, claims, clusters, (names[0], claims[1])):
        assert differing(workspace, a, b) == commits
    assert differing(workspace, TAG, first) == commits  # the newest of the tag
    (row, *_) = workspace.json("provenance", "diff", first, changed)
    commit = git(rules.parent, "rev-parse", "HEAD")[:12]
    assert row["a"] == commit
    assert row["b"].startswith(f"{commit} with 1 changed (")
    table = workspace.ok("provenance", "diff", first, changed, "--format", "csv").out
    assert table.splitlines()[0] == "product,part,item,a,b"
    assert len(table.splitlines()) == 3
    workspace.sql("UPDATE production_provenance SET version = '9', kit = 'other' WHERE id IN (SELECT provenance FROM"
                  " production_claims WHERE id = ?)", claims[1])  # fmt: skip
    assert differing(workspace, first, changed) == [*commits, ("kit", ""), ("prodcli", "")]


def test_tags_are_compared_product_by_product(workspace: Workspace, rules: Path) -> None:
    write_rules(rules.parent, {
        **RULES,
        "new": rule("DST_TRKR_MVTXME", "ana.541", "2025p010", STREAMING),
        "new_cluster": rule("DST_TRKR_CLUSTER", "ana.541", "2025p010", STREAMING, job_priority=7),
        "new_seed": rule("DST_TRKR_SEED", "ana.541", "2025p010", TAG),
    })  # fmt: skip
    for name in ("mvtxme", "cluster", "new", "new_cluster"):
        submitted(workspace, rules, name)
    rows = workspace.json("provenance", "diff", TAG, TAG.replace("ana537", "ana541"))
    found = {(row["product"].partition(" ")[0], row["item"]): (row["a"], row["b"]) for row in rows}
    assert found[("DST_TRKR_MVTXME", "params.build")] == ("ana.537", "ana.541")
    assert found[("DST_TRKR_CLUSTER", "job.priority")] == ("3500", "7")
    assert {part for part, _ in found} == {"DST_TRKR_MVTXME", "DST_TRKR_CLUSTER"}
    file = one(workspace, "filename", newest(workspace))
    rows = workspace.json("provenance", "diff", TAG, file)
    assert {row["product"].partition(" ")[0] for row in rows} == {"DST_TRKR_CLUSTER"}
    combined = submitted(workspace, rules, "streaming")
    answer = workspace.run("provenance", "diff", TAG, combined)
    assert (answer.code, "no submission of DST_STREAMING_EVENT" in answer.err) == (1, True)


@ONE_DATABASE
@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("nosuch.root",), 2, "the books have no job 'nosuch.root'"),
        (("--dbid", 999_999), 2, "the books have no job '999999'"),
        (("show",), 2, "name one file, or one row of the books"),
        (("some.root", "--dbid", 1), 2, "name one file, or one row of the books"),
        (("--dbid", "x"), 2, "is not a valid int"),
        (("1", "--format", "csv"), 2, "a page has no such format"),
        (("diff", "1"), 2, "Missing argument"),
        (("diff", "00000000-0000-0000-0000-000000000000", "1"), 2, "the books have no claim 00000000"),
        (("diff", "99@nowhere", "1"), 2, "the books have no cluster 99@nowhere"),
        (("diff", "no_such_v001", "1"), 2, "the books have no job 'no_such_v001'"),
        (("\x1b[2J';--",), 2, "the books have no job"),
    ],
)  # fmt: skip
def test_bad_words_are_one_line(workspace: Workspace, words: tuple[Any, ...], code: int, says: str) -> None:
    workspace.load(random_catalog(1, runs=3))
    answer = workspace.run("provenance", *words)
    assert (answer.code, says in answer.err, answer.out) == (code, True, ""), answer
    assert answer.err.count("\n") == 1
