"""kill -9 at every named step and at random times: after the next passes every output has exactly one job."""

import os
import random
import signal
import time

import pytest

from prodcli.fault_points import STEPS
from tests.faults.conftest import LONG, MakeWorld
from tests.support import processes
from tests.support.batch_ledger import Output, agree, ever_submitted, planned
from tests.support.condor_pool import wait_for
from tests.support.processes import Process
from tests.support.workspace import World, seeded_catalog

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
    *((step, "") for step in STEPS if step.startswith(("submit.", "harvest."))),
    *((step, before) for step in STEPS if step.startswith("reconcile.") for before in BEFORE),
]
SHORT = (
    ("sqlite", "harvest.booked", ""),
    ("sqlite", "reconcile.found", "submit.submitted"),
    ("postgresql", "submit.submitted", ""),
)
HAS_NOTHING = ("submit.planned", "submit.claimed", "submit.rendered", "submit.renewed")


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


def rule(world: World, name: str = "mvtxme") -> tuple[object, ...]:
    """The words that name a rule."""
    return "-c", world.folder / "rules/rules.yaml", "-r", name


def run_jobs(world: World) -> None:
    """Let the local batch run what is queued; a pool runs by itself."""
    if world.settings["batch"]["system"] == "local":
        processes.ok(world, "local", "run", "--drain", "--slots", 4)


def go_on(world: World, wanted: set[Output], *words: object) -> None:
    """What cron would do next: submit, let the jobs run, harvest; until all are finished and nothing is left to do."""
    processes.ok(world, "submit", *words)
    run_jobs(world)
    ended = "SELECT COUNT(*) FROM production_jobs WHERE schedd IS NOT NULL AND status = 'finished'"

    def all_ended() -> bool:
        processes.ok(world, "harvest")
        return world.sql(ended) == [(len(wanted),)]

    wait_for(all_ended, 90)
    assert world.json("submit", *words)["submitted"] == []
    agree(world, wanted, states=("finished",))


@pytest.mark.parametrize(("database", "batch", "step", "before"), cases())
def test_a_kill_at_a_step_is_mended_by_the_next_pass(
    make: MakeWorld, database: str, batch: str, step: str, before: str
) -> None:
    world = make(database, batch)
    world.load(seeded_catalog(1))
    submit = ("submit", *rule(world))
    verb = {"submit": submit, "harvest": ("harvest",), "reconcile": MEND}[step.partition(".")[0]]
    wanted = planned(world, *rule(world))
    assert len(wanted) == 8
    if before:
        processes.killed(world, *submit, fault=before)
    elif verb != submit:
        processes.ok(world, *submit)
        run_jobs(world)
    processes.killed(world, *verb, fault=step)
    assert len(ever_submitted(world)) == (0 if (before or step) in HAS_NOTHING else 8)
    go_on(world, wanted, *rule(world))


@pytest.mark.parametrize(
    ("database", "kills"),
    [
        pytest.param("sqlite", 5, id="sqlite-few"),
        pytest.param("sqlite", KILLS, id="sqlite-many", marks=LONG),
        pytest.param("postgresql", KILLS, id="postgresql-many", marks=[pytest.mark.postgresql, LONG]),
    ],
)
def test_kills_at_random_times(make: MakeWorld, database: str, kills: int) -> None:
    """Passes die at any moment of their lives, most of them in the half that works; jobs run on meanwhile."""
    world = make(database, "local")
    world.load(seeded_catalog(2, 60))
    words = rule(world, "streaming")
    wanted = planned(world, *words)
    assert len(wanted) > 100
    dice = random.Random(SEED)
    passes = (("submit", *words, "--maxjobs", 1), ("harvest",))
    lives = [seconds_of(world, *one) for one in passes]
    runner = Process(world, "local", "run", "--slots", 2)
    deaths = number = 0
    while deaths < kills:
        which = number % len(passes)
        process = Process(world, *passes[which])
        ended = process.wait(lives[which] * dice.uniform(0.4, 1.1))
        process.send(signal.SIGKILL)
        answer = process.end()
        assert answer.code in (0, -signal.SIGKILL), answer
        lives[which] *= 0.9 if ended else 1.05  # follow the machine's moods
        deaths += answer.code != 0
        number += 1
    runner.send(signal.SIGTERM)
    runner.end()
    go_on(world, wanted, *words)
    log = (world.folder / "logs/prodcli.log").read_text()
    print(f"{database}: seed {SEED}, {deaths} of {number} passes were killed, ", end="")
    print(", ".join(f"{log.count(f'interrupted pass: {fate}')} claims {fate}" for fate in ("released", "adopted")))


def seconds_of(world: World, *words: object) -> float:
    """How long a pass takes here and now."""
    begin = time.monotonic()
    processes.ok(world, *words)
    return time.monotonic() - begin
