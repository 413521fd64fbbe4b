"""The board for Grafana: its variables, rows and panels, as JSON that Grafana imports."""

from __future__ import annotations

from typing import Any, cast

from grafana_foundation_sdk.builders.dashboard import AnnotationQuery, Dashboard, QueryVariable, Row
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import DashboardCursorSync, VariableOption, VariableRefresh, VariableSort

from prodcli.dashboards import panels
from prodcli.dashboards.board_queries import panel_query, variable_query
from prodcli.dashboards.sql_target import SqlTarget, source

UID = "prodcli"
_TITLE = "Productions"


def board_json(source_uid: str) -> str:
    """The board as JSON; `source_uid` is the uid of the datasource of the books in Grafana."""
    return JSONEncoder(sort_keys=True, indent=2).encode(_board(source_uid).build()) + "\n"


def _board(uid: str) -> Dashboard:
    board = Dashboard(_TITLE).uid(UID).tags(["prodcli"]).refresh("1m").time("now-24h", "now").timezone("browser")
    board.tooltip(DashboardCursorSync.CROSSHAIR).readonly()
    board.with_variable(_variable("prod_type", "Production type", uid))
    board.with_variable(_all_of(_variable("tag", "Tag", uid)))
    board.annotation(_notes(uid))
    _now(board, uid)
    board.with_row(Row("Progress")).with_panel(panels.progress_table(uid))
    _trends(board, uid)
    board.with_row(Row("Loops and services")).with_panel(panels.plain_table("loops", "Loops", uid, 24))
    board.with_panel(panels.plain_table("services", "Services", uid))
    return board.with_panel(panels.plain_table("announcements", "Announced", uid))


def _now(board: Dashboard, uid: str) -> None:
    board.with_row(Row("Now")).with_panel(panels.state_tiles(uid))
    board.with_panel(panels.number_tile("active_now", "Active now", uid))
    done: dict[float | None, str] = {None: "red", 50: "yellow", 90: "green"}
    failed: dict[float | None, str] = {None: "green", 10: "yellow", 50: "red"}
    board.with_panel(panels.percent_gauge("completion", "Done of submitted", uid, done))
    board.with_panel(panels.percent_gauge("failure_rate", "Failed of ended", uid, failed))


def _trends(board: Dashboard, uid: str) -> None:
    board.with_row(Row("Trends")).with_panel(panels.trend("ends_per_hour", "Ends per hour", uid, stacked=True))
    board.with_panel(panels.trend("memory", "Memory used and provisioned", uid, "mbytes"))
    board.with_panel(panels.trend("cpu", "CPU hours by dsttype", uid, "h", stacked=True))
    board.with_panel(panels.plain_table("restarts", "Restarts", uid))


def _variable(name: str, label: str, uid: str) -> QueryVariable:
    """A variable that is read anew when the board is opened."""
    query = variable_query(name)
    variable = QueryVariable(name).label(label).description(query.about).datasource(source(uid)).query(query.sql)
    return variable.refresh(VariableRefresh.ON_DASHBOARD_LOAD).sort(VariableSort.DISABLED)


def _all_of(variable: QueryVariable) -> QueryVariable:
    """A variable of which several values can be chosen, and all of them are at first."""
    everything = VariableOption(selected=True, text=["All"], value=["$__all"])
    return variable.multi(True).include_all(True).current(everything)


def _notes(uid: str) -> AnnotationQuery:
    """The notes of campaigns, which stand above the trends as tooltips."""
    target = SqlTarget(panel_query("notes").sql, uid, ref_id="notes")
    notes = AnnotationQuery().name("Notes").datasource(source(uid)).enable(True).icon_color("blue")
    return notes.target(cast(Any, target))  # the SDK knows targets of Grafana's own annotations only
