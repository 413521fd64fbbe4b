"""The SQL of each panel runs on PostgreSQL with the variables filled in, and gives the figures of the reports."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyodbc
import pytest

from prodcli import dashboards
from prodcli.automation.loops_of_books import loops
from prodcli.books import rollup
from prodcli.books.filters import Filters
from prodcli.dashboards.board_queries import alert_query, panel_query, variable_query
from prodcli.reports import ends
from prodcli.reports.books_report import Question, percent
from prodcli.reports.status import status_lines
from prodcli.reports.status_lines import Line, total
from prodcli.services.announcements import standing
from prodcli.services.booked import spells_since
from prodcli.tables.table import Table
from tests.support.catalog import Catalog
from tests.support.generated_books import DAY, HOUR, NOW, TAGS, generated_books, write_books
from tests.support.grafana import Chosen, Rows, asked, database_of, role_of_grafana
from tests.support.library_rules import sphenix
from tests.support.postgres_server import Cluster
from tests.support.workspace import Workspace, make_workspace

pytestmark = pytest.mark.postgresql
HERE = Path(dashboards.__file__ or "").parent
WEEK = 7 * DAY
CHOICES = {
    "tracking": Chosen("tracking", TAGS, NOW - WEEK, NOW),
    "calo": Chosen("calo", TAGS, NOW - WEEK, NOW),
    "one tag": Chosen("tracking", TAGS[:1], NOW - WEEK, NOW),
    "no tag": Chosen("tracking", (), NOW - WEEK, NOW),
}
BY_CHOICE = pytest.mark.parametrize("chosen", [one for one in CHOICES.values() if one.tags], ids=list(CHOICES)[:3])
TOLD = """
INSERT INTO production_service_states (service, state, since, until, note, author, entered) VALUES
    ('database', 'up', date_trunc('second', now()) - interval '2 days', date_trunc('second', now()) - interval '1 hour', '', 'shift', date_trunc('second', now())),
    ('database', 'down', date_trunc('second', now()) - interval '1 hour', NULL, 'it''s gone', 'shift', date_trunc('second', now())),
    ('storage', 'up', date_trunc('second', now()) - interval '3 days', NULL, '', 'shift', date_trunc('second', now())),
    ('storage', 'degraded', date_trunc('second', now()) - interval '1 day', date_trunc('second', now()) + interval '1 day', 'slow', 'shift', date_trunc('second', now())),
    ('tape', 'maintenance', date_trunc('second', now()) + interval '1 day', date_trunc('second', now()) + interval '2 days', 'planned', 'shift', date_trunc('second', now()));
INSERT INTO production_loops (id, kind, file, account, host, pid, boot_id, process_start, started, heartbeat, silent_after, state, doing, ended)
VALUES ('aaaaaa', 'loop', '/x/autopilot.yaml', 'sphnxpro', 'host1', 1, 'b', 's', date_trunc('second', now()) - interval '1 day', date_trunc('second', now()), 120, 'running', 'harvest', NULL),
    ('bbbbbb', 'loop', '/x/tracks.yaml', 'sphnxpro', 'host2', 1, 'b', 's', date_trunc('second', now()) - interval '1 day', date_trunc('second', now()) - interval '1 hour', 120, 'running', '', NULL),
    ('cccccc', 'control', '/x/cron.yaml', 'sphnxpro', 'host3', 1, 'b', 's', date_trunc('second', now()) - interval '1 day', date_trunc('second', now()) - interval '1 hour', 7200, 'waiting', '', NULL),
    ('dddddd', 'loop', '/x/old.yaml', 'sphnxpro', 'host3', 1, 'b', 's', date_trunc('second', now()) - interval '1 day', date_trunc('second', now()) - interval '1 day', 120, 'ended', '', date_trunc('second', now()));
INSERT INTO production_announcements (text, author, made, until) VALUES
    ('<b>no</b> beam', 'shift', date_trunc('second', now()), NULL), ('over', 'shift', date_trunc('second', now()) - interval '1 day', date_trunc('second', now()) - interval '1 hour');
"""


@pytest.fixture(scope="module")
def workspace(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """Generated books with campaigns, loops, services and announcements; Grafana's role has the rights that the page gives."""
    made = make_workspace(tmp_path_factory.mktemp("board"), cluster)
    made.load(Catalog([], [], [], []))
    write_books(made, generated_books(21, jobs=600))
    rollup.fold(made.database())
    made.sql("UPDATE production_jobs SET status = 'failed' WHERE id % 40 = 0")  # stands in the delta
    for tag, priority, note in zip(TAGS, (2, 1, 0), ("", "it''s the reference", ""), strict=True):
        made.sql(
            f"UPDATE production_overview SET active = true, priority = {priority}, notes = '{note}',"  # noqa: S608
            f" display_name = 'Campaign {priority}', started_at = to_timestamp({NOW - DAY}) WHERE tag = '{tag}'"
        )
    books = database_of(made)
    cluster.psql(books, TOLD)
    with role_of_grafana(cluster, books):
        yield made
    made.drop()


def shown(workspace: Workspace, panel: str, chosen: Chosen) -> Rows:
    """The rows of a panel."""
    return asked(workspace, chosen.filled(panel_query(panel).sql))


def filters(chosen: Chosen) -> Filters:
    """The same choice for a report."""
    return Filters(chosen.tags, sphenix().production_types[chosen.production_type])


def question(chosen: Chosen, since: int) -> Question:
    """The same choice for a report of ends since a time."""
    found = filters(chosen)
    return Question(Filters(found.tags, found.dsttypes, since=since), now=NOW)


def by_key(table: Table, *keys: str) -> dict[Any, dict[str, Any]]:
    """The rows of a report by some columns."""
    rows = [dict(zip([column.key for column in table.columns], row, strict=True)) for row in table.rows]
    return {tuple(row[key] for key in keys): row for row in rows}


def lines(workspace: Workspace, chosen: Chosen) -> list[Line]:
    """The status of what is chosen."""
    found = status_lines(workspace.database(), filters(chosen))
    assert found
    return found


def test_every_statement_runs_whatever_is_chosen(workspace: Workspace) -> None:
    files = sorted(HERE.glob("*/*.sql"))
    assert len(files) == 19
    readers = {"panels": panel_query, "variables": variable_query, "alerts": alert_query}
    for chosen in CHOICES.values():
        for file in files:
            asked(workspace, chosen.filled(readers[file.parent.name](file.stem).sql))


@pytest.mark.parametrize("hostile", ["it's", "'); DROP TABLE production_jobs; --", "%", "\\"])
def test_a_hostile_tag_is_only_a_text(workspace: Workspace, hostile: str) -> None:
    (row,) = shown(workspace, "jobs_by_state", Chosen("tracking", (hostile,), NOW - WEEK, NOW))
    assert set(row.values()) == {0}


def test_the_role_of_grafana_changes_nothing(workspace: Workspace) -> None:
    with pytest.raises(pyodbc.Error, match="read-only transaction"):
        asked(workspace, "DELETE FROM production_jobs")


def test_tags_are_those_of_active_campaigns_by_priority(workspace: Workspace) -> None:
    rows = asked(workspace, CHOICES["tracking"].filled(variable_query("tag").sql))
    assert [(row["__value"], row["__text"]) for row in rows] == [
        (tag, f"Campaign {number}") for number, tag in enumerate(reversed(TAGS))
    ]
    assert [row["production_type"] for row in asked(workspace, variable_query("prod_type").sql)] == ["tracking", "calo"]


@BY_CHOICE
def test_the_tiles_are_the_status(workspace: Workspace, chosen: Chosen) -> None:
    whole = total(lines(workspace, chosen))
    (states,) = shown(workspace, "jobs_by_state", chosen)
    assert states == whole.counts
    (done,) = shown(workspace, "completion", chosen)
    assert float(done["done_percent"]) == pytest.approx(whole.done)
    (active,) = shown(workspace, "active_now", chosen)
    assert active["active"] == whole.counts["running"] + whole.counts["stalled"]


def test_both_types_together_are_the_whole(workspace: Workspace) -> None:
    both = [shown(workspace, "jobs_by_state", CHOICES[name])[0] for name in ("tracking", "calo")]
    whole = total(status_lines(workspace.database(), Filters()))
    assert {state: both[0][state] + both[1][state] for state in whole.counts} == whole.counts
    assert all(both[place]["finished"] for place in (0, 1))


@BY_CHOICE
def test_the_progress_is_the_status(workspace: Workspace, chosen: Chosen) -> None:
    rows = shown(workspace, "progress", chosen)
    found = {(row["tag"], row["dsttype"], row["dataset"]): row for row in rows}
    expected = {(line.tag, line.dsttype, line.dataset): line for line in lines(workspace, chosen)}
    assert found.keys() == expected.keys()
    for key, line in expected.items():
        row = found[key]
        assert {state: row[state] for state in line.counts} == line.counts
        assert row["jobs"] == line.jobs
        assert float(row["done_percent"]) == pytest.approx(line.done)
        assert (
            row["failed_percent"] is None
            if line.failure is None
            else float(row["failed_percent"]) == pytest.approx(line.failure)
        )
        assert row["notes"] == ("it's the reference" if line.tag == TAGS[1] else "")
    assert [tag for tag in dict.fromkeys(row["tag"] for row in rows)] == list(reversed(chosen.tags))


@BY_CHOICE
def test_ends_are_those_of_throughput(workspace: Workspace, chosen: Chosen) -> None:
    expected = by_key(ends.throughput(workspace.database(), question(chosen, chosen.since)), "hour")
    rows = shown(workspace, "ends_per_hour", chosen)
    assert {(row["time"],): (row["finished"], row["failed"]) for row in rows} == {
        hour: (row["finished"], row["failed"]) for hour, row in expected.items() if row["ends"]
    }
    (rate,) = shown(workspace, "failure_rate", chosen)
    failed, finished = (sum(row[state] for row in expected.values()) for state in ("failed", "finished"))
    assert float(rate["failed_percent"]) == pytest.approx(percent(failed, failed + finished))


@BY_CHOICE
def test_cpu_is_that_of_efficiency(workspace: Workspace, chosen: Chosen) -> None:
    report = ends.efficiency(workspace.database(), question(chosen, chosen.since))
    expected: dict[str, float] = {}
    for (dsttype, _, _), row in by_key(report, "dsttype", "tag", "dataset").items():
        expected[dsttype] = expected.get(dsttype, 0.0) + (row["cpu_hours"] or 0.0)
    found: dict[str, float] = {}
    for row in shown(workspace, "cpu", chosen):
        found[row["metric"]] = found.get(row["metric"], 0.0) + float(row["cpu_hours"])
    assert found == pytest.approx({dsttype: hours for dsttype, hours in expected.items() if hours})


@BY_CHOICE
def test_memory_of_each_hour_is_that_of_efficiency(workspace: Workspace, chosen: Chosen) -> None:
    rows = shown(workspace, "memory", chosen)
    assert len(rows) > 3
    for row in rows[-20:]:
        later = Chosen(chosen.production_type, chosen.tags, row["time"], row["time"] + HOUR - 1)
        assert shown(workspace, "memory", later) == [row]
    newest = rows[-1]
    report = ends.efficiency(workspace.database(), question(chosen, newest["time"]))
    assert newest["used"] / newest["provisioned"] * 100 == pytest.approx(_of_total(report, "memory_percent"))
    assert newest["most_used"] == _of_total(report, "max_memory_used")


def _of_total(report: Table, key: str) -> Any:
    place = [column.key for column in report.columns].index(key)
    return (report.total or report.rows[0])[place]


@BY_CHOICE
def test_restarts_are_those_of_the_report(workspace: Workspace, chosen: Chosen) -> None:
    report = by_key(ends.restarts(workspace.database(), question(chosen, chosen.since)), "dsttype", "tag", "dataset")
    sums = ("jobs", "restarted", "restarts", "resubmitted", "climbed", "evicted")
    expected: dict[str, dict[str, int]] = {}
    for (dsttype, _, _), row in report.items():
        before = expected.get(dsttype, dict.fromkeys(sums, 0))
        expected[dsttype] = {key: before[key] + (row[key] or 0) for key in sums}
    rows = shown(workspace, "restarts", chosen)
    assert {row["dsttype"]: {key: row[key] or 0 for key in sums} for row in rows} == expected


def test_loops_are_those_of_the_books(workspace: Workspace) -> None:
    rows = shown(workspace, "loops", CHOICES["calo"])
    known = {one.id: one for one in loops(workspace.database())}
    assert [row["id"] for row in rows] == ["aaaaaa", "bbbbbb", "cccccc"]
    assert {row["id"]: row["life"] for row in rows} == {
        key: "silent" if one.unheard > one.silent_after else "alive" for key, one in known.items()
    }
    assert [(row["kind"], row["host"], row["state"], row["doing"], row["heard"]) for row in rows] == [
        (one.kind, one.process.host_name, one.now.state, one.now.doing, one.heartbeat) for one in known.values()
    ]


def test_services_are_as_the_books_say(workspace: Workspace) -> None:
    now, spells = spells_since(workspace.database(), 0)
    expected = {one.service: (one.state, one.since, one.note) for one in spells if one.covers(now)}
    rows = shown(workspace, "services", CHOICES["calo"])
    assert {row["service"]: (row["state"], row["since"], row["note"]) for row in rows} == expected
    assert {row["service"]: row["state"] for row in rows} == {"database": "down", "storage": "degraded"}


def test_announcements_are_those_that_stand(workspace: Workspace) -> None:
    rows = shown(workspace, "announcements", CHOICES["calo"])
    assert [(row["text"], row["author"], row["made"], row["until"]) for row in rows] == [
        one[1:] for one in standing(workspace.database())
    ]
    assert len(rows) == 1


def test_notes_stand_where_campaigns_start(workspace: Workspace) -> None:
    (row,) = shown(workspace, "notes", CHOICES["tracking"])
    assert (row["time"], row["text"], row["tags"]) == (NOW - DAY, "Campaign 1: it's the reference", TAGS[1])
    assert shown(workspace, "notes", CHOICES["one tag"]) == []
