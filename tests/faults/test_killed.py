"""kill -9 at every named step and at random times: after the next passes every output has exactly one job."""

import os
import random
import signal
import time
from pathlib import Path

import pytest

from prodcli.fault_points import STEPS
from prodcli.submission.kit_copy import is_whole
from tests.faults.conftest import LONG, MakeWorkspace
from tests.support import processes
from tests.support.batch_ledger import Output, agree, ever_submitted, planned
from tests.support.condor_pool import wait_for
from tests.support.processes import Process
from tests.support.workspace import Workspace, seeded_catalog

MEND = ("harvest",)  # the verb that settles what a killed pass left
KILLS = int(os.environ.get("PRODCLI_KILLS", "200"))
SEED = int(os.environ.get("PRODCLI_SEED", "20260131"))
PARTS = {
    "sqlite-local": (),
    "postgresql-local": (pytest.mark.postgresql,),
    "sqlite-htcondor": (pytest.mark.htcondor, LONG),
    "postgresql-htcondor": (pytest.mark.postgresql, pytest.mark.htcondor, LONG),
}
# At this step a submission is killed first, so that there is something to reconcile: all that was claimed is to be
# released, or all of it adopted.
BEFORE = {"submit.rendered": "releases", "submit.submitted": "adopts"}
CASES = [
    *((step, "") for step in STEPS if step.startswith(("submit.", "kit.", "provenance.", "harvest."))),
    *((step, before) for step in STEPS if step.startswith("reconcile.") for before in BEFORE),
]
SHORT = (
    ("sqlite", "harvest.booked", ""),
    ("sqlite", "kit.written", ""),
    ("sqlite", "reconcile.found", "submit.submitted"),
    ("postgresql", "submit.submitted", ""),
)
HAS_NOTHING = (
    *("submit.planned", "kit.written", "provenance.written", "submit.claimed", "submit.rendered", "submit.renewed"),
)


def cases() -> list[object]:
    """Every step on every pair of database and batch system; a few that are quick and tell most are not `long`."""
    return [
        pytest.param(
            *parts.split("-"),
            step,
            before,
            marks=[*marks, *(() if (parts.partition("-")[0], step, before) in SHORT else (LONG,))],
            id=f"{parts}-{step}{f'-{BEFORE[before]}' if before else ''}",
        )
        for parts, marks in PARTS.items()
        for step, before in CASES
    ]


def rule(workspace: Workspace, name: str = "mvtxme") -> tuple[object, ...]:
    """The words that name a rule."""
    return "-c", workspace.folder / "rules/rules.yaml", "-r", name


def copies_of_kit(workspace: Workspace) -> list[Path]:
    """The copies of the worker kit that jobs may name; what a pass writes aside has a hidden name."""
    return list((workspace.folder / "campaigns/kit").glob("[!.]*"))


def run_jobs(workspace: Workspace) -> None:
    """Let the local batch run what is queued; a pool runs by itself."""
    if workspace.settings["batch"]["system"] == "local":
        processes.ok(workspace, "local", "run", "--drain", "--slots", 4)


def go_on(workspace: Workspace, wanted: set[Output], *words: object) -> None:
    """What cron would do next: submit, let the jobs run, harvest; until all are finished and nothing is left to do."""
    processes.ok(workspace, "submit", *words)
    run_jobs(workspace)
    ended = "SELECT COUNT(*) FROM production_jobs WHERE schedd IS NOT NULL AND status = 'finished'"

    def all_ended() -> bool:
        processes.ok(workspace, "harvest")
        return workspace.sql(ended) == [(len(wanted),)]

    wait_for(all_ended, 90)
    assert workspace.json("submit", *words)["submitted"] == []
    agree(workspace, wanted, states=("finished",))


@pytest.mark.parametrize(("database", "batch", "step", "before"), cases())
def test_a_kill_at_a_step_is_mended_by_the_next_pass(
    make: MakeWorkspace, database: str, batch: str, step: str, before: str
) -> None:
    workspace = make(database, batch)
    workspace.load(seeded_catalog(1))
    submit = ("submit", *rule(workspace))
    verb = {"submit": submit, "kit": submit, "provenance": submit, "harvest": ("harvest",), "reconcile": MEND}[
        step.partition(".")[0]
    ]
    wanted = planned(workspace, *rule(workspace))
    assert len(wanted) == 8
    if before:
        processes.killed(workspace, *submit, fault=before)
    elif verb != submit:
        processes.ok(workspace, *submit)
        run_jobs(workspace)
    processes.killed(workspace, *verb, fault=step)
    assert len(ever_submitted(workspace)) == (0 if (before or step) in HAS_NOTHING else 8)
    assert all(is_whole(copy) for copy in copies_of_kit(workspace))
    go_on(workspace, wanted, *rule(workspace))
    assert [is_whole(copy) for copy in copies_of_kit(workspace)] == [True]


@pytest.mark.parametrize(
    ("database", "kills"),
    [
        pytest.param("sqlite", 5, id="sqlite-few"),
        pytest.param("sqlite", KILLS, id="sqlite-many", marks=LONG),
        pytest.param("postgresql", KILLS, id="postgresql-many", marks=[pytest.mark.postgresql, LONG]),
    ],
)
def test_kills_at_random_times(make: MakeWorkspace, database: str, kills: int) -> None:
    """Passes die at any moment of their lives, most of them in the half that works; jobs run on meanwhile."""
    workspace = make(database, "local")
    workspace.load(seeded_catalog(2, 60))
    words = rule(workspace, "streaming")
    wanted = planned(workspace, *words)
    assert len(wanted) > 100
    dice = random.Random(SEED)
    passes = (("submit", *words, "--maxjobs", 1), ("harvest",))
    lives = [seconds_of(workspace, *one) for one in passes]
    runner = Process(workspace, "local", "run", "--slots", 2)
    deaths = number = 0
    while deaths < kills:
        which = number % len(passes)
        process = Process(workspace, *passes[which], new=True)
        ended = process.wait(lives[which] * dice.uniform(0.4, 1.1))
        process.send(signal.SIGKILL)
        answer = process.end()
        assert answer.code in (0, -signal.SIGKILL), answer
        lives[which] *= 0.9 if ended else 1.05  # follow the machine's moods
        deaths += answer.code != 0
        number += 1
    runner.send(signal.SIGTERM)
    runner.end()
    go_on(workspace, wanted, *words)
    log = (workspace.folder / "logs/prodcli.log").read_text()
    print(f"{database}: seed {SEED}, {deaths} of {number} passes were killed, ", end="")
    print(", ".join(f"{log.count(f'interrupted pass: {fate}')} claims {fate}" for fate in ("released", "adopted")))


def seconds_of(workspace: Workspace, *words: object) -> float:
    """How long a pass takes here and now, with the start of Python."""
    begin = time.monotonic()
    assert Process(workspace, *words, new=True).end().code == 0
    return time.monotonic() - begin
