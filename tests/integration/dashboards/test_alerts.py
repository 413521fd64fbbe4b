"""The SQL of each alert finds what a pass would raise an alarm for."""

import json
import random
from collections.abc import Iterator
from itertools import groupby

import pytest

from prodcli.automation.rule_result import RulePass
from prodcli.automation.starvation import SubmittingPass, starving
from prodcli.dashboards.board_queries import alert_query
from prodcli.reasons import Reason
from tests.support.catalog import Catalog
from tests.support.generated_books import HOUR, NOW
from tests.support.grafana import asked, database_of, role_of_grafana
from tests.support.postgres_server import Cluster
from tests.support.workspace import Workspace, make_workspace

pytestmark = pytest.mark.postgresql
TAG = "ana537_2025p010_v001"


@pytest.fixture
def workspace(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """Empty books that Grafana's role may read."""
    made = make_workspace(tmp_path_factory.mktemp("alerts"), cluster)
    made.load(Catalog([], [], [], []))
    with role_of_grafana(cluster, database_of(made)):
        yield made
    made.drop()


def test_nothing_wrong_is_no_row(workspace: Workspace) -> None:
    for name in ("unknown_dsttypes", "silent_loops", "failure_rate", "starvation"):
        assert asked(workspace, alert_query(name).sql) == []


def test_unknown_dsttypes(workspace: Workspace) -> None:
    _jobs(workspace, "rule", ["DST_NOBODY_KNOWS", "DST_TRKR_SEED", "DST_NOBODY_KNOWS"])
    rows = asked(workspace, alert_query("unknown_dsttypes").sql)
    assert rows == [{"dsttype": "DST_NOBODY_KNOWS", "tag": TAG, "value": 1}]


def test_silent_loops(workspace: Workspace) -> None:
    for loop, age in (("alive", 60), ("silent", 500), ("gone", 9000)):
        workspace.sql(
            "INSERT INTO production_loops (id, kind, file, account, host, pid, boot_id, process_start, started, heartbeat, silent_after,"
            " state, doing) VALUES (?, 'loop', '/x/autopilot.yaml', 'sphnxpro', 'host1', 1, 'b', 's', now(),"
            " now() - ? * interval '1 second', 120, 'running', '')",
            *(loop, age),
        )
    workspace.sql("UPDATE production_loops SET ended = now() WHERE id = 'gone'")
    (row,) = asked(workspace, alert_query("silent_loops").sql)
    assert (row["kind"], row["id"], row["host"], row["file"]) == ("loop", "silent", "host1", "autopilot.yaml")
    assert row["value"] == pytest.approx(500, abs=60)


def test_failure_rates_are_those_of_a_pass(workspace: Workspace) -> None:
    for rule, failed, ended in (("good", 2, 30), ("bad", 18, 24), ("few", 19, 19)):
        dbids = _jobs(workspace, rule, ["DST_TRKR_SEED"] * ended)
        for place, dbid in enumerate(dbids):
            _ended(workspace, dbid, "failed" if place < failed else "finished", 600)
            _ended(workspace, dbid, "failed", 2 * HOUR, attempt=0)
    found = {row["rule"]: row["value"] for row in asked(workspace, alert_query("failure_rate").sql)}
    assert found == pytest.approx({"good": 100 * 2 / 30, "bad": 75.0})
    rules = {"rules": ["good", "bad", "few"]}
    rows = workspace.database().read(lambda tx: list(tx.rows("recent_failures", **rules)))
    assert {rule: 100.0 * failed / ended for rule, ended, failed in rows if ended >= 20} == pytest.approx(found)


def _jobs(workspace: Workspace, rule: str, dsttypes: list[str]) -> list[int]:
    """Jobs of a rule, and their dbids."""
    for place, dsttype in enumerate(dsttypes):
        workspace.sql(
            "INSERT INTO production_jobs (rulename, tag, dataset, dsttype, filename, runnumber, segment, status)"
            " VALUES (?, ?, 'run3auau', ?, ?, 66456, 0, 'running')",
            *(rule, TAG, dsttype, f"{rule}-{place}"),
        )
    return [dbid for (dbid,) in workspace.sql("SELECT id FROM production_jobs WHERE rulename = ?", rule)]


def _ended(workspace: Workspace, dbid: int, status: str, ago: int, attempt: int = 1) -> None:
    workspace.sql(
        "INSERT INTO production_attempts (dbid, attempt, status, finished)"
        " VALUES (?, ?, CAST(? AS prodstate), now() - ? * interval '1 second')",
        *(dbid, attempt, status, ago),
    )


@pytest.mark.parametrize("seed", range(3))
def test_starving_rules_are_those_of_a_pass(workspace: Workspace, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    passes = [one for number in range(60) for one in _passes(chance, f"rule{number}")]
    for one in passes:
        workspace.sql(
            "INSERT INTO production_passes (host, file, rulename, tag, started, seconds, submitted, registered, finished, recovered,"
            " error, reasons) VALUES ('h', 'f', ?, ?, to_timestamp(?), 1, ?, 0, 0, 0, ?, ?)",
            *(one.rule, one.tag, one.started, one.submitted, one.error),
            json.dumps({"counts": one.reasons, "only": {}}),
        )
    expected = set()
    for _, of_rule in groupby(passes, lambda one: one.rule):
        *before, newest = of_rule
        past = [
            SubmittingPass(one.rule, one.tag, one.started, one.submitted, one.reasons)
            for one in before
            if one.submitted
        ]
        if alarm := starving(newest, past[-20:]):
            expected.add((alarm.rule, alarm.tag, alarm.reason, alarm.now - alarm.before))
    assert 3 < len(expected) < 55
    rows = asked(workspace, alert_query("starvation").sql)
    assert {(row["rule"], row["tag"], row["reason"], row["value"]) for row in rows} == expected


def _passes(chance: random.Random, rule: str) -> Iterator[RulePass]:
    """The history of a rule, the oldest pass first; most submitted once, and some have stopped."""
    started = NOW - chance.randrange(100) * HOUR
    stops = chance.random() < 0.8
    count = chance.choice([2, 5, 12, 40])
    for place in range(count + 3):
        started += chance.choice([600, 1200, 3 * HOUR]) if place < count else chance.choice([HOUR, 5 * HOUR])
        works = chance.random() < 0.9 and not (stops and place >= count)
        yield RulePass(
            rule=rule,
            tag=TAG,
            started=started,
            submitted=chance.randrange(1, 9) if works else 0,
            error="it failed" if chance.random() < 0.05 else "",
            reasons={
                reason: chance.randrange(30) for reason in chance.sample(list(Reason), chance.choice([0, 1, 3, 5]))
            },
        )
