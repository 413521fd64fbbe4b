"""The one statement of a refresh on both databases, against the same books counted job by job."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from prodcli.live.level_tables import LevelTable, level_table
from prodcli.live.place import Level, Place
from prodcli.live.snapshot import Snapshot, read_snapshot
from tests.support.attributed_jobs import attributed_books
from tests.support.catalog import Catalog
from tests.support.workspace import DATABASE_KINDS, Workspace, make_workspace

BOOKS = attributed_books(19)
Row = dict[str, Any]
_TIME = "2026-01-31T00:00:00.000Z"


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(kind, marks=pytest.mark.postgresql if kind == "postgresql" else ()) for kind in DATABASE_KINDS
    ],
)
def booked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A workspace with generated books, on each database."""
    server = request.getfixturevalue("cluster") if request.param == "postgresql" else None
    made = make_workspace(tmp_path_factory.mktemp("live"), server)
    made.load(Catalog([], [], [], []))
    BOOKS.write(made)
    yield made
    made.drop()


def seen(workspace: Workspace, place: Place) -> Snapshot:
    """What a refresh sees, by one statement."""
    statements: list[str] = []
    database = workspace.database()
    database.trace = lambda name, _: statements.append(name)
    found = read_snapshot(database, place)
    assert len(statements) == 1
    return found


def table(workspace: Workspace, place: Place) -> LevelTable:
    """The rows of a place."""
    return level_table(seen(workspace, place))


def of(place: Place) -> list[Row]:
    """The jobs of a place, by the attributes that they were made with."""
    chosen = {"tag": place.tag, "dataset": place.dataset, "run": place.run, "dbid": place.dbid}
    wanted = {key: value for key, value in chosen.items() if value}
    return [
        job
        for job in BOOKS.jobs.values()
        if all(job[key] == value for key, value in wanted.items())
        and (not place.dsttypes or job["dsttype"] in place.dsttypes)
    ]


def counts(rows: list[Row]) -> Counter[str]:
    """The jobs by the columns of states."""
    words = {"started": "running", None: "other"}
    refined = {"waiting", "stalled", "parked"}
    states = [job["state"] if job["state"] in refined else job["status"] for job in rows]
    return Counter(words.get(state, state) for state in states)


def require_counts(found: LevelTable) -> None:
    """Each row counts the jobs of its place."""
    for row, place in zip(found.table.rows, found.places, strict=True):
        cells = dict(zip(found.table.keys, row, strict=True))
        jobs = of(place)
        assert cells["jobs"] == len(jobs)
        states = counts(jobs)
        for state in (
            "running",
            "stalled",
            "submitted",
            "held",
            "failed",
            "parked",
            "waiting",
            "evicted",
            "finished",
            "other",
        ):
            assert cells[state] == states[state], (place, state)


def test_each_level_counts_what_the_books_have(booked: Workspace) -> None:
    campaigns = table(booked, Place())
    assert sorted((one.tag, one.dataset) for one in campaigns.places) == sorted(
        {(job["tag"], job["dataset"]) for job in BOOKS.jobs.values()}
    )
    require_counts(campaigns)
    for campaign in campaigns.places:
        rules = table(booked, campaign)
        require_counts(rules)
        assert sum(len(of(rule)) for rule in rules.places) == len(of(campaign))
        for rule in rules.places:
            runs = table(booked, rule)
            require_counts(runs)
            assert sorted(one.run or 0 for one in runs.places) == sorted({job["run"] for job in of(rule)})


def test_the_jobs_of_a_run_are_as_the_books_have_them(booked: Workspace) -> None:
    names = ("job", "dsttype", "segment", "state", "since", "memory_asked", "memory_used", "exit_code", "hold_code")
    for campaign in table(booked, Place()).places:
        for rule in table(booked, campaign).places:
            for run in table(booked, rule).places:
                found = seen(booked, run)
                assert {one.dbid for one in found.jobs} == {job["dbid"] for job in of(run)}
                for one in found.jobs:
                    job = BOOKS.jobs[one.dbid]
                    assert {name: getattr(one, name) for name in names} == {name: job[name] for name in names}
                    assert (one.node or "").lower() == (job["node"] or "")


def test_a_job_has_its_files(booked: Workspace) -> None:
    dbid = next(job["dbid"] for job in BOOKS.jobs.values() if job["out"])
    found = seen(booked, Place("t", "d", ("x",), run=1, dbid=dbid))
    assert found.place.level is Level.LOG
    assert [one.dbid for one in found.jobs] == [dbid]
    job = BOOKS.jobs[dbid]
    assert found.files is not None
    assert (found.files.out, found.files.err, found.files.log) == (job["out"], job["err"], job["log"])


def test_totals_harvests_and_loops_stand_above_every_level(booked: Workspace) -> None:
    booked.sql(
        "INSERT INTO production_loops (id, kind, file, account, host, pid, boot_id, process_start, started, heartbeat,"
        " silent_after, state, doing) VALUES ('abc123', 'loop', '/x/a.yaml', 'me', 'far', 1, 'b', '1', ?, ?, 120, 'waiting', '')",
        *(_TIME, _TIME),
    )
    every = [Place(), *table(booked, Place()).places[:1]]
    every += table(booked, every[-1]).places[:1]
    every += table(booked, every[-1]).places[:1]
    every += table(booked, every[-1]).places[:1]
    assert [place.level for place in every] == list(Level)
    for place in every:
        found = seen(booked, place)
        assert sum(found.totals.values()) == len(BOOKS.jobs)
        assert [(one.id, one.silent_after, one.unheard > 120) for one in found.loops] == [("abc123", 120, True)]
        assert found.freshness.now > 1_700_000_000
