"""Jobs whose files, nodes, hold reasons and reports hold what no terminal should get, in books of real passes."""

import json
import os
import random
import re
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from prodcli.batch.local.batch import SCHEDD, LocalBatch
from prodcli.job_reports.report_files import report_path
from prodcli.services.announcements import announce
from prodcli.services.booked import set_states
from prodcli.services.states import ServiceState, Spell
from tests.support.job_reports import REPORT
from tests.support.waiting_jobs import submit_words
from tests.support.workspace import Workspace

# clears the screen, sets the title, writes to the clipboard, asks the terminal to type an answer, turns text around, moves
# back over what was written, and the same as single bytes of C1
HOSTILE = (
    "[red]Error[/red] \x1b[2J\x1b[31mfatal \x1b]0;title\x07 \x1b]52;c;cHduZWQ=\x07 \x1b[6n \x1bP+q544e\x1b\\ \x9b2J \x9d0;x\x9c "
    "\u202etxt.exe \u2066 \u200b \x00 \x7f \x08\x08\x08 gone\roverwritten \x0b\x0c \x85 \u2028 %s {0} <b>&amp; | a"
)
# What a terminal obeys or hides, but the ends of lines.
OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_LONG = 10_000_000  # bytes


def without_colours(text: str) -> str:
    """A text without the colours that a table has on a terminal."""
    return _COLOURS.sub("", text)


def errors() -> list[bytes]:
    """The err files of the jobs that fail."""
    hostile = HOSTILE.encode()
    return [
        hostile + b"\nError: " + hostile + b"\n",
        b"Error: " + b"x" * _LONG,  # one line
        (b"Error: " + hostile + b"\n") * (_LONG // len(hostile)),
        random.Random(1).randbytes(1_000_000),
        b"\xff\xfe" + "Fatal: nothing\n".encode("utf-16-le") + b"\0" * 100_000,
    ]


def hostile_jobs(workspace: Workspace) -> None:
    """Submit eight jobs, and harvest what became of them: five failed, one held, one running, one finished."""
    workspace.ok(*submit_words(workspace))
    batch = LocalBatch(workspace.folder / "batch.db")
    clusters = {cluster for cluster, _ in batch.living(SCHEDD)}
    jobs = batch.describe(SCHEDD, sorted(clusters))
    texts, now = errors(), int(time.time())
    said = HOSTILE if workspace.cluster is None else HOSTILE.replace("\0", "?")  # no queue of HTCondor holds it, either
    for number, job in enumerate(jobs):
        Path(job.output).parent.mkdir(parents=True, exist_ok=True)
        Path(job.output).write_bytes(texts[number % len(texts)])
        Path(job.error).write_bytes(texts[number % len(texts)])
        Path(report_path(job.output)).write_text(_report(job.event.dbid, job.event.attempt))
    _endless(Path(jobs[3].output), Path(jobs[4].output))
    ends = [(4, exit_code, None) for exit_code in (1, 134, 139, 1, 2)] + [(5, None, 12), (2, None, None), (4, 0, None)]
    with closing(sqlite3.connect(batch.database)) as connection, connection:
        connection.execute("UPDATE queue SET change = change + 1")
        connection.executemany(
            """
            UPDATE jobs SET status = ?, exit_code = ?, hold_code = ?, hold_subcode = 2, hold_reason = ?, node = ?,
                started = ?, since = ?, finished = ?, num_starts = 1, change = (SELECT change FROM queue)
            WHERE cluster = ? AND proc = ?""",
            [
                (*end, said, f"slot1@{said}", now, now + 1, now + 1, job.event.cluster, job.event.proc)
                for end, job in zip(ends, jobs, strict=True)
            ],
        )
    books, hostile = workspace.database(), HOSTILE.replace("\0", "?")
    announce(books, hostile, hostile, None)
    set_states(books, [Spell(f"db {hostile}", ServiceState.DOWN, now - 60, None, hostile, hostile)])
    workspace.ok("mask", "add", "INTT3", "--runs", "66400", "--reason", hostile, "--author", hostile)
    workspace.ok("harvest")


def _endless(huge: Path, pipe: Path) -> None:
    """A file of 20 GB without an end of a line, and a pipe into which nobody writes."""
    with huge.open("wb") as file:
        file.truncate(20_000_000_000)
    pipe.unlink()
    os.mkfifo(pipe)


def _report(dbid: int, attempt: int) -> str:
    """A report of which every text is hostile."""
    said = [{"at": "2026-11-29T12:05:00Z", "level": "error", "text": HOSTILE} for _ in range(3)]
    own = {
        "dbid": dbid,
        "attempt": attempt,
        "messages": said,
        "quality": {HOSTILE: {"value": HOSTILE, "plot": HOSTILE}, HOSTILE[:50]: 1, "word": HOSTILE, "plot": HOSTILE},
    }
    machine = dict.fromkeys(("cpu", "os", "site", "host", "address"), HOSTILE)
    phases = [{"name": HOSTILE, "began": "2026-11-29T12:00:00Z", "wall": 1}]
    text = json.dumps(REPORT | own | {"machine": machine, "phases": phases, "outputs": []})
    return text.replace("\\u0000", "?")  # no database holds it: a report that has it is refused as a whole
