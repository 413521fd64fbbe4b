"""The alert rules for Grafana, as its provisioning files have them."""

from __future__ import annotations

from dataclasses import dataclass

from prodcli.dashboards.board_queries import alert_query

FOLDER = "prodcli"
_EVERY = "1m"
_HOUR = 3600


@dataclass(frozen=True)
class AlertRule:
    """An alert: rows of its SQL whose value is above a limit for some time; `summary` names their columns."""

    name: str
    title: str
    above: float
    lasting: str
    summary: str


# Columns stand as {{ .Labels.name }}: Grafana would take a dollar sign in a provisioning file for a variable of its environment.
RULES = (
    AlertRule(
        "unknown_dsttypes",
        "Unknown dsttype",
        0,
        "0s",
        "{{ .Labels.dsttype }} of {{ .Labels.tag }} belongs to no production type",
    ),
    AlertRule(
        "silent_loops",
        "Silent loop",
        0,
        "0s",
        "{{ .Labels.kind }} {{ .Labels.id }} of {{ .Labels.file }} on {{ .Labels.host }} is silent",
    ),
    AlertRule("failure_rate", "Failure rate", 50, "5m", "{{ .Labels.rule }}: too many jobs failed in the last hour"),
    AlertRule(
        "starvation",
        "Starving rule",
        0,
        "0s",
        "{{ .Labels.rule }} of {{ .Labels.tag }} submits nothing: {{ .Labels.reason }}",
    ),
)


def alert_file(uid: str) -> dict[str, object]:
    """The file of alert rules; `uid` is that of the datasource of the books."""
    rules = [_written(one, uid) for one in RULES]
    group = {"orgId": 1, "name": "prodcli", "folder": FOLDER, "interval": _EVERY, "rules": rules}
    return {"apiVersion": 1, "groups": [group]}


def _written(rule: AlertRule, uid: str) -> dict[str, object]:
    query = alert_query(rule.name)
    return {
        "uid": f"prodcli_{rule.name}",
        "title": rule.title,
        "condition": "B",
        "data": [_asked(query.sql, uid), _threshold(rule.above)],
        "noDataState": "OK",  # no row: nothing is wrong
        "execErrState": "Error",
        "for": rule.lasting,
        "annotations": {"summary": rule.summary, "description": query.about},
        "labels": {"source": "prodcli"},
    }


def _asked(sql: str, uid: str) -> dict[str, object]:
    model = {"refId": "A", "editorMode": "code", "format": "table", "rawQuery": True, "rawSql": sql}
    return {"refId": "A", "relativeTimeRange": {"from": _HOUR, "to": 0}, "datasourceUid": uid, "model": model}


def _threshold(above: float) -> dict[str, object]:
    conditions = [{"evaluator": {"type": "gt", "params": [above]}}]
    model = {"refId": "B", "type": "threshold", "expression": "A", "conditions": conditions}
    return {"refId": "B", "relativeTimeRange": {"from": _HOUR, "to": 0}, "datasourceUid": "__expr__", "model": model}
