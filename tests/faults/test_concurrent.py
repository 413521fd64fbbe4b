"""Eight passes over the same rule and runs at the same moment, as from eight hosts: each output is submitted once."""

import signal
from collections.abc import Sequence

import pytest
import yaml

from tests.faults.conftest import LONG, LONG_POSTGRESQL, LONG_SQLITE, POSTGRESQL, MakeWorld
from tests.faults.test_killed import rule
from tests.support.batch_ledger import agree, ever_submitted, planned
from tests.support.processes import Process
from tests.support.workspace import Answer, World, seeded_catalog

PASSES = 8


def race(world: World, *words: object, passes: int = PASSES) -> list[Answer]:
    """Let passes plan, each with a campaign folder, and so a lock, of its own; when all know their jobs, let them go."""
    started: list[Process] = []
    for number in range(passes):
        site = world.folder / f"prodcli{number}.yaml"
        own = {"campaigns": f"campaigns{number}", "logs": f"logs{number}"}
        site.write_text(yaml.safe_dump(world.settings | own))
        started.append(Process(world, "submit", *words, "--format", "json", fault="submit.planned:stop", site=site))
    for process in started:
        process.wait_until_stopped()
    assert ever_submitted(world) == []
    for process in started:
        process.send(signal.SIGCONT)
    return [process.end() for process in started]


def counts(answers: Sequence[Answer]) -> list[int]:
    """How many jobs each pass says it has submitted; all must have succeeded."""
    assert [answer.code for answer in answers] == [0] * len(answers), answers
    return [sum(cluster["jobs"] for cluster in answer.data["submitted"]) for answer in answers]


@pytest.mark.parametrize("database", [LONG_SQLITE, POSTGRESQL])
def test_each_output_is_submitted_once(make: MakeWorld, database: str) -> None:
    world = make(database, "local")
    world.load(seeded_catalog(2, 60))
    wanted = planned(world, *rule(world, "streaming"))
    assert sum(counts(race(world, *rule(world, "streaming")))) == len(wanted) > 100
    agree(world, wanted)


@pytest.mark.parametrize("database", [LONG_SQLITE, LONG_POSTGRESQL])
@pytest.mark.parametrize(("maxjobs", "maxqueued"), [(0, 21), (3, 1000), (4, 18), (0, 0)])
def test_limits_hold_for_all_together(make: MakeWorld, database: str, maxjobs: int, maxqueued: int) -> None:
    world = make(database, "local")
    world.load(seeded_catalog(2, 60))
    words = rule(world, "streaming")
    wanted = planned(world, *words)
    done = counts(race(world, *words, "--maxjobs", maxjobs, "--maxqueued", maxqueued))
    assert max(done) <= (maxjobs or maxqueued)
    assert sum(done) == len(ever_submitted(world)) <= maxqueued
    if 0 < PASSES * maxjobs <= maxqueued:
        assert done == [maxjobs] * PASSES
    else:  # a pass that lost its race for the newest may have left room, which the next one fills
        world.json("submit", *words, "--maxqueued", maxqueued)
        assert len(ever_submitted(world)) == maxqueued
    submitted = {job.output for job in ever_submitted(world)}
    assert submitted <= wanted
    agree(world, submitted)


@pytest.mark.htcondor
@pytest.mark.postgresql
@LONG
def test_on_a_real_schedd(make: MakeWorld) -> None:
    world = make("postgresql", "htcondor")
    world.load(seeded_catalog(2, 60))
    wanted = planned(world, *rule(world, "streaming"))
    assert sum(counts(race(world, *rule(world, "streaming"), "--maxqueued", 1000))) == len(wanted)
    agree(world, wanted)
