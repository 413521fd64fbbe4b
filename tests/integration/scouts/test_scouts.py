"""submit --scout, scout, submit --after-scouts: a few jobs go first, under another name."""

from pathlib import Path
from typing import Any

import pytest

from prodcli.batch.local.batch import SCHEDD
from tests.support.finished_outputs import place
from tests.support.rule_files import STREAMING, rule, write_rules
from tests.support.workspace import COMBINATIONS, Workspace

EACH = pytest.mark.parametrize(("database", "batch"), COMBINATIONS)
LOCAL = pytest.mark.parametrize(("database", "batch"), COMBINATIONS[:2])
TAG, SCOUTS, EARLIER = "ana537_2025p010_v007", "scout1-ana537_2025p010_v007", "ana537_2025p010_v003"


def words(workspace: Workspace) -> tuple[object, ...]:
    """The rule whose jobs go."""
    spec = rule("DST_TRKR_MVTXME", "ana.537", "2025p010", STREAMING, params_version=7, job_requirements="FALSE")
    return ("-c", write_rules(workspace.folder / "rules", {"mvtxme": spec}))


def names(workspace: Workspace, tag: str) -> list[str]:
    return [name for (name,) in workspace.sql("SELECT filename FROM production_jobs WHERE tag = ? ORDER BY 1", tag)]


def ended(workspace: Workspace, tag: str, memory: int = 900) -> None:
    """Let the jobs of a tag end, with what they reported: 2 s of CPU and 5,000 bytes an event."""
    workspace.sql("UPDATE production_jobs SET status = 'finished', memoryusage = ? WHERE tag = ?", memory, tag)
    for dbid, attempt in workspace.sql("SELECT id, attempt FROM production_jobs WHERE tag = ?", tag):
        workspace.sql("DELETE FROM production_reports WHERE dbid = ?", dbid)
        workspace.sql(
            "INSERT INTO production_reports (dbid, attempt, user_cpu, sys_cpu, wall, memory_kb, disk_kb, events_in, events_out,"
            " bytes_out, messages, outputs, staged, read) VALUES (?, ?, 190, 10, 250, 819200, 1000, 100, 100, 500000, 0, 0, 0, ?)",
            *(dbid, attempt, "2026-01-01T00:00:00Z"),
        )


def written(workspace: Workspace, tag: str, name: str) -> Path:
    """Write an output of a tag where its job would."""
    path = Path(str(place(workspace, name)).replace("ana537_2025p010_v001", tag))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("output")
    return path


def measures(workspace: Workspace) -> dict[str, dict[str, Any]]:
    return {one["measure"]: one for one in workspace.json("scout", *words(workspace))}


@EACH
def test_scouts_are_drawn_from_all_jobs_and_have_another_name(real: Workspace, queue: Any) -> None:
    scout = ("submit", *words(real), "--scout", 3, "--nevents", 50)
    every = real.json("submit", *words(real), "-n", "-vv")
    planned = real.json(*scout, "-n", "-vv")
    real.ok(*scout)
    found = names(real, SCOUTS)
    assert len(found) == 3
    assert all(SCOUTS in name for name in found)
    assert names(real, TAG) == []
    assert str(planned).count(f"{SCOUTS}-0") >= 3
    assert all(name in str(planned) for name in found)
    assert all(name.replace(SCOUTS, TAG) in str(every) for name in found)
    (rulename, events) = real.sql("SELECT DISTINCT rulename, neventsper FROM production_jobs WHERE tag = ?", SCOUTS)[0]
    assert rulename == "scout1-mvtxme"
    assert real.sql("SELECT COUNT(*) FROM production_cursors") == [(0,)]
    assert events == 1000


@LOCAL
def test_the_rest_goes_only_if_scouts_say_go(real: Workspace, queue: Any) -> None:
    rest = ("submit", *words(real), "--after-scouts")
    for ready in (False, True):
        refused = real.run(*rest)
        assert (refused.code, "say wait" in refused.err) == (1, True)
        if not ready:
            real.ok("submit", *words(real), "--scout", 3)
    ended(real, SCOUTS, memory=4000)
    assert measures(real)["peak memory"] == {
        "measure": "peak memory", "unit": "MB", "scouts": 4000, "limit": 3072, "earlier": None, "verdict": "stop",
    }  # fmt: skip
    refused = real.run(*rest)
    assert (refused.code, "say stop: peak memory" in refused.err) == (1, True)
    assert real.run("scout", *words(real), "--check").code == 1
    assert names(real, TAG) == []
    ended(real, SCOUTS)
    assert {one["verdict"] for one in measures(real).values()} == {"go", "unknown"}
    real.ok("scout", *words(real), "--check")
    real.ok(*rest)
    assert len(names(real, TAG)) > 3


@LOCAL
def test_scouts_after_a_cure_are_the_same_jobs_under_a_name_of_their_own(real: Workspace, queue: Any) -> None:
    for number in (1, 2):
        real.ok("submit", *words(real), "--scout", 3)
        ended(real, f"scout{number}-{TAG}", memory=4000 // number)
    first, second = names(real, SCOUTS), names(real, f"scout2-{TAG}")
    assert [one.replace("scout1-", "scout2-") for one in first] == second
    assert measures(real)["peak memory"]["scouts"] == 2000
    real.ok("submit", *words(real), "--after-scouts", "-n")


@LOCAL
def test_scouts_are_compared_with_the_newest_earlier_tag(real: Workspace, queue: Any) -> None:
    real.sql("DELETE FROM production_jobs")
    for version, tag in ((3, EARLIER), (7, SCOUTS)):
        spec = rule("DST_TRKR_MVTXME", "ana.537", "2025p010", STREAMING, params_version=version)
        more = ("--maxjobs", 5) if tag == EARLIER else ("--scout", 2)
        real.ok("submit", "-c", write_rules(real.folder / "rules", {"mvtxme": spec}), *more)
        ended(real, tag)
    found = measures(real)
    assert (found["CPU per event"]["scouts"], found["CPU per event"]["earlier"], found["CPU per event"]["limit"]) == (
        2,
        2,
        3,
    )
    assert found["size per event"]["verdict"] == "go"
    real.sql(
        "UPDATE production_reports SET user_cpu = 390 WHERE dbid IN (SELECT id FROM production_jobs WHERE tag = ?)",
        SCOUTS,
    )
    assert measures(real)["CPU per event"]["verdict"] == "stop"
    assert EARLIER in real.ok("scout", *words(real)).out
    refused = real.run("scout", *words(real), "--against", "nobody_has_v001")
    assert (refused.code, "nobody_has_v001" in refused.err) == (2, True)


@LOCAL
def test_outputs_of_scouts_are_erased_and_nothing_else(real: Workspace, queue: Any) -> None:
    tags = (SCOUTS, f"scout2-{TAG}", TAG)
    for tag in tags:
        real.ok("submit", *words(real), *(("--maxjobs", 2) if tag == TAG else ("--scout", 2)))
        ended(real, tag)
    queue.remove(SCHEDD, queue.living(SCHEDD), "ended")
    files = {tag: [written(real, tag, name) for name in names(real, tag)] for tag in tags}
    erase = ("erase", *words(real), "--runs", 1, 99999, "--scout", 1)
    shown = real.json(*erase, "--dry-run")
    assert {kind["what"]: kind["count"] for kind in shown["kinds"]} == {"outputs on disk": 2, "in the books": 2}
    real.ok(*erase, "--yes")
    assert [len(names(real, tag)) for tag in tags] == [0, 2, 2]
    assert [[path.exists() for path in files[tag]] for tag in tags] == [[False] * 2, [True] * 2, [True] * 2]


@LOCAL
def test_contradictions_are_refused(real: Workspace, queue: Any) -> None:
    for more in (("--force", "--runs", 66456), ("--unblock", "failed"), ("--after-scouts",)):
        assert real.run("submit", *words(real), "--scout", 2, *more).code == 2
