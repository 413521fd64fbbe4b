"""A group is launched, its failed jobs are retried, and its jobs finish, on a real pool."""

from typing import Any

import pytest

from tests.support import levels
from tests.support.condor_pool import wait_for
from tests.support.levels import NAME, OF_EVENT
from tests.support.waiting_jobs import clear, schedd_of
from tests.support.workspace import COMBINATIONS, Workspace

# Each job fails at its first attempt, as while a server is down.
SCRIPT = """\
#!/bin/sh
mark={folder}/$(echo "$@" | cksum | tr ' ' -)
test -e "$mark" && exit 0
: > "$mark"
echo 'psql: error: connection to server at "db3.a.org", port 5432 failed: Connection refused' >&2
exit 1
"""
JOBS = 3


def states(workspace: Workspace) -> set[str]:
    """The states of all jobs, after a harvest."""
    workspace.ok("harvest", "--sweep")
    return {
        state
        for (state,) in workspace.sql("SELECT CAST(status AS text) FROM production_jobs WHERE tag = ?", levels.TAG)
    }


@pytest.mark.parametrize(("database", "batch"), COMBINATIONS[3:])
def test_a_group_is_launched_and_retried(real: Workspace, queue: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    marks = real.folder / "marks"
    marks.mkdir(mode=0o777)
    levels.make(real, monkeypatch, SCRIPT.format(folder=marks))
    address = f"{OF_EVENT}/late"
    (row,) = real.json("campaign", "launch", address, "--maxjobs", JOBS, "--yes")
    assert row["jobs"] == JOBS
    wait_for(lambda: states(real) == {"failed"})
    (row,) = real.json("campaign", "retry", address, "--yes")
    assert (row["jobs"], row["retried"]) == (JOBS, JOBS)
    wait_for(lambda: states(real) == {"finished"})
    assert real.json("campaign", "retry", NAME, "--yes") == []
    clear(real, queue, schedd_of(real))
