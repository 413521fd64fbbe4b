"""Why idle jobs do not start, on a real pool: clauses and machines, what fits at all, what could start, and what if."""

from collections.abc import Iterator
from typing import Any

import pytest

from prodcli.batch.htcondor.batch import HTCondorBatch
from tests.support.booked_jobs import submitted_rows
from tests.support.condor_jobs import A, B
from tests.support.condor_pool import Pool, wait_for
from tests.support.workspace import Workspace, make_workspace, seeded_catalog

pytestmark = pytest.mark.htcondor
NO_ARCH = '(TARGET.Arch == "VAX") && (TARGET.Memory >= 1)'


@pytest.fixture
def batch(condor_pool: Pool) -> HTCondorBatch:
    """The pool's schedds."""
    return HTCondorBatch(list(condor_pool.schedds), condor_config=condor_pool.config)


@pytest.fixture
def workspace(condor_pool: Pool, batch: HTCondorBatch) -> Iterator[Workspace]:
    """A workspace with both schedds, and no jobs of ours in them before and afterwards."""

    def clear() -> None:
        for schedd in condor_pool.schedds:
            batch.remove(schedd, batch.living(schedd), "another test begins")
            wait_for(lambda schedd=schedd: not batch.living(schedd))  # type: ignore[misc]

    clear()
    settings = {"system": "htcondor", "schedds": list(condor_pool.schedds), "condor_config": condor_pool.config}
    made = make_workspace(condor_pool.folder(), None, settings)
    made.load(seeded_catalog(1))
    yield made
    clear()
    made.drop()


def idle(workspace: Workspace, *words: object) -> list[dict[str, Any]]:
    """The kinds of idle jobs."""
    return workspace.json("why", "--idle", *words)["jobs"]  # type: ignore[no-any-return]


def test_the_clause_that_no_machine_has_is_named(workspace: Workspace, batch: HTCondorBatch, condor_pool: Pool) -> None:
    submitted_rows(workspace, batch, condor_pool, 7, A, requirements=NO_ARCH)
    (kind,) = idle(workspace)
    assert (kind["schedd"], kind["jobs"], kind["fitting"], kind["could_start"]) == (A, 7, 0, 0)
    assert kind["machines"] >= 1
    clauses = {clause["text"]: clause["machines"] for clause in kind["clauses"]}
    assert clauses['TARGET.Arch == "VAX"'] == 0
    assert clauses["TARGET.Memory >= 1"] == kind["machines"] == kind["accepting"]
    shown = workspace.ok("why", "--idle").out
    assert f"7 idle jobs on {A}, like " in shown
    assert 'can ever run them: none has TARGET.Arch == "VAX"' in shown
    assert len(workspace.ok("why", "--idle", "--format", "csv").out.splitlines()) == 1 + len(clauses)


def test_a_smaller_request_that_would_start_is_proposed(
    workspace: Workspace, batch: HTCondorBatch, condor_pool: Pool
) -> None:
    huge = 64 * 1024 * 1024  # MB
    submitted_rows(workspace, batch, condor_pool, 5, B, request_memory=str(huge))
    (kind,) = idle(workspace)
    assert (kind["schedd"], kind["requests"]["Memory"], kind["fitting"], kind["could_start"]) == (B, huge, 0, 0)
    (change,) = [one for one in kind["what_if"] if one["resource"] == "memory"]
    assert (change["asked"], 0 < change["instead"] < huge, 1 <= change["could_start"] <= 5) == (huge, True, True)
    text = f"what if: memory {change['instead']} instead of {huge}: {change['could_start']} could start now"
    assert text in workspace.ok("why", "--idle").out


def test_the_tag_chooses_and_nothing_idle_is_said(
    workspace: Workspace, batch: HTCondorBatch, condor_pool: Pool
) -> None:
    assert idle(workspace) == []
    assert "no job of prodcli is idle" in workspace.ok("why", "--idle").out
    submitted_rows(workspace, batch, condor_pool, 2, A, requirements=NO_ARCH)
    assert len(idle(workspace)) == 1
    assert idle(workspace, "--tag", "ana000_x_v001") == []


def test_without_a_pool_or_a_rule_file_one_line_says_so(tmp_path: Any) -> None:
    made = make_workspace(tmp_path, None)
    made.load(seeded_catalog(1))
    answer = made.run("why", "--idle")
    assert (answer.code, "the local batch has no pool to ask" in answer.err) == (2, True)
    answer = made.run("why")
    assert (answer.code, "no rule file is named" in answer.err) == (2, True)
