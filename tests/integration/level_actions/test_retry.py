"""campaign retry: what is held or failed below a level comes back, as far as a retry helps."""

import pytest

from prodcli.batch.local.batch import LocalBatch
from prodcli.batch.open import open_batch
from prodcli.config.settings import load_config
from tests.integration.recovery.test_recovery import OVER, everything, held
from tests.integration.recovery.test_rescue import NO_SERVER, fail
from tests.support import levels
from tests.support.levels import EVENT, FIT, NAME, OF_EVENT, OF_FIT
from tests.support.workspace import ONE_DATABASE, Workspace

IDS = "SELECT id FROM production_jobs WHERE rulename = ? AND runnumber {} ORDER BY id"
Trouble = dict[str, list[int]]


@pytest.fixture
def production(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace with a production whose steps are launched, each group by itself; no job has started."""
    made = levels.made(workspace, monkeypatch)
    levels.make_events(made)
    made.ok("campaign", "launch", f"{OF_EVENT}/early", "--yes")
    made.ok("campaign", "launch", NAME, "--yes")
    return made


@pytest.fixture
def queue(production: Workspace) -> LocalBatch:
    """Its local queue."""
    batch = open_batch(load_config(production.file, production.folder))
    assert isinstance(batch, LocalBatch)
    return batch


@pytest.fixture
def trouble(production: Workspace, queue: LocalBatch) -> Trouble:
    """Jobs of the first step that lack memory, that lost a server and that a person held; of the second that lost a server."""
    early = [dbid for (dbid,) in production.sql(IDS.format("<= 66500"), EVENT)]
    late = [dbid for (dbid,) in production.sql(IDS.format("> 66500"), EVENT)]
    child = [dbid for (dbid,) in production.sql(IDS.format("> 0"), FIT)]
    for dbid in early[:3]:
        held(production, queue, [dbid], 34, 102, OVER.format(2048), used=2040)
    held(production, queue, early[3:5], 1, 0, "via condor_hold (by user x)")
    fail(production, late[:4], 1, NO_SERVER)
    fail(production, child[:2], 1, NO_SERVER)
    return {"memory": early[:3], "person": early[3:5], "server": late[:4], "child": child[:2]}


def retry(workspace: Workspace, *words: object) -> list[tuple[str, str, int, int]]:
    """Rule, state, jobs and retried jobs of each cause."""
    rows = workspace.json("campaign", "retry", *words)
    return sorted((row["rule"], row["state"], row["jobs"], row["retried"]) for row in rows)


def states(workspace: Workspace, dbids: list[int]) -> set[str]:
    found = workspace.sql("SELECT id, CAST(status AS text) FROM production_jobs")
    return {status for dbid, status in found if dbid in dbids}


EVERY = [(FIT, "failed", 2, 2), (EVENT, "failed", 4, 4), (EVENT, "held", 2, 0), (EVENT, "held", 3, 3)]


def test_all_that_a_retry_helps_comes_back(production: Workspace, queue: LocalBatch, trouble: Trouble) -> None:
    production.ok("harvest")
    before = everything(production, queue)
    assert retry(production, NAME, "-n") == EVERY
    assert everything(production, queue) == before
    shown = production.run("campaign", "retry", NAME, "-n", quiet=False).out
    assert "for a person (prodcli rescue)" in shown
    assert retry(production, NAME, "--yes", "--reason", "the server is back") == EVERY
    for kind, expected in (
        ("memory", "submitted"),
        ("server", "submitted"),
        ("child", "submitted"),
        ("person", "held"),
    ):
        assert states(production, trouble[kind]) == {expected}, kind
    memory = production.sql(
        "SELECT DISTINCT memory_asked FROM production_attempts WHERE dbid = ? ORDER BY 1", trouble["memory"][0]
    )
    assert memory == [(2048,), (3072,)]
    assert retry(production, NAME, "--yes") == [(EVENT, "held", 2, 0)]
    verbs = [(one["verb"], one["jobs"]) for one in production.json("log") if one["reason"] == "the server is back"]
    assert sorted(verbs) == [("campaign retry", 0), ("resubmit", 2), ("resubmit", 3), ("resubmit", 4)]


def test_other_levels_are_left_alone(production: Workspace, trouble: Trouble) -> None:
    assert retry(production, OF_FIT, "--yes") == EVERY[:1]
    assert states(production, trouble["server"]) == {"failed"}
    assert retry(production, f"{OF_EVENT}/late", "--yes") == EVERY[1:2]
    assert states(production, trouble["memory"]) == {"held"}
    (cluster,) = production.sql("SELECT DISTINCT clusterid FROM production_jobs WHERE id = ?", trouble["memory"][0])[0]
    assert retry(production, f"{OF_EVENT}/early/{cluster + 100}", "--yes") == []
    assert retry(production, f"{OF_EVENT}/early/{cluster}@local", "--yes") == EVERY[2:]
    assert states(production, trouble["memory"]) == {"submitted"}


def test_jobs_of_a_stopped_production_stay_as_they_are(production: Workspace, trouble: Trouble) -> None:
    production.ok("production", "stop", NAME, "--reason", "new field map", "--yes")
    answer = production.run("campaign", "retry", NAME, "--yes", quiet=False)
    assert (answer.code, f"production {NAME} is stopped by" in answer.err) == (1, True)
    assert f"9 jobs left out: production {NAME} is stopped by" in answer.out
    assert states(production, trouble["server"]) == {"failed"}


@ONE_DATABASE
def test_jobs_wait_for_a_service_that_is_down(production: Workspace, trouble: Trouble) -> None:
    production.settings["site"] = {"services": {"conditions": {"needed_by": ["all"], "when_down": "refuse"}}}
    production.write()
    production.ok("services", "set", "conditions", "down")
    answer = production.run("campaign", "retry", NAME, "--yes")
    assert (answer.code, "conditions" in answer.err) == (1, True)
    answer = production.run("campaign", "launch", NAME, "--yes")
    assert (answer.code, "conditions" in answer.err) == (1, True)
    assert states(production, trouble["server"]) == {"failed"}
    assert retry(production, NAME, "--yes", "--anyway") == EVERY
    assert states(production, trouble["server"]) == {"submitted"}


@ONE_DATABASE
def test_a_retry_asks_first(production: Workspace, trouble: Trouble) -> None:
    answer = production.run("campaign", "retry", NAME)
    assert (answer.code, f"Retry 9 jobs below {NAME}: needs a terminal or --yes" in answer.err) == (2, True)
    assert states(production, trouble["server"]) == {"failed"}
    answer = production.run("campaign", "retry", f"{NAME}/nothing", "--yes")
    assert (answer.code, "has no campaign 'nothing'" in answer.err) == (2, True)


@ONE_DATABASE
def test_nothing_wrong_is_said(production: Workspace) -> None:
    assert "nothing is wrong" in production.run("campaign", "retry", NAME, "--yes", quiet=False).out
    assert retry(production, NAME, "--yes") == []
