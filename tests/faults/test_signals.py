"""SIGINT and SIGTERM at every named step and at any time: the right exit code, one line, and nothing half-done."""

import random
import re
import signal

import pytest

from tests.faults.conftest import LONG, LONG_POSTGRESQL, LONG_SQLITE, SQLITE, MakeWorkspace
from tests.faults.test_killed import BEFORE, CASES, HAS_NOTHING, MEND, SEED, go_on, rule, run_jobs, seconds_of
from tests.support import processes
from tests.support.batch_ledger import agree, ever_submitted, planned
from tests.support.processes import Process
from tests.support.workspace import Answer, Workspace, seeded_catalog

ENDS = {
    "int": (130, "prodcli: interrupted; submitted jobs are in the books"),
    "term": (143, "prodcli: terminated; submitted jobs are in the books"),
}
SHORT = (("submit.renewed", "term"), ("submit.submitted", "int"))


def stopped(answer: Answer, action: str) -> None:
    """It ended as a signal asks for: code, one line that says so, and no traceback."""
    code, line = ENDS[action]
    # a shell calls it 128 + N either way; Python ends by the signal if that met it within an exec()
    assert answer.code in (code, 128 - code), answer
    *others, last = answer.err.splitlines()
    assert last in (line, line.partition(";")[0]), answer.err
    # what became of an open claim is told before
    assert all(one.startswith("prodcli: ") and "claim" in one for one in others), answer.err
    assert len(others) <= 1, answer.err


@pytest.mark.parametrize("database", [SQLITE, LONG_POSTGRESQL])
@pytest.mark.parametrize(
    ("step", "before", "action"),
    [
        pytest.param(
            step,
            before,
            action,
            marks=() if (step, action) in SHORT else (LONG,),
            id=f"{step}{f'-{BEFORE[before]}' if before else ''}-{action}",
        )
        for step, before in CASES
        for action in ENDS
    ],
)
def test_a_signal_at_a_step(make: MakeWorkspace, database: str, step: str, before: str, action: str) -> None:
    workspace = make(database, "local")
    workspace.load(seeded_catalog(1))
    submit = ("submit", *rule(workspace))
    verb = {"submit": submit, "harvest": ("harvest",), "reconcile": MEND}[step.partition(".")[0]]
    wanted = planned(workspace, *rule(workspace))
    if before:
        processes.killed(workspace, *submit, fault=before)
    elif verb != submit:
        processes.ok(workspace, *submit)
        run_jobs(workspace)
    stopped(processes.run(workspace, *verb, fault=f"{step}:{action}"), action)
    assert len(ever_submitted(workspace)) == (0 if (before or step) in HAS_NOTHING else 8)
    if verb == submit:  # it tidied up itself
        agree(workspace, wanted if step not in HAS_NOTHING else set())
    go_on(workspace, wanted, *rule(workspace))


@pytest.mark.parametrize("action", ["term", pytest.param("int", marks=LONG)])
def test_a_signal_after_the_first_cluster_is_no_partial_failure(
    make: MakeWorkspace, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    """Whoever asks a pass to end gets the exit code of that, however much was done."""
    workspace = make("sqlite", "local")
    workspace.load(seeded_catalog(1))
    wanted = planned(workspace, *rule(workspace))
    handler = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr("prodcli.submission.pass_request.CHUNK", 3)
    monkeypatch.setattr("prodcli.fault_points._times", {})
    monkeypatch.setenv("PRODCLI_FAULT", f"submit.rendered:{action}:2")
    stopped(workspace.run("submit", *rule(workspace)), action)
    monkeypatch.undo()
    signal.signal(signal.SIGTERM, handler)
    assert len(ever_submitted(workspace)) == 3
    go_on(workspace, wanted, *rule(workspace))


@pytest.mark.parametrize("database", [LONG_SQLITE, LONG_POSTGRESQL])
@pytest.mark.parametrize("action", ENDS)
def test_signals_at_any_time(make: MakeWorkspace, database: str, action: str) -> None:
    """From the start of the interpreter, when a signal ends a process in Python's way, to the last moment."""
    workspace = make(database, "local")
    workspace.load(seeded_catalog(2, 60))
    words = rule(workspace, "streaming")
    wanted = planned(workspace, *words)
    dice = random.Random(SEED)
    sign = signal.Signals[f"SIG{action.upper()}"]
    seen = {"stopped": 0, "too early": 0, "ended": 0}
    passes = (("submit", *words, "--maxjobs", 1), ("harvest",))
    lives = [seconds_of(workspace, *one) for one in passes]
    for number in range(60):
        process = Process(workspace, *passes[number % 2], new=True)
        process.wait(lives[number % 2] * dice.uniform(0, 1.5))
        process.send(sign)
        answer = process.end()
        seen[_kind(answer, sign, action)] += 1
        settled(workspace)
    print(f"{database}: seed {SEED}, SIG{action.upper()}: {seen}")
    assert seen["stopped"] > 5
    go_on(workspace, wanted, *words)


def _kind(answer: Answer, sign: signal.Signals, action: str) -> str:
    """What a signal did to a process; raises AssertionError for what it must not do."""
    if answer.code == 0:
        assert answer.err == "", answer
        return "ended"
    if "prodcli: " not in answer.err:  # ours did not run yet
        assert answer.code == -sign or sign == signal.SIGINT, answer
        assert not re.search(r"prodcli.*, in main\n", answer.err), answer  # Python's own start has a main, too
        return "too early"
    stopped(answer, action)
    return "stopped"


def settled(workspace: Workspace) -> None:
    """No claim is open but where the signal hit between the claim and what follows; then the next pass settles it."""
    if workspace.sql("SELECT COUNT(*) FROM production_claims WHERE state = 'claimed'") != [(0,)]:
        processes.ok(workspace, *MEND)
    assert workspace.sql("SELECT COUNT(*) FROM production_claims WHERE state = 'claimed'") == [(0,)]
