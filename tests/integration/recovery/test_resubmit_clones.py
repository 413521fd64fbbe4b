"""Jobs again: clones of failed and held jobs, and parked ones that come back, are the same jobs as new attempts."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from prodcli.batch.description import parse_description, read_items
from prodcli.batch.local.batch import LocalBatch
from prodcli.errors import BatchError
from tests.support.condor_pool import wait_for
from tests.support.held_jobs import failed, held, in_queue, places, states, submitted
from tests.support.waiting_jobs import JOBS, schedd_of
from tests.support.workspace import COMBINATIONS, Workspace

EACH = pytest.mark.parametrize(("database", "batch"), COMBINATIONS)
LOCAL = pytest.mark.parametrize(("database", "batch"), COMBINATIONS[:2])
TAG = "ana537_2025p010_v001"
ASKED = {"RequestMemory", "RequestDisk", "memory_asked", "request_memory =", "request_disk ="}
UNCHANGED = "memory unchanged"
# What an ad says of one try only; and what two descriptions of one job differ in.
TRY = re.compile(
    r"(?i)(prodcli(attempt|claim)|clusterid|procid|globaljobid|qdate|.*date|.*time.*|entered.*|numjob.*|hold.*|lasthold.*"
    r"|jobstatus|laststatus|lastjobstatus|numholds.*|numsystemholds|totalsubmitprocs|lastrejmatch.*|autocluster.*|cluster|proc"
    r"|attempt|claim|since|change|status|commands|item|folder|servertime|jobnotification|remove.*|release.*|lastrelease.*"
    r"|lastsuspension.*|totalsuspensions|jobsubmit.*|jobfactory.*|jobmaterialize.*|submitevent.*|hold_.*|pid|born|num_starts"
    r"|memory_used|node|started|finished|periodic.*|procs|attempt =|my.prodcliclaim =)"
)


def ad_of(workspace: Workspace, queue: Any, dbid: int) -> dict[str, Any]:
    """All that the queue has of a job."""
    place = places(workspace)[dbid]
    return dict(queue.full_ads(schedd_of(workspace), [place])[place])


def flat(ad: dict[str, Any]) -> dict[str, Any]:
    """An ad of the local batch with its commands and item side by side."""
    return {**ad, **{f"{key} =": value for key, value in {**ad.get("commands", {}), **ad.get("item", {})}.items()}}


def same(first: dict[str, Any], second: dict[str, Any]) -> list[str]:
    """What differs between two tries of a job."""
    first, second = flat(first), flat(second)
    names = {*first, *second}
    return sorted(name for name in names if not TRY.fullmatch(name) and untold(first, name) != untold(second, name))


def untold(ad: dict[str, Any], name: str) -> Any:
    """What an ad says, without the number of the try that the environment of a job tells it."""
    value = ad.get(name)
    return re.sub(r"PRODCLI_ATTEMPT='?\d+'?", "", value) if name == "Environment" else value


def memory(ad: dict[str, Any]) -> int:
    """What a job asks for."""
    return int(ad.get("RequestMemory", ad.get("memory_asked", 0)))


def described(workspace: Workspace) -> dict[int, tuple[dict[str, str], dict[str, str]]]:
    """Commands and item of each job as its current claim's files have them."""
    found = {}
    for dbid, folder in workspace.sql(
        "SELECT j.id, c.folder FROM production_jobs j JOIN production_claims c ON c.id = j.claim_id"
    ):
        parsed = parse_description((Path(folder) / "job.sub").read_text(), "test")
        for row in read_items((Path(folder) / "items.csv").read_text(), parsed.fields, "test"):
            if int(row["dbid"]) == dbid:
                found[dbid] = (dict(parsed.commands), row)
    return found


@EACH
def test_failed_jobs_are_submitted_again_as_they_were(real: Workspace, queue: Any) -> None:
    dbids = submitted(real)
    wait_for(lambda: len(in_queue(real, queue)) == JOBS)
    before = {dbid: ad_of(real, queue, dbid) for dbid in dbids[:3]}
    outputs = real.sql("SELECT id, filename, out, err, log FROM production_jobs ORDER BY id")
    failed(real, queue, dbids[:3])
    everything = [states(real), in_queue(real, queue), sorted(real.folder.glob("campaigns/*/*/*"))]
    assert real.json("resubmit", "--tag", TAG, "--clone", "--dry-run")["dbids"] == dbids[:3]
    assert real.run("resubmit", "--tag", TAG, "--clone").code == 2
    assert [states(real), in_queue(real, queue), sorted(real.folder.glob("campaigns/*/*/*"))] == everything
    clone = real.json("resubmit", "--tag", TAG, "--clone", "--yes", "--reason", "the service is back")
    assert (clone["dbids"], clone["notes"]) == (dbids[:3], [UNCHANGED])
    assert (clone["action"]["changed"], clone["action"]["failed"]) == (3, {})
    assert [states(real)[dbid][::2] for dbid in dbids[:3]] == [("submitted", 2)] * 3
    wait_for(lambda: in_queue(real, queue) == set(dbids))
    assert real.sql("SELECT id, filename, out, err, log FROM production_jobs ORDER BY id") == outputs
    for dbid in dbids[:3]:
        assert same(before[dbid], ad_of(real, queue, dbid)) == []
        assert memory(ad_of(real, queue, dbid)) == 2048
    tries = real.sql("SELECT dbid, attempt, memory_asked FROM production_attempts WHERE attempt = 2 ORDER BY dbid")
    assert tries == [(dbid, 2, 2048) for dbid in dbids[:3]]
    real.ok("harvest", "--sweep")
    real.ok("reconcile")
    assert [states(real)[dbid][::2] for dbid in dbids[:3]] == [("submitted", 2)] * 3
    first, line = real.json("log")
    assert first["verb"] == "submit"
    assert (line["verb"], line["state"], line["parameters"]["clone"]) == ("resubmit", "done", True)


@EACH
def test_held_jobs_are_removed_before_they_are_cloned(real: Workspace, queue: Any) -> None:
    dbids = submitted(real)
    held(real, queue, dbids[:2])
    held(real, queue, dbids[2:3], 1, 0)
    held(real, queue, dbids[3:4], 13, 2)
    old = places(real)
    words = ("resubmit", "--tag", TAG, "--clone", "--state", "held", "--mem", "3GB")
    answer = real.json(*words, "--yes")
    assert (answer["dbids"], answer["action"]["failed"]) == (dbids[:2], {})
    assert sorted(answer["left"].values()) == [1, 1]  # a person's, and one for another reason than memory
    assert [states(real)[dbid][::2] for dbid in dbids[:2]] == [("submitted", 2)] * 2
    assert not {old[dbid] for dbid in dbids[:2]} & queue.living(schedd_of(real))
    wait_for(lambda: in_queue(real, queue) == set(dbids))
    assert [memory(ad_of(real, queue, dbid)) for dbid in dbids[:3]] == [3072, 3072, 2048]
    steps = real.sql(
        "SELECT attempt, step, memory_asked FROM production_attempts WHERE dbid = ? ORDER BY 1, 2", dbids[0]
    )
    assert steps == [(1, 0, 2048), (2, 0, 3072)]
    codes = real.sql("SELECT hold_code, substatus FROM production_attempts WHERE dbid = ? AND attempt = 1", dbids[0])
    assert codes == [(34, "removed")]


@EACH
def test_repeats_climb_from_the_most_that_was_asked_for(real: Workspace, queue: Any) -> None:
    dbids = submitted(real)
    held(real, queue, dbids[:1])
    real.ok("clear-held", "--dbid", dbids[0], "--yes")
    wait_for(lambda: places(real)[dbids[0]] not in queue.living(schedd_of(real)))
    for expected in (3072, 4608):
        answer = real.json("resubmit", "--dbid", dbids[0], "--state", "removed", "--scale-memory", 1.5, "--yes")
        assert answer["action"]["failed"] == {}
        wait_for(lambda: dbids[0] in in_queue(real, queue))
        assert memory(ad_of(real, queue, dbids[0])) == expected
        held(real, queue, dbids[:1])
        real.ok("clear-held", "--dbid", dbids[0], "--yes")
        wait_for(lambda: places(real)[dbids[0]] not in queue.living(schedd_of(real)))
    assert states(real)[dbids[0]] == ("failed", "removed", 3)


@EACH
def test_parked_jobs_come_back_without_their_rule_and_files(real: Workspace, queue: Any) -> None:
    dbids = submitted(real)
    held(real, queue, dbids[:3])
    before = {dbid: ad_of(real, queue, dbid) for dbid in dbids[:3]}
    real.ok("park", "--dbid", *dbids[:3], "--yes")
    for file in (*real.folder.glob("campaigns/*/*/*/*.*"), *real.folder.glob("rules/*.yaml")):
        file.unlink()
    old = [states(real), in_queue(real, queue)]
    assert real.json("unpark", "--tag", TAG, "--mem", "5GB", "-n")["dbids"] == dbids[:3]
    assert real.run("unpark", "--tag", TAG).code == 2
    assert [states(real), in_queue(real, queue)] == old
    answer = real.json("unpark", "--dbid", *dbids[:2], "--mem", "5GB", "--disk", "30GB", "--cpus", 1, "--yes")
    assert (answer["dbids"], answer["action"]["changed"], answer["action"]["failed"]) == (dbids[:2], 2, {})
    assert [states(real)[dbid][::2] for dbid in dbids[:2]] == [("submitted", 2)] * 2
    wait_for(lambda: set(dbids[:2]) <= in_queue(real, queue))
    for dbid in dbids[:2]:
        ad = ad_of(real, queue, dbid)
        assert memory(ad) == 5120
        assert set(same(before[dbid], ad)) <= ASKED
        assert str(30 * 1024 * 1024) in json.dumps(ad)
    rows = real.sql("SELECT request_disk, request_cpus FROM production_jobs WHERE id = ?", dbids[0])
    assert rows == [(30 * 1024 * 1024, 1)]
    assert [line["dbid"] for line in real.json("parked")] == [dbids[2]]
    answer = real.json("unpark", "--dbid", dbids[2], "--yes")
    assert answer["notes"] == [UNCHANGED]
    wait_for(lambda: dbids[2] in in_queue(real, queue))
    assert memory(ad_of(real, queue, dbids[2])) == 2048
    attempts = real.sql(
        "SELECT CAST(status AS text), substatus, hold_code FROM production_attempts WHERE attempt = 1 AND dbid = ?",
        dbids[0],
    )
    assert attempts == [("held", "parked", 34)]
    assert real.json("parked") == []
    real.ok("harvest", "--sweep")
    assert [states(real)[dbid][::2] for dbid in dbids[:3]] == [("submitted", 2)] * 3


@EACH
def test_above_the_most_jobs_are_parked(real: Workspace, queue: Any) -> None:
    dbids = submitted(real)
    held(real, queue, dbids[:2])
    real.sql("UPDATE production_attempts SET memory_asked = 3000 WHERE dbid = ?", dbids[1])
    words = ("resubmit", "--tag", TAG, "--scale-memory", 1.5, "--max-mem", "4GB")
    preview = real.json(*words, "-n")
    assert (preview["dbids"], preview["more"][0]["verb"], preview["more"][0]["dbids"]) == (
        dbids[:1],
        "park",
        dbids[1:2],
    )
    assert in_queue(real, queue) == set(dbids)
    text = real.run(*words, "-n", quiet=False).out
    assert [line.split()[0] for line in text.splitlines()[2:4]] == ["resubmit", "park"]
    answer = real.json(*words, "--yes")
    assert (answer["action"]["changed"], answer["more"][0]["action"]["changed"]) == (1, 1)
    assert states(real)[dbids[0]] == ("submitted", "", 1)
    assert states(real)[dbids[1]] == ("held", "parked", 1)
    assert memory(ad_of(real, queue, dbids[0])) == 3072
    assert [line["verb"] for line in real.json("log")] == ["submit", "resubmit", "park"]


@LOCAL
def test_a_ladder_goes_on_above_what_is_asked_for(real: Workspace, queue: Any) -> None:
    dbids = submitted(real, job_request_memory="2 GB, 3 GB, 5 GB")
    failed(real, queue, dbids[:2])
    real.sql("UPDATE production_attempts SET hold_code = 34, hold_subcode = 102 WHERE dbid = ?", dbids[0])
    answer = real.json("resubmit", "--tag", TAG, "--state", "failed", "--ladder", "--yes")
    assert (answer["dbids"], answer["left"]) == (
        dbids[:1],
        {"not held for memory (--any-hold includes them)": 1},
    )
    commands, item = described(real)[dbids[0]]
    assert (commands["request_memory"], commands["retry_request_memory"]) == ("3072MB", "5120MB")
    assert {**commands, **item}["attempt"] == "2"
    real.ok("resubmit", "--dbid", dbids[1], "--clone", "--yes")
    commands, _ = described(real)[dbids[1]]
    assert (commands["request_memory"], commands["retry_request_memory"]) == ("2048MB", "3072MB, 5120MB")


@LOCAL
def test_as_many_as_the_queue_has_room_for(real: Workspace, queue: Any) -> None:
    dbids = submitted(real)
    failed(real, queue, dbids[:3])
    answer = real.run("resubmit", "--tag", TAG, "--clone", "--maxqueued", JOBS - 1, "--yes")
    assert (answer.code, "1 job left out: no room in the queue (--maxqueued)" in answer.err) == (6, True)
    assert len(in_queue(real, queue)) == JOBS - 1
    assert [status for status, _, attempt in states(real).values() if attempt == 1].count("failed") == 1


@LOCAL
def test_nodes_that_are_excluded_by_now_are_kept_away_from(real: Workspace, queue: Any) -> None:
    dbids = submitted(real)
    failed(real, queue, dbids[:1])
    real.ok("nodes", "exclude", "add", "spool0311", "--reason", "no CVMFS", "--yes")
    real.ok("resubmit", "--tag", TAG, "--clone", "--yes")
    assert described(real)[dbids[0]][0]["my.prodclibadnodes"] == '"spool0311"'


@LOCAL
def test_whose_files_are_gone_is_left_alone(real: Workspace, queue: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    dbids = submitted(real)
    held(real, queue, dbids[2:3])
    rendered = list(real.folder.glob("campaigns/*/*/*/*.*"))
    with monkeypatch.context() as patch:  # gone after the preview, which has read them
        patch.setattr("prodcli.cli.consent.require_consent", lambda *_, **__: [file.unlink() for file in rendered])
        real.ok("resubmit", "--dbid", dbids[2], "--state", "held", "--clone")
    assert states(real)[dbids[2]] == ("submitted", "", 2)
    assert in_queue(real, queue) == set(dbids)
    failed(real, queue, dbids[:2])
    for file in real.folder.glob("campaigns/*/*/*/*.*"):
        file.unlink()
    answer = real.json("resubmit", "--tag", TAG, "--clone", "--yes")
    assert answer["left"] == {"rendered files are gone or unreadable": 2}
    assert [states(real)[dbid] for dbid in dbids[:2]] == [("failed", "", 1)] * 2


@LOCAL
def test_the_states_that_are_taken(real: Workspace, queue: Any) -> None:
    dbids = submitted(real)
    failed(real, queue, dbids[:1])
    real.ok("kill", "--dbid", dbids[1], "--yes")
    held(real, queue, dbids[2:3])

    def taken(*words: object) -> list[int]:
        answer = real.json("resubmit", "--tag", TAG, *words, "-n")
        return sorted([*answer["dbids"], *(dbid for part in answer.get("more", []) for dbid in part["dbids"])])

    assert taken("--clone") == dbids[:1]
    assert taken("--state", "failed") == dbids[:1]
    assert taken("--state", "removed") == dbids[1:2]
    assert taken("--state", "removed", "failed", "lost") == dbids[:2]
    assert taken("--state", "failed", "held", "--mem", "3GB") == dbids[2:3]
    assert taken("--state", "failed", "held", "--mem", "3GB", "--any-hold") == [dbids[0], dbids[2]]
    assert taken("--state", "failed", "held", "--clone") == [dbids[0], dbids[2]]
    assert taken("--clone", "--code", 34) == []
    for words, where in ((("resubmit", "--clone"), "failed"), (("unpark",), "parked")):
        said = real.run(*words, "--dbid", 1, "-n", quiet=False).out
        assert f"no {where} job matches" in said


@LOCAL
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("resubmit",), "no memory is given"),
        (("resubmit", "--state", "held"), "no memory is given"),
        (("resubmit", "--clone", "--mem", "1GB", "--ladder"), "no memory is given"),
        (("resubmit", "--clone", "--in-place", "--mem", "1GB"), "only jobs in a queue"),
        (("resubmit", "--in-place", "--state", "failed"), "only jobs in a queue"),
        (("resubmit", "--state", "finished"), "there is no state 'finished'"),
        (("unpark", "--mem", "1GB", "--scale-memory", "2"), "not both"),
        (("unpark", "--mem", "much"), "'much' is not a size"),
        (("unpark", "--disk", "much"), "'much' is not a size"),
        (("unpark", "--scale-memory", "0"), "the factor must be above 0"),
        (("unpark", "--schedd", "nobody"), "none of the schedds"),
    ],
)
def test_what_is_off_is_said(real: Workspace, queue: Any, words: tuple[str, ...], says: str) -> None:
    answer = real.run(*words, "--tag", TAG, "--yes")
    assert (answer.code, len(answer.err.splitlines())) == (2, 1)
    assert says in answer.err


@LOCAL
def test_a_schedd_that_refuses_leaves_rows_as_they_were(
    real: Workspace, queue: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    dbids = submitted(real)
    held(real, queue, dbids[:1])
    real.ok("park", "--dbid", dbids[0], "--yes")
    failed(real, queue, dbids[1:2])

    def refuse(*_: object) -> int:
        raise BatchError("no answer", where="schedd local")

    for method in ("intake", "submit"):
        monkeypatch.setattr(LocalBatch, method, refuse)
        for words in (("unpark",), ("resubmit", "--clone")):
            answer = real.run(*words, "--tag", TAG, "--yes")
            assert (answer.code, "no answer" in answer.err, answer.err.count("\n")) == (5, True, 1)
        monkeypatch.undo()
    assert {line["state"] for line in real.json("log")} == {"done"}
    assert states(real)[dbids[0]] == ("held", "parked", 1)
    assert states(real)[dbids[1]] == ("failed", "", 1)
    real.ok("unpark", "--tag", TAG, "--yes")
    real.ok("resubmit", "--tag", TAG, "--clone", "--yes")
    assert [states(real)[dbid][::2] for dbid in dbids[:2]] == [("submitted", 2)] * 2


@LOCAL
def test_a_job_that_is_in_a_queue_after_all_is_left_alone(
    real: Workspace, queue: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    dbids = submitted(real)
    failed(real, queue, dbids[:1])
    place = places(real)[dbids[0]]
    monkeypatch.setattr(LocalBatch, "living", lambda *_: {place})
    answer = real.run("resubmit", "--dbid", dbids[0], "--clone", "--yes")
    assert answer.code == 5
    assert "1 job left out: in a queue" in answer.err
    assert states(real)[dbids[0]] == ("failed", "", 1)


@EACH
def test_a_sample_of_failed_jobs_gets_other_cores_disk_and_priority(real: Workspace, queue: Any) -> None:
    dbids = submitted(real)
    failed(real, queue, dbids[:4])
    words = ("resubmit", "--tag", TAG, "--clone", "--cpus", 1, "--disk", "30GB", "--priority", -7, "--sample", 0.5)
    preview = real.json(*words, "-n")
    assert preview["notes"][0] == "sample: 2 of 4 jobs, drawn by row number, so the same jobs each time"
    assert preview["parameters"] == {"disk": "30GB", "cpus": 1, "priority": -7, "sample": 0.5}
    answer = real.json(*words, "--yes")
    drawn = answer["dbids"]
    assert (drawn, answer["action"]["changed"], answer["action"]["failed"]) == (preview["dbids"], 2, {})
    assert [states(real)[dbid][0] for dbid in dbids[:4] if dbid not in drawn] == ["failed"] * 2
    wait_for(lambda: set(drawn) <= in_queue(real, queue))
    for dbid in drawn:
        ad = flat(ad_of(real, queue, dbid))
        assert int(ad.get("JobPrio", ad.get("priority ="))) == -7
        assert str(30 * 1024 * 1024) in json.dumps(ad)
    rows = real.sql("SELECT id, request_disk, request_cpus FROM production_jobs WHERE attempt = 2 ORDER BY id")
    assert rows == [(dbid, 30 * 1024 * 1024, 1) for dbid in drawn]
    assert real.json("log", "--verb", "resubmit")[0]["parameters"]["sample"] == 0.5


@LOCAL
def test_what_cannot_be_said_of_jobs_that_stay_in_the_queue_is_refused(real: Workspace) -> None:
    submitted(real)
    for option in (("--cpus", 2), ("--disk", "1GB"), ("--priority", 3)):
        refused = real.run("resubmit", "--tag", TAG, "--mem", "3GB", *option)
        assert (refused.code, "say --clone" in refused.err) == (2, True)
    for fraction in (0, 1.5, -0.1, "nan"):
        assert real.run("resubmit", "--tag", TAG, "--clone", "--sample", fraction).code == 2
