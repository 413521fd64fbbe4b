"""What all jobs of a list share stands above it, in words."""

from typing import Any

from prodcli.campaigns.overview import Campaign
from prodcli.pages.campaigns.job_lists import READ, ListedJob, trouble_list

STEP = ("ana541_2025p014_v001", "DST_TRKR_CLUSTER", "run3auau")
HELD: dict[str, Any] = dict.fromkeys(READ) | {
    "run": 69617,
    "segment": 2,
    "status": "held",
    "state": "held",
    "since": 1_796_027_423,
}


def shown(*jobs: dict[str, Any]) -> Any:
    campaign = Campaign(STEP[0], "tracking", "", 0, True, None, None, "", 0)
    return trouble_list(
        STEP, [ListedJob(**HELD | {"dbid": number} | job) for number, job in enumerate(jobs, 1)], campaign
    ).context


def test_a_moment_that_all_jobs_share_is_no_bare_number() -> None:
    context = shown({"node": "vm"}, {"node": "vm"})
    assert context["shared"] == ["since (UTC): 2026-11-30 08:30", "node: vm"]
    assert context["caption"] == f"2 jobs of {' '.join(STEP)}"


def test_one_job_is_no_jobs() -> None:
    assert shown({"memory_used": 44})["caption"] == f"1 job of {' '.join(STEP)}"
    assert shown({"memory_used": 44})["shared"] == ["since (UTC): 2026-11-30 08:30", "used (MB): 44"]
