"""The lease of a claim: kept while its claimant works, lost when somebody took the claim over."""

import logging
import threading
import time
from dataclasses import asdict

import pytest

from prodcli.books import lease
from prodcli.books.claimant import myself
from prodcli.books.lease import keeping, renew
from prodcli.db import Database
from tests.support.condor_pool import wait_for
from tests.support.workspace import Workspace, seeded_catalog

ME = myself()
SOON = "2026-01-01T00:00:00.000Z"


@pytest.fixture
def claimed(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Database:
    """Books with a claim of this process, whose lease is renewed all the time."""
    monkeypatch.setattr(lease, "RENEWAL_SECONDS", 0.02)
    workspace.load(seeded_catalog(1))
    database = workspace.database("production")
    common = {"schedd": "local", "batch_name": "b", "rule": "r", "memory_asked": 1, "folder": "/x", "kit": None}
    common |= {"account": "me", "priority": 1, "provenance": None}
    database.write(lambda tx: tx.run("insert_claim", claim="c", **common, **asdict(ME)))
    return database


def until(workspace: Workspace) -> str:
    """When the lease runs out."""
    return str(workspace.sql("SELECT lease_until FROM production_claims")[0][0])


def test_a_lease_is_renewed_beside_the_work(workspace: Workspace, claimed: Database) -> None:
    first = until(workspace)
    with keeping(claimed, "c", ME):
        claimed.write(lambda tx: time.sleep(0.3))  # with the write lock of SQLite held
        wait_for(lambda: until(workspace) > first, 20)
    kept = until(workspace)
    assert not [thread for thread in threading.enumerate() if thread.name == "lease"]
    time.sleep(0.1)
    assert until(workspace) == kept


def test_a_lease_that_another_has_is_not_renewed(
    workspace: Workspace, claimed: Database, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("prodcli"), "propagate", True)
    workspace.sql("UPDATE production_claims SET host = 'elsewhere'")
    before = until(workspace)
    with keeping(claimed, "c", ME):
        wait_for(lambda: "the lease of claim c is lost" in caplog.text, 20)
    assert until(workspace) == before
    assert not renew(claimed, "c", ME)


def test_a_lease_that_ran_out_cannot_be_renewed(workspace: Workspace, claimed: Database) -> None:
    assert renew(claimed, "c", ME)
    workspace.sql("UPDATE production_claims SET lease_until = ?", SOON)
    assert not renew(claimed, "c", ME)


def test_a_database_that_fails_is_asked_again(
    workspace: Workspace, claimed: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = until(workspace)
    monkeypatch.setattr("prodcli.db.database._FIRST_PAUSE", 0.001)
    workspace.sql("ALTER TABLE production_claims RENAME TO elsewhere")
    with keeping(claimed, "c", ME):
        time.sleep(0.2)
        workspace.sql("ALTER TABLE elsewhere RENAME TO production_claims")
        wait_for(lambda: until(workspace) > first, 20)
