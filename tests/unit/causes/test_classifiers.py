"""What is proposed for jobs that went wrong: facts in, an answer out, on texts as pools and payloads write them."""

import logging
from typing import Any

import pytest

from prodcli.causes.classifiers import AGAIN, CHAIN, Facts, Verdict, doubted
from prodcli.causes.failures import propose
from prodcli.diagnosis.signatures import telling_line
from prodcli.diagnosis.verdict import FaultVerdict, Ground
from prodcli.error_catalog.remedy import Remedy
from prodcli.memory.requests import ABOVE, ENOUGH, By

OVER = "Error from slot1_3@n7.sdcc.org: Job has gone over cgroup memory limit of 2048 megabytes. Peak usage: 2050 megabytes."
NO_INPUT = (
    "Transfer input files failure at access point submit1 while sending files to the execution point slot1@n7.sdcc.org."
    " Details: reading from file /direct/x.root: (errno 2) No such file or directory"
)
SEGV = """ *** Break *** segmentation violation
===========================================================
There was a crash.
#7  0x00007f in TpcHitUnpacker::process_event (this=0x1) at TpcHitUnpacker.cc:214
"""
TRACE = """Traceback (most recent call last):
  File "/x/steer.py", line 12, in <module>
    main()
KeyError: 'EVTMGR'
"""
NO_SERVER = """opening calibrations
psql: error: connection to server at "db3.sdcc.org", port 5432 failed: Connection refused
\tIs the server running on that host and accepting TCP/IP connections?
"""
SLOW = "Error in <TNetXNGFile::Open>: [ERROR] Operation expired: root://dcs1.rcf.org:1095//pnfs/x.root: timed out\n"
NO_FILE = "Error in <TFile::TFile>: file /sphenix/lustre01/x/DST_A-00066456-00000.root does not exist\n"
GROUNDS = (Ground.JOBS_BESIDE, Ground.OUTAGE, Ground.NODES)  # that tell more than some jobs do


def facts(**more: Any) -> Facts:
    """Facts about ten jobs."""
    return {"state": "failed", "exit_code": 1, "text": "", "fate": "", "jobs": 10, "nodes": {"n1": 6, "n2": 4}, **more}


def hold(code: int, subcode: int, text: str = "", **more: Any) -> Facts:
    """Facts about ten held jobs."""
    return facts(state="held", code=code, subcode=subcode, text=text, **more)


@pytest.mark.parametrize(
    ("given", "action", "why"),
    [
        (hold(1, 0, "via condor_hold (by user anna)"), Remedy.ASK, "held by a person"),
        (hold(1, 0, "no space left on device, said anna"), Remedy.ASK, "held by a person"),
        (hold(15, 0, "submitted on hold at user's request"), Remedy.ASK, "on hold"),
        (
            hold(34, 102, OVER, fate=By.NEED, asked="200", used="269-318", next="512"),
            Remedy.MEMORY,
            f"held for memory (asked 200 MB, used 269-318 MB); 512 MB is {By.NEED}",
        ),
        (
            hold(34, 102, OVER, fate=By.LADDER, asked="200", next="400"),
            Remedy.MEMORY,
            f"(asked 200 MB); 400 MB is {By.LADDER}",
        ),
        (hold(34, 102, OVER, fate=ABOVE), Remedy.PARK, f"held for memory; {ABOVE}"),
        (hold(21, 102, OVER, fate=ENOUGH), Remedy.RETRY, "large enough already"),
        (hold(34, 104, "disk over"), Remedy.ASK, "disk"),
        (hold(13, 2, NO_INPUT), Remedy.RETRY, "could not be transferred"),
        (hold(12, 2, "Transfer output files failure"), Remedy.RETRY, "could not be transferred"),
        (hold(3, 0, "The job attribute PeriodicHold expression evaluated to TRUE"), Remedy.ASK, "own policy"),
        (hold(46, 0, "The job exceeded allowed job duration"), Remedy.ASK, "longer than allowed"),
        (
            hold(6, 2, "Failed to execute /x/run.sh: (errno=2: 'No such file or directory')"),
            Remedy.ASK,
            "cannot be started",
        ),
        (
            hold(14, 116, "Cannot access initial working directory /x: Stale file handle"),
            Remedy.RETRY,
            "stale file handle",
        ),
        (hold(0, 0), Remedy.ASK, "the hold has no code"),
        (facts(text=NO_SERVER), Remedy.RETRY, "connection refused"),
        (facts(text=NO_SERVER, fate=AGAIN), Remedy.RETRY, "connection refused"),
        (facts(text=SLOW), Remedy.RETRY, "timed out"),
        (facts(text=NO_FILE), Remedy.RETRY, "does not exist"),
        (facts(text=NO_FILE, fate=AGAIN), Remedy.ASK, "more than one attempt"),
        (facts(text=SEGV, exit_code=139), Remedy.RETRY, "the first failure"),
        (facts(text=SEGV, exit_code=139, fate=AGAIN), Remedy.ASK, "more than one attempt"),
        (facts(text=TRACE), Remedy.RETRY, "an error of the code"),
        (
            facts(text="terminate called after throwing an instance of 'std::bad_alloc'"),
            Remedy.MEMORY,
            "memory ran out",
        ),
        (facts(), Remedy.RETRY, "cause unknown"),
        (facts(fate=AGAIN), Remedy.ASK, "more than one attempt"),
        (facts(state="lost"), Remedy.RETRY, "does not know them"),
        (facts(state="removed", text="via condor_rm (by user anna)"), Remedy.ASK, "removed by a person"),
        (facts(state="evicted", starts=12), Remedy.ASK, "started up to 12 times"),
        (facts(text=SEGV, suspects={"n1": "40 of 100 failed"}), Remedy.NODE, "6 of them were on n1: 40 of 100 failed"),
        (facts(text=SEGV, suspects={"n2": "x"}), Remedy.RETRY, "the first failure"),
        (hold(34, 102, OVER, fate=By.PEAKS, suspects={"n1": "x", "n2": "y"}), Remedy.MEMORY, By.PEAKS),
        (hold(6, 2, "exec failed", suspects={"n1": "40 of 100 failed"}), Remedy.NODE, "40 of 100"),
    ],
)
def test_what_is_proposed(given: Facts, action: Remedy, why: str) -> None:
    answer = propose(given)
    assert answer["action"] == action
    assert why in answer["why"]


def test_a_classifier_that_crashes_is_passed_over_and_logged(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Facts) -> Verdict | None:
        raise ValueError("no such fact")

    monkeypatch.setattr(logging.getLogger("prodcli"), "propagate", True)
    assert propose(facts(), (broken, *CHAIN))["action"] == Remedy.RETRY
    assert "classifier broken crashed" in caplog.text
    assert propose(facts(), (broken,)) == {"action": Remedy.ASK, "why": "nothing is known of it"}


@pytest.mark.parametrize(
    ("won", "retried", "action"),
    [(1, 10, Remedy.ASK), (2, 10, Remedy.RETRY), (0, 9, Remedy.RETRY), (0, 0, Remedy.RETRY), (19, 100, Remedy.ASK)],
)
def test_a_retry_that_hardly_ever_helps_is_not_proposed(won: int, retried: int, action: Remedy) -> None:
    assert doubted({"action": Remedy.RETRY, "why": "w"}, won, retried)["action"] == action
    assert doubted({"action": Remedy.PARK, "why": "w"}, won, retried)["action"] == Remedy.PARK


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        ("\n \n", ""),
        ("all is well\nbye at 12:30\n", "bye at N:N"),
        (NO_SERVER, 'psql: error: connection to server at "HOST", port N failed: Connection refused'),
        (NO_FILE + "real 0m3.2s\n", "Error in <TFile::TFile>: file PATH does not exist"),
        (TRACE, "KeyError: 'EVTMGR'"),
        (SEGV, "*** Break *** segmentation violation"),
    ],
)
def test_the_line_that_tells_most(text: str, line: str) -> None:
    assert telling_line(text) == line


@pytest.mark.parametrize(
    ("given", "action", "why"),
    [
        (
            facts(state="stalled", missing="no CPU"),
            Remedy.RETRY,
            "no CPU for longer than their rule allows (job.stalled)",
        ),
        (facts(state="stalled", missing="no events", fate=AGAIN), Remedy.ASK, "no events in more than one attempt"),
        (
            facts(state="stalled", missing="no output", suspects={"n1": "9 of 9 failed"}),
            Remedy.NODE,
            "6 of them were on n1",
        ),
    ],
)
def test_stalled_jobs_start_again_once(given: Facts, action: Remedy, why: str) -> None:
    answer = propose(given)
    assert answer["action"] == action
    assert answer["why"].startswith(why)


@pytest.mark.parametrize(
    ("ground", "given", "action"),
    [
        (Ground.JOBS_BESIDE, facts(exit_code=134, text=SEGV), Remedy.ASK),
        (Ground.OUTAGE, facts(text="no such line", fate=AGAIN), Remedy.RETRY),
        (Ground.OUTAGE, hold(13, 2, NO_INPUT), Remedy.RETRY),
        (Ground.NODES, facts(text="no such line", fate=AGAIN), Remedy.RETRY),  # no job goes there any more
        (Ground.CATALOG, facts(text="no such line", fate=AGAIN), Remedy.ASK),
        (Ground.RETRIES, facts(text="no such line", fate=AGAIN), Remedy.ASK),
        (Ground.OUTAGE, hold(1, 0, "via condor_hold (by user anna)"), Remedy.ASK),
        (Ground.OUTAGE, hold(34, 102, OVER, fate=By.LADDER, asked="200", next="400"), Remedy.MEMORY),
    ],
)
def test_what_all_failures_with_a_signature_tell_counts(ground: Ground, given: Facts, action: Remedy) -> None:
    does = Remedy.ASK if ground is Ground.JOBS_BESIDE else Remedy.RETRY
    verdict = FaultVerdict("whoever", does, "they say so", ground)
    answer = propose({**given, "verdict": verdict})
    assert answer["action"] == action
    assert ("they say so" in answer["why"]) == (ground in GROUNDS and given.get("code") not in (1, 34))


def test_a_masked_text_gives_the_name_of_its_error() -> None:
    given = facts(exit_code=134, text="Finder.cc:N: Assertion `seeds > N' failed.")
    assert propose(given)["what"] == "an assertion of the code failed"
    assert propose(facts(text=NO_SERVER))["what"] == "connection refused"
