"""Harvest of a real pool whose schedds lose their history, stop, jump in time or begin anew."""

import os
import signal
import time
from collections.abc import Iterator
from functools import partial
from operator import methodcaller
from pathlib import Path
from uuid import uuid4

import pytest

from prodcli.batch import whole
from prodcli.batch.htcondor.ads import Cursor
from prodcli.batch.htcondor.batch import HTCondorBatch
from prodcli.batch.parallel import ask, ask_each, ask_in_parts
from prodcli.books.claims import Books
from prodcli.books.job_events import book_events
from prodcli.errors import BatchError
from prodcli.harvest.harvest import Sweeping, harvest
from tests.support import condor_pool
from tests.support.booked_jobs import (
    book,
    gone,
    next_dbid,
    state_of,
    states,
    submitted,
    submitted_rows,
)
from tests.support.catalog import Catalog
from tests.support.condor_jobs import NEVER, A, B, submit
from tests.support.condor_pool import Pool, schedd_process, wait_for
from tests.support.schedd_questions import (
    dies,
    dies_later,
    fails_later,
    file_is_gone,
    in_two,
    loaded,
    stopped_in_between,
    stuck,
)
from tests.support.workspace import DATABASE_KINDS, Workspace, make_workspace

pytestmark = pytest.mark.htcondor
NOTHING = Catalog()
FINISHED, FAILED, LOST, REMOVED = ("finished", ""), ("failed", ""), ("failed", "lost"), ("failed", "removed")
SUBMITTED, WAITING, HELD = ("submitted", ""), ("submitted", "waiting"), ("held", "")


@pytest.fixture(scope="module")
def pool(request: pytest.FixtureRequest) -> Iterator[Pool]:
    """A pool of this module's own: its schedds are stopped, and their files taken away."""
    request.getfixturevalue("condor_pool")  # skips or fails where there can be none
    with condor_pool.pool() as up:
        yield up


@pytest.fixture
def batch(pool: Pool) -> HTCondorBatch:
    return HTCondorBatch([A, B], condor_config=pool.config)


@pytest.fixture(
    params=[pytest.param(kind, marks=pytest.mark.postgresql if kind == "postgresql" else ()) for kind in DATABASE_KINDS]
)
def books(request: pytest.FixtureRequest, tmp_path: Path, pool: Pool) -> Iterator[Workspace]:
    """Empty books; the configuration knows no other database."""
    server = request.getfixturevalue("cluster") if request.param == "postgresql" else None
    made = make_workspace(tmp_path, server, {"system": "htcondor", "schedds": [A, B], "condor_config": pool.config})
    made.load(NOTHING)
    made.settings["databases"] = {"production": made.settings["databases"]["production"]}
    made.write()
    yield made
    made.drop()


def cursor(books: Workspace, schedd: str = A) -> str:
    """Where the books go on reading a schedd."""
    return str(books.sql("SELECT cursor FROM production_harvest WHERE schedd = ?", schedd)[0][0])


def history(pool: Pool, schedd: str = A) -> Path:
    """A schedd's history."""
    return pool.home / ("spool" if schedd == A else "b") / "history"


@pytest.mark.parametrize(
    ("books", "happens", "source"),
    [
        ("sqlite", "rotated", "file"),
        ("sqlite", "rotated", "schedd"),
        ("sqlite", "deleted", "file"),
        pytest.param("postgresql", "truncated", "file", marks=pytest.mark.postgresql),
    ],
    indirect=["books"],
)
def test_a_history_that_does_not_reach_back(
    books: Workspace, batch: HTCondorBatch, pool: Pool, happens: str, source: str
) -> None:
    books.settings["batch"]["history"] = source
    books.write()
    first = submitted(books, batch, pool, "true", "true")
    gone(batch, first)
    kept = history(pool).read_text()
    books.ok("harvest")
    assert states(books) == {FINISHED: 2}
    gone(batch, submitted(books, batch, pool, "exit 1"))
    books.ok("harvest")
    second = submitted(books, batch, pool, "true", "exit 3")
    gone(batch, second)
    if happens == "truncated":
        history(pool).write_text(kept)
    elif happens == "deleted":
        history(pool).unlink()
    else:
        history(pool).rename(history(pool).with_name("history.20260101T000000"))
    os.kill(schedd_process(pool, A), signal.SIGHUP)  # it has the file open
    answer = books.run("harvest")
    if happens == "rotated":
        assert states(books) == {FINISHED: 3, FAILED: 2}
    else:
        assert "every job was looked for" in answer.err
        assert states(books) == {FINISHED: 2, FAILED: 1, SUBMITTED: 2}
        assert books.sql("SELECT COUNT(*) FROM production_missing") == [(2,)]
    again = whole(batch.changes(A, cursor(books)))
    assert (again.swept, [event for event in again.events if event.cluster in (first, second)]) == (False, [])
    assert books.run("harvest").err == ""
    gone(batch, submitted(books, batch, pool, "true"))
    assert books.json("harvest") == [
        {
            "now": "finished",
            "detail": "",
            "jobs": 1,
            "total": len(books.sql("SELECT 1 FROM production_jobs WHERE status = 'finished'")),
        }
    ]
    if happens != "rotated":
        books.sql("UPDATE production_missing SET first_missed = '2026-01-01T00:00:00.000Z'")
        assert {"now": "failed", "detail": "lost", "jobs": 2, "total": 2} in books.json("harvest", "--sweep")
        assert states(books) == {FINISHED: 3, FAILED: 1, LOST: 2}


def test_a_schedd_that_looks_through_a_part_of_its_history_only(
    books: Workspace, batch: HTCondorBatch, pool: Pool
) -> None:
    """HISTORY_HELPER_MAX_HISTORY, 10,000 to 50,000 in many releases: nothing says that it cut an answer off."""
    books.settings["batch"]["history"] = "schedd"
    books.write()
    gone(batch, submitted(books, batch, pool, "true"))
    books.ok("harvest")
    cluster = submitted(books, batch, pool, *["true"] * 6)
    gone(batch, cluster)
    with limited(pool, batch, 3):
        assert "every job was looked for" in books.run("harvest").err
        assert batch.check() == [
            f"warning: schedd {A}: HISTORY_HELPER_MAX_HISTORY is 3: if more jobs end between two harvests, some are not seen"
        ]
        assert states(books) == {FINISHED: 4, SUBMITTED: 3}
        books.sql("UPDATE production_missing SET first_missed = '2026-01-01T00:00:00.000Z'")
        books.ok("harvest", "--sweep")
        assert states(books) == {FINISHED: 4, LOST: 3}
    books.ok("harvest")
    assert states(books) == {FINISHED: 4, LOST: 3}
    assert books.json("harvest", "--sweep") == [
        {"now": "finished", "detail": "", "jobs": 3, "total": 7}
    ]  # evidence counts
    assert states(books) == {FINISHED: 7}


def test_a_history_file_is_read_whole_whatever_its_schedd_looks_through(
    books: Workspace, batch: HTCondorBatch, pool: Pool
) -> None:
    gone(batch, submitted(books, batch, pool, "true"))
    books.ok("harvest")
    gone(batch, submitted(books, batch, pool, *["true"] * 6))
    with limited(pool, batch, 3):
        assert books.run("harvest").err == ""
    assert states(books) == {FINISHED: 7}


class limited:
    """A schedd that looks at so many ads of its history for a query."""

    def __init__(self, pool: Pool, batch: HTCondorBatch, ads: int) -> None:
        self.pool, self.batch, self.ads = pool, batch, ads
        self.config = pool.home / "condor_config"
        self.text = self.config.read_text()

    def __enter__(self) -> None:
        self._reconfigure(self.text + f"HISTORY_HELPER_MAX_HISTORY={self.ads}\n", lambda seen: seen <= self.ads)

    def __exit__(self, *_: object) -> None:
        self._reconfigure(self.text, lambda seen: seen > self.ads)

    def _reconfigure(self, text: str, done: object) -> None:
        self.config.write_text(text)
        os.kill(schedd_process(self.pool, A), signal.SIGHUP)

        def seen() -> bool:
            with self.batch._client.session(A, "test") as session:
                return bool(done(len(list(session.history("true", ["ClusterId"])))))  # type: ignore[operator]

        wait_for(seen)


def test_a_schedd_whose_clock_was_an_hour_ahead(books: Workspace, batch: HTCondorBatch, pool: Pool) -> None:
    """What was booked by the wrong clock neither hides what happens now, nor keeps an end from being booked."""
    cluster = submitted(books, batch, pool, "true", "true", requirements=NEVER)
    with batch._client.session(A, "test") as session:
        ahead = session.clock + 3600
        session.schedd.edit([f"{cluster}.0", f"{cluster}.1"], "EnteredCurrentStatus", str(ahead))
    books.ok("harvest")
    last = Cursor.read(cursor(books))
    books.sql("UPDATE production_harvest SET cursor = ? WHERE schedd = ?", Cursor(ahead, last.history).text(), A)
    batch.hold(A, {(cluster, 0)}, "now by the right clock")
    answer = books.run("harvest")
    assert "its clock was put back" in answer.err
    assert states(books) == {HELD: 1, SUBMITTED: 1}
    assert Cursor.read(cursor(books)).clock < ahead - 3000
    batch.remove(A, {(cluster, 0), (cluster, 1)}, "x")
    gone(batch, cluster)
    books.ok("harvest")
    assert states(books) == {REMOVED: 2}
    assert books.run("harvest").err == ""


def test_the_same_numbers_on_two_schedds(books: Workspace, batch: HTCondorBatch, pool: Pool) -> None:
    """Each schedd is asked in a process of its own; cluster.proc is the same on both, and the jobs are not."""
    on: dict[str, int] = {schedd: submit(batch, pool, "true", requirements=NEVER, schedd=schedd) for schedd in (A, B)}
    while on[A] != on[B]:
        behind = min(on, key=on.__getitem__)
        on[behind] = submit(batch, pool, "true", requirements=NEVER, schedd=behind)
    first = next_dbid(books)
    clusters = [
        submitted(books, batch, pool, script, script, schedd=schedd) for schedd, script in ((A, "true"), (B, "exit 9"))
    ]
    assert clusters[0] == clusters[1]
    for schedd in (A, B):
        gone(batch, clusters[0], schedd)
    books.ok("harvest")
    assert [state_of(books, first + row) for row in range(4)] == [FINISHED, FINISHED, FAILED, FAILED]
    assert books.json("harvest") == []


def test_a_schedd_that_was_installed_anew_and_counts_from_one(
    books: Workspace, batch: HTCondorBatch, pool: Pool
) -> None:
    submit(batch, pool, "true", requirements=NEVER, schedd=B)
    ended = submitted(books, batch, pool, "true", "true", schedd=B)
    gone(batch, ended, B)
    alive = submitted(books, batch, pool, "true", "true", schedd=B, requirements=NEVER)
    first = next_dbid(books) - 4
    books.ok("harvest")
    assert states(books) == {FINISHED: 2, SUBMITTED: 2}
    install_anew(pool, batch)
    while (cluster := submit(batch, pool, "true", requirements=NEVER, schedd=B)) < ended - 1:
        pass
    assert cluster == ended - 1

    for number, script in ((ended, "true"), (alive, "exit 7")):  # the same numbers as the old jobs
        claim, dbid = str(uuid4()), next_dbid(books)
        book(books, B, 0, 2, claim)
        books.sql("DELETE FROM production_attempts WHERE claim_id = ?", claim)
        books.sql(
            "UPDATE production_jobs SET status = 'submitting', clusterid = NULL, procid = NULL WHERE id >= ?", dbid
        )
        open_claim(books, claim)
        again = submit(batch, pool, script, script, schedd=B, claim=claim, dbid=dbid, attempt="1")
        assert again == number
        assert Books(books.database()).record(claim, again, [dbid, dbid + 1]) == {0, 1}
        gone(batch, again, B)
    books.ok("harvest")
    assert [state_of(books, first + row) for row in range(8)] == [FINISHED] * 2 + [SUBMITTED] * 2 + [FINISHED] * 2 + [
        FAILED
    ] * 2
    owners = books.sql("SELECT id, clusterid FROM production_jobs ORDER BY id")
    assert owners == [(first + row, number) for row, number in enumerate([None] * 4 + [ended] * 2 + [alive] * 2)]
    kept = books.sql("SELECT dbid, clusterid FROM production_attempts ORDER BY dbid")
    assert kept == [(first + row, number) for row, number in enumerate(([ended] * 2 + [alive] * 2) * 2)]
    books.ok("harvest", "--sweep")  # the old jobs are in no queue, although their numbers were in use
    books.sql("UPDATE production_missing SET first_missed = '2026-01-01T00:00:00.000Z'")
    books.ok("harvest", "--sweep")
    assert states(books) == {FINISHED: 4, FAILED: 2, LOST: 2}


def open_claim(books: Workspace, claim: str) -> None:
    """An open claim of this host."""
    books.sql(
        "INSERT INTO production_claims (id, host, pid, boot_id, process_start, started, lease_until, schedd, batch_name,"
        " memory_asked, rule, n, state, folder) SELECT ?, 'h', 1, 'b', 's', submitted, submitted, schedd, 'x', 1000, 'r',"
        " 2, 'claimed', '' FROM production_jobs WHERE claim_id = ? AND segment = 0",
        claim,
        claim,
    )


def install_anew(pool: Pool, batch: HTCondorBatch) -> None:
    """Take a schedd's queue and history away while it is down; its master starts it again after some seconds."""
    process = schedd_process(pool, B)
    os.kill(process, signal.SIGKILL)
    for file in (pool.home / "b").glob("*"):
        if file.name.startswith(("job_queue", "history", "epoch_history")):
            file.unlink()

    def answers() -> bool:
        try:
            return schedd_process(pool, B) != process and not batch.living(B)
        except (BatchError, AssertionError):
            return False

    wait_for(answers)


def test_jobs_that_wait_to_be_materialized(books: Workspace, batch: HTCondorBatch, pool: Pool) -> None:
    cluster = submitted_rows(books, batch, pool, 200, max_idle="5", requirements=NEVER)
    wait_for(lambda: whole(batch.changes(A, "")).factories[0].following == 5)
    books.ok("harvest")
    assert states(books) == {SUBMITTED: 5, WAITING: 195}
    assert [(line["submitted"], line["waiting"]) for line in books.json("query")] == [(5, 195)]
    batch.remove(A, {(cluster, proc) for proc in range(3)}, "x")
    wait_for(lambda: whole(batch.changes(A, "")).factories[0].following == 8)
    books.ok("harvest")
    assert states(books) == {SUBMITTED: 5, WAITING: 192, REMOVED: 3}
    before = books.sql("SELECT id, substatus FROM production_jobs ORDER BY id")
    assert books.json("harvest", "--sweep") == []  # none is missing
    assert books.sql("SELECT id, substatus FROM production_jobs ORDER BY id") == before
    batch.remove(A, {(cluster, proc) for proc in range(200)}, "x")
    gone(batch, cluster)
    books.ok("harvest", "--sweep")
    removed = states(books)[REMOVED]  # the factory may have made some more meanwhile
    assert 8 <= removed < 50
    assert states(books) == {SUBMITTED: 200 - removed, REMOVED: removed}  # what never was made has left no trace
    books.sql("UPDATE production_missing SET first_missed = '2026-01-01T00:00:00.000Z'")
    books.ok("harvest", "--sweep")
    assert states(books) == {LOST: 200 - removed, REMOVED: removed}


def test_a_factory_that_runs_dry(books: Workspace, batch: HTCondorBatch, pool: Pool) -> None:
    submitted_rows(books, batch, pool, 30, max_materialize="10")

    def ended() -> bool:
        books.ok("harvest")
        found = states(books)
        assert sum(found.values()) == 30
        return found.get(FINISHED) == 30

    wait_for(ended)


@pytest.mark.parametrize("books", ["sqlite"], indirect=True)
def test_a_schedd_that_hangs_holds_up_nobody(books: Workspace, batch: HTCondorBatch, pool: Pool) -> None:
    cluster = submitted(books, batch, pool, "true")
    other = submitted(books, batch, pool, "true", schedd=B)
    gone(batch, cluster)
    gone(batch, other, B)
    process = schedd_process(pool, B)
    os.kill(process, signal.SIGSTOP)
    try:
        answer = books.run("harvest")
    finally:
        os.kill(process, signal.SIGCONT)
    assert answer.code == 6
    assert f"no answer from {B}" in answer.err
    assert states(books) == {FINISHED: 1, SUBMITTED: 1}
    wait_for(lambda: books.run("harvest").code == 0)
    assert states(books) == {FINISHED: 2}


def test_the_only_schedd_may_hang_between_two_questions(pool: Pool) -> None:
    """A query ends with an error after a while, but what is asked of the history is waited for without end."""
    process = schedd_process(pool, A)
    only = HTCondorBatch([A], condor_config=pool.config)
    only.living(A)
    try:
        (answer,) = dict(ask_each(only, {A: partial(stopped_in_between, process, A)}, patience=15)).values()
    finally:
        os.kill(process, signal.SIGCONT)
    assert str(answer) == f"schedd {A}: no answer in 15 s (is it hanging?)"
    assert ask(only, A, methodcaller("living", A)) == only.living(A)
    with pytest.raises(BatchError, match="the collector does not know this schedd"):
        ask(only, "c@pool.prodcli.test", methodcaller("living", "c@pool.prodcli.test"))


def test_who_reads_a_schedd_opens_no_database(batch: HTCondorBatch) -> None:
    assert dict(ask_each(batch, {A: loaded, B: loaded})) == {A: [], B: []}


def test_a_process_that_dies_or_never_answers_is_told(batch: HTCondorBatch) -> None:
    began = time.monotonic()
    found = dict(ask_each(batch, {"a": partial(stuck, 0.1), "b": partial(stuck, 3600), "c": dies}, patience=15))
    assert time.monotonic() - began < 60
    assert found["a"] == 0.1
    assert str(found["b"]) == "schedd b: no answer in 15 s (is it hanging?)"
    assert str(found["c"]) == "schedd c: the process that asked it died"


def test_a_long_answer_comes_in_parts(batch: HTCondorBatch, tmp_path: Path) -> None:
    """What was told before a schedd failed counts, and the first part is there before the last is made."""
    file = tmp_path / "go on"
    found: dict[str, list[object]] = {name: [] for name in "abcde"}
    questions = {
        "a": partial(in_two, file),
        "b": fails_later,
        "c": dies_later,
        "d": partial(in_two, tmp_path / "never"),
        "e": file_is_gone,
    }
    for schedd, part in ask_in_parts(batch, questions, patience=15):
        found[schedd].append(str(part) if isinstance(part, BatchError) else part)
        if schedd == "a":
            file.touch()
    assert found == {
        "a": [1, 2],
        "b": [1, "gone"],
        "c": [1, "schedd c: the process that asked it died"],
        "d": [1, "schedd d: no answer in 15 s (is it hanging?)"],
        "e": [1, "/spool/history: Stale file handle"],
    }


def test_two_at_once_do_no_harm(books: Workspace, batch: HTCondorBatch, pool: Pool) -> None:
    cluster = submitted(books, batch, pool, *["true"] * 3)
    gone(batch, cluster)
    stale = books.database()
    changes = whole(batch.changes(A, ""))
    harvest(books.database(), batch, 600, Sweeping(now=True))
    before = books.sql("SELECT dbid, status, entered FROM production_attempts ORDER BY dbid")
    late = book_events(stale, A, changes.events, changes.clock)
    assert not late.moves
    assert books.sql("SELECT dbid, status, entered FROM production_attempts ORDER BY dbid") == before
