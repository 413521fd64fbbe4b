"""Hold reasons become classes: what differs from job to job is masked, what tells them apart is not."""

import pytest

from prodcli.classify import hold_classes, signature
from prodcli.states import Status, Substatus
from prodcli.targets import TargetJob


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


def job(dbid: int, code: int, subcode: int, reason: str, **facts: object) -> TargetJob:
    """A held job."""
    values: dict[str, object] = {
        **{"dbid": dbid, "attempt": 1, "step": 0, "schedd": "s", "cluster": 1, "proc": dbid, "status": Status.HELD},
        **{"substatus": Substatus.NONE, "entered": 100 - dbid, "since": 100 - dbid, "memory_asked": 1000},
        **{"memory_used": None, "ladder": (1000,), "hold_reason": reason, "hold_code": code, "hold_subcode": subcode},
        **{"node": None, "rule": "r", "tag": "t", "dsttype": "d", "run": 1, "segment": 0, **facts},
    }
    return TargetJob(**values)  # type: ignore[arg-type]


def test_jobs_are_counted_by_code_and_signature() -> None:
    over = "over 1{} MB on n{}.a.org"
    jobs = [job(n, 34, 102, over.format(n, n), memory_used=990 + n, node=f"n{n % 2}") for n in range(3)]
    found = hold_classes([job(9, 1, 0, "by hand"), *jobs, job(8, 21, 102, over.format(1, 1))])
    assert [(one.code, one.signature, one.dbids) for one in found] == [
        ("34/102", "over N MB on HOST", [0, 1, 2]),
        ("1/0", "by hand", [9]),
        ("21/102", "over N MB on HOST", [8]),
    ]
    first = found[0]
    assert (first.asked, first.used, first.oldest, first.example) == ([1000] * 3, [990, 991, 992], 98, "1.0@s")
    assert dict(first.nodes) == {"n0": 2, "n1": 1}
    assert (first.meaning, found[1].meaning) == ("memory", "a person held it")


def test_a_job_without_a_code_is_told_so() -> None:
    (one,) = hold_classes([job(1, 0, 0, "")])
    assert (one.code, one.meaning, one.signature) == ("0/0", "no code", "")
