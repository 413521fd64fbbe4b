"""The process that submits beside a pass: it dies with its pass, and when it dies itself or is silent, nothing is half-done."""

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from prodcli.batch.htcondor.batch import HTCondorBatch
from prodcli.states import Queue
from tests.faults.conftest import LONG, MakeWorkspace
from tests.faults.test_killed import MEND, SEED, rule
from tests.faults.test_signals import ENDS
from tests.support import processes
from tests.support.batch_ledger import agree, ever_submitted, planned
from tests.support.condor_jobs import NEVER, A
from tests.support.condor_pool import Pool, wait_for
from tests.support.held_jobs import states
from tests.support.library_rules import changed
from tests.support.processes import Process
from tests.support.rule_files import write_rules
from tests.support.workspace import Workspace, seeded_catalog

pytestmark = pytest.mark.htcondor


@pytest.fixture
def workspace(make: MakeWorkspace, condor_pool: Pool) -> Iterator[Workspace]:
    """A workspace with more than a hundred jobs, which never start: the queue holds all that was submitted."""
    made = make("sqlite", "htcondor")
    made.load(seeded_catalog(2, 60))
    write_rules(made.folder / "rules", {"streaming": changed("streaming", job_requirements=NEVER)})
    yield made
    HTCondorBatch([A], condor_config=condor_pool.config).remove(
        A, {job.place[1:] for job in ever_submitted(made)}, "over"
    )


def submit_process_of(process: Process) -> int:
    """The process id of a pass's submit process."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    (child,) = [pid for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    return int(child)


def exists(pid: int) -> bool:
    """True if there is such a process, ended ones that wait for their parent not counted."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def handed_over(workspace: Workspace, *words: object, verb: str = "submit") -> tuple[Process, int]:
    """A pass that has handed its claim to a submit process that stands still."""
    process = Process(workspace, verb, *words, fault="submit.renewed:stop")
    process.wait_until_stopped()
    child = submit_process_of(process)
    os.kill(child, signal.SIGSTOP)
    process.send(signal.SIGCONT)
    assert not process.wait(1)
    return process, child


def test_a_submit_process_dies_with_its_pass(workspace: Workspace) -> None:
    """Else it would submit, whenever it goes on, what the next pass has released and submitted anew."""
    words = rule(workspace, "streaming")
    wanted = planned(workspace, *words)
    process, child = handed_over(workspace, *words)
    process.send(signal.SIGKILL)
    assert process.end().code == -signal.SIGKILL
    processes.ok(workspace, *MEND)
    assert workspace.sql("SELECT COUNT(*) FROM production_claims WHERE state = 'claimed'") == [(0,)]
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGCONT)
    wait_for(lambda: not exists(child))
    assert ever_submitted(workspace) == []
    processes.ok(workspace, "submit", *words)
    agree(workspace, wanted)


def test_a_submit_process_that_dies_is_told_and_leaves_nothing(workspace: Workspace) -> None:
    words = rule(workspace, "streaming")
    wanted = planned(workspace, *words)
    process, child = handed_over(workspace, *words)
    os.kill(child, signal.SIGKILL)
    answer = process.end()
    assert (answer.code, answer.err) == (5, "prodcli: HTCondor: the process that submits died\n")
    agree(workspace, set())
    processes.ok(workspace, "submit", *words)
    agree(workspace, wanted)


@pytest.mark.parametrize("action", [pytest.param(action, marks=() if action == "term" else LONG) for action in ENDS])
def test_a_pass_that_is_told_to_end_does_not_wait_for_its_submit_process(workspace: Workspace, action: str) -> None:
    words = rule(workspace, "streaming")
    wanted = planned(workspace, *words)
    process, child = handed_over(workspace, *words)
    process.send(signal.Signals[f"SIG{action.upper()}"])
    answer = process.end()
    assert (answer.code, answer.err) == (ENDS[action][0], ENDS[action][1] + "\n")
    assert not exists(child)
    agree(workspace, set())
    processes.ok(workspace, "submit", *words)
    agree(workspace, wanted)


def test_jobs_that_are_to_come_back_stay_parked_if_their_submit_process_is_silent(workspace: Workspace) -> None:
    words = rule(workspace, "streaming")
    processes.ok(workspace, "submit", *words)
    wanted = {job.output for job in ever_submitted(workspace)}
    parked = ("--tag", workspace.sql("SELECT tag FROM production_jobs WHERE schedd IS NOT NULL")[0][0], "--yes")
    processes.ok(workspace, "park", *parked)
    before = states(workspace)
    assert {state[:2] for state in before.values()} == {("held", "parked")}
    process, child = handed_over(workspace, *parked, verb="unpark")
    process.send(signal.SIGTERM)
    assert process.end().code == ENDS["term"][0]
    assert not exists(child)
    assert states(workspace) == before
    processes.ok(workspace, "unpark", *parked)
    queued = [job.output for job in ever_submitted(workspace) if job.queue is Queue.IDLE]
    assert sorted(queued) == sorted(wanted)


@LONG
def test_kills_while_a_schedd_takes_jobs(workspace: Workspace) -> None:
    """Whoever asks the schedd right after a pass died gets an answer that stays true: all jobs of the cluster, or none."""
    words = rule(workspace, "streaming")
    wanted = planned(workspace, *words)
    dice = random.Random(SEED)
    seen = []
    for _ in range(12):
        before = len(ever_submitted(workspace))
        process = Process(workspace, "submit", *words, "--maxjobs", 8, fault="submit.renewed:stop")
        process.wait_until_stopped()
        process.send(signal.SIGCONT)
        time.sleep(dice.uniform(0, 0.1))
        process.send(signal.SIGKILL)
        assert process.end().code in (0, -signal.SIGKILL)
        processes.ok(workspace, *MEND)
        there = len(ever_submitted(workspace)) - before
        assert there in (0, 8)
        seen.append(there)
    print(f"seed {SEED}: jobs of each pass: {seen}")
    processes.ok(workspace, "submit", *words)
    agree(workspace, wanted)
