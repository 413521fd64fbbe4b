"""The panels of the board: which SQL each shows, how, and in which colours."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar

from grafana_foundation_sdk.builders import gauge, stat, table, timeseries
from grafana_foundation_sdk.builders.common import ReduceDataOptions, StackingConfig
from grafana_foundation_sdk.builders.dashboard import ThresholdsConfig
from grafana_foundation_sdk.models.common import BigValueColorMode, BigValueTextMode, StackingMode
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue, Threshold, ThresholdsMode

from prodcli.dashboards.board_queries import panel_query
from prodcli.dashboards.sql_target import Format, SqlTarget, source

COLORS = MappingProxyType(
    {
        "finished": "green",
        "running": "blue",
        "submitted": "text",
        "held": "purple",
        "failed": "red",
        "parked": "light-purple",
        "stalled": "orange",
        "waiting": "text",
        "evicted": "yellow",
        "submitting": "text",
    }
)
TITLES = MappingProxyType({"finished": "done", "submitted": "idle"})  # as the status table of a terminal has them
SERVICE_COLORS = MappingProxyType(
    {"up": "green", "degraded": "yellow", "maintenance": "blue", "down": "red", "alive": "green", "silent": "red"}
)
_NOTE_LINK = MappingProxyType(
    {
        "title": "${__data.fields.campaign} ${__data.fields.notes}",
        "url": "/d/prodcli?${prod_type:queryparam}&var-tag=${__value.raw}",
    }
)
P = TypeVar("P", stat.Panel, gauge.Panel, table.Panel, timeseries.Panel)


def state_tiles(uid: str) -> stat.Panel:
    """A tile for each state, in the colours of a terminal."""
    panel = _about(stat.Panel(), "jobs_by_state", "Jobs by state", uid, 24)
    panel.color_mode(BigValueColorMode.BACKGROUND).text_mode(BigValueTextMode.VALUE_AND_NAME).height(4)
    panel.reduce_options(ReduceDataOptions().fields("/.*/").calcs(["lastNotNull"]))
    for state, color in COLORS.items():
        title = [DynamicConfigValue("displayName", TITLES[state])] if state in TITLES else []
        panel.override_by_name(state, [_fixed(color), *title])
    return panel


def number_tile(name: str, title: str, uid: str, unit: str = "short") -> stat.Panel:
    """One number."""
    return _about(stat.Panel(), name, title, uid, 8).unit(unit).decimals(0).no_value("-").height(5)


def percent_gauge(name: str, title: str, uid: str, steps: Mapping[float | None, str]) -> gauge.Panel:
    """A number in percent, whose colour changes at the steps."""
    panel = (
        _about(gauge.Panel(), name, title, uid, 8).unit("percent").decimals(1).min(0).max(100).no_value("-").height(5)
    )
    return panel.thresholds(_thresholds(steps))


def progress_table(uid: str) -> table.Panel:
    """A row per tag, dsttype and dataset: finished green, failed red; the note of the campaign as a tooltip."""
    panel = (
        _about(table.Panel(), "progress", "Progress by tag, dsttype and dataset", uid, 24).height(12).filterable(True)
    )
    for state, color in COLORS.items():
        style = {"type": "color-background" if state in ("finished", "failed") else "color-text", "mode": "basic"}
        title = [DynamicConfigValue("displayName", TITLES[state])] if state in TITLES else []
        steps = {"mode": "absolute", "steps": [{"value": None, "color": "transparent"}, {"value": 1, "color": color}]}
        coloured = [DynamicConfigValue("custom.cellOptions", style), DynamicConfigValue("thresholds", steps)]
        panel.override_by_name(state, [*coloured, DynamicConfigValue("color", {"mode": "thresholds"}), *title])
    bar = {"type": "gauge", "mode": "basic"}
    done = [_unit("percent"), DynamicConfigValue("max", 100), DynamicConfigValue("min", 0)]
    panel.override_by_name("done_percent", [*done, _fixed("green"), DynamicConfigValue("custom.cellOptions", bar)])
    panel.override_by_name("failed_percent", [_unit("percent"), DynamicConfigValue("decimals", 1)])
    panel.override_by_name("tag", [DynamicConfigValue("links", [dict(_NOTE_LINK)])])
    return panel


def trend(name: str, title: str, uid: str, unit: str = "short", stacked: bool = False) -> timeseries.Panel:
    """Series over time."""
    panel = _about(timeseries.Panel(), name, title, uid, 12, "time_series").unit(unit).min(0).height(8).fill_opacity(20)
    for state in ("finished", "failed"):
        panel.override_by_name(state, [_fixed(COLORS[state])])
    return panel.stacking(StackingConfig().mode(StackingMode.NORMAL)) if stacked else panel


def plain_table(name: str, title: str, uid: str, width: int = 12) -> table.Panel:
    """A table; words like down and silent are coloured."""
    panel = _about(table.Panel(), name, title, uid, width).height(7).no_value("")
    words = {word: {"color": color, "index": place} for place, (word, color) in enumerate(SERVICE_COLORS.items())}
    mapped = [{"type": "value", "options": words}]
    for column in ("state", "life"):
        style = DynamicConfigValue("custom.cellOptions", {"type": "color-text"})
        panel.override_by_name(column, [DynamicConfigValue("mappings", mapped), style])
    return panel


def _about(panel: P, name: str, title: str, uid: str, width: int, format: Format = "table") -> P:
    query = panel_query(name)
    panel.title(title).description(query.about).datasource(source(uid)).span(width)
    panel.with_target(SqlTarget(query.sql, uid, format))
    return panel


def _thresholds(steps: Mapping[float | None, str]) -> ThresholdsConfig:
    found = [Threshold(value=value, color=color) for value, color in steps.items()]
    return ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(found)


def _fixed(color: str) -> DynamicConfigValue:
    return DynamicConfigValue("color", {"mode": "fixed", "fixedColor": color})


def _unit(unit: str) -> DynamicConfigValue:
    return DynamicConfigValue("unit", unit)
