"""`prodcli job` on both databases: one job on a page, found by any of its names, and the ends of its files."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from prodcli.services.booked import set_states
from prodcli.services.states import Spell
from tests.integration.services.test_services_verb import program
from tests.support.attributed_jobs import BEGIN, attributed_books
from tests.support.catalog import Catalog, File
from tests.support.snapshots import one_line
from tests.support.workspace import Workspace

BOOKS = attributed_books(5, jobs=60)
HELD = next(job for job in BOOKS.jobs.values() if job["state"] == "held" and job["hold_code"] == "34/102")
DONE = next(job for job in BOOKS.jobs.values() if job["state"] == "finished" and job["job"] and job["outputs"] == 1)
AGAIN = next(job for job in BOOKS.jobs.values() if job["attempt"] == 2 and job["reported"] == "yes")
FILES = [
    File(DONE["file"], DONE["run"], DONE["segment"], 1000, "d", "DST_A", 50, 1, DONE["tag"]),
    File("in-1.root", HELD["run"], HELD["segment"] // HELD["outputs"], 300, "d", "DST_I", 7, 1, "in_tag_v001"),
    File("in-2.root", HELD["run"], HELD["segment"] // HELD["outputs"], 500, "d", "DST_J", 8, 0, "in_tag_v001"),
    File("in-3.root", HELD["run"], 1000, 500, "d", "DST_J", 8, 1, "in_tag_v001"),
]


@pytest.fixture
def booked(workspace: Workspace) -> Workspace:
    """Generated books, the outputs and inputs of some jobs, and phases, messages and outputs that one reported."""
    workspace.load(Catalog([], [], FILES, []))
    BOOKS.write(workspace)
    workspace.sql("UPDATE production_jobs SET intriplet = 'in_tag_v001' WHERE id = ?", HELD["dbid"])
    phase = "INSERT INTO production_phases (dbid, attempt, number, name, wall, user_cpu, sys_cpu, memory_kb) VALUES (?, 2, ?, ?, ?, 1, 2, 2048)"
    for number, (name, wall) in enumerate((("prep", 10.0), ("run", 580.5))):
        workspace.sql(phase, AGAIN["dbid"], number, name, wall)
    workspace.sql(
        "INSERT INTO production_report_outputs (dbid, attempt, lfn, events, size, code) VALUES (?, 2, 'x.root', 9, 8, 30)",
        AGAIN["dbid"],
    )
    return workspace


@pytest.mark.parametrize(
    "word",
    [
        str(DONE["dbid"]),
        f"{DONE['job']}@{DONE['schedd']}",
        DONE["file"],
        f"/elsewhere/{DONE['file']}",
        DONE["file"].replace(".root", ".err"),
        f"/l/{DONE['file'].replace('.root', '.condor.gz')}",
        DONE["file"].replace(".root", ".report.json"),
    ],
)
def test_a_job_is_found_by_any_of_its_names(booked: Workspace, word: str) -> None:
    assert booked.json("job", word)["dbid"] == DONE["dbid"]


def test_the_page_has_all_attributes_and_attempts(booked: Workspace) -> None:
    page = booked.json("job", AGAIN["dbid"])
    rows = [one for one in BOOKS.tables["production_attempts"] if one["dbid"] == AGAIN["dbid"]]
    assert page["tag"] == AGAIN["tag"]
    assert page["memory_used"] == AGAIN["memory_used"]
    assert [(one["attempt"], one["step"]) for one in page["attempts"]] == sorted(
        (one["attempt"], one["step"]) for one in rows
    )
    assert [(one["attempt"], one["name"], one["wall"], one["cpu_time"]) for one in page["phases"]] == [
        (2, "prep", 10.0, 3.0),
        (2, "run", 580.5, 3.0),
    ]
    said = [one["text"] for one in BOOKS.tables["production_messages"] if one["dbid"] == AGAIN["dbid"]]
    assert [one["text"] for one in page["messages"]] == said
    assert page["reported_outputs"] == [
        {"attempt": 2, "file": "x.root", "staged": None, "events": 9, "size": 8, "md5": None, "code": 30}
    ]


def test_an_outage_in_which_the_job_got_into_trouble(booked: Workspace) -> None:
    since = int(datetime.fromisoformat(booked.json("job", HELD["dbid"])["since"]).timestamp())
    set_states(booked.database(), [Spell("gpfs", "down", since - 60, since + 60, "cable cut")])
    command = program(booked.folder, "gpfs-log", "echo mount lost")
    booked.settings["site"] = {"services": {"gpfs": {"log": command}}}
    booked.write()
    begin = datetime.fromtimestamp(since - 60, UTC)
    first, log = booked.json("job", HELD["dbid"])["outages"]
    assert first.startswith(f"inside gpfs outage {begin:%Y-%m-%d %H:%M}-")
    assert first.endswith(" UTC (cable cut); it is over")
    assert log == "log of gpfs: mount lost"
    assert f"\n{first}\n{log}\n" in booked.ok("job", HELD["dbid"]).out
    assert booked.json("job", DONE["dbid"])["outages"] == []


def test_inputs_are_counted_in_the_catalog(booked: Workspace) -> None:
    assert booked.json("job", HELD["dbid"])["input_files"] == {"files": 2, "on_disk": 1, "size": 800, "events": 15}


def test_a_finished_job_shows_its_output(booked: Workspace) -> None:
    page = booked.json("job", DONE["dbid"])
    assert [(one["file"], one["events"], one["size"]) for one in page["catalogued_outputs"]] == [
        (DONE["file"], 50, 1000)
    ]
    assert page["next"] == ""
    other = next(job for job in BOOKS.jobs.values() if job["state"] == "finished" and job["dbid"] != DONE["dbid"])
    assert "prodcli register" in booked.json("job", other["dbid"])["next"]


def test_a_job_in_trouble_gets_the_advice_of_rescue(booked: Workspace) -> None:
    page = booked.json("job", HELD["dbid"])
    assert "memory" in page["why"]
    assert f"--dbid {HELD['dbid']}" in page["next"]
    shown = booked.ok("job", HELD["dbid"]).out
    assert f"job {HELD['dbid']} ({HELD['job']}@{HELD['schedd']}): held" in shown
    assert f"next: {page['next']}" in shown


def test_a_hold_that_is_over_is_on_the_page(booked: Workspace) -> None:
    """A job that was held, released where it was, and failed has the signature of its failure alone."""
    booked.sql("UPDATE production_jobs SET status = 'failed', substatus = '' WHERE id = ?", HELD["dbid"])
    booked.sql(
        "UPDATE production_attempts SET status = 'failed', substatus = '', exit_code = 7, hold_code = 13, hold_subcode = 2,"
        " hold_reason = 'no file [bold]x' WHERE dbid = ? AND attempt = ? AND step = ?",
        *(HELD["dbid"], HELD["attempt"], HELD["step"]),
    )
    shown = booked.ok("job", HELD["dbid"]).out
    step = f", step {HELD['step']}" if HELD["step"] else ""
    assert f"attempt {HELD['attempt']}{step} was held 13/2 before: no file [bold]x" in shown
    assert "reason: " not in shown


def test_what_people_did_is_on_the_page(booked: Workspace) -> None:
    at = BOOKS.jobs[HELD["dbid"]]["submitted"]
    assert at >= BEGIN
    booked.sql(
        "INSERT INTO production_actions (id, verb, account, host, pid, boot_id, process_start, started, finished, reason, state,"
        " jobs, parameters, result) VALUES ('a', 'hold', 'anna', 'h', 1, 'b', '1', '2026-05-30T12:00:00.000Z', NULL, 'HV trip',"
        " 'done', 1, '{}', '1 of 1')"
    )
    booked.sql(
        "INSERT INTO production_action_jobs (action_id, dbid, attempt, step, schedd, clusterid, procid, status, entered)"
        " VALUES ('a', ?, 1, 0, 's', 1, 1, 'running', 1)",
        HELD["dbid"],
    )
    (action,) = booked.json("job", HELD["dbid"])["actions"]
    assert (action["at"], action["author"], action["verb"], action["reason"]) == (
        *("2026-05-30T12:00:00Z", "anna", "hold", "HV trip"),
    )


def test_a_catalog_that_is_missing_is_told(booked: Workspace) -> None:
    del booked.settings["databases"]["filecatalog"]
    booked.write()
    page = booked.json("job", HELD["dbid"])
    assert page["input_files"] is None
    assert "filecatalog" in page["unknown"][0]
    assert page["why"]


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("999999", "the books have no job '999999' (is it a run or a cluster?"),
        ("7.999", "the books have no job '7.999'"),
        ("nobody.root", "the books have no job 'nobody.root'"),
    ],
)
def test_a_job_that_nobody_knows(booked: Workspace, word: str, says: str) -> None:
    one_line(booked.run("job", word), 2, says)


def test_a_job_of_two_schedds_must_say_which(booked: Workspace) -> None:
    booked.sql("UPDATE production_jobs SET clusterid = 4711, procid = 2 WHERE id IN (1, 2)")
    schedds = {name for (name,) in booked.sql("SELECT schedd FROM production_jobs WHERE clusterid = 4711")}
    assert schedds == {"s0", "s1"}
    answer = booked.run("job", "4711.2")
    one_line(answer, 2, "several schedds have a job 4711.2")
    assert booked.json("job", "4711.2@s1")["dbid"] == 1


def test_the_end_of_a_file(booked: Workspace, tmp_path: Path) -> None:
    err = tmp_path / "job.err"
    err.write_text("".join(f"line {number}\n" for number in range(100)) + "no newline at the end")
    booked.sql("UPDATE production_jobs SET err = ? WHERE id = ?", str(err), HELD["dbid"])
    shown = booked.ok("job", HELD["dbid"], "--err", "--tail", 3).out
    assert shown.splitlines() == [f"==> {HELD['dbid']} err  {err}", "line 98", "line 99", "no newline at the end"]
    (found,) = booked.json("job", HELD["dbid"], "--err")
    assert len(found["lines"]) == 50
    assert found["lines"][0] == {"number": None, "severity": "info", "text": "line 51"}
