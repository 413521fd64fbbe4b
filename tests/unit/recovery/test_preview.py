"""The preview of a recovery verb: groups of similar jobs, the title, and the question."""

from dataclasses import replace

from prodcli.recovery.preview import GroupKey, groups_of
from prodcli.recovery.recovery_plan import RecoveryPlan
from prodcli.verbs import CLEAR_HELD, CLONE, PARK, RELEASE, RESUBMIT
from tests.unit.recovery.test_outcome import job

TAG = "ana541_2025p014_v002"


def family(dsttype: str) -> str:
    """The name of a dsttype without its host."""
    return dsttype.removesuffix("_ebdc00_0").removesuffix("_ebdc01_0")


def test_jobs_of_one_tag_dsttype_and_reason_are_a_group_whatever_their_host_and_schedd() -> None:
    missing = replace(job(3), hold_code=14, hold_subcode=2, memory_used=None)
    jobs = [
        (replace(missing, dsttype="DST_STREAMING_EVENT_ebdc00_0"), None),
        (replace(missing, dsttype="DST_STREAMING_EVENT_ebdc01_0", schedd="b@pool"), None),
        (replace(job(4), memory_used=269), 400),
    ]
    first, second = groups_of(jobs, family)
    assert (first.key, len(first.jobs)) == (GroupKey(TAG, "DST_STREAMING_EVENT", "held", "14/2", "folder missing"), 2)
    assert (second.key, len(second.jobs)) == (GroupKey(TAG, "DST_TRKR_CLUSTER", "held", "34/102", "memory"), 1)
    assert (second.asked, second.used, second.new, first.used) == ([200], [269], [400], [])


def test_the_question_names_what_it_is_about() -> None:
    def question(plan: RecoveryPlan) -> str:
        return plan.preview().question

    two = [(job(1), None), (job(2), None)]
    assert question(RecoveryPlan(RELEASE, two)) == f"Release 2 jobs of {TAG}?"
    assert question(RecoveryPlan(CLEAR_HELD, two[:1])) == f"Remove 1 job of {TAG}?"
    assert question(RecoveryPlan(CLONE, [*two, (job(3, tag="x"), None)])) == "Clone 3 jobs of 2 tags?"
    more = RecoveryPlan(RESUBMIT, two, more=[RecoveryPlan(PARK, two[:1])])
    assert question(more) == f"Resubmit 2 jobs and park 1 of {TAG}?"


def test_the_title_says_how_many_jobs_a_limit_keeps_out() -> None:
    plan = RecoveryPlan(RELEASE, [(job(n), None) for n in range(5)]).limited(2)
    assert plan.preview().title == f"Release 2 jobs of {TAG} (3 more match, --limit 2)"
    assert RecoveryPlan(RELEASE).preview().title == ""
    assert RecoveryPlan(RELEASE).preview().notes == ["no queued job matches"]
