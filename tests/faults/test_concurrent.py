"""Eight passes over the same rule and runs at the same moment, as from eight hosts: each output is submitted once."""

import signal
from collections.abc import Sequence

import pytest
import yaml

from tests.faults.conftest import LONG, LONG_POSTGRESQL, LONG_SQLITE, POSTGRESQL, MakeWorkspace
from tests.faults.test_killed import rule
from tests.support.batch_ledger import agree, ever_submitted, planned
from tests.support.processes import Process
from tests.support.workspace import Answer, Workspace, seeded_catalog

PASSES = 8


def race(workspace: Workspace, *words: object, passes: int = PASSES) -> list[Answer]:
    """Let passes plan, each with a campaign folder, and so a lock, of its own; when all know their jobs, let them go."""
    started: list[Process] = []
    for number in range(passes):
        site = workspace.folder / f"prodcli{number}.yaml"
        own = {"campaigns": f"campaigns{number}", "logs": f"logs{number}"}
        site.write_text(yaml.safe_dump(workspace.settings | own))
        started.append(Process(workspace, "submit", *words, "--format", "json", fault="submit.planned:stop", site=site))
    for process in started:
        process.wait_until_stopped()
    assert ever_submitted(workspace) == []
    for process in started:
        process.send(signal.SIGCONT)
    return [process.end() for process in started]


def counts(answers: Sequence[Answer]) -> list[int]:
    """How many jobs each pass says it has submitted; all must have succeeded."""
    assert [answer.code for answer in answers] == [0] * len(answers), answers
    return [sum(cluster["jobs"] for cluster in answer.data["submitted"]) for answer in answers]


@pytest.mark.parametrize("database", [LONG_SQLITE, POSTGRESQL])
def test_each_output_is_submitted_once(make: MakeWorkspace, database: str) -> None:
    workspace = make(database, "local")
    workspace.load(seeded_catalog(2, 60))
    wanted = planned(workspace, *rule(workspace, "streaming"))
    assert sum(counts(race(workspace, *rule(workspace, "streaming")))) == len(wanted) > 100
    agree(workspace, wanted)


@pytest.mark.parametrize("database", [LONG_SQLITE, LONG_POSTGRESQL])
@pytest.mark.parametrize(("maxjobs", "maxqueued"), [(0, 21), (3, 1000), (4, 18), (0, 0)])
def test_limits_hold_for_all_together(make: MakeWorkspace, database: str, maxjobs: int, maxqueued: int) -> None:
    workspace = make(database, "local")
    workspace.load(seeded_catalog(2, 60))
    words = rule(workspace, "streaming")
    wanted = planned(workspace, *words)
    done = counts(race(workspace, *words, "--maxjobs", maxjobs, "--maxqueued", maxqueued))
    assert max(done) <= (maxjobs or maxqueued)
    assert sum(done) == len(ever_submitted(workspace)) <= maxqueued
    if 0 < PASSES * maxjobs <= maxqueued:
        assert done == [maxjobs] * PASSES
    else:  # a pass that lost its race for the newest may have left room, which the next one fills
        workspace.json("submit", *words, "--maxqueued", maxqueued)
        assert len(ever_submitted(workspace)) == maxqueued
    submitted = {job.output for job in ever_submitted(workspace)}
    assert submitted <= wanted
    agree(workspace, submitted)


@pytest.mark.htcondor
@pytest.mark.postgresql
@LONG
def test_on_a_real_schedd(make: MakeWorkspace) -> None:
    workspace = make("postgresql", "htcondor")
    workspace.load(seeded_catalog(2, 60))
    wanted = planned(workspace, *rule(workspace, "streaming"))
    assert sum(counts(race(workspace, *rule(workspace, "streaming"), "--maxqueued", 1000))) == len(wanted)
    agree(workspace, wanted)
