"""`cleanup`: superseded outputs and old logs go, by the policy of the site, and nothing else does."""

import gzip
import os
import time
from pathlib import Path

import pytest

from prodcli.names import names_from
from tests.support.finished_outputs import catalogued, finish, place, rows, words
from tests.support.rule_files import write_rules
from tests.support.workspace import ONE_DATABASE, Workspace, seeded_catalog

TAG = "ana537_2025p010_v001"
INSERT = (
    "INSERT INTO production_jobs (rulename, tag, dataset, dsttype, filename, runnumber, segment, status, intriplet)"
    " VALUES ('next', ?, 'run3auau', 'DST_TRKR_SEED', ?, ?, ?, ?, ?)"
)
CATALOG = (
    "INSERT INTO datasets (filename, runnumber, segment, dataset, dsttype, status, tag)"
    " VALUES (?, ?, ?, 'run3auau', 'DST_TRKR_SEED', ?, ?)"
)
DAY = 86_400


def policy(workspace: Workspace, **keys: object) -> None:
    """Say what may go."""
    workspace.settings["site"] = {"cleanup": keys}
    workspace.write()


# ---- outputs


@pytest.fixture
def finished(workspace: Workspace) -> Workspace:
    """A workspace with finished, registered outputs of a rule."""
    workspace.load(seeded_catalog(1))
    write_rules(workspace.folder / "rules")
    policy(workspace, superseded={"DST_TRKR_MVTXME": "DST_TRKR_SEED"})
    workspace.ok("submit", *words(workspace))
    finish(workspace)
    return workspace


def place_of(name: str) -> tuple[int, int]:
    """Run and segment of an output."""
    stem, _, segment = name.removesuffix(".root").rpartition("-")
    return int(stem.rpartition("-")[2]), int(segment)


def follow(
    workspace: Workspace,
    name: str,
    status: str = "finished",
    on_disk: int = 1,
    intriplet: str = TAG,
    tag: str = "made",
    several: int = 1,
) -> None:
    """Make a successor of an output; of several files the catalog has the first."""
    run, segment = place_of(name)
    made = f"DST_TRKR_SEED_run3auau_{tag}-{run:08d}-{segment * several:05d}.root"
    workspace.sql(INSERT, tag, made, run, segment * several, status, intriplet)
    workspace.sql("UPDATE production_jobs SET outputs_per_job = ? WHERE filename = ?", several, made)
    workspace.sql(CATALOG, made, run, segment * several, on_disk, tag, role="filecatalog")


def cleanup(workspace: Workspace, *more: object) -> list[str]:
    """The words of the command."""
    return ["cleanup", "outputs", *map(str, words(workspace)), *map(str, more)]


def test_outputs_go_once_their_successors_are_there(finished: Workspace) -> None:
    booked = rows(finished)
    done, failed, lost, other, alone = sorted(booked)[:5]
    follow(finished, done)
    follow(finished, failed, status="failed")
    follow(finished, lost, on_disk=0)
    follow(finished, other, intriplet="ana000_x_v001")
    preview = finished.run(*cleanup(finished, "-n"), quiet=False).out
    assert "dry run: nothing was changed" in preview
    assert place(finished, done).exists()
    before = catalogued(finished)
    finished.ok(*cleanup(finished, "--yes", "--reason", "full"))
    assert not place(finished, done).exists()
    assert all(place(finished, name).exists() for name in (failed, lost, other, alone))
    assert before - catalogued(finished) == {done: 2}
    assert rows(finished) == booked
    (line,) = [one for one in finished.json("log") if one["verb"] == "cleanup outputs"]
    assert line["reason"] == "full"


def test_all_outputs_of_a_successor_must_be_there(finished: Workspace) -> None:
    partly, whole = sorted(rows(finished))[:2]
    for name in (partly, whole):
        follow(finished, name, several=3)
    run, segment = place_of(whole)
    for number in (1, 2):
        made = f"DST_TRKR_SEED_run3auau_made-{run:08d}-{3 * segment + number:05d}.root"
        finished.sql(CATALOG, made, run, 3 * segment + number, 1, "made", role="filecatalog")
    finished.ok(*cleanup(finished, "--yes"))
    assert (place(finished, partly).exists(), place(finished, whole).exists()) == (True, False)


@pytest.mark.parametrize(
    ("code", "staged", "reported", "goes"), [(0, 1, 1, True), (1, 1, 1, False), (0, 1, 2, False), (0, 0, 0, False)]
)
def test_a_successor_may_report_fewer_outputs(
    finished: Workspace, code: int, staged: int, reported: int, goes: bool
) -> None:
    """Of the three outputs that the successor can make the catalog has the first; it reports so many, and staged so many out."""
    name = min(rows(finished))
    follow(finished, name, several=3)
    ((dbid, attempt, first),) = finished.sql("SELECT id, attempt, filename FROM production_jobs WHERE tag = 'made'")
    ended = "now()" if finished.cluster else "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"
    report = "INSERT INTO production_reports (dbid, attempt, exit_code, messages, outputs, staged, read) VALUES (?, ?, ?, 0, ?, ?,"
    finished.sql(f"{report} {ended})", dbid, attempt, code, reported, staged)
    output = "INSERT INTO production_report_outputs (dbid, attempt, lfn, code) VALUES (?, ?, ?, ?)"
    for number, made in enumerate(names_from(first, reported) if reported else []):
        finished.sql(output, dbid, attempt, made, 0 if number < staged else 30)
    finished.ok(*cleanup(finished, "--yes"))
    assert place(finished, name).exists() is not goes


def test_an_output_that_a_job_still_reads_stays(finished: Workspace) -> None:
    read, left = sorted(rows(finished))[:2]
    for name, state in ((read, "running"), (left, "failed")):
        follow(finished, name)
        follow(finished, name, status=state, tag="again", on_disk=0)
    finished.ok(*cleanup(finished, "--yes"))
    assert (place(finished, read).exists(), place(finished, left).exists()) == (True, False)


def test_what_was_cleaned_up_is_not_made_again(finished: Workspace) -> None:
    done = min(rows(finished))
    follow(finished, done)
    finished.ok(*cleanup(finished, "--yes"))
    data = finished.json("submit", *words(finished), "-n")
    assert data["jobs"] == []
    assert finished.ok(*cleanup(finished, "--yes")).code == 0


def test_outputs_of_jobs_that_did_not_finish_stay(finished: Workspace) -> None:
    done = min(rows(finished))
    follow(finished, done)
    for table in ("production_jobs", "production_attempts"):
        finished.sql(f"UPDATE {table} SET status = 'failed', substatus = 'lost'")  # noqa: S608
    finished.sql("DELETE FROM datasets WHERE filename = ?", done, role="filecatalog")
    finished.ok(*cleanup(finished, "--yes"))
    assert place(finished, done).exists()


def test_without_a_policy_one_line(finished: Workspace) -> None:
    policy(finished)
    follow(finished, min(rows(finished)))
    answer = finished.run(*cleanup(finished, "--yes"), quiet=False)
    assert (answer.code, answer.out.count("\n")) == (0, 1)
    assert "nothing was changed" in answer.out
    logs = finished.run("cleanup", "logs", "--yes", quiet=False)
    assert logs.out == "the site profile says of no log that it may go: nothing was changed\n"
    assert place(finished, min(rows(finished))).exists()


def test_the_word_is_asked_for(finished: Workspace) -> None:
    done = min(rows(finished))
    follow(finished, done)
    answer = finished.run(*cleanup(finished))
    assert answer.code == 2
    assert "needs a terminal or --yes" in answer.err
    assert place(finished, done).exists()


# ---- logs


@pytest.fixture
def logs(workspace: Workspace) -> Workspace:
    """A workspace with a policy for logs."""
    workspace.load(seeded_catalog(1))
    policy(workspace, logs_after="30d", errors_above="20000B")
    return workspace


def log(workspace: Workspace, name: str, size: int = 10, days: float = 0, below: str = "production/a/log") -> Path:
    """A log file of this age."""
    path = workspace.folder / "files" / below / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"A" * (size // 2) + b"Z" * (size - size // 2))
    when = time.time() - days * DAY
    os.utime(path, (when, when))
    return path


def test_old_logs_go_and_nothing_else(logs: Workspace) -> None:
    old = [log(logs, f"x.{ending}", days=31) for ending in ("out", "err", "condor", "err.gz", "report.json")]
    kept = [
        log(logs, "young.out", days=29),
        log(logs, "data.root", days=99),
        log(logs, "notes.txt", days=99),
        log(logs, "x.out", days=99, below="elsewhere"),
    ]
    outside = logs.folder / "outside"
    outside.mkdir()
    (outside / "far.out").write_text("x")
    os.utime(outside / "far.out", (0, 0))
    (old[0].parent / "link").symlink_to(outside)
    (old[0].parent / "link.out").symlink_to(outside / "far.out")
    (row,) = logs.json("cleanup", "logs", "-n")
    assert (row["what"], row["count"], row["bytes"]) == ("old logs, removed", 5, 50)
    assert all(path.exists() for path in old)
    logs.ok("cleanup", "logs", "--yes")
    assert not any(path.exists() for path in old)
    assert all(path.exists() for path in kept)
    assert (outside / "far.out").exists()
    assert (old[0].parent / "link.out").is_symlink()
    (listing,) = (logs.folder / "campaigns" / "cleanup").iterdir()
    assert {line.split("\t")[1] for line in listing.read_text().splitlines()} == {str(path) for path in old}


def test_logs_of_jobs_at_work_stay(logs: Workspace) -> None:
    name, status = logs.sql(
        "SELECT filename, CAST(status AS text) FROM production_jobs WHERE filename IS NOT NULL AND status = 'held'"
    )[0]
    done = logs.sql("SELECT filename FROM production_jobs WHERE filename IS NOT NULL AND status = 'failed'")[0][0]
    at_work = log(logs, name.replace(".root", ".condor"), days=99)
    ended = log(logs, done.replace(".root", ".condor"), days=99)
    logs.ok("cleanup", "logs", "--yes")
    assert at_work.exists(), status
    assert not ended.exists()


def test_large_errors_are_cut_to_beginning_and_end(logs: Workspace) -> None:
    large, small = log(logs, "large.err", size=1_000_000), log(logs, "small.err", size=19_000)
    out = log(logs, "large.out", size=1_000_000)
    changed = large.stat().st_mtime_ns
    logs.ok("cleanup", "logs", "--yes")
    text = large.read_bytes()
    assert 19_000 < len(text) <= 20_000
    assert text.startswith(b"A" * 9_000)
    assert text.endswith(b"Z" * 9_000)
    assert b"bytes were cut by prodcli cleanup" in text
    assert large.stat().st_mtime_ns == changed
    assert (small.stat().st_size, out.stat().st_size) == (19_000, 1_000_000)
    assert logs.json("cleanup", "logs", "-n") == []
    assert list(large.parent.glob(".*")) == []


def test_large_errors_are_compressed(logs: Workspace) -> None:
    policy(logs, errors_above="20000B", errors_how="gzip")
    large, again = log(logs, "large.err", size=1_000_000, days=99), log(logs, "again.err", size=1_000_000)
    log(logs, "again.err.gz", size=5)
    content = large.read_bytes()
    logs.ok("cleanup", "logs", "--yes")
    assert not large.exists()
    assert gzip.decompress((large.parent / "large.err.gz").read_bytes()) == content
    assert again.exists()
    assert (again.parent / "again.err.gz").stat().st_size == 5
    assert list(large.parent.glob(".*")) == []


@ONE_DATABASE
@pytest.mark.skipif(os.geteuid() == 0, reason="root may delete anything")
def test_what_cannot_go_is_told(logs: Workspace) -> None:
    stuck = log(logs, "stuck.out", days=99)
    stuck.parent.chmod(0o555)
    answer = logs.run("cleanup", "logs", "--yes")
    stuck.parent.chmod(0o755)
    assert answer.code == 6
    assert "1 of 1 files failed" in answer.err


@ONE_DATABASE
@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"logs_after": "5h"}, "cleanup.logs_after: '5h' is not an age of a day or more"),
        ({"logs_after": "soon"}, "cleanup.logs_after"),
        ({"errors_above": "big"}, "cleanup.errors_above"),
        ({"errors_above": "10B"}, "cleanup.errors_above: '10B' is less than 10000 bytes"),
        ({"errors_how": "burn"}, "cleanup.errors_how: 'burn' is neither cut nor gzip"),
        ({"superseded": {"DST_TRKR_CLUSTER": "DST_NOBODY"}}, "cleanup.superseded: DST_NOBODY"),
        ({"superseded": ["DST_TRKR_CLUSTER"]}, "cleanup.superseded"),
        ({"log_after": "30d"}, "cleanup.log_after"),
    ],
)
def test_a_bad_policy_is_one_line(workspace: Workspace, keys: dict[str, object], says: str) -> None:
    policy(workspace, **keys)
    answer = workspace.run("cleanup", "logs", "-n")
    assert (answer.code, answer.out) == (3, "")
    (line,) = answer.err.splitlines()
    assert says in line


@ONE_DATABASE
def test_outputs_need_runs(workspace: Workspace) -> None:
    file = write_rules(workspace.folder / "rules")
    answer = workspace.run("cleanup", "outputs", "-c", file, "-r", "mvtxme")
    assert (answer.code, answer.out) == (2, "")
    assert "no runs are named (--runs or --runlist)" in answer.err
