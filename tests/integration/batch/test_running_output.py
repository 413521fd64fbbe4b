"""What running jobs have written so far, from the node where they run."""

import os
from pathlib import Path

import pytest

from prodcli.batch.htcondor.batch import HTCondorBatch
from prodcli.states import Queue
from tests.support.condor_jobs import A, remove_all, submit, wait_until
from tests.support.condor_pool import SCRIPT, Pool, wait_for

pytestmark = pytest.mark.htcondor


@pytest.fixture
def tools(condor_pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A `condor_tail` on the path, as the pool of tests has it."""
    tool = tmp_path / "condor_tail"
    tool.write_text(f'#!/bin/sh\nexport POOL={condor_pool.home}\nexec {SCRIPT} tool /usr/bin/condor_tail "$@"\n')
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")


@pytest.mark.usefixtures("tools")
def test_a_running_job_shows_its_output(condor_pool: Pool) -> None:
    batch = HTCondorBatch([A], condor_config=str(condor_pool.config))
    script = "for n in 1 2 3; do echo line $n; echo trouble $n >&2; done; sleep 600"
    cluster = submit(batch, condor_pool, script, should_transfer_files="YES")
    wait_until(batch, cluster, Queue.RUNNING)
    try:
        assert wait_for(lambda: batch.running_output(A, (cluster, 0), False, 1000)) == b"line 1\nline 2\nline 3\n"
        assert batch.running_output(A, (cluster, 0), True, 1000) == b"trouble 1\ntrouble 2\ntrouble 3\n"
        assert batch.running_output(A, (cluster, 999), False, 1000) is None
    finally:
        remove_all(batch, cluster, [0])


def test_without_the_tool_nobody_can_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert HTCondorBatch([A]).running_output(A, (1, 0), False, 1000) is None
