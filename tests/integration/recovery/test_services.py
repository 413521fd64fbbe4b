"""Recovery verbs as services: plan, preview and act without a terminal, and how often they ask schedds and read files."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from prodcli.books.actions import Author
from prodcli.books.job_filter import JobFilter
from prodcli.memory.requests import Raise
from prodcli.recovery.park import Park
from prodcli.recovery.recovery_plan import JobSelection
from prodcli.recovery.recovery_verb import RecoveryVerb
from prodcli.recovery.resubmit import Resubmit
from tests.support.condor_pool import wait_for
from tests.support.held_jobs import failed, held, in_queue, states, submitted
from tests.support.recovery_services import recovery_of
from tests.support.rule_files import REPOSITORY
from tests.support.workspace import COMBINATIONS, Workspace

LOCAL = pytest.mark.parametrize(("database", "batch"), COMBINATIONS[:2])
FIRST_AND_LAST = pytest.mark.parametrize(("database", "batch"), [COMBINATIONS[0], COMBINATIONS[-1]])


@pytest.mark.limit(300)  # twelve verbs, of which a real schedd takes seconds each
@FIRST_AND_LAST
def test_every_verb_runs_without_a_terminal(real: Workspace, queue: Any) -> None:
    dbids = submitted(real)
    held(real, queue, dbids[:4])
    command = [
        sys.executable,
        "-m",
        "tests.support.recovery_services",
        str(real.file),
        str(real.folder),
        *map(str, dbids),
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY, check=False)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert (answer["terminal"], answer["cli"]) == ([], False)
    ((kind, tag),) = real.sql("SELECT MIN(dsttype), MIN(tag) FROM production_jobs WHERE schedd IS NOT NULL")
    assert answer["told"] == [
        [["held 34/102", 4, "resubmit"]],
        [f"Change the priority of 2 jobs of {tag}?", [f"2 {kind} submitted "], {"priority": 0}],
        [f"Hold 2 jobs of {tag}?", [f"2 {kind} submitted "], {"hold": 2}],
        [f"Release 1 job of {tag}?", [f"1 {kind} held 1/0"], {"release": 1}],
        [f"Remove 1 job of {tag}?", [f"1 {kind} held 1/0"], {"clear-held": 1}],
        [f"Kill 1 job of {tag}?", [f"1 {kind} submitted "], {"kill": 1}],
        [f"Resubmit 1 job of {tag}?", [f"1 {kind} held 34/102"], {"resubmit": 1}],
        [f"Clone 1 job of {tag}?", [f"1 {kind} held 34/102"], {"resubmit": 1}],
        [f"Clone 2 jobs of {tag}?", [f"2 {kind} removed "], {"resubmit": 2}],
        [f"Park 2 jobs of {tag}?", [f"2 {kind} held 34/102"], {"park": 2}],
        ["loop", "loop"],
        [f"Unpark 2 jobs of {tag}?", [f"2 {kind} parked 34/102"], {"unpark": 2}],
    ]
    wait_for(lambda: in_queue(real, queue) == set(dbids))
    attempts = [attempt for _, _, attempt in states(real).values()]
    assert attempts == [1, 2, 2, 2, 1, 2, 2, 1]
    assert {line["reason"] for line in real.json("log") if line["verb"] != "submit"} == {"nobody is asked"}


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How many harvests there were, and how often each file was read."""
    from prodcli.recovery import recovery

    counts: Counter[str] = Counter()
    harvest, read_text = recovery.harvest, Path.read_text

    def count_harvest(*arguments: Any) -> Any:
        counts["harvests"] += 1
        return harvest(*arguments)

    def count_read(path: Path, *arguments: Any, **more: Any) -> str:
        counts[str(path)] += 1
        return read_text(path, *arguments, **more)

    monkeypatch.setattr(recovery, "harvest", count_harvest)
    monkeypatch.setattr(Path, "read_text", count_read)
    return counts


@LOCAL
@pytest.mark.parametrize(
    "verb",
    [
        lambda recovery: Resubmit(recovery, clone=True, states=["held", "failed"], wanted=WANTED),
        lambda recovery: Resubmit(recovery, states=["held", "failed"], wanted=WANTED),
        Park,
    ],
    ids=["clones", "in place, clones and parked", "parked"],
)
def test_one_harvest_before_and_one_after(real: Workspace, queue: Any, counted: Counter[str], verb: Any) -> None:
    """Also where one plan has jobs that stay in the queue, that are submitted again, and that are parked."""
    dbids = submitted(real)
    held(real, queue, dbids[:3])
    real.sql("UPDATE production_attempts SET memory_asked = 3000 WHERE dbid = ?", dbids[0])
    failed(real, queue, dbids[3:5])
    recovery = recovery_of(str(real.file), str(real.folder))
    service: RecoveryVerb = verb(recovery)
    rendered = {str(file) for file in real.folder.glob("campaigns/*/*/*/*") if file.name in ("job.sub", "items.csv")}
    counted.clear()
    plan = service.plan(JobSelection(JobFilter(dbids=dbids[:5])))
    assert (counted["harvests"], {file: counted[file] for file in rendered}) == (1, dict.fromkeys(rendered, 1))
    outcome = service.act(plan, Author("loop", recovery.me, ""))
    outcome.require_done()
    assert (counted["harvests"], {file: counted[file] for file in rendered}) == (2, dict.fromkeys(rendered, 1))
    assert sum(one.changed for one in outcome.actions.values()) == plan.total > 2


WANTED = Raise(factor=1.5, most=4000, any_hold=True)


def test_what_erases_and_redoes_imports_no_terminal() -> None:
    words = "import sys, prodcli.outputs.erase, prodcli.outputs.redo; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert not loaded & {"typer", "rich", "click"}
    assert "prodcli.cli" not in done.stdout.split()
