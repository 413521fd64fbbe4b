"""HTCondor's ads become events, and the texts that go to it can be read there: all with plain dictionaries."""

from dataclasses import replace
from enum import IntEnum
from typing import Any

import pytest

from prodcli.batch import ClaimedCluster, Factory
from prodcli.batch.htcondor.ads import (
    Cursor,
    claimed_clusters,
    described_jobs,
    event,
    events,
    factories,
    in_clusters,
    job_ids,
    plain_reason,
    quote,
    version,
)
from prodcli.states import Queue, Status, Substatus


class Value(IntEnum):
    """As classad2 has it."""

    Error = 1
    Undefined = 2


UNDEFINED = Value.Undefined
IDLE: dict[str, Any] = {
    "ClusterId": 7, "ProcId": 3, "ProdcliDbid": 70, "ProdcliAttempt": 2, "ProdcliClaim": "c-1", "JobStatus": 1,
    "EnteredCurrentStatus": 1000, "NumJobStarts": 0, "RequestMemory": 2048, "CompletionDate": 0, "ExitBySignal": False,
    "RemoteUserCpu": 0.0, "RemoteSysCpu": 0.0, "MemoryUsage": UNDEFINED, "ServerTime": 1001,
}  # fmt: skip
RUN = IDLE | {
    "JobStatus": 2, "NumJobStarts": 2, "RemoteHost": "slot1_4@node7.some.where", "JobStartDate": 1100,
    "JobCurrentStartDate": 1200, "MemoryProvisioned": 2176, "MemoryUsage": 1500, "DiskUsage": 125,
}  # fmt: skip
DONE = {key: value for key, value in RUN.items() if key != "RemoteHost"} | {
    "JobStatus": 4, "EnteredCurrentStatus": 1300, "CompletionDate": 1300, "ExitCode": 0, "RemoteUserCpu": 81.5,
    "RemoteSysCpu": 2, "LastRemoteHost": "slot1_4@node7.some.where",
}  # fmt: skip


def only(ad: dict[str, Any]) -> Any:
    """The event that an ad must have."""
    found = event(ad)
    assert found is not None
    return found


def test_an_idle_job() -> None:
    idle = only(IDLE)
    assert (idle.dbid, idle.attempt, idle.claim, idle.cluster, idle.proc) == (70, 2, "c-1", 7, 3)
    assert (idle.queue, idle.since, idle.num_starts, idle.memory_asked) == (Queue.IDLE, 1000, 0, 2048)
    nothing = (idle.node, idle.started, idle.finished, idle.exit_code, idle.memory_used, idle.memory_provisioned)
    assert nothing == (None,) * 6
    assert idle.state.status is Status.SUBMITTED


def test_a_running_job_says_where_and_since_when() -> None:
    run = only(RUN)
    assert (run.node, run.started, run.finished, run.num_starts) == ("node7.some.where", 1200, None, 2)
    assert (run.memory_used, run.memory_provisioned, run.disk_used) == (1500, 2176, 125)
    assert only(RUN | {"JobCurrentStartDate": UNDEFINED}).started == 1100


def test_a_finished_job_says_what_it_took() -> None:
    done = only(DONE)
    assert (done.exit_code, done.finished, done.user_cpu, done.sys_cpu) == (0, 1300, 81.5, 2.0)
    assert done.node == "node7.some.where"
    assert done.state.status is Status.FINISHED


@pytest.mark.parametrize(
    ("ending", "exit_code", "status"),
    [
        ({"ExitCode": 3}, 3, Status.FAILED),
        ({"ExitBySignal": True, "ExitSignal": 9, "ExitCode": 0}, 137, Status.FAILED),
        ({"ExitBySignal": True, "ExitSignal": UNDEFINED, "ExitCode": 0}, None, Status.FAILED),
        ({"ExitCode": UNDEFINED}, None, Status.FAILED),
        ({"ExitBySignal": False, "ExitCode": 0}, 0, Status.FINISHED),
    ],
)
def test_how_a_job_ended(ending: dict[str, Any], exit_code: int | None, status: Status) -> None:
    done = only(DONE | ending)
    assert (done.exit_code, done.state.status) == (exit_code, status)


def test_a_held_job_says_why() -> None:
    reason = {"HoldReason": "too much memory", "HoldReasonCode": 34, "HoldReasonSubCode": 102, "RemoveReason": "x"}
    held = only(RUN | {"JobStatus": 5} | reason)
    assert (held.hold_reason, held.hold_code, held.hold_subcode) == ("too much memory", 34, 102)
    lost = only(RUN | {"JobStatus": 5, "HoldReason": UNDEFINED, "HoldReasonCode": 1, "HoldReasonSubCode": 0})
    assert (lost.hold_reason, lost.hold_code, lost.hold_subcode) == (None, 1, 0)
    released = only(IDLE | reason)
    assert (released.hold_reason, released.hold_code, released.hold_subcode) == (None, None, None)


def test_a_removed_job_says_why_and_is_not_held() -> None:
    gone = only(RUN | {"JobStatus": 3, "RemoveReason": "why (by user x)", "HoldReasonCode": 34, "CompletionDate": 5})
    assert (gone.hold_reason, gone.hold_code, gone.finished) == ("why (by user x)", None, None)
    assert (gone.state.status, gone.state.substatus) == (Status.FAILED, Substatus.REMOVED)


@pytest.mark.parametrize(("status", "queue"), [(queue.value, queue) for queue in Queue])
def test_all_seven_states_are_kept_apart(status: int, queue: Queue) -> None:
    assert only(RUN | {"JobStatus": status}).queue is queue


@pytest.mark.parametrize("missing", ["ProdcliDbid", "ClusterId", "ProcId", "JobStatus"])
def test_what_is_no_job_of_ours_is_no_event(missing: str) -> None:
    assert event({key: value for key, value in IDLE.items() if key != missing}) is None
    assert event(IDLE | {missing: UNDEFINED}) is None
    assert events([IDLE, IDLE | {missing: "text"}, IDLE]) == [only(IDLE)] * 2


@pytest.mark.parametrize("status", [0, 8, 9, -1])
def test_an_unknown_state_is_no_event(status: int) -> None:
    assert event(IDLE | {"JobStatus": status}) is None


def test_numbers_are_numbers() -> None:
    odd = {
        "MemoryUsage": 4.2,
        "DiskUsage": float("nan"),
        "RequestMemory": True,
        "MemoryProvisioned": 0,
        "NumJobStarts": "2",
    }
    run = only(RUN | odd)
    assert (run.memory_used, run.disk_used, run.memory_asked, run.memory_provisioned, run.num_starts) == (
        5,
        None,
        None,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("name", "value", "fact", "words"),
    [
        ("DiskUsage", 5_000_000_000, "disk_used", "DiskUsage = 5000000000"),
        ("NumJobStarts", 2**31, "num_starts", "NumJobStarts = 2147483648"),
        ("MemoryUsage", 2**40, "memory_used", "MemoryUsage = 1099511627776"),
        ("MemoryUsage", -5, "memory_used", "MemoryUsage = -5"),
        ("MemoryProvisioned", float("inf"), "memory_provisioned", "MemoryProvisioned = inf"),
        ("RequestMemory", "2 GB", "memory_asked", "RequestMemory = '2 GB'"),
        ("RequestMemory", True, "memory_asked", "RequestMemory = True"),
        ("JobCurrentStartDate", 10**15, "started", "JobCurrentStartDate = 1000000000000000"),
        ("HoldReasonSubCode", -(2**31), "hold_subcode", "HoldReasonSubCode = -2147483648"),
        ("HoldReasonCode", float("nan"), "hold_code", "HoldReasonCode = nan"),
        ("RemoteUserCpu", float("nan"), "user_cpu", "RemoteUserCpu = nan"),
        ("RemoteSysCpu", "x" * 100, "sys_cpu", f"RemoteSysCpu = '{'x' * 59}"),
    ],
)
def test_a_number_that_the_books_cannot_hold_is_unknown_and_told(name: str, value: Any, fact: str, words: str) -> None:
    held = RUN | {"JobStatus": 5, "HoldReasonCode": 34, "HoldReasonSubCode": 102, "JobStartDate": 0}
    whole, found = only(held), only(held | {name: value})
    assert (getattr(found, fact), found.odd) == (None, (words,))
    assert replace(found, **{fact: getattr(whole, fact)}, odd=()) == whole


def test_a_time_that_the_books_cannot_hold_is_unknown() -> None:
    found = only(RUN | {"EnteredCurrentStatus": 10**12})
    assert (found.since, found.odd) == (0, ("EnteredCurrentStatus = 1000000000000",))


def test_an_exit_code_that_the_books_cannot_hold_is_a_failure() -> None:
    found = only(DONE | {"ExitCode": 3_221_225_477})
    assert (found.exit_code, found.odd, found.state.status) == (None, ("ExitCode = 3221225477",), Status.FAILED)


@pytest.mark.parametrize("name", ["ProdcliDbid", "ProdcliAttempt"])
def test_a_job_that_names_no_possible_row_is_none_of_ours(name: str) -> None:
    assert event(RUN | {name: 5_000_000_000}) is None
    assert event(RUN | {"ProdcliDbid": -1}) is not None  # rendered for inspection


@pytest.mark.parametrize(("name", "found"), [("ProdcliRun", 0), ("ProdcliSegment", 0), ("RequestDisk", 1)])
def test_a_described_job_has_numbers_that_the_books_can_hold(name: str, found: int) -> None:
    words = {"ProdcliRule": "r", "ProdcliTag": "t", "ProdcliDataset": "d", "ProdcliDsttype": "DST_X"}
    described = RUN | words | {"ProdcliRun": 66456, "ProdcliSegment": 2, "RequestDisk": 100}
    assert [job.disk for job in described_jobs([described])] == [100]
    assert [job.disk for job in described_jobs([described | {name: 5_000_000_000}])] == [None] * found


def test_a_described_job_has_one_output_unless_it_says_more() -> None:
    words = {"ProdcliRule": "r", "ProdcliTag": "t", "ProdcliDataset": "d", "ProdcliDsttype": "DST_X"}
    described = RUN | words | {"ProdcliRun": 66456, "ProdcliSegment": 20}
    said = [{}, {"ProdcliOutputs": 10}, {"ProdcliOutputs": 0}, {"ProdcliOutputs": UNDEFINED}, {"ProdcliOutputs": 2**40}]
    assert [job.outputs for ad in said for job in described_jobs([described | ad])] == [1, 10, 1, 1, 1]


def test_a_factory_with_more_procs_than_a_column_can_hold_is_none() -> None:
    assert factories([{"ClusterId": 7, "JobMaterializeNextProcId": 2, "TotalSubmitProcs": 5_000_000_000}]) == []


def test_the_release_of_a_daemon() -> None:
    said = "$CondorVersion: 25.2.1 2025-10-30 BuildID: 1 PackageID: 25.2.1-1 $"
    assert version({"CondorVersion": said}) == (25, 2, 1)
    assert version({"CondorVersion": said.replace("25.2.1", "23.10.29")}) < (25, 2, 1) < (25, 10, 0)
    assert version({}) == version({"CondorVersion": "unknown"}) == ()


def test_what_is_left_for_a_factory() -> None:
    ad = {"ClusterId": 7, "ProdcliClaim": "c-1", "TotalSubmitProcs": 5, "JobMaterializeNextProcId": 3}
    assert factories([ad, IDLE, ad | {"JobMaterializeNextProcId": 5}]) == [Factory(7, "c-1", 3, 5)]
    assert factories([ad | {"JobFactoryPaused": 1}])[0].jobs == {(7, 3), (7, 4)}
    assert (
        factories([ad | {"JobFactoryPaused": 3}, {"ClusterId": 7, "TotalSubmitProcs": 5}]) == []
    )  # removed; never one


def test_ids_of_jobs_only() -> None:
    assert job_ids([IDLE, {"ClusterId": 7}, {"ClusterId": 8, "ProcId": 0}]) == {(7, 3), (8, 0)}


def test_clusters_of_a_claim() -> None:
    def job(cluster: int, proc: int, status: int, total: int | None = None) -> dict[str, Any]:
        return {"ClusterId": cluster, "ProcId": proc, "JobStatus": status} | (
            {"TotalSubmitProcs": total} if total else {}
        )

    factory = {"ClusterId": 3, "TotalSubmitProcs": 50, "JobMaterializeNextProcId": 3}
    queue = [
        job(9, 4, 1),
        job(9, 2, 3),
        {"ClusterId": 9},
        job(5, 0, 3, 8),
        {"ClusterId": 5, "TotalSubmitProcs": 8},
        factory,
    ]
    history = [job(9, 6, 4), job(2, 1, 4, 4)]
    assert claimed_clusters(queue, history) == [
        ClaimedCluster(2, 4, living=False),
        ClaimedCluster(3, 50, living=True),
        ClaimedCluster(5, 8, living=False),
        ClaimedCluster(9, 7, living=True),
    ]
    assert claimed_clusters([], []) == []


def test_a_constraint_on_clusters_stays_short() -> None:
    assert in_clusters({3, 1}) == "member(ClusterId, {1,3})"
    assert in_clusters(range(4, 9000)) == "ClusterId >= 4 && ClusterId <= 8999"


@pytest.mark.parametrize(
    ("text", "quoted"), [("main.x y", '"main.x y"'), ('a"b\\c', '"a\\"b\\\\c"'), ("é$(x)'", '"é$(x)\'"')]
)
def test_strings_are_quoted(text: str, quoted: str) -> None:
    assert quote(text) == quoted


def test_a_reason_is_made_plain() -> None:
    assert plain_reason('row "7"\nof C:\\x') == "row '7' of C:/x"


def test_a_cursor_comes_back() -> None:
    assert Cursor.read(Cursor(5, ("s#1.0#3", "s#0.7#2")).text()) == Cursor(5, ("s#1.0#3", "s#0.7#2"))


@pytest.mark.parametrize("text", ["", "x", "5", "[]", "{}", '{"clock": null, "history": []}', '{"clock": 1}'])
def test_another_cursor_starts_anew(text: str) -> None:
    assert Cursor.read(text) == Cursor()
