"""`prodcli diagnose` as people and programs call it."""

from pathlib import Path

import pytest

from tests.support.catalog import Catalog
from tests.support.generated_failures import HOLE, generated_failures, write_failures
from tests.support.workspace import Workspace

EVER = ("--since", "2026-01-01")


@pytest.fixture
def books(workspace: Workspace, tmp_path: Path) -> Workspace:
    """Harvested books with failures."""
    workspace.load(Catalog())
    write_failures(workspace, generated_failures(2, 1200, tmp_path))
    workspace.ok("harvest")
    return workspace


def test_a_line_for_each_signature(books: Workspace) -> None:
    lines = books.json("diagnose", *EVER)
    assert lines == sorted(lines, key=lambda line: (-line["failures"], line["key"]))
    assert sum(line["failures"] for line in lines) == books.sql("SELECT COUNT(*) FROM production_failures")[0][0]
    assert sum(line["share_percent"] for line in lines) == pytest.approx(100)
    (transfer,) = [line for line in lines if line["code"] == "13/2"]
    assert (transfer["fault"], transfer["action"]) == ("the node", "other node")
    assert f"node {HOLE}: " in transfer["stands_out"]
    assert transfer["first"] <= transfer["last"]
    assert set(transfer["examples"].split()) <= {
        str(dbid) for (dbid,) in books.sql("SELECT dbid FROM production_failures")
    }


def test_one_signature_and_what_stands_out(books: Workspace) -> None:
    (key,) = [line["key"] for line in books.json("diagnose", *EVER) if line["code"] == "13/2"]
    (line,) = books.json("diagnose", key, *EVER)
    assert line["share_percent"] == 100
    (out,) = books.json("diagnose", key, *EVER, "--standing-out")
    assert (out["key"], out["attribute"], out["value"]) == (key, "node", HOLE)
    assert out["share_percent"] > out["usual_percent"]


def test_failures_are_chosen_by_category_and_node(books: Workspace) -> None:
    every = books.json("diagnose", *EVER)
    resource = books.json("diagnose", *EVER, "--category", "resource")
    assert [line["key"] for line in resource] == [line["key"] for line in every if line["category"] == "resource"]
    code = books.json("diagnose", *EVER, "--category", "code")
    assert {line["category"] for line in code} == {"experiment code"}
    there = books.json("diagnose", *EVER, "--node", HOLE)
    assert {line["busiest_nodes"] for line in there} == {HOLE}
    answer = books.run("diagnose", "--category", "weather")
    assert answer.code == 2
    assert "there is no category 'weather'" in answer.err


def test_no_failures(books: Workspace) -> None:
    assert books.json("diagnose", "--tag", "none") == []
    assert books.json("diagnose", *EVER, "--until", "2026-01-02") == []


def test_people_read_it_on_a_narrow_terminal(books: Workspace) -> None:
    shown = books.run("diagnose", *EVER, quiet=False).out
    assert "more memory used than requested" in shown
    assert "jobs that finished" in shown
    assert "stalled" not in shown
    books.sql("UPDATE production_jobs SET substatus = 'stalled' WHERE status = 'running'")
    running = books.sql("SELECT COUNT(*) FROM production_jobs WHERE status = 'running'")[0][0]
    assert f"{running} running jobs stalled: prodcli rescue" in books.run("diagnose", *EVER, quiet=False).out
    assert "\x1b" not in shown
