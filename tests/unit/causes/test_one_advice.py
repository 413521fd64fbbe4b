"""`diagnose` and `rescue` propose the same for every signature: for all entries of the catalog, in all states."""

from collections.abc import Iterator
from functools import cache
from itertools import product

import pytest

from prodcli.books.job_filter import BookedJob
from prodcli.causes.classifiers import Facts
from prodcli.causes.failure_groups import FailureGroup, Signature
from prodcli.causes.failures import advised
from prodcli.diagnosis.outages_met import OutageMet
from prodcli.diagnosis.standing_out import StandOut
from prodcli.diagnosis.verdict import FaultVerdict, Ground, JobsBeside, fault_of
from prodcli.error_catalog.catalog import Match
from prodcli.error_catalog.entry_form import known_error
from prodcli.error_catalog.known_error import Category, KnownError, Symptom
from prodcli.error_catalog.read_catalog import built_in_catalog
from prodcli.error_catalog.remedy import Remedy
from prodcli.memory.requests import By
from prodcli.services.states import Outage
from tests.unit.causes.test_cause_text import job

STATES = ("failed", "held", "evicted", "lost", "removed", "no_output")
HOLDS = ((1, 0), (15, 0), (34, 102), (34, 104), (13, 2), (26, 0))
BAD = "n1.x.org"
NODE = StandOut(1, "node", BAD, 9, 10, 0, 5000, -60.0)
HOUR = StandOut(1, "hour", "23", 9, 10, 50, 5000, -40.0)
OVER = Outage("database", "down", 100, 200, "")
RETRIES = ((0, 0), (10, 0), (10, 9))
Case = tuple[str, tuple[int, int] | None, KnownError | None]


def own_entries() -> Iterator[KnownError]:
    """Entries of a site of each category and action."""
    for number, (category, action) in enumerate(product(Category, Remedy)):
        said = {"name": "n", "category": str(category), "action": str(action), "advice": "a", "exit_code": 1}
        yield known_error(f"own-{number}", said, "errors.yaml")


@cache
def every_case() -> list[Case]:
    """All cases."""
    return list(cases())


def cases() -> Iterator[Case]:
    """Each state, holds with each kind of code, with each entry that may be the first one to fit."""
    for state in STATES:
        for hold in HOLDS if state == "held" else [None]:
            yield from ((state, hold, entry) for entry in (*entries_for(state, hold), *own_entries(), None))


def entries_for(state: str, hold: tuple[int, int] | None) -> Iterator[KnownError]:
    """The built-in entries that may fit, up to one that fits whatever the text says."""
    code, subcode = hold or (None, None)
    symptom = Symptom(state, exit_code=1, hold_code=code, hold_subcode=subcode)
    for entry in built_in_catalog().entries:
        if any(
            (not one.states or state in one.states) and (not one.holds or one.codes_fit(symptom)) for one in entry.signs
        ):
            yield entry
        if entry.place_in(symptom, "", "") is not None and not any(one.exit_codes for one in entry.signs):
            return


def group_of(case: Case, retries: tuple[int, int]) -> FailureGroup:
    """Jobs that failed so for the first time, all of them on one node."""
    state, hold, entry = case
    code, subcode = hold or (None, None)
    booked = {"held": "held", "evicted": "evicted"}.get(state, "failed")
    substatus = state if state in ("lost", "removed", "no_output") else ""
    jobs: list[BookedJob] = [
        job(n, status=booked, substatus=substatus, hold_code=code, hold_subcode=subcode, node=BAD) for n in range(2)
    ]
    words = f"{code}/{subcode}" if hold else "exit 1" if state == "failed" else ""
    match = Match(entry, "some words", "some words of it") if entry else None
    fate = str(By.LADDER) if hold in ((34, 102), (21, 102), (34, 0), (3, 34)) else ""
    signature = Signature(state, words, "some words of it", fate, entry.key if entry else "")
    return FailureGroup(signature, jobs, 1, match=match, retried=retries[0], won=retries[1])


def both(case: Case, retries: tuple[int, int], kind: str) -> tuple[FaultVerdict, Facts]:
    """What `diagnose` says, and the facts for `rescue`, where something of a kind is known of all failures."""
    group = group_of(case, retries)
    assert group.failed is not None
    outs = {"nodes": [NODE], "excluded": [NODE], "hours": [HOUR]}.get(kind, [])
    met = [OutageMet(OVER, 9, 10, 100, 110, 1e-9, True)] if kind == "outage" else []
    beside = JobsBeside(90, 15, 0) if kind == "beside" else None
    verdict = fault_of(group.failed, outs, met, beside, [BAD] if kind == "excluded" else [])
    group.verdict = verdict
    blamed = verdict.ground is Ground.NODES and verdict.action is Remedy.NODE
    group.suspects = {BAD: "9 of 10 failures"} if blamed else {}
    return verdict, group.facts


@pytest.mark.parametrize("kind", ["", "nodes", "excluded", "hours", "outage", "beside"])
def test_both_verbs_give_one_advice(kind: str) -> None:
    differ = []
    for case, retries in product(every_case(), RETRIES):
        verdict, facts = both(case, retries, kind)
        answer = advised(facts)
        if answer["action"] != verdict.action:
            state, hold, entry = case
            differ.append((state, hold, entry.key if entry else "", retries, str(verdict.action), answer))
    assert differ == []


def test_what_no_verb_can_do_is_not_advised() -> None:
    """Only held jobs are parked, jobs that are evicted start again by themselves, and no hold of a person is released."""
    for case, retries in product(every_case(), RETRIES):
        state, hold, _ = case
        action = both(case, retries, "")[0].action
        assert action is not Remedy.PARK or state == "held"
        assert action is Remedy.ASK or (state != "evicted" and hold not in ((1, 0), (15, 0))), (case, action)
        assert action is not Remedy.NODE


def test_a_full_disk_is_the_same_whatever_the_exit_code() -> None:
    entry = built_in_catalog().get("disk-full")
    for state in ("failed", "no_output"):
        verdict, facts = both((state, None, entry), (0, 0), "")
        assert (verdict.action, advised(facts)["action"]) == (Remedy.RETRY, Remedy.RETRY)
    assert advised({**facts, "fate": "again"})["action"] == Remedy.ASK
