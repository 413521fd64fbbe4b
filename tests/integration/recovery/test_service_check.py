"""Verbs that bring jobs back while services that the jobs need are not up, on both databases."""

from typing import Any

import pytest

from prodcli.batch.local.batch import LocalBatch
from tests.integration.recovery.test_recovery import TAG, held, states, submitted
from tests.integration.recovery.test_rescue import NO_INPUT, NO_SERVER, claimed, fail, logged, queue  # noqa: F401
from tests.integration.submission.test_needed_services import need, say
from tests.support.workspace import ONE_DATABASE, Workspace

REFUSES = {"database": {"needed_by": "all", "when_down": "refuse"}}
SAYS = "database is down since "


@pytest.fixture
def jobs(workspace: Workspace, queue: LocalBatch) -> list[int]:  # noqa: F811
    """Six jobs, of which three are held and three have failed, with their rendered files."""
    dbids = submitted(workspace, queue, 6)
    held(workspace, queue, dbids[:3], 13, 2, NO_INPUT.format(1))
    fail(workspace, dbids[3:], 1, NO_SERVER)
    claimed(workspace)
    workspace.ok("harvest")
    return dbids


def of_first(workspace: Workspace, dbids: list[int]) -> str:
    """The state of the first job."""
    return states(workspace)[dbids[0]][0]


def shown(workspace: Workspace, *words: object) -> str:
    """What a command says that succeeds."""
    answer = workspace.run(*words, quiet=False)
    assert answer.code == 0
    return answer.out + answer.err


@pytest.mark.parametrize("state", ["degraded", "down", "maintenance"])
def test_a_service_that_is_not_up_is_told_before_anything_is_done(
    workspace: Workspace, jobs: list[int], state: str
) -> None:
    need(workspace, {"database": {"needed_by": "all"}})
    say(workspace, state)
    words = ("release", "--dbid", jobs[0])
    assert "database is " in shown(workspace, *words, "--dry-run")
    assert "UTC (new disks)" in shown(workspace, *words, "--yes")
    assert of_first(workspace, jobs) == "submitted"


@pytest.mark.parametrize("words", [("release",), ("rescue", "--apply", "all")])
@pytest.mark.parametrize("style", ["table", "json"])
def test_a_quiet_verb_warns_all_the_same(
    workspace: Workspace, jobs: list[int], words: tuple[str, ...], style: str
) -> None:
    need(workspace, {"database": {"needed_by": "all"}})
    say(workspace, "down")
    answer = workspace.run(*words, "--dbid", jobs[0], "--yes", "--format", style)
    assert (answer.code, of_first(workspace, jobs)) == (0, "submitted")
    (line,) = answer.err.splitlines()
    assert line.startswith(f"prodcli: {SAYS}")


@pytest.mark.parametrize(
    "verb", [("release",), ("resubmit", "--any-hold", "--mem", "3000MB"), ("resubmit", "--clone", "--state", "held")]
)
def test_the_site_may_refuse_to_bring_jobs_back(workspace: Workspace, jobs: list[int], verb: tuple[str, ...]) -> None:
    need(workspace, REFUSES)
    say(workspace, "down")
    words = (*verb, "--dbid", jobs[0])
    assert SAYS in shown(workspace, *words, "--dry-run")
    answer = workspace.run(*words, "--yes")
    assert (answer.code, of_first(workspace, jobs), logged(workspace)) == (1, "held", [])
    (line,) = answer.err.splitlines()
    assert line.startswith(f"prodcli: {SAYS}")
    assert "no job is brought back; prodcli services set NAME up, once that is true, or --anyway" in line
    workspace.ok(*words, "--yes", "--anyway")
    assert of_first(workspace, jobs) != "held"


def test_verbs_that_bring_nothing_back_do_not_ask(workspace: Workspace, jobs: list[int]) -> None:
    need(workspace, REFUSES)
    say(workspace, "down")
    for words in (("park", "--dbid", jobs[0]), ("clear-held", "--dbid", jobs[1]), ("priority", "3", "--dbid", jobs[2])):
        assert SAYS not in shown(workspace, *words, "--yes")
    answer = workspace.run("unpark", "--dbid", jobs[0], "--yes")
    assert (answer.code, states(workspace)[jobs[0]]) == (1, ("held", "parked"))
    workspace.ok("unpark", "--dbid", jobs[0], "--yes", "--anyway")
    assert of_first(workspace, jobs) == "submitted"


def test_rows_of_rescue_are_refused_one_by_one(workspace: Workspace, jobs: list[int]) -> None:
    need(workspace, REFUSES)
    say(workspace, "down")
    words = ("rescue", "--tag", TAG, "--apply", "all", "--yes")
    answer = workspace.run(*words, "--format", "json")
    assert (answer.code, logged(workspace)) == (1, [])
    assert [SAYS in one["trouble"] for one in answer.data["applied"]] == [True, True]
    assert SAYS in shown(workspace, *words, "--dry-run")
    done = workspace.json(*words, "--anyway")["applied"]
    assert [(one["trouble"], one["action"]["changed"]) for one in done] == [("", 3), ("", 3)]


@pytest.mark.parametrize(("needed_by", "code"), [("cluster", 1), ("DST_TRKR_CLUSTER", 1), ("DST_CALO", 0)])
def test_the_site_says_by_rule_or_dsttype_what_needs_a_service(
    workspace: Workspace, jobs: list[int], needed_by: str, code: int
) -> None:
    need(workspace, {"database": {"needed_by": needed_by, "when_down": "refuse"}})
    say(workspace, "down")
    assert workspace.run("release", "--dbid", jobs[0], "--yes").code == code


@pytest.mark.parametrize(("needs", "code"), [('["database"]', 1), ("[]", 0), (None, 0)])
def test_the_rule_of_the_submission_says_what_its_jobs_need(
    workspace: Workspace, jobs: list[int], needs: Any, code: int
) -> None:
    need(workspace, {"database": {"when_down": "refuse"}})
    say(workspace, "down")
    workspace.sql("UPDATE production_claims SET needs = ?", needs)
    assert workspace.run("release", "--dbid", jobs[0], "--yes").code == code


@ONE_DATABASE
def test_submissions_write_down_what_their_rule_needs(workspace: Workspace) -> None:
    from tests.support.rule_files import RULES, write_rules
    from tests.support.workspace import seeded_catalog

    workspace.load(seeded_catalog(1))
    rules = {name: dict(rule) for name, rule in RULES.items()}
    rules["mvtxme"]["job"] = {**rules["mvtxme"]["job"], "needs": ["lustre", "database"]}
    file = write_rules(workspace.folder / "rules", rules)
    workspace.ok("submit", "-c", file, "-r", "mvtxme", "--maxjobs", "1")
    assert workspace.sql("SELECT needs FROM production_claims") == [('["lustre", "database"]',)]
