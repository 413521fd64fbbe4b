"""One number of one job that no column of the books can hold: it is unknown, and everything else is booked."""

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from tests.support.condor_pool import wait_for
from tests.support.waiting_jobs import JOBS, ours, reconciled, schedd_of, submit_words, unbooked
from tests.support.workspace import COMBINATIONS, Workspace

JOBS_BY_STATE = (
    "SELECT CAST(status AS text), substatus, COUNT(*) FROM production_jobs WHERE schedd IS NOT NULL"
    " GROUP BY status, substatus ORDER BY 1, 2"
)
ODD_JOB = "SELECT memoryusage, jobstarts FROM production_jobs WHERE clusterid = ? AND procid = 0"
# what HTCondor and what the local batch call a number; the value
ODD = {"MemoryUsage": ("memory_used", 5_000_000_000), "HoldReasonSubCode": ("hold_subcode", 2**40)}


def say(real: Workspace, queue: Any, cluster: int, attribute: str) -> None:
    """Let the batch system say a number of the first job that no column can hold."""
    column, value = ODD[attribute]
    if real.settings["batch"]["system"] == "htcondor":
        queue._edit(schedd_of(real), [(cluster, 0)], attribute, value)
        return
    with closing(sqlite3.connect(real.folder / "batch.db")) as connection:
        connection.execute(f"UPDATE jobs SET {column} = ? WHERE proc = 0", (value,))  # noqa: S608
        connection.commit()


@pytest.mark.parametrize(("database", "batch"), COMBINATIONS)
def test_a_number_that_no_column_can_hold_stops_nobody(real: Workspace, queue: Any) -> None:
    real.json(*submit_words(real))
    ((cluster, _),) = ours(real, queue).items()
    schedd = schedd_of(real)
    queue.hold(schedd, [(cluster, proc) for proc in range(JOBS)], "to look at")
    for attribute in ODD:
        say(real, queue, cluster, attribute)
    told = real.run("harvest").err
    assert real.sql(JOBS_BY_STATE) == [("held", "", JOBS)]
    assert real.sql(ODD_JOB, cluster)[0][0] is None
    assert real.sql("SELECT hold_code, hold_subcode, COUNT(*) FROM production_attempts GROUP BY 1, 2 ORDER BY 3") == [
        (1, None, 1),
        (1, 0, JOBS - 1),
    ]
    lines = [line for line in told.splitlines() if "the books cannot hold" in line]
    assert len(lines) == 1
    names = [name if real.settings["batch"]["system"] == "htcondor" else ODD[name][0] for name in ODD]
    assert f"job {cluster}.0@{schedd}" in lines[0]
    for name, attribute in zip(names, ODD, strict=True):
        assert f"{name} = {ODD[attribute][1]}" in lines[0]
    assert "cannot hold" not in real.ok("harvest", "--sweep").err  # said once
    assert real.json("mark-held")
    real.ok("release", "--tag", "ana537_2025p010_v001", "--user-holds", "--yes")
    real.ok("harvest", "--sweep")
    assert real.sql(JOBS_BY_STATE) == [("submitted", "", JOBS)]
    queue.remove(schedd, [(cluster, proc) for proc in range(JOBS)], "test is over")
    wait_for(lambda: not ours(real, queue))
    real.ok("harvest")
    assert real.sql(JOBS_BY_STATE) == [("failed", "removed", JOBS)]


@pytest.mark.parametrize(("database", "batch"), COMBINATIONS)
def test_an_orphan_with_such_a_number_can_be_adopted(real: Workspace, queue: Any) -> None:
    real.json(*submit_words(real))
    ((cluster, _),) = ours(real, queue).items()
    real.sql("DELETE FROM production_attempts")
    real.sql("DELETE FROM production_jobs WHERE schedd IS NOT NULL")
    queue.hold(schedd_of(real), [(cluster, 0)], "to look at")
    for attribute in ODD:
        say(real, queue, cluster, attribute)
    assert [line["jobs"] for line in unbooked(real, reconciled(real))] == [JOBS]
    real.ok("reconcile", "--adopt", cluster)
    assert real.sql(JOBS_BY_STATE) == [("held", "", 1), ("submitted", "", JOBS - 1)]
