"""What jobs, nodes and batch systems write is text in every view: nothing that a terminal obeys, and nothing that hangs."""

import os
import pty
import select
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from prodcli.cli.command_groups import ENTRIES, WATCH
from tests.support.hostile_jobs import HOSTILE, OBEYED, hostile_jobs, without_colours
from tests.support.postgres_server import Cluster
from tests.support.request_forms import write_form
from tests.support.workspace import Workspace, make_workspace, seeded_catalog

SECONDS = 30.0  # for a view of eight jobs on a busy machine; each takes less than one
REFUSED = "campaign request {form}"  # what a form lacks is shown, too
# Every command that shows what jobs leave, in each of its ways; {0} to {7} are the dbids of the jobs.
VIEWS = (
    *("jobs", "jobs --summary", "jobs --errors", "query --by node", "query failed", "query held", "held --dry-run"),
    *(f"job {{{number}}}" for number in range(8)),
    *(f"logs --dbid {{{number}}} --{kind}" for number in range(8) for kind in ("err", "out")),
    *("logs --dbid {0} {1} {2} {3} {4} --err --severity error", "logs --dbid {2} --err --grep fatal --tail 5"),
    *("rescue --dry-run", "rescue --dry-run -v", "release --state held --dry-run", "kill --state held --dry-run"),
    *("resubmit --clone --state failed --dry-run", "park --state held --dry-run", "parked", "log", "loop status"),
    *("digest --since 1d", "digest --since 1d --format markdown", "services list", "announce", "prompt --for plain"),
    *("diagnose", "diagnose --standing-out", "diagnose --format markdown", "rescue --state stalled --dry-run"),
    *("errors list", "errors name --dry-run", "diagnose --bisect"),
    *("preflight", "abort ana537_2025p010_v001 --dry-run", "mask list", "loop status --format markdown"),
    *("nodes", "memory report", "files --runs 66400-66600", "provenance {0}", "query --by node --format markdown"),
    *("campaign list", "campaign show ana537_2025p010_v001", "campaign unknown", "campaign list --format markdown"),
    *("services list", "announce", "quality", "quality --by run --format markdown", "quality --alarms"),
    *("campaign requests", "campaign requests --format markdown", "campaign diff ana537_2025p010_v001 other_v001"),
    *("campaign close ana537_2025p010_v001 archive --unfinished --dry-run", "memory plot", REFUSED),
    *(f"plot {kind}" for kind in ("progress", "throughput", "memory", "slots", "durations", "events")),
)
ONE_AFTER_ANOTHER = """
import sys
from prodcli.cli.app import app
for line in sys.argv[2:]:
    try:
        app(["-q", "--site", sys.argv[1], *line.split()])
    except SystemExit as end:
        print("what came of it:", end.code, flush=True)
"""
# Commands that show nothing of jobs, and the full screen, which has a test of its own.
APART = {"tape", "usage", "check", "top"}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """Books with hostile jobs."""
    made = make_workspace(tmp_path_factory.mktemp("hostile"))
    made.load(seeded_catalog(1))
    hostile_jobs(made)
    hostile_campaigns(made)
    yield made
    made.drop()


def hostile_campaigns(made: Workspace) -> None:
    """A request, a tag beside the other one, and a form, all of them hostile."""
    said = HOSTILE.replace("\0", "?")
    made.sql(
        "INSERT INTO production_requests (tag, dataset, dsttypes, runs, requester, contact, purpose, form, author, made)"
        " VALUES ('other_v001', ?, ?, ?, ?, ?, ?, ?, ?, '2026-01-31T00:00:00.000Z')",
        *([said] * 8),
    )
    made.sql(
        "INSERT INTO production_jobs (rulename, tag, dataset, dsttype, runnumber, status, substatus)"
        " SELECT ?, 'other_v001', ?, ?, runnumber, 'failed', ? FROM production_jobs",
        *([said] * 4),
    )
    write_form(made.folder, tag=said, dsttypes=[said], purpose=None, contact=[said], wanted_by=said)


def words_of(workspace: Workspace, view: str) -> list[str]:
    """The words of a view, with the dbids of jobs."""
    dbids = [dbid for (dbid,) in workspace.sql("SELECT id FROM production_jobs WHERE schedd IS NOT NULL ORDER BY id")]
    return view.format(*dbids, form=workspace.folder / "request.yaml").split()


def test_every_view_is_here() -> None:
    assert {name for name, entry in ENTRIES.items() if entry.group == WATCH} - APART <= {
        view.split()[0] for view in VIEWS
    }


def test_the_books_have_what_the_batch_system_said(workspace: Workspace) -> None:
    assert workspace.sql("SELECT COUNT(*) FROM production_attempts WHERE node LIKE '%fatal%'") == [(8,)]
    assert workspace.sql("SELECT COUNT(*) FROM production_reports WHERE cpu LIKE '%fatal%'") == [(6,)]


@pytest.mark.parametrize("view", VIEWS)
def test_off_a_terminal_it_is_text(workspace: Workspace, view: str) -> None:
    began = time.monotonic()
    answer = workspace.run(*words_of(workspace, view))
    assert time.monotonic() - began < SECONDS
    assert answer.code in ((3,) if view == REFUSED else (0, 1, 6)), answer.err
    assert set(OBEYED.findall(answer.out + answer.err)) <= {"\t"}, answer.out[:2000]
    assert len(answer.out) < 200_000


def test_on_a_terminal_it_is_text(workspace: Workspace) -> None:
    """All views in one process, at 80 columns: the only escapes are the colours of prodcli itself."""
    lines = [" ".join(words_of(workspace, view)) for view in VIEWS]
    shown = on_terminal(workspace, lines)
    assert shown.count("what came of it: ") == len(VIEWS)
    plain = without_colours(shown)
    assert set(OBEYED.findall(plain)) <= {"\t"}
    assert "fatal" in plain


@pytest.mark.postgresql
def test_postgresql_holds_what_jobs_died_of(tmp_path: Path, cluster: Cluster) -> None:
    """A harvest reads files with bytes that no text of PostgreSQL has, and its books are shown like any other."""
    made = make_workspace(tmp_path, cluster)
    made.load(seeded_catalog(1))
    hostile_jobs(made)
    assert made.sql("SELECT COUNT(*) FROM production_failures") == [(6,)]
    for view in (
        "diagnose",
        "diagnose --bisect",
        "rescue --dry-run -v",
        "digest --since 1d",
        "job {5}",
        "jobs --errors",
    ):
        answer = made.ok(*words_of(made, view))
        assert set(OBEYED.findall(answer.out + answer.err)) <= {"\t"}, view
    made.drop()


def on_terminal(workspace: Workspace, lines: Sequence[str]) -> str:
    """What commands show on a terminal of 80 columns and 24 rows."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    command = [sys.executable, "-c", ONE_AFTER_ANOTHER, str(workspace.file), *lines]
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        env=os.environ | {"TERM": "xterm-256color", "PAGER": "cat"},
    )
    os.close(theirs)
    shown = b""
    while select.select([ours], [], [], SECONDS)[0]:
        try:
            shown += os.read(ours, 65_536)
        except OSError:  # Linux says so when the other end is closed
            break
    os.close(ours)
    assert process.wait(SECONDS) == 0
    return shown.decode().replace("\r\n", "\n")
