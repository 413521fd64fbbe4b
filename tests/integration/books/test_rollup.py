"""The rollup counts what is there, whoever writes, folds or rebuilds meanwhile."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from prodcli.books import rollup
from prodcli.books.filters import Filters
from prodcli.config.profile import overview_rows
from prodcli.db import Database, open_database, schema
from prodcli.reports.status import status_lines
from prodcli.runs.selection import parse_runs
from tests.support.catalog import Catalog, insert_rows
from tests.support.library_rules import sphenix
from tests.support.postgres_server import Cluster
from tests.support.rule_files import write_rules
from tests.support.snapshots import one_line, without_rollup
from tests.support.workspace import Workspace, make_workspace, seeded_catalog

STATES = ("submitting", "submitted", "started", "running", "held", "evicted", "failed", "finished", None)
SUBSTATES = ("", "", "", "lost", "removed", "suspended")
TAGS = ("ana537_2025p010_v001", "new_nocdbtag_v000")
DSTTYPES = ("DST_CALO", "DST_STREAMING_EVENT_intt0", "DST_STREAMING_EVENT_intt1", "DST_STREAMING")
FIRST_HOUR = 490_000  # since 1970
INSERT = (
    "INSERT INTO production_jobs (rulename, tag, dataset, dsttype, filename, runnumber, status, substatus, submitted)"
    " VALUES ('r', ?, 'run3auau', ?, ?, ?, ?, ?, ?)"
)
# What other statements of other tools do; each takes one row id, or a range of run numbers.
CHANGES = (
    "UPDATE production_jobs SET status = 'running', started = submitted WHERE {which}",
    "UPDATE production_jobs SET status = 'failed', substatus = 'lost' WHERE {which}",
    "UPDATE production_jobs SET status = 'submitted', substatus = 'waiting' WHERE {which}",
    "UPDATE production_jobs SET status = NULL WHERE {which}",
    "UPDATE production_jobs SET execution_node = 'node' WHERE {which}",
    "UPDATE production_jobs SET submitted = NULL WHERE {which}",
    "UPDATE production_jobs SET submitted = '2026-03-29T00:30:00.000Z' WHERE {which}",
    "UPDATE production_jobs SET dsttype = 'DST_CALO', tag = 'other' WHERE {which}",
    "DELETE FROM production_jobs WHERE {which}",
)
# What is counted: rows, and lines of a table of counts; counted by what the rollup counts by, with seconds since 1970.
COUNTED = {
    "postgresql": "SELECT tag, dsttype, dataset, COALESCE(CAST(status AS text), ''), substatus,"
    " EXTRACT(EPOCH FROM NULLIF({hour}, '-infinity')), {n} FROM {table}",
    "sqlite": "SELECT tag, dsttype, dataset, COALESCE(status, ''), substatus, strftime('%s', {hour}), {n} FROM {table}",
}
ALL_RUNS = ("0", "99999999")  # a choice that leaves out nothing, but which the rollup cannot tell


@pytest.fixture
def server(cluster: Cluster, tmp_path: Path) -> Iterator[Workspace]:
    """A workspace with empty books on PostgreSQL, for what SQLite does not have."""
    workspace = make_workspace(tmp_path, cluster)
    workspace.load(Catalog())
    yield workspace
    workspace.drop()


@pytest.fixture
def books(workspace: Workspace) -> Workspace:
    """A workspace with empty books."""
    workspace.load(Catalog())
    return workspace


def counts(workspace: Workspace, table: str, hour: str, n: str) -> Counter[Any]:
    """Rows, or lines of counts, added up here."""
    found: Counter[Any] = Counter()
    kind = "postgresql" if workspace.cluster else "sqlite"
    for *key, seconds, count in workspace.sql(COUNTED[kind].format(table=table, hour=hour, n=n)):
        found[(*key, None if seconds is None else int(float(seconds) // 3600))] += int(count)
    return found


def truth(workspace: Workspace) -> Counter[Any]:
    """The rows by what the rollup counts by."""
    return counts(workspace, "production_jobs", "submitted", "1")


def rolled(workspace: Workspace) -> Counter[Any]:
    """What rollup and delta say together."""
    found: Counter[Any] = Counter()
    for table in ("production_rollup", "production_rollup_delta"):
        for key, n in counts(workspace, table, "hour", "n").items():
            found[key] += n
    return Counter({key: n for key, n in found.items() if n})


def delta(workspace: Workspace) -> int:
    """How many lines wait to be folded."""
    return int(workspace.sql("SELECT COUNT(*) FROM production_rollup_delta")[0][0])


def row(dice: random.Random, number: int) -> tuple[Any, ...]:
    """A row as anybody may write it."""
    moment = time.gmtime(FIRST_HOUR * 3600 + dice.randrange(5 * 3600))
    submitted = dice.choice([None, *[time.strftime("%Y-%m-%dT%H:%M:%S.000Z", moment)] * 9])
    return (
        *(dice.choice(TAGS), dice.choice(DSTTYPES), None if dice.random() < 0.1 else f"f{number}"),
        *(1000 + number % 40, dice.choice(STATES), dice.choice(SUBSTATES), submitted),
    )


def step(workspace: Workspace, cursor: Any, dice: random.Random, numbers: Iterator[int]) -> None:
    """Something that other tools do to the books."""
    word = dice.random()
    if word < 0.3:
        cursor.executemany(INSERT, [row(dice, next(numbers)) for _ in range(dice.randrange(1, 40))])
    elif word < 0.32 and workspace.cluster:
        cursor.execute("TRUNCATE production_jobs")
    elif word < 0.35:
        cursor.execute(
            "INSERT INTO production_jobs (rulename, tag, dataset, dsttype, runnumber, status, substatus, submitted)"
            " SELECT rulename, tag, dataset, dsttype, runnumber, status, substatus, submitted FROM production_jobs"
            " WHERE runnumber % 3 = 0"
        )
    else:
        run = 1000 + dice.randrange(40)
        last = dice.choice([run, run + 1, run + 8])
        which = dice.choice([f"runnumber BETWEEN {run} AND {last}", f"id = {dice.randrange(1, 400)}"])
        cursor.execute(dice.choice(CHANGES).format(which=which))


@pytest.mark.parametrize("seed", range(4))
def test_every_history_is_counted(books: Workspace, seed: int) -> None:
    dice, numbers = random.Random(seed), iter(range(10**6))
    database = books.database()
    for _ in range(25):
        with closing(books.connect()) as connection:
            for _ in range(dice.randrange(1, 4)):
                step(books, connection.cursor(), dice, numbers)
            if dice.random() < 0.2:
                connection.rollback()
            connection.commit()
        if dice.random() < 0.3:
            rollup.fold(database)
            assert delta(books) == 0
        assert rolled(books) == truth(books)
        assert rollup.differences(database) == []
    assert_both_ways_are_one(books)


def assert_both_ways_are_one(workspace: Workspace) -> None:
    """The report is the same from the rollup and counted, which a choice of all runs makes it."""
    database, seen = workspace.database(), 0
    for tags in ([], TAGS[:1], [TAGS[1], "nobody", TAGS[0]], ["nobody"]):
        for dsttypes in (None, ["DST_STREAMING_EVENT"], ["DST_CALO"], ["DST_CALO", "DST_STREAMING_EVENT"]):
            for hour in (None, 0, FIRST_HOUR, FIRST_HOUR + 1, FIRST_HOUR + 3, FIRST_HOUR + 9000):
                for by in (None, "status"):
                    filters = Filters(tags, dsttypes, since=None if hour is None else hour * 3600)
                    lines = status_lines(database, filters, by)
                    assert lines == status_lines(database, replace(filters, runs=parse_runs(ALL_RUNS)), by), filters
                    seen += sum(line.jobs for line in lines)
    assert seen > 0


def test_a_start_within_an_hour_is_counted(books: Workspace) -> None:
    for minute in (10, 50):
        with closing(books.connect()) as connection:
            submitted = f"2026-01-31T12:{minute}:00.000Z"
            connection.cursor().execute(INSERT, (TAGS[0], "DST_CALO", f"f{minute}", 1, "held", "", submitted))
            connection.commit()
    for since, expected in (("12:00", 2), ("12:30", 1), ("13:00", 0)):
        lines = books.json("query", "--since", f"2026-01-31T{since}")
        assert sum(line["jobs"] for line in lines) == expected


def test_passes_are_counted_and_harvest_folds(workspace: Workspace) -> None:
    workspace.load(seeded_catalog(1))
    rules = write_rules(workspace.folder / "rules")
    before = sum(truth(workspace).values())
    workspace.ok("submit", "-c", rules, "-r", "mvtxme")
    assert delta(workspace) > 0
    assert sum(truth(workspace).values()) > before
    assert rolled(workspace) == truth(workspace)
    workspace.ok("harvest")
    assert delta(workspace) == 0
    assert rolled(workspace) == truth(workspace)
    assert_both_ways_are_one(workspace)


def test_what_changes_no_count_leaves_no_delta(books: Workspace) -> None:
    fill(books, 200)
    rollup.fold(books.database())
    books.sql("UPDATE production_jobs SET execution_node = 'n', status = status, submitted = submitted")
    books.sql("UPDATE production_jobs SET status = 'held' WHERE id < 0")
    with closing(books.connect()) as connection:
        connection.cursor().execute("UPDATE production_jobs SET status = 'failed'")
        connection.cursor().execute("DELETE FROM production_jobs WHERE runnumber < 1010")
        connection.rollback()
    assert delta(books) == 0
    assert rolled(books) == truth(books) != {}


def test_counts_that_fall_to_zero_leave_the_rollup(books: Workspace) -> None:
    fill(books, 50)
    rollup.fold(books.database())
    assert books.sql("SELECT COUNT(*) FROM production_rollup") != [(0,)]
    books.sql("DELETE FROM production_jobs")
    assert books.json("query") == []
    rollup.fold(books.database())
    assert books.sql("SELECT COUNT(*) FROM production_rollup") == [(0,)]


@pytest.mark.postgresql
def test_a_bulk_statement_appends_a_handful(server: Workspace) -> None:
    fill(server, 5000)
    rollup.fold(server.database())
    server.sql("UPDATE production_jobs SET status = 'submitted', substatus = '', submitted = '2026-01-01'")
    rollup.fold(server.database())
    server.sql("UPDATE production_jobs SET status = 'running'")
    assert delta(server) == 2 * len(TAGS) * len(DSTTYPES)  # the groups that were, and the groups that are
    assert rolled(server) == truth(server)


def fill(workspace: Workspace, rows: int) -> None:
    """Put rows into the books."""
    dice = random.Random(rows)
    with closing(workspace.connect()) as connection:
        insert_rows(connection, INSERT, [row(dice, number) for number in range(rows)])
        connection.commit()


# ---- many at once


class Crowd:
    """Threads that work on connections of their own until told to stop; a failure of one fails the test."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.stop = threading.Event()
        self.failures: list[BaseException] = []
        self.turns: Counter[str] = Counter()
        self.threads: list[threading.Thread] = []

    def add(self, name: str, work: Callable[[], None], turns: int | None = None) -> None:
        """Let a thread do `work` over and over, or so many times."""

        def run() -> None:
            try:
                done = 0
                while done < turns if turns is not None else not self.stop.is_set():
                    work()
                    done += 1
                    self.turns[name] += 1
            except BaseException as failure:  # noqa: BLE001 - the test tells
                self.failures.append(failure)

        self.threads.append(threading.Thread(target=run, name=f"{name}:{turns}"))
        self.threads[-1].start()

    def finish(self) -> None:
        """Wait for those with a number of turns, then stop the others."""
        for thread in sorted(self.threads, key=lambda thread: thread.name.endswith("None")):
            if thread.name.endswith("None"):
                self.stop.set()
            thread.join()
        assert self.failures == []


def writers(crowd: Crowd, count: int, turns: int) -> None:
    """Old workers: transactions of a few statements, one in five given up."""

    def writer(seed: int) -> Callable[[], None]:
        dice, numbers = random.Random(seed), iter(range(seed * 10**6, (seed + 1) * 10**6))

        def work() -> None:
            with closing(crowd.workspace.connect()) as connection:
                cursor = connection.cursor()
                if crowd.workspace.cluster is None:
                    cursor.execute("PRAGMA busy_timeout = 60000")
                    cursor.execute("BEGIN IMMEDIATE")
                cursor.executemany(INSERT, [row(dice, next(numbers)) for _ in range(5)])
                # a row of its own: the writers shall not run into deadlocks of their own making
                cursor.execute(dice.choice(CHANGES).format(which=f"filename = 'f{next(numbers) - 3}'"))
                if dice.random() < 0.2:
                    connection.rollback()
                connection.commit()

        return work

    for seed in range(1, count + 1):
        crowd.add("writer", writer(seed), turns)


def alone(workspace: Workspace, work: Callable[[Database], object]) -> Callable[[], None]:
    """Work on a connection of its own."""

    def run() -> None:
        with closing(open_database(workspace.settings["databases"]["production"])) as database:
            work(database)

    return run


def no_difference(database: Database) -> None:
    """Every snapshot is true."""
    assert rollup.differences(database) == []


def test_writers_and_two_folders_at_once(books: Workspace) -> None:
    fill(books, 300)
    crowd = Crowd(books)
    writers(crowd, 4, 20)
    for _ in range(2):
        crowd.add("fold", alone(books, rollup.fold))
    crowd.add("look", alone(books, no_difference))
    crowd.finish()
    assert crowd.turns["fold"] > 0
    assert crowd.turns["look"] > 0
    assert rolled(books) == truth(books)
    rollup.fold(books.database())
    assert delta(books) == 0
    assert rolled(books) == truth(books)


def test_rebuilding_beside_writers_and_folders(books: Workspace) -> None:
    fill(books, 300)
    books.sql("UPDATE production_rollup SET n = n + 1")
    books.sql("DELETE FROM production_rollup_delta")
    assert rolled(books) != truth(books)
    crowd = Crowd(books)
    rollup.rebuild(books.database())
    writers(crowd, 4, 20)
    for work in (rollup.rebuild, rollup.fold, no_difference):
        crowd.add(work.__name__, alone(books, work))
    crowd.finish()
    assert crowd.turns["rebuild"] > 0
    assert rolled(books) == truth(books)


def test_the_upgrade_of_a_filled_table_beside_writers(books: Workspace) -> None:
    without_rollup(books)
    fill(books, 3000)
    crowd = Crowd(books)
    writers(crowd, 3, 30)
    wait_for(lambda: crowd.turns["writer"] > 3)
    assert schema.upgrade(books.database(), overview_rows(sphenix())) == ["0003_rollup"]
    no_difference(books.database())
    crowd.finish()
    assert rolled(books) == truth(books)
    assert_both_ways_are_one(books)


def wait_for(there: Callable[[], bool]) -> None:
    """Wait for something that is sure to come."""
    deadline = time.monotonic() + 60
    while not there():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.postgresql
def test_the_upgrade_counts_what_a_writer_of_that_moment_has_not_committed_yet(server: Workspace) -> None:
    without_rollup(server)
    fill(server, 100)
    with closing(server.connect()) as early:
        early.cursor().execute("UPDATE production_jobs SET status = 'held' WHERE runnumber < 1010")
        crowd = Crowd(server)
        crowd.add("upgrade", alone(server, lambda database: schema.upgrade(database, [])), 1)
        waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        wait_for(lambda: server.sql(waiting) != [] or crowd.failures != [])
        early.cursor().execute(INSERT, (TAGS[0], "DST_CALO", "early", 1, "held", "", None))
        early.commit()
    crowd.finish()
    assert rolled(server) == truth(server)


@pytest.mark.postgresql
def test_nobody_waits_for_an_open_transaction(server: Workspace) -> None:
    """Neither a writer of the same group of rows, nor a folder, nor who counts anew."""
    fill(server, 100)
    with closing(server.connect()) as slow, closing(server.connect()) as other:
        other.cursor().execute("SET lock_timeout = '5s'")
        slow.cursor().execute("UPDATE production_jobs SET status = 'held' WHERE runnumber < 1010")
        for work in (rollup.fold, rollup.rebuild):
            other.cursor().execute("UPDATE production_jobs SET status = 'held' WHERE runnumber >= 1010")
            other.commit()
            work(server.database())
            no_difference(server.database())
        slow.commit()
    assert rolled(server) == truth(server)


@pytest.mark.postgresql
def test_an_upgrade_that_was_cut_off_is_finished_by_the_next(server: Workspace) -> None:
    fill(server, 100)
    server.sql("DROP TABLE production_rollup")
    server.sql("DELETE FROM prodcli_schema WHERE version = 3")
    assert server.json("query") == server.json("query", "--runs", *ALL_RUNS) != []
    fill_again = INSERT.replace("VALUES ('r'", "VALUES ('s'")
    server.sql(fill_again, TAGS[0], "DST_CALO", "late", 1, "held", "", None)
    server.ok("db", "upgrade")
    assert rolled(server) == truth(server)


# ---- what other tools have


def test_reports_before_the_upgrade(books: Workspace) -> None:
    fill(books, 300)
    after = [books.json("query", *words) for words in ((), ("--by", "status"), ("--tag", TAGS[1]))]
    without_rollup(books)
    before = [books.json("query", *words) for words in ((), ("--by", "status"), ("--tag", TAGS[1]))]
    assert before == after
    for verb in ("check", "rebuild-rollup"):
        one_line(books.run("db", verb), 4, "the schema lacks 0003_rollup (run prodcli db upgrade)")


def test_names_longer_than_an_index_holds(books: Workspace) -> None:
    name = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz'\"$;\\%", k=100_000))
    for status in ("held", "failed"):
        books.sql(INSERT, name, "DST_CALO", None, 1, status, "", None)
    for _ in range(2):
        rollup.fold(books.database())
        assert rolled(books) == truth(books)
        books.sql("UPDATE production_jobs SET status = 'finished' WHERE status = 'held'")
    (line,) = books.json("query")
    assert (line["tag"], line["failed"], line["finished"]) == (name, 1, 1)


@pytest.mark.postgresql
def test_times_of_older_tables(server: Workspace) -> None:
    """Without a zone, and without an end; written by a session in New York."""
    without_rollup(server)
    server.sql("ALTER TABLE production_jobs ALTER submitted TYPE timestamp")
    fill(server, 50)
    server.ok("db", "upgrade")
    fill_late = [(TAGS[0], "DST_CALO", None, 1, "held", "", when) for when in ("infinity", "-infinity")]
    for late in fill_late:
        server.sql(INSERT, *late)
    no_difference(server.database())
    assert_both_ways_are_one(server)
    rollup.fold(server.database())
    assert_both_ways_are_one(server)


@pytest.mark.postgresql
def test_older_tools_need_no_new_rights(server: Workspace) -> None:
    """Nor can they write anything into the counts but through the rows."""
    name = next(name for name in server.names if name.endswith("_production"))
    server.cluster.psql(
        name,
        "CREATE ROLE old_worker LOGIN; GRANT ALL ON ALL TABLES IN SCHEMA public TO old_worker;"
        "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO old_worker; "
        "REVOKE ALL ON production_rollup, production_rollup_delta FROM old_worker",
    )
    try:
        url = server.settings["databases"]["production"]
        server.settings["databases"]["production"] = url.replace("UID=postgres", "UID=old_worker")
        server.write()
        with closing(server.connect()) as connection:
            cursor = connection.cursor()
            cursor.execute("CREATE TEMP TABLE production_rollup_delta (LIKE production_jobs)")
            for number in range(3):
                cursor.execute(INSERT, row(random.Random(number), number))
            cursor.execute("UPDATE production_jobs SET status = 'held'")
            connection.commit()
        assert sum(line["jobs"] for line in server.json("query")) == 3
        for words in (("db", "rebuild-rollup"), ("harvest",)):
            one_line(server.run(*words), 4, "permission denied")
        assert server.sql("SELECT COUNT(*) FROM production_harvest") == [(1,)]  # what it learnt is kept
        server.settings["databases"]["production"] = url
        server.write()
        assert rolled(server) == truth(server) != {}
    finally:
        server.cluster.psql(name, "DROP OWNED BY old_worker")
        server.cluster.psql("postgres", "DROP ROLE old_worker")


# ---- db check, db rebuild-rollup


def test_check_finds_a_wrong_count_and_rebuild_mends_it(books: Workspace) -> None:
    fill(books, 100)
    rollup.fold(books.database())
    assert "counts are consistent" in books.run("db", "check", quiet=False).out
    assert books.ok("db", "check").out == ""
    books.sql("UPDATE production_rollup SET n = n + 7 WHERE status = 'held'")
    books.sql("DELETE FROM production_rollup WHERE status = 'failed'")
    answer = books.run("db", "check", "--format", "json")
    wrong = [key for key in truth(books) if key[3] in ("held", "failed")]
    assert len(answer.data) == len(wrong) > 1
    assert {line["rolled_up"] - line["rows"] for line in answer.data if line["status"] == "held"} == {7}
    assert {line["rolled_up"] for line in answer.data if line["status"] == "failed"} == {0}
    assert answer.code == 1
    assert answer.err.count("\n") == 1
    assert "prodcli db rebuild-rollup" in answer.err
    books.ok("db", "rebuild-rollup")
    books.ok("db", "check")
    assert rolled(books) == truth(books)


def test_rows_without_a_status_are_counted(books: Workspace) -> None:
    fill(books, 100)
    lines = status_lines(books.database(), Filters())
    assert sum(line.jobs for line in lines) == 100
    assert (
        sum(line.unknown for line in lines)
        == books.sql("SELECT COUNT(*) FROM production_jobs WHERE status IS NULL")[0][0]
        > 0
    )
