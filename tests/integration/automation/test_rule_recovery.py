"""What a pass recovers without asking: only what the rule, the site or steering allows, and not for ever."""

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from prodcli.automation.rule_pass import PassOverRules
from prodcli.automation.rule_result import RulePass
from prodcli.cli.automation.pass_wiring import rule_resources
from prodcli.cli.context import Session
from prodcli.runs.selection import ALL_RUNS
from prodcli.steering.steered_rule import SteeredRule
from tests.integration.submission.test_needed_services import say
from tests.support.held_jobs import failed, held, states, submitted
from tests.support.waiting_jobs import LOCAL
from tests.support.workspace import Workspace

pytestmark = pytest.mark.parametrize(("database", "batch"), LOCAL)
NO_SERVER = 'psql: error: connection to server at "db3.a.org", port 5432 failed: Connection refused\n'
LADDER = {"job_request_memory": "2 GB, 3 GB"}


def passed(workspace: Workspace, **steering: Any) -> RulePass:
    """A pass over the rule of the waiting jobs."""
    session = Session(workspace.file, False, quiet=True, verbose=False)
    file = workspace.folder / "rules" / "rules.yaml"
    off = {"dstspider": False, "histspider": False}
    steered = SteeredRule(name="mvtxme", config=file, runs=ALL_RUNS, submit=True, **off, **steering)
    this = PassOverRules(rule_resources(session, lambda _: nullcontext(), "a pass"))
    _, result = this.run([steered])
    session.close()
    assert result.error == ""
    return result


def asked(workspace: Workspace, dbids: list[int]) -> list[tuple[str, int, int]]:
    """State, attempt and requested memory of jobs."""
    rows = workspace.sql(
        "SELECT a.dbid, a.attempt, a.step, a.memory_asked FROM production_attempts a ORDER BY a.dbid, a.attempt, a.step"
    )
    newest = {dbid: (attempt, memory) for dbid, attempt, _, memory in rows}
    return [(states(workspace)[dbid][0], *newest[dbid]) for dbid in dbids]


def ended(workspace: Workspace, queue: Any, dbids: list[int], code: int, text: str) -> None:
    """Jobs that failed with an exit code and an error output."""
    failed(workspace, queue, dbids)
    for dbid in dbids:
        err = Path(workspace.folder / f"{dbid}.err")
        err.write_text(text)
        workspace.sql("UPDATE production_jobs SET exitcode = ?, err = ? WHERE id = ?", code, str(err), dbid)
        workspace.sql("UPDATE production_attempts SET exit_code = ? WHERE dbid = ?", code, dbid)


def test_nothing_is_recovered_unless_somebody_says_so(real: Workspace, queue: Any) -> None:
    dbids = submitted(real, **LADDER)
    held(real, queue, dbids[:2])
    ended(real, queue, dbids[2:3], 1, NO_SERVER)
    before = states(real)
    assert (passed(real).recovered, states(real)) == (0, before)


def test_memory_climbs_the_ladder_as_far_as_the_site_allows(real: Workspace, queue: Any) -> None:
    real.settings["site"] = {"defaults": {"job": {"recovery": {"memory": True}}}}
    real.settings["batch"]["max_memory"] = "3GB"
    real.write()
    dbids = submitted(real, **LADDER)
    held(real, queue, dbids[:3])
    held(real, queue, dbids[3:4], 1, 0)
    assert passed(real, recover=False).recovered == 0
    assert passed(real).recovered == 3
    assert asked(real, dbids[:4]) == [*3 * [("submitted", 1, 3072)], ("held", 1, 2048)]
    held(real, queue, dbids[:1])
    assert passed(real).recovered == 0
    assert asked(real, dbids[:1]) == [("held", 1, 3072)]
    (entry,) = [one for one in real.json("log") if one["verb"] == "resubmit"]
    assert (entry["jobs"], entry["reason"]) == (3, "a pass")


def test_passing_failures_are_retried_so_often_and_no_others(real: Workspace, queue: Any) -> None:
    dbids = submitted(real, **LADDER, job_recovery={"retries": 2})
    ended(real, queue, dbids[:2], 1, NO_SERVER)
    ended(real, queue, dbids[2:3], 139, "*** Break *** segmentation violation\n")
    assert passed(real).recovered == 2
    assert asked(real, dbids[:3]) == [*2 * [("submitted", 2, 2048)], ("failed", 1, 2048)]
    ended(real, queue, dbids[:1], 1, NO_SERVER)
    assert passed(real).recovered == 1
    ended(real, queue, dbids[:1], 1, NO_SERVER)
    assert passed(real).recovered == 0
    assert asked(real, dbids[:3]) == [("failed", 3, 2048), ("submitted", 2, 2048), ("failed", 1, 2048)]


@pytest.mark.parametrize("state", ["down", "maintenance"])
def test_jobs_wait_while_a_service_is_down_that_they_need(real: Workspace, queue: Any, state: str) -> None:
    real.settings["site"] = {"services": {"database": {"needed_by": "mvtxme"}, "lustre": {"needed_by": "others"}}}
    real.write()
    dbids = submitted(real, **LADDER, job_recovery={"retries": 2, "memory": True})
    ended(real, queue, dbids[:2], 1, NO_SERVER)
    held(real, queue, dbids[2:3])
    say(real, "down", "lustre")
    say(real, state)
    assert passed(real).recovered == 0
    say(real, "up", since=0)
    assert passed(real).recovered == 3


def test_steering_may_allow_what_the_rule_does_not_say(real: Workspace, queue: Any) -> None:
    dbids = submitted(real, **LADDER)
    held(real, queue, dbids[:2])
    assert passed(real, recover=True).recovered == 2
