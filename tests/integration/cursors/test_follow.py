"""Cursors that follow: to the first run with work left, or with parents still running."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.rule_files import CLUSTER, RULES, STREAMING, write_rules
from tests.support.workspace import ONE_DATABASE, Workspace, seeded_catalog

LEFT = {"blocked", "limit", "input_state", "gl1_off_disk", "host_off_disk", "input_off_disk"}
DAY = 86_400


@pytest.fixture
def loaded(workspace: Workspace) -> Workspace:
    """A workspace with catalogs and rules, and no jobs."""
    workspace.load(seeded_catalog(1))
    workspace.sql("DELETE FROM production_jobs")
    write_rules(workspace.folder / "rules")
    return workspace


def file(workspace: Workspace) -> Path:
    """The rule file."""
    return workspace.folder / "rules" / "rules.yaml"


def rule(workspace: Workspace, name: str = "mvtxme") -> tuple[object, ...]:
    """The words for a rule."""
    return "-c", file(workspace), "-r", name


def put(workspace: Workspace, run: int, *words: object, name: str = "mvtxme") -> None:
    """Set a cursor."""
    workspace.ok("cursor", "set", run, *rule(workspace, name), *words)


def standing(workspace: Workspace, name: str = "mvtxme") -> int:
    """Where a cursor stands."""
    (one,) = workspace.json("cursor", "show", *rule(workspace, name))
    return int(one["run"])


def wanted(workspace: Workspace, at: int, name: str = "mvtxme") -> int:
    """Where a cursor belongs by a dry run, without jobs in the queues: its runs, and those of the last day."""
    plan = workspace.json("submit", *rule(workspace, name), "-n", "--runs", f"{at}-99999999")
    runs = [job["runnumber"] for job in plan["jobs"]]
    left = runs + [run for one in plan["skipped"] if one["reason"] in LEFT for run in one["runs"]]
    made = runs + [run for one in plan["skipped"] if one["reason"] in ("produced", "blocked") for run in one["runs"]]
    ended = [run for run in seeded_catalog(1).runs if run.ertimestamp is not None]
    newest = max(run.ertimestamp for run in ended if run.ertimestamp)
    fresh = [run.runnumber for run in ended if run.ertimestamp and (newest - run.ertimestamp).total_seconds() <= DAY]
    return min([*left, max(at, max([at - 1, *made]) + 1, min(fresh))])


@pytest.mark.parametrize("name", ["streaming", "cluster", "mvtxme", "seed", "calofitting", "calo"])
def test_a_cursor_goes_to_the_first_run_with_work_left(loaded: Workspace, name: str) -> None:
    for at in (1, 66470, 66480, 69650):
        put(loaded, at, name=name)
        loaded.ok("cursor", "advance", *rule(loaded, name))
        assert standing(loaded, name) == wanted(loaded, at, name)


def plan_of(workspace: Workspace, *words: object) -> dict[str, Any]:
    """What a pass says."""
    data: dict[str, Any] = workspace.json("submit", *rule(workspace), *words)
    return data


def test_a_pass_moves_a_cursor_that_follows(loaded: Workspace) -> None:
    runs = sorted({job["runnumber"] for job in plan_of(loaded, "-n", "--runs", "1-99999999")["jobs"]})
    assert len(runs) > 2
    put(loaded, runs[1], "--moves", "follow")
    loaded.ok("submit", *rule(loaded), "--runs", "cursor")
    assert standing(loaded) == runs[1]  # its jobs are in the queue
    loaded.ok("local", "run", "--drain")
    loaded.ok("harvest")
    for job in plan_of(loaded, "-n", "--runs", f"{runs[1]}-{runs[-2]}", "--unblock", "finished")["jobs"]:
        values = (job["filename"], job["runnumber"], job["segment"], CLUSTER)
        loaded.sql(
            "INSERT INTO datasets (filename, runnumber, segment, dataset, dsttype, tag, status)"
            " VALUES (?, ?, ?, 'run3auau', 'DST_TRKR_MVTXME', ?, 1)",
            *values,
            role="filecatalog",
        )
    then = wanted(loaded, runs[1])
    assert then > runs[1]
    answer = loaded.run("submit", *rule(loaded), "--runs", "cursor", quiet=False)
    assert standing(loaded) == then
    assert f"the cursor of DST_TRKR_MVTXME {CLUSTER} moves: {runs[1]} -> {then} (" in answer.err
    assert [entry["verb"] for entry in loaded.json("log")][-1] == "cursor follow"
    loaded.ok("submit", *rule(loaded), "--runs", "cursor")
    assert standing(loaded) == then


def test_a_pass_ratchets_to_the_last_submitted_run(loaded: Workspace) -> None:
    jobs = plan_of(loaded, "-n", "--runs", "1-99999999")["jobs"]
    runs = sorted({job["runnumber"] for job in jobs})
    put(loaded, 1, "--moves", "ratchet")
    loaded.ok("submit", *rule(loaded), "--runs", "cursor", "--maxjobs", 1)
    assert standing(loaded) == runs[0]  # older runs are left by the limit
    loaded.ok("submit", *rule(loaded), "--runs", "cursor")
    assert standing(loaded) == runs[-2] if jobs[1]["runnumber"] != runs[-1] else runs[-1]
    loaded.ok("submit", *rule(loaded), "--runs", "cursor")
    assert standing(loaded) in (runs[-2], runs[-1])


@ONE_DATABASE
def test_passes_leave_a_cursor_that_stays(loaded: Workspace) -> None:
    put(loaded, 1)
    loaded.ok("submit", *rule(loaded), "--runs", "cursor")
    assert standing(loaded) == 1


@ONE_DATABASE
def test_a_pass_over_a_part_moves_nothing(loaded: Workspace) -> None:
    put(loaded, 1, "--moves", "ratchet")
    for words in (("--exclude", 2), ("--segments", 0)):
        loaded.ok("submit", *rule(loaded), "--runs", "cursor", "--maxjobs", 1, *words)
        assert standing(loaded) == 1
    loaded.ok("submit", *rule(loaded), "--runs", "1-99999999", "--maxjobs", 1)
    assert standing(loaded) == 1


def job(workspace: Workspace, run: int, dsttype: str, tag: str, status: str, substatus: str = "") -> None:
    """Put a job into the books."""
    values = (
        "x",
        tag,
        "run3auau",
        dsttype,
        f"{dsttype}_run3auau_{tag}-{run:08d}-00000.root",
        run,
        0,
        status,
        substatus,
    )
    workspace.sql(
        "INSERT INTO production_jobs (rulename, tag, dataset, dsttype, filename, runnumber, segment, status, substatus)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        *values,
    )


def test_jobs_in_the_queues_hold_a_cursor_and_bring_it_back(loaded: Workspace) -> None:
    put(loaded, 66480)
    loaded.ok("cursor", "advance", *rule(loaded))
    ahead = standing(loaded)
    for made, tag, status, substatus, run in (
        ("DST_STREAMING_EVENT_mvtx0", STREAMING, "finished", "", ahead),
        ("DST_STREAMING_EVENT_mvtx0", STREAMING, "failed", "", ahead),
        ("DST_STREAMING_EVENT_mvtx0", STREAMING, "held", "parked", ahead),
        ("DST_STREAMING_EVENT_mvtx0", CLUSTER, "running", "", ahead),
        ("DST_STREAMING_EVENT_mvtx0", STREAMING, "running", "", 66400),
        ("DST_TRKR_MVTXME", CLUSTER, "submitted", "", 66300),
    ):
        loaded.sql("DELETE FROM production_jobs")
        job(loaded, 66400 if run == 66400 else 66300, made, tag, status, substatus)
        loaded.ok("cursor", "advance", *rule(loaded))
        assert standing(loaded) == run, (made, status, substatus)
    (why,) = {one["reason"] for one in loaded.json("cursor", "show")}
    assert why == "it has jobs in the queues"


@ONE_DATABASE
def test_the_cursor_of_a_parent_holds_that_of_its_child(loaded: Workspace) -> None:
    """Also one that moves in the same command, parents first."""
    put(loaded, 1, name="cluster")
    put(loaded, 1, name="seed")
    loaded.ok("cursor", "advance", *rule(loaded, "seed"))
    assert standing(loaded, "seed") == 1
    rows = loaded.json("cursor", "advance", "-c", file(loaded), "-n")
    assert [one["rule"] for one in rows if one["rule"] in ("cluster", "seed")] == ["cluster", "seed"]
    after = {one["rule"]: one["after"] for one in rows}
    assert 1 < after["seed"] <= after["cluster"]
    loaded.ok("cursor", "advance", "-c", file(loaded))
    assert standing(loaded, "seed") == after["seed"]


@ONE_DATABASE
def test_a_rule_that_cannot_be_planned_stops_no_move_that_is_done(loaded: Workspace) -> None:
    write_rules(loaded.folder / "rules", {name: RULES[name] for name in ("seed", "streaming")})
    put(loaded, 1, name="seed")
    put(loaded, 1, name="streaming")
    loaded.settings["databases"]["raw"] = f"sqlite:///{loaded.folder}/gone/raw.db"
    loaded.write()
    answer = loaded.run("cursor", "advance", "-c", file(loaded))
    assert answer.code == 4
    assert "gone/raw.db" in answer.err
    assert standing(loaded, "seed") > 1
    assert standing(loaded, "streaming") == 1
    (moved,) = [entry for entry in loaded.json("log") if entry["verb"] == "cursor advance"]
    assert moved["result"].startswith(f"1 -> {standing(loaded, 'seed')} (")


@ONE_DATABASE
def test_a_cursor_that_cannot_be_moved_costs_a_warning(loaded: Workspace) -> None:
    jobs = plan_of(loaded, "-n", "--runs", "1-99999999")["jobs"]
    put(loaded, 1, "--moves", "ratchet")
    loaded.sql("CREATE TRIGGER refused BEFORE UPDATE ON production_cursors BEGIN SELECT RAISE(ABORT, 'no room'); END")
    answer = loaded.run("submit", *rule(loaded), "--runs", "cursor")
    assert answer.code == 0
    assert f"the cursor of DST_TRKR_MVTXME {CLUSTER} stays where it is: " in answer.err
    assert loaded.sql("SELECT COUNT(*) FROM production_jobs") == [(len(jobs),)]
