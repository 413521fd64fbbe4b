"""Hold reasons become classes: what differs from job to job is masked, what tells them apart is not."""

import pytest

from prodcli.books.job_filter import BookedJob
from prodcli.diagnosis.signatures import signature
from prodcli.states import Status, Substatus


@pytest.mark.parametrize(
    ("reason", "masked"),
    [
        (None, ""),
        ("", ""),
        ("via condor_hold (by user sphnxpro)", "via condor_hold (by user sphnxpro)"),
        (
            "Error from slot1_12@spool0301.sdcc.bnl.gov: Job has gone over cgroup memory limit of 4096 megabytes. Last measured"
            " usage: 4090 megabytes.",
            "Error from HOST: Job has gone over cgroup memory limit of N megabytes. Last measured usage: N megabytes.",
        ),
        (
            "Transfer input files failure at access point schedd02 while sending files to execution point slot1@node7. Details:"
            " reading from file /sphenix/lustre01/a-b/run_0001/x.root: (errno 2) No such file or directory",
            "Transfer input files failure at access point scheddN while sending files to execution point HOST. Details:"
            " reading from file PATH: (errno N) No such file or directory",
        ),
        (
            "Cannot access initial working directory /tmp/x y: (errno 2)",
            "Cannot access initial working directory PATH y: (errno N)",
        ),
        ("Failed to connect to <130.199.5.7:9618?addrs=130.199.5.7-9618&alias=x>", "Failed to connect to HOST"),
        ("no answer from 130.199.5.7:1094", "no answer from HOST"),
        ("xrdcp root://dcsphdoor02.rcf.bnl.gov:1095//pnfs/x failed", "xrdcp URL failed"),
        ("died on signal 11 at 0x7fffa0b1", "died on signal N at N"),
        ("took 3.25 hours and/or 7 files", "took N hours and/or N files"),
        ("line one\nline two\x1b[31m", "line one line two?[Nm"),
        ("x" * 500, "x" * 240 + "..."),
        ("opened ../a/../b.root, not ./c/", "opened PATH, not PATH"),
        ("/.." * 5000, "PATH."),
    ],
)
def test_what_differs_is_masked(reason: str | None, masked: str) -> None:
    assert signature(reason) == masked


def job(dbid: int, code: int, subcode: int, reason: str, **facts: object) -> BookedJob:
    """A held job."""
    values: dict[str, object] = {
        **{"dbid": dbid, "attempt": 1, "step": 0, "schedd": "s", "cluster": 1, "proc": dbid, "status": Status.HELD},
        **{"substatus": Substatus.NONE, "entered": 100 - dbid, "since": 100 - dbid, "memory_asked": 1000},
        **{"memory_used": None, "ladder": (1000,), "hold_reason": reason, "hold_code": code, "hold_subcode": subcode},
        **{"node": None, "rule": "r", "tag": "t", "dsttype": "d", "run": 1, "segment": 0, **facts},
    }
    return BookedJob(**values)  # type: ignore[arg-type]
