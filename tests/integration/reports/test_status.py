"""`prodcli query` on generated books equals counting by hand, in every format; its filters; how it is watched."""

import csv
import io
import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from prodcli.cli.tables.watch import watch
from prodcli.tables.table import Column, Table
from tests.support.catalog import Catalog
from tests.support.generated_books import TAGS, BookedRow, generated_books, write_books
from tests.support.workspace import ONE_DATABASE, Workspace

BOOKS = generated_books(22)
STATES = ("submitting", "waiting", "submitted", "running", "held", "parked", "evicted", "failed", "finished", "other")


@pytest.fixture
def booked(workspace: Workspace) -> Iterator[Workspace]:
    """Books with jobs in every state."""
    workspace.load(Catalog([], [], [], []))
    write_books(workspace, BOOKS)
    return workspace


def state(job: BookedRow) -> str:
    """The column that counts a job."""
    if job.substatus in ("waiting", "parked"):
        return job.substatus
    return {None: "other", "started": "running"}.get(job.status, str(job.status))


def family(job: BookedRow) -> str:
    """The dsttype without its host."""
    return "DST_STREAMING_EVENT" if job.dsttype.startswith("DST_STREAMING_EVENT") else job.dsttype


def counted(by: Callable[[BookedRow], Any], jobs: list[BookedRow] | None = None) -> dict[Any, dict[str, int]]:
    """The jobs by state, by tag, dsttype, dataset and a key, counted one by one."""
    found: dict[Any, Counter[str]] = {}
    for job in BOOKS.jobs if jobs is None else jobs:
        found.setdefault((job.tag, family(job), job.dataset, by(job)), Counter())[state(job)] += 1
    return {name: {one: counts[one] for one in STATES} for name, counts in found.items()}


def shown(rows: list[dict[str, Any]], key: str | None = None) -> dict[Any, dict[str, int]]:
    """The rows of a report in the same form."""
    return {
        (row["tag"], row["dsttype"], row["dataset"], row[key] if key else None): {one: row[one] for one in STATES}
        for row in rows
    }


def test_the_states_equal_counting_by_hand(booked: Workspace) -> None:
    rows = booked.json("query")
    assert shown(rows) == counted(lambda _: None)
    assert shown(booked.json("query", "--by", "run"), "run") == counted(lambda job: job.runnumber)
    for row in rows:
        assert row["jobs"] == sum(row[one] for one in STATES)
        assert row["done_percent"] == round(100 * row["finished"] / row["jobs"], 1)
        leaves = {job.dsttype for job in BOOKS.jobs if (job.tag, family(job)) == (row["tag"], row["dsttype"])}
        assert row["hosts"] == (len(leaves) if "STREAMING" in row["dsttype"] else None)


def test_filters_choose_lines(booked: Workspace) -> None:
    of_tag = [job for job in BOOKS.jobs if job.tag == TAGS[0]]
    assert shown(booked.json("query", "--tag", TAGS[0])) == counted(lambda _: None, of_tag)
    hosts = booked.json("query", "--by", "host", "--dsttype", "DST_STREAMING_EVENT")
    assert {row["dsttype"] for row in hosts} == {job.dsttype for job in BOOKS.jobs if "STREAMING" in job.dsttype}
    held = booked.json("query", "--by", "run", "--state", "held,evicted")
    whole = counted(lambda job: job.runnumber)
    assert shown(held, "run") == {name: one for name, one in whole.items() if one["held"] or one["evicted"]}


@ONE_DATABASE
def test_csv_and_markdown_say_the_same(booked: Workspace) -> None:
    rows = booked.json("query", "--sort", "-held,tag", "--limit", 3, "--columns", "tag", "held")
    table = list(csv.DictReader(io.StringIO(booked.ok("query", "--sort=-held,tag", "--limit", 3, "--columns", "tag,held", "--format", "csv").out)))  # fmt: skip
    assert [(row["tag"], int(row["held"])) for row in table] == [(row["tag"], row["held"]) for row in rows]
    assert [row["held"] for row in rows] == sorted((row["held"] for row in booked.json("query")), reverse=True)[:3]
    assert "| tag | dsttype | dataset | jobs |" in booked.ok("query", "--format", "markdown").out


@ONE_DATABASE
def test_people_read_how_fresh_it_is_and_what_to_type(booked: Workspace) -> None:
    lines = booked.ok("query", "--tag", TAGS[0]).out.splitlines()
    held = sum(state(job) == "held" for job in BOOKS.jobs if job.tag == TAGS[0])
    failed = sum(state(job) == "failed" for job in BOOKS.jobs if job.tag == TAGS[0])
    assert lines[0].startswith("as of ") and lines[0].endswith(" UTC, never harvested")
    assert f"{held} held, {failed} failed -> prodcli rescue --tag {TAGS[0]}" in lines
    booked.ok("harvest")
    assert " harvested " in booked.ok("query").out.splitlines()[0]
    assert " EST, " in booked.ok("query", "--zone", "EST").out.splitlines()[0]


@ONE_DATABASE
def test_what_is_off_is_said_in_one_line(booked: Workspace) -> None:
    for words, says in (
        (("--sort", "hled"), "no column is called 'hled'; did you mean 'held'?"),
        (("--columns", "x"), "no column is called 'x'"),
        (("--state", "hled"), "did you mean 'held'?"),
        (("--zone", "Mars/Olympus"), "no time zone is called 'Mars/Olympus'"),
        (("weekly", "--state", "held"), "a report counts all states"),
        (("--by", "phase"), "only waste is split by phase"),
        (("restarts", "--by", "phase"), "restarts is not split by phase"),
    ):
        answer = booked.run("query", *words)
        assert (answer.code, says in answer.err, len(answer.err.splitlines())) == (2, True, 1), answer.err


def test_a_table_is_watched_until_a_condition_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("prodcli.cli.tables.watch.time.sleep", slept.append)
    numbers, seen = itertools.count(), []
    watch(lambda: Table((Column("n"),), [[next(numbers)]]), lambda table: seen.append(table.rows[0][0]), 5, lambda: len(seen) == 3)  # fmt: skip
    assert (seen, slept) == ([0, 1, 2], [5, 5])


def test_ctrl_c_is_the_normal_end_of_watching(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("prodcli.cli.tables.watch.time.sleep", interrupted)
    watch(lambda: Table((Column("n"),), []), lambda _: None, 5)
    with pytest.raises(KeyboardInterrupt):
        watch(lambda: Table((Column("n"),), []), lambda _: None, 5, lambda: False)
