"""A schedd that is killed in the middle of a submission; the pool's master starts it again."""

import os
import random
import signal
import time
from collections.abc import Iterator

import pytest

from prodcli.batch.htcondor.batch import HTCondorBatch
from prodcli.errors import BatchError
from tests.faults.conftest import LONG, MakeWorkspace
from tests.faults.test_killed import SEED, rule
from tests.support import processes
from tests.support.batch_ledger import agree, ever_submitted, planned
from tests.support.condor_jobs import NEVER, A
from tests.support.condor_pool import Pool, schedd_process, wait_for
from tests.support.library_rules import changed
from tests.support.processes import Process
from tests.support.rule_files import write_rules
from tests.support.workspace import Answer, Workspace, seeded_catalog

pytestmark = [pytest.mark.htcondor, LONG]


def kill(pool: Pool) -> None:
    """Kill the schedd; at once, in the middle of whatever it does."""
    os.kill(schedd_process(pool, A), signal.SIGKILL)


def answers(pool: Pool) -> bool:
    """True if the schedd answers, and knows what it did before."""
    try:
        HTCondorBatch([A], condor_config=pool.config).living(A)
    except BatchError:
        return False
    return True


@pytest.fixture
def workspace(make: MakeWorkspace, condor_pool: Pool) -> Iterator[Workspace]:
    """A workspace with more than a hundred jobs, which never start: the queue holds all that was submitted."""
    made = make("sqlite", "htcondor")
    made.load(seeded_catalog(2, 60))
    write_rules(made.folder / "rules", {"streaming": changed("streaming", job_requirements=NEVER)})
    yield made
    wait_for(lambda: answers(condor_pool))
    HTCondorBatch([A], condor_config=condor_pool.config).remove(
        A, {job.place[1:] for job in ever_submitted(made)}, "over"
    )


def failed_or_not(answer: Answer) -> None:
    """A pass that met a dying schedd: submitted, or one line that says so after what became of the claim."""
    assert answer.code in (0, 5, 6), answer
    lines = answer.err.splitlines()
    assert len(lines) <= 2 and all(line.startswith("prodcli: ") for line in lines), answer.err
    assert bool(lines) == bool(answer.code)


@pytest.mark.parametrize("step", ["submit.planned", "submit.renewed", "submit.submitted"])
def test_a_schedd_killed_at_a_step(workspace: Workspace, condor_pool: Pool, step: str) -> None:
    words = rule(workspace, "streaming")
    wanted = planned(workspace, *words)
    process = Process(workspace, "submit", *words, fault=f"{step}:stop")
    process.wait_until_stopped()
    kill(condor_pool)
    process.send(signal.SIGCONT)
    answer = process.end()
    failed_or_not(answer)
    assert (answer.code == 0) == (step == "submit.submitted"), answer
    wait_for(lambda: answers(condor_pool))
    assert len(ever_submitted(workspace)) == (len(wanted) if step == "submit.submitted" else 0)
    processes.ok(workspace, "submit", *words)
    agree(workspace, wanted)


def test_a_schedd_that_is_started_again_meanwhile(workspace: Workspace, condor_pool: Pool) -> None:
    """The new one has another address; a pass that knows the old one fails, or finds it, and nothing is lost."""
    words = rule(workspace, "streaming")
    wanted = planned(workspace, *words)
    process = Process(workspace, "submit", *words, fault="submit.renewed:stop")
    process.wait_until_stopped()
    kill(condor_pool)
    wait_for(lambda: answers(condor_pool))
    process.send(signal.SIGCONT)
    failed_or_not(process.end())
    processes.ok(workspace, "submit", *words)
    agree(workspace, wanted)


def test_a_schedd_killed_at_any_moment_of_a_submission(workspace: Workspace, condor_pool: Pool) -> None:
    """Its queue holds all jobs of a cluster, or none."""
    words = rule(workspace, "streaming")
    wanted = planned(workspace, *words)
    dice = random.Random(SEED)
    seen = []
    for _ in range(8):
        before = len(ever_submitted(workspace))
        process = Process(workspace, "submit", *words, "--maxjobs", 12, fault="submit.renewed:stop")
        process.wait_until_stopped()
        process.send(signal.SIGCONT)
        time.sleep(dice.uniform(0, 0.06))
        kill(condor_pool)
        answer = process.end()
        failed_or_not(answer)
        wait_for(lambda: answers(condor_pool))
        there = len(ever_submitted(workspace)) - before
        assert there in (0, 12)
        seen.append((answer.code, there))
        processes.ok(workspace, "harvest")
    print(f"seed {SEED}: exit code and jobs of each pass: {seen}")
    processes.ok(workspace, "submit", *words)
    agree(workspace, wanted)


@pytest.mark.parametrize("words", [("harvest",), ("config", "check")])
def test_a_signal_ends_what_waits_for_a_schedd_that_hangs(
    workspace: Workspace, condor_pool: Pool, words: tuple[str, ...]
) -> None:
    schedd = schedd_process(condor_pool, A)
    os.kill(schedd, signal.SIGSTOP)
    try:
        process = Process(workspace, *words)
        assert not process.wait(4)
        process.send(signal.SIGINT)
        began = time.monotonic()
        answer = process.end()
        assert time.monotonic() - began < 5
    finally:
        os.kill(schedd, signal.SIGCONT)
    assert (answer.code, answer.err) == (130, "prodcli: interrupted; submitted jobs are in the books\n")
