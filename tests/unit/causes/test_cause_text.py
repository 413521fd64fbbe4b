"""A cause in a line, and in a few lines with all that is known."""

from dataclasses import replace

import pytest

from prodcli.books.job_filter import BookedJob, JobFilter
from prodcli.causes.advice import Scope
from prodcli.causes.cause_text import action_in_words, cause_in_words, cause_lines
from prodcli.causes.failure_groups import FailureGroup, Signature
from prodcli.error_catalog.remedy import Remedy
from prodcli.states import Status, Substatus

TAG = "ana541_2025p014_v002"
NOW = 1_770_000_000
MEMORY = "Job has gone over cgroup memory limit of 200 megabytes"
FOLDER = "Cannot access initial working directory /data/gone/66512: No such file or directory"


def job(dbid: int, **more: object) -> BookedJob:
    """A job that is held for memory, if nothing else is said."""
    place = (dbid, 1, 0, "a@pool", 7, dbid, Status.HELD, Substatus.NONE, 0, NOW - 240)
    hold = {"memory_asked": 200, "memory_used": 318, "ladder": (200,), "hold_code": 34, "hold_subcode": 102}
    names = {"hold_reason": MEMORY, "node": "spool1", "rule": "R", "tag": TAG, "dsttype": "DST_TRKR_CLUSTER"}
    return replace(BookedJob(*place, **hold, **names, run=66456, segment=0), **more)  # type: ignore[arg-type]


def group(state: str, code: str, jobs: list[BookedJob], action: Remedy, why: str = "", **more: object) -> FailureGroup:
    """Jobs of one cause with a proposal."""
    return FailureGroup(Signature(state, code, "x", ""), jobs, action=action, why=why, **more)  # type: ignore[arg-type]


HUNGRY = group("held", "34/102", [job(n, memory_used=269 + n) for n in range(50)], Remedy.MEMORY, steps=[400])
FAILED = [job(n, status=Status.FAILED, exit_code=1, hold_code=None) for n in range(3)]
GONE = [job(1, hold_code=14, hold_subcode=2, hold_reason=FOLDER, dsttype="DST_STREAMING_EVENT_ebdc00_0")]


@pytest.mark.parametrize(
    ("one", "cause", "action"),
    [
        (HUNGRY, "memory, 200 MB asked, 269-318 used", "-> 400 MB, 5 first"),
        (replace(HUNGRY, won=68, retried=70), "memory, 200 MB asked, 269-318 used", "-> 400 MB, helped 68 of 70"),
        (group("held", "14/2", GONE, Remedy.ASK), "folder missing", "you: make the folder"),
        (group("failed", "exit 1", FAILED, Remedy.RETRY, what="connection refused"), "exit 1, connection refused", "-> retry"),
        (group("failed", "exit 1", FAILED, Remedy.ASK), "exit 1, x", "you: read an err file"),
        (group("lost", "", FAILED, Remedy.RETRY), "left the queue, end unknown", "-> retry"),
        (group("stalled", "no CPU", FAILED, Remedy.RETRY), "no CPU", "-> retry"),
        (
            FailureGroup(Signature("stalled", "no events", "", "again"), FAILED, action=Remedy.ASK),
            "no events, again",
            "you: read a log",
        ),
        (group("removed", "", FAILED, Remedy.ASK), "by a person or a policy", "you: ask who removed"),
        (
            group("failed", "exit 1", FAILED, Remedy.ASK, "x; but a retry helped only 0 of 52", won=0, retried=52),
            "exit 1, x",
            "you: retry helped 0 of 52",
        ),
    ],
)  # fmt: skip
def test_a_cause_is_a_line(one: FailureGroup, cause: str, action: str) -> None:
    assert (cause_in_words(one), action_in_words(one)) == (cause, action)


def lines(one: FailureGroup, width: int | None) -> list[str]:
    """All that is known of a cause."""
    return cause_lines(1, [one], Scope(JobFilter()), lambda name: name.removesuffix("_ebdc00_0"), NOW, width)


def test_the_details_say_where_since_when_why_and_what_to_type() -> None:
    missing = group("held", "14/2", GONE, Remedy.ASK, "its initial folder is missing", text=FOLDER)
    assert lines(missing, None) == [
        "  1  1 job held 14/2: folder missing; since 4 min ago (02:36 UTC)",
        "     DST_STREAMING_EVENT; on spool1 (1)",
        f"     {FOLDER}",
        "     make the folder, then prodcli release --dbid 1",
    ]


def test_a_command_is_never_folded_and_words_stay_whole() -> None:
    parked = replace(HUNGRY, action=Remedy.PARK, why="held for memory (asked 200 MB); need more memory than allowed")
    shown = lines(parked, 60)
    assert [len(line) <= 60 for line in shown if "prodcli" not in line] == [True] * 5
    assert f"     prodcli park --tag {TAG} --dsttype DST_TRKR_CLUSTER --code 34/102" in shown
    assert shown[-2:] == [
        "     or try 5 with twice the memory:",
        f"     prodcli resubmit --scale-memory 2 --tag {TAG} --dsttype DST_TRKR_CLUSTER --code 34/102 --limit 5",
    ]
    assert not any("cgroup" in line for line in shown)
