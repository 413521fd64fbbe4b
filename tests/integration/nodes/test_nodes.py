"""`nodes` and `nodes exclude` on both databases: which jobs count on which node, and notes that reach submissions."""

import csv
import io
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest

from prodcli.batch.local.batch import LocalBatch
from prodcli.batch.local.queue_file import open_queue
from prodcli.errors import BatchError
from tests.support.catalog import Catalog, insert_rows
from tests.support.rule_files import RULES, write_rules
from tests.support.workspace import Workspace, seeded_catalog

EMPTY = Catalog([], [], [], [])
JOB = (
    "INSERT INTO production_jobs (id, rulename, tag, dataset, dsttype, filename, runnumber, segment, status, substatus,"
    " submitted, attempt) VALUES (?, ?, ?, 'd', ?, ?, ?, 0, ?, ?, ?, ?)"
)
ATTEMPT = (
    "INSERT INTO production_attempts (dbid, attempt, step, node, started, finished, entered, hold_code, hold_subcode,"
    " status, substatus) VALUES (?, 1, 0, ?, ?, ?, ?, ?, ?, ?, ?)"
)
HOUR = 3600
NOW = int(datetime.now(UTC).timestamp())


def book(workspace: Workspace, node: str, status: str, jobs: int = 1, **facts: Any) -> None:
    """Book jobs that left a node an hour ago, after `seconds`."""
    first = int(workspace.sql("SELECT COALESCE(MAX(id), 0) + 1 FROM production_jobs")[0][0])
    ended, substatus = NOW - facts.get("ago", HOUR), facts.get("substatus", "")
    code, subcode = facts.get("codes", (None, None))
    rows, attempts = [], []
    for dbid in range(first, first + jobs):
        rows.append(
            (
                *(dbid, facts.get("rule", "r"), facts.get("tag", "t"), facts.get("dsttype", "DST_A"), f"f{dbid}"),
                *(facts.get("run", 5), facts.get("now", status), substatus, time(workspace, NOW - 9 * HOUR)),
                facts.get("attempt", 1),
            )
        )
        attempts.append(
            (
                *(dbid, node, time(workspace, ended - facts.get("seconds", HOUR))),
                *(time(workspace, ended) if status in ("finished", "failed") else None, time(workspace, ended)),
                *(code, subcode, status, substatus),
            )
        )
    with closing(workspace.connect()) as connection:
        insert_rows(connection, JOB, rows)
        insert_rows(connection, ATTEMPT, attempts)
        connection.commit()


def time(workspace: Workspace, seconds: int) -> str:
    """A time as the database takes it."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat() if workspace.cluster else moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


@pytest.fixture
def booked(workspace: Workspace) -> Workspace:
    """Three good nodes, a black hole, and jobs that say nothing of a node."""
    workspace.load(EMPTY)
    for node in ("n1.x.org", "n2.x.org", "n3.x.org"):
        book(workspace, node, "finished", 20)
    book(workspace, "n1.x.org", "failed", 1, seconds=10)
    book(workspace, "slot1_7@Hole.x.org", "failed", 4, seconds=20)
    book(workspace, "hole.x.org", "failed", 2, seconds=12, now="submitted", attempt=2)  # tried again since
    book(workspace, "hole.x.org", "held", 5, codes=(6, 2), seconds=1)
    book(workspace, "hole.x.org", "failed", 1, codes=(6, 2), substatus="removed")  # a held job that was removed
    book(workspace, "hole.x.org", "finished", 2, dsttype="DST_B_TPC00", rule="s", tag="u", run=7)
    book(workspace, "n2.x.org", "held", 3, codes=(34, 102))
    book(workspace, "n2.x.org", "held", 2, codes=(1, 0))
    book(workspace, "n2.x.org", "evicted", 4)
    book(workspace, "n3.x.org", "failed", 9, substatus="lost")
    book(workspace, "n3.x.org", "failed", 9, substatus="removed")  # by a person, while it ran
    book(workspace, "n3.x.org", "failed", 9, ago=30 * HOUR)
    book(workspace, "n3.x.org", "running", 9)
    return workspace


def by_node(workspace: Workspace, *words: object) -> dict[str, dict[str, Any]]:
    """The report by node."""
    return {line["node"]: line for line in workspace.json("nodes", "--all", *words)}


def test_what_counts_on_which_node(booked: Workspace) -> None:
    lines = by_node(booked)
    counted = {
        node: [line[name] for name in ("jobs", "failed", "held", "start_holds", "memory", "other", "evicted")]
        for node, line in lines.items()
    }
    assert counted == {
        "hole.x.org": [14, 6, 6, 6, 0, 0, 0],
        "n1.x.org": [21, 1, 0, 0, 0, 0, 0],
        "n2.x.org": [25, 0, 5, 0, 3, 2, 4],
        "n3.x.org": [20, 0, 0, 0, 0, 0, 0],
    }
    assert [line["verdict"] for line in lines.values()] == ["black hole", "", "", ""]
    assert (lines["n1.x.org"]["median_s"], lines["n2.x.org"]["bad_percent"]) == (HOUR, 0.0)


def test_the_evidence_and_the_command_that_it_calls_for(booked: Workspace) -> None:
    hole = booked.json("nodes")[0]
    assert hole["evidence"] == "12 of 14 jobs failed within 20 s; elsewhere 1.6 %"
    assert hole["exclude_with"].startswith('prodcli nodes exclude add hole.x.org --until 3d --reason "12 of 14 jobs')
    text = booked.ok("nodes").out
    assert f"black hole  {hole['evidence']}\n  {hole['exclude_with']}\n" in text
    assert "4 nodes, 3 are shown (--all: every one)" in text
    (first, *_) = csv.DictReader(io.StringIO(booked.ok("nodes", "--format", "csv").out))
    assert (first["node"], first["verdict"]) == ("hole.x.org", "black hole")
    booked.ok("nodes", "exclude", "add", "hole", "--reason", hole["evidence"], "--yes")
    assert booked.json("nodes")[0]["verdict"] == "excluded"
    assert "prodcli nodes exclude add" not in booked.ok("nodes").out


@pytest.mark.parametrize(
    ("words", "jobs"),
    [
        (("--tag", "u"), {"hole.x.org": 2}),
        (("--rule", "s"), {"hole.x.org": 2}),
        (("--dsttype", "DST_B"), {"hole.x.org": 2}),
        (("--runs", 6, 9), {"hole.x.org": 2}),
        (("--since", "7d", "--runs", 5), {"hole.x.org": 12, "n1.x.org": 21, "n2.x.org": 25, "n3.x.org": 29}),
        (("--since", "30m"), {}),
    ],
)
def test_the_report_takes_the_filters_of_reports(
    booked: Workspace, words: tuple[object, ...], jobs: dict[str, int]
) -> None:
    assert {node: line["jobs"] for node, line in by_node(booked, *words).items()} == jobs


def test_an_empty_report_says_so(workspace: Workspace) -> None:
    workspace.load(EMPTY)
    assert workspace.json("nodes") == []
    assert "no job left a node in this time" in workspace.ok("nodes").out
    assert workspace.run("nodes", "--since", "soon").code == 2


def excluded(workspace: Workspace, *words: object) -> dict[str, str]:
    """The list, by node with its state."""
    return {line["node"]: line["state"] for line in workspace.json("nodes", "exclude", "list", *words)}


def test_notes_are_added_listed_and_removed(workspace: Workspace) -> None:
    workspace.load(EMPTY)
    add = ("nodes", "exclude", "add", "slot1_1@SPOOL1.x.org", "spool2", "--reason", "bad disk", "--yes")
    told = workspace.json(*add)
    assert (told["nodes"], told["told"]) == (
        ["spool1.x.org", "spool2"],
        {"jobs": {"local": 0}, "kept": {}, "failed": {}},
    )
    workspace.ok(*add)  # the same again
    workspace.ok(
        "nodes", "exclude", "add", "spool2", "--reason", "bad disk", "--expires", "3d", "--yes"
    )  # with another end
    assert len(workspace.json("nodes", "exclude", "list")) == 3
    assert workspace.json("nodes", "exclude", "remove", "spool1", "--yes")["nodes"] == ["spool2"]
    workspace.ok("nodes", "exclude", "remove", "Spool2", "--yes")
    assert excluded(workspace, "--expired") == {}
    log = [(line["verb"], line["state"], line["reason"]) for line in workspace.json("log")]
    assert log == [*[("nodes exclude add", "done", "bad disk")] * 3, *[("nodes exclude remove", "done", "")] * 2]


def test_an_unknown_name_is_taken_with_a_warning(booked: Workspace) -> None:
    answer = booked.ok("nodes", "exclude", "add", "n1", "n2.x.org", "n1.y.org", "--reason", "x", "--yes")
    assert answer.err.count("no machine of the pool has this name") == 1
    assert "n1.y.org: no machine" in answer.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("add", "spool*", "--reason", "x", "--yes"), "'spool*' is no node"),
        (("add", "spool1", "--reason", " ", "--yes"), "give a reason"),
        (("add", "spool1", "--reason", "x", "--expires", "2020-01-01", "--yes"), "--until: this time has passed"),
        (("add", "spool1", "--reason", "x", "--expires", "soon", "--yes"), "--until: 'soon' is not a time"),
        (("add", "spool1", "--reason", "x"), "needs a terminal or --yes"),
        (("remove", "spool9", "--yes"), "spool9: not excluded"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_noted(workspace: Workspace, words: tuple[str, ...], says: str) -> None:
    workspace.load(EMPTY)
    answer = workspace.run("nodes", "exclude", *words)
    assert (answer.code, len(answer.err.splitlines())) == (2, 1 + ("needs a terminal" in says)), answer.err
    assert says in answer.err
    assert excluded(workspace, "--expired") == {}
    assert workspace.json("log") == []


def test_a_dry_run_changes_nothing(workspace: Workspace) -> None:
    workspace.load(EMPTY)
    workspace.ok("nodes", "exclude", "add", "spool1", "--reason", "x", "--yes")
    for words in (("add", "spool2", "--reason", "x"), ("remove", "spool1"), ("apply",)):
        assert "dry run: nothing was changed" in workspace.ok("nodes", "exclude", *words, "--dry-run").out
    assert excluded(workspace) == {"spool1": ""}
    assert len(workspace.json("log")) == 1


def bad_nodes(workspace: Workspace) -> str:
    """What a description says that is rendered now."""
    rules = write_rules(workspace.folder / "rules", {"mvtxme": RULES["mvtxme"]})
    workspace.ok("submit", "-c", rules, "--no-submit")
    newest = max((workspace.folder / "campaigns").rglob("job.sub"), key=lambda file: file.stat().st_mtime_ns)
    (line,) = [line for line in newest.read_text().splitlines() if line.startswith("My.ProdcliBadNodes")]
    return line.partition(" = ")[2]


def test_submissions_carry_the_list_until_it_ends(workspace: Workspace) -> None:
    workspace.load(seeded_catalog(1))
    assert bad_nodes(workspace) == '""'
    workspace.ok("nodes", "exclude", "add", "spool2", "spool1.x.org", "--reason", "x", "--expires", "1h", "--yes")
    assert bad_nodes(workspace) == '"spool1.x.org,spool2"'
    workspace.sql("UPDATE production_excluded_nodes SET expires = ? WHERE node = 'spool2'", time(workspace, NOW - 1))
    assert bad_nodes(workspace) == '"spool1.x.org"'
    assert excluded(workspace) == {"spool1.x.org": ""}
    assert excluded(workspace, "--expired") == {"spool1.x.org": "", "spool2": "expired"}


class Queue(LocalBatch):
    """A local queue whose jobs carry lists, as those of HTCondor do."""

    told: list[str]
    broken = False

    @property
    def node_lists(self) -> "Queue":  # type: ignore[override]
        return self

    def nodes(self) -> set[str]:
        return set()

    def count_unlisted(self, schedd: str) -> int:
        return 0

    def count_other_nodes(self, schedd: str, nodes: str) -> int:
        if Queue.broken:
            raise BatchError("it hangs", where="schedd local")
        return 7 if nodes != Queue.told[-1] else 0

    def edit_nodes(self, schedd: str, nodes: str) -> int:
        Queue.told.append(nodes)
        return 0


@pytest.fixture
def told(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the jobs in the queue were told, first to last."""
    workspace.load(EMPTY)
    Queue.told, Queue.broken = [""], False
    monkeypatch.setattr("prodcli.batch.local.batch.LocalBatch", Queue)
    return Queue.told


def test_jobs_in_the_queue_are_told_once(workspace: Workspace, told: list[str]) -> None:
    answer = workspace.json("nodes", "exclude", "add", "a", "--reason", "x", "--yes")
    assert (answer["schedds"][0]["jobs"], answer["told"]["jobs"]) == (7, {"local": 7})
    workspace.ok("harvest")
    workspace.ok("nodes", "exclude", "remove", "a", "--yes")
    workspace.ok("harvest", "--sweep")
    assert told == ["", "a", ""]


def test_what_a_silent_schedd_was_not_told_the_next_harvest_tells(workspace: Workspace, told: list[str]) -> None:
    Queue.broken = True
    answer = workspace.run("nodes", "exclude", "add", "a", "--reason", "x", "--yes")
    assert (answer.code, "it hangs" in answer.err, "the next harvest updates them" in answer.err) == (6, True, True)
    assert excluded(workspace) == {"a": ""}
    assert "not updated yet" in workspace.ok("nodes", "exclude", "list").out
    Queue.broken = False
    workspace.ok("harvest")
    assert told == ["", "a"]
    assert "not updated yet" not in workspace.ok("nodes", "exclude", "list").out
    workspace.ok("nodes", "exclude", "remove", "a", "--yes")
    assert "no node is excluded" in workspace.ok("nodes", "exclude", "list").out


def test_an_end_reaches_the_queue_with_the_next_harvest(workspace: Workspace, told: list[str]) -> None:
    workspace.ok("nodes", "exclude", "add", "a", "b", "--reason", "x", "--expires", "1h", "--no-apply", "--yes")
    assert told == [""]
    workspace.ok("harvest")
    workspace.sql("UPDATE production_excluded_nodes SET expires = ? WHERE node = 'a'", time(workspace, NOW - 1))
    workspace.ok("harvest")
    assert told == ["", "a,b", "b"]


def test_a_sweep_tells_jobs_that_were_submitted_beside_a_change(workspace: Workspace, told: list[str]) -> None:
    open_queue(workspace.folder / "batch.db").close()
    workspace.ok("nodes", "exclude", "add", "a", "--reason", "x", "--yes")
    told.append("older")  # by a pass that had read the notes before
    workspace.ok("harvest", "--sweep")
    assert told == ["", "a", "older", "a"]


def test_an_action_of_a_process_that_died_is_closed(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace.load(EMPTY)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("prodcli.nodes.excluded.tell", die)
        assert workspace.run("nodes", "exclude", "add", "a", "--reason", "x", "--yes").code == 130
    assert [line["state"] for line in workspace.json("log")] == ["intended"]
    workspace.sql("UPDATE production_actions SET pid = 0, boot_id = 'another'")
    workspace.ok("reconcile")
    assert [line["state"] for line in workspace.json("log")] == ["done"]
    assert excluded(workspace) == {"a": ""}
