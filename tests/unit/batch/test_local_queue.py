"""The queue of the local batch, without its runner."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from prodcli.batch import Batch, Changes, ClaimedCluster, whole
from prodcli.batch.local import queue_file
from prodcli.batch.local.batch import SCHEDD, LocalBatch
from prodcli.batch.local.queue_file import open_queue
from prodcli.errors import BatchError
from prodcli.states import Queue, Status
from tests.support.local_jobs import job, jobs, submit, write_description


@pytest.fixture
def batch(tmp_path: Path) -> LocalBatch:
    return LocalBatch(tmp_path / "batch.db")


def test_it_is_a_batch(batch: LocalBatch) -> None:
    port: Batch = batch
    assert (port.capabilities.name, port.schedds(), port.intake("local").max_idle) == ("local", ["local"], None)


def test_submit_queues_each_row_of_the_items(batch: LocalBatch, tmp_path: Path) -> None:
    cluster = submit(batch, tmp_path / "a", "true", "true", "true", dbid=70)
    assert batch.living(SCHEDD) == {(cluster, 0), (cluster, 1), (cluster, 2)}
    assert batch.count("main.test").jobs == 3
    assert batch.count("main.tes").jobs == 0
    events = [job(batch, cluster, proc) for proc in range(3)]
    assert [event.dbid for event in events] == [70, 71, 72]
    assert {event.attempt for event in events} == {2}
    assert {event.claim for event in events} == {"claim-1"}
    assert {event.memory_asked for event in events} == {1000}
    assert {event.state.status for event in events} == {Status.SUBMITTED}


def test_the_files_are_not_needed_after_submit(batch: LocalBatch, tmp_path: Path) -> None:
    submit(batch, tmp_path / "a", "true")
    shutil.rmtree(tmp_path / "a")
    assert LocalBatch(batch.database).count("main.test").jobs == 1


def test_hold_in_the_description_submits_on_hold(batch: LocalBatch, tmp_path: Path) -> None:
    cluster = submit(batch, tmp_path / "a", "true", hold="true")
    held = job(batch, cluster)
    assert (held.queue, held.hold_code) == (Queue.HELD, 15)
    assert batch.living(SCHEDD) == {(cluster, 0)}


@pytest.mark.parametrize(
    ("commands", "complaint"),
    [
        ({"request_memory": "much"}, "is not a size"),
        ({"My.ProdcliDbid": "$(nothing)"}, "invalid literal"),
        ({"attempt": "1$(attempt)"}, "never end"),
    ],
)
def test_a_submission_that_makes_no_sense_queues_nothing(
    batch: LocalBatch, tmp_path: Path, commands: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(BatchError, match=complaint):
        submit(batch, tmp_path / "a", "true", "true", **commands)
    assert batch.in_queue(SCHEDD) == set()


def test_a_submission_without_rows_or_files_is_refused(batch: LocalBatch, tmp_path: Path) -> None:
    description = write_description(tmp_path / "a", [])
    with pytest.raises(BatchError, match="0 jobs"):
        batch.submit(SCHEDD, description)
    (tmp_path / "a" / "items.csv").unlink()
    with pytest.raises(BatchError, match="cannot be read"):
        batch.submit(SCHEDD, description)
    assert not batch.database.exists()


def test_jobs_without_a_claim_are_in_the_queue_but_not_ours(batch: LocalBatch, tmp_path: Path) -> None:
    cluster = submit(batch, tmp_path / "a", "true", claim="")
    assert batch.in_queue(SCHEDD) == {(cluster, 0)}
    assert batch.living(SCHEDD) == set()
    assert jobs(batch) == {}


def test_changes_tell_what_was_touched_since(batch: LocalBatch, tmp_path: Path) -> None:
    first = submit(batch, tmp_path / "a", "true", "true")
    changes = whole(batch.changes(SCHEDD, ""))
    events, cursor = changes.events, changes.cursor
    assert len(events) == 2
    assert whole(batch.changes(SCHEDD, cursor)) == Changes([], cursor)
    second = submit(batch, tmp_path / "b", "true")
    batch.hold(SCHEDD, [(first, 1)], "look at it")
    changes = whole(batch.changes(SCHEDD, cursor))
    events, later = changes.events, changes.cursor
    assert [(event.cluster, event.proc, event.queue) for event in events] == [
        (second, 0, Queue.IDLE),
        (first, 1, Queue.HELD),
    ]
    assert whole(batch.changes(SCHEDD, later)) == Changes([], later)


def test_the_cursor_of_another_queue_file_counts_as_none(batch: LocalBatch, tmp_path: Path) -> None:
    for name in "abc":
        submit(batch, tmp_path / name, "true")
    cursor = whole(batch.changes(SCHEDD, "")).cursor
    batch.database.unlink()
    submit(batch, tmp_path / "d", "true")
    assert len(whole(batch.changes(SCHEDD, cursor)).events) == 1
    assert len(whole(batch.changes(SCHEDD, "no cursor")).events) == 1


def test_hold_and_release(batch: LocalBatch, tmp_path: Path) -> None:
    cluster = submit(batch, tmp_path / "a", "true", "true")
    batch.hold(SCHEDD, [(cluster, 0), (99, 0)], "look at it")
    held = job(batch, cluster)
    assert (held.queue, held.hold_code, held.hold_subcode, held.hold_reason) == (Queue.HELD, 1, 0, "look at it")
    batch.release(SCHEDD, [(cluster, 0), (cluster, 1)], "go")
    assert {event.queue for event in jobs(batch).values()} == {Queue.IDLE}
    assert job(batch, cluster).hold_code is None


def test_a_removed_job_is_history_and_stays_so(batch: LocalBatch, tmp_path: Path) -> None:
    cluster = submit(batch, tmp_path / "a", "true", "true")
    batch.remove(SCHEDD, [(cluster, 0)], "not wanted")
    (event,) = batch.history(SCHEDD, [cluster, 99])
    assert (event.proc, event.queue) == (0, Queue.REMOVED)
    cursor = whole(batch.changes(SCHEDD, "")).cursor
    batch.remove(SCHEDD, [(cluster, 0)], "again")
    batch.hold(SCHEDD, [(cluster, 0)], "too late")
    batch.release(SCHEDD, [(cluster, 0)], "too late")
    batch.edit_memory(SCHEDD, [(cluster, 0)], 4000)
    assert whole(batch.changes(SCHEDD, cursor)) == Changes([], cursor)
    assert batch.living(SCHEDD) == {(cluster, 1)}
    assert batch.history(SCHEDD, []) == []


def test_edit_memory_is_a_change(batch: LocalBatch, tmp_path: Path) -> None:
    cluster = submit(batch, tmp_path / "a", "true", "true")
    cursor = whole(batch.changes(SCHEDD, "")).cursor
    batch.edit_memory(SCHEDD, [(cluster, 1)], 2500)
    (event,) = whole(batch.changes(SCHEDD, cursor)).events
    assert (event.proc, event.memory_asked, event.memory_provisioned) == (1, 2500, None)


def test_find_claims(batch: LocalBatch, tmp_path: Path) -> None:
    assert batch.find_claims(SCHEDD, ["c-1"])["c-1"] == []
    first = submit(batch, tmp_path / "a", "true", "true", claim="c-1")
    submit(batch, tmp_path / "b", "true", claim="c-2")
    second = submit(batch, tmp_path / "c", "true", claim="c-1")
    batch.remove(SCHEDD, [(first, 0), (first, 1)], "not wanted")
    assert batch.find_claims(SCHEDD, ["c-1"])["c-1"] == [
        ClaimedCluster(first, 2, False),
        ClaimedCluster(second, 1, True),
    ]


def test_clusters_are_never_used_again(batch: LocalBatch, tmp_path: Path) -> None:
    clusters = [submit(batch, tmp_path / name, "true") for name in "abc"]
    assert clusters == sorted(set(clusters))


def test_a_queue_that_is_not_there_reads_as_empty_and_is_not_made(batch: LocalBatch) -> None:
    assert batch.count("main.test").jobs == 0
    assert whole(batch.changes(SCHEDD, "")) == Changes([], "")
    assert batch.living(SCHEDD) == batch.in_queue(SCHEDD) == set()
    assert batch.check() == []
    batch.hold(SCHEDD, [], "nothing")
    assert list(batch.database.parent.iterdir()) == []


def test_a_queue_that_somebody_makes_at_this_moment_reads_as_empty(batch: LocalBatch, tmp_path: Path) -> None:
    with closing(sqlite3.connect(batch.database)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    assert batch.database.stat().st_size > 0
    assert batch.count("main.test").jobs == 0
    assert whole(batch.changes(SCHEDD, "")) == Changes([], "")
    submit(batch, tmp_path / "a", "true")
    assert len(batch.in_queue(SCHEDD)) == 1


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    batch = LocalBatch(tmp_path / "none" / "batch.db")
    with pytest.raises(BatchError, match="No such file"):
        batch.living(SCHEDD)
    with pytest.raises(BatchError, match="unable to open"):
        submit(batch, tmp_path / "a", "true")
    assert len(batch.check()) == 1


@pytest.mark.parametrize("content", ["text", "tables", "newer"])
def test_a_file_that_is_no_queue_is_left_alone(batch: LocalBatch, tmp_path: Path, content: str) -> None:
    if content == "text":
        batch.database.write_text("these are my notes, of some length " * 100)
    elif content == "tables":
        with sqlite3.connect(batch.database) as connection:
            connection.execute("CREATE TABLE production_jobs (id)")
        connection.close()
    else:
        connection = open_queue(batch.database)
        connection.execute("PRAGMA user_version = 2")
        connection.close()
    before = batch.database.read_bytes()
    for use in (lambda: batch.living(SCHEDD), lambda: submit(batch, tmp_path / "a", "true")):
        with pytest.raises(BatchError) as caught:
            use()
        assert "\n" not in str(caught.value) and str(batch.database) in str(caught.value)
    assert batch.check()
    assert batch.database.read_bytes() == before


def test_another_schedd_is_an_error(batch: LocalBatch, tmp_path: Path) -> None:
    with pytest.raises(BatchError, match="one schedd"):
        batch.living("elsewhere")
    with pytest.raises(BatchError, match="one schedd"):
        batch.remove("elsewhere", [(1, 0)], "")


def test_many_may_make_and_fill_the_queue_at_once(batch: LocalBatch, tmp_path: Path) -> None:
    descriptions = [write_description(tmp_path / str(n), ["true"] * 3, claim=f"c-{n}") for n in range(12)]
    with ThreadPoolExecutor(12) as pool:
        clusters = list(pool.map(lambda description: batch.submit(SCHEDD, description), descriptions))
    assert sorted(clusters) == list(range(1, 13))
    assert batch.count("main.test").jobs == 36


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (
            "SELECT item FROM jobs WHERE status = 1 AND pid IS NULL ORDER BY priority DESC, cluster, proc",
            "jobs_startable",
        ),
        ("SELECT * FROM events WHERE change > ? ORDER BY change, cluster, proc", "jobs_change"),
        ("SELECT cluster, proc FROM jobs WHERE status = 2", "jobs_running"),
        ("SELECT cluster, proc, pid FROM jobs WHERE status = 3 AND pid IS NOT NULL", "jobs_with_pid"),
    ],
)
def test_the_runner_and_harvest_never_scan_the_history(batch: LocalBatch, query: str, index: str) -> None:
    connection = open_queue(batch.database)
    plan = [row["detail"] for row in connection.execute(f"EXPLAIN QUERY PLAN {query}", (0,) * query.count("?"))]
    connection.close()
    assert any(index in step for step in plan), plan
    assert not any("TEMP B-TREE" in step and "PART" not in step and "LAST" not in step for step in plan), plan


@pytest.fixture
def shut(tmp_path: Path) -> Iterator[LocalBatch]:
    """A queue with one job, in a folder where an ordinary user may only read."""
    folder = Path(tempfile.mkdtemp(prefix="prodcli-test-"))
    batch = LocalBatch(folder / "batch.db")
    submit(batch, tmp_path / "a", "true")
    batch.database.chmod(0o444)
    folder.chmod(0o555)
    yield batch
    folder.chmod(0o755)
    shutil.rmtree(folder)


def as_ordinary_user(work: Callable[[], str]) -> str:
    """Do it as somebody whom the file system can refuse something."""
    if os.getuid():
        return work()
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setgid(65534)
            os.setuid(65534)
            os.write(write, work().encode())
        except BaseException as err:  # noqa: BLE001 - the test process must not go on twice
            os.write(write, repr(err).encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as answer:
        text = answer.read().decode()
    os.waitpid(pid, 0)
    return text


def look(batch: LocalBatch) -> str:
    """What can be read."""
    events = whole(batch.changes(SCHEDD, "")).events
    return f"{batch.count('main.test').jobs} {len(batch.living(SCHEDD))} {len(events)}"


def test_a_queue_that_may_only_be_read_can_be_read(shut: LocalBatch) -> None:
    names = sorted(path.name for path in shut.database.parent.iterdir())
    assert as_ordinary_user(lambda: look(shut)) == "1 1 1"
    assert sorted(path.name for path in shut.database.parent.iterdir()) == names


def test_a_queue_that_may_only_be_read_can_be_read_while_it_is_written(shut: LocalBatch, tmp_path: Path) -> None:
    if os.getuid() == 0:
        with closing(open_queue(shut.database)):
            submit(shut, tmp_path / "b", "true")
            assert as_ordinary_user(lambda: look(shut)) == "2 2 2"


def test_a_queue_that_may_only_be_read_refuses_to_change(shut: LocalBatch) -> None:
    def change() -> str:
        try:
            shut.hold(SCHEDD, [(1, 0)], "no")
        except BatchError as err:
            return str(err)
        return "done"

    answer = as_ordinary_user(change)
    assert "readonly" in answer and "writable" in answer and str(shut.database) in answer
    assert len(as_ordinary_user(lambda: "\n".join(shut.check())).splitlines()) == 2
    assert job(shut, 1).queue is Queue.IDLE


def test_what_was_read_while_somebody_wrote_unseen_is_refused(
    batch: LocalBatch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit(batch, tmp_path / "a", "true")
    open_uri = queue_file._open_uri

    def refuse_log(database: Path, uri: str) -> sqlite3.Connection:
        if uri.endswith("mode=ro"):
            err = sqlite3.OperationalError("unable to open database file")
            err.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
            raise err
        return open_uri(database, uri)

    monkeypatch.setattr(queue_file, "_open_uri", refuse_log)
    assert batch.count("main.test").jobs == 1
    with pytest.raises(BatchError, match="changed while it was read"), queue_file.reading(batch.database):
        submit(batch, tmp_path / "b", "true")


def test_a_clock_that_is_set_back_does_not_put_events_out_of_order(
    batch: LocalBatch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prodcli.batch.local.schedd.time.time", lambda: 2_000_000_000)
    cluster = submit(batch, tmp_path / "a", "true")
    monkeypatch.setattr("prodcli.batch.local.schedd.time.time", lambda: 1_000_000_000)
    batch.hold(SCHEDD, [(cluster, 0)], "look at it")
    assert job(batch, cluster).since == 2_000_000_000


def test_a_missing_file_says_nothing_of_jobs(
    batch: LocalBatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is swept, so that no job counts as lost; a file that was there once must come back."""
    (told,) = batch.changes(SCHEDD, "", sweep=True)
    assert (told.events, told.cursor, told.swept) == ([], "", False)
    cluster = submit(batch, tmp_path / "a", "true")
    (told,) = batch.changes(SCHEDD, "", sweep=True)
    assert (len(told.events), told.swept) == (1, True)
    batch.database.rename(tmp_path / "away.db")
    for question in (lambda: list(batch.changes(SCHEDD, str(told.cursor))), lambda: batch.history(SCHEDD, [cluster])):
        with pytest.raises(
            BatchError, match="the queue's file is missing, and nothing is known of its jobs .restore the file"
        ):
            question()
