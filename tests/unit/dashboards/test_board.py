"""The board and its files: what Grafana needs to read them, and nothing that mixes productions."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from prodcli import dashboards
from prodcli.automation import starvation
from prodcli.config import settings
from prodcli.dashboards.alert_rules import RULES, alert_file
from prodcli.dashboards.board import board_json
from prodcli.dashboards.board_queries import alert_query
from prodcli.dashboards.provisioning import write_files
from prodcli.errors import ProdError
from prodcli.reports.status_lines import COLUMNS

HERE = Path(dashboards.__file__ or "").parent
OF_NO_JOBS = {"Loops", "Services", "Announced"}


@pytest.fixture(scope="module")
def board() -> dict[str, Any]:
    """The board as Grafana reads it."""
    found: dict[str, Any] = json.loads(board_json("books"))
    return found


def panels(board: dict[str, Any]) -> dict[str, Any]:
    """The panels by title, without rows."""
    return {one["title"]: one for one in board["panels"] if one["type"] != "row"}


def test_rows_and_panels(board: dict[str, Any]) -> None:
    assert [one["title"] for one in board["panels"] if one["type"] == "row"] == [
        *("Now", "Progress", "Trends", "Loops and services")
    ]
    assert {title: one["type"] for title, one in panels(board).items()} == {
        "Jobs by state": "stat",
        "Active now": "stat",
        "Done of submitted": "gauge",
        "Failed of ended": "gauge",
        "Progress by tag, dsttype and dataset": "table",
        "Ends per hour": "timeseries",
        "Memory used and provisioned": "timeseries",
        "CPU hours by dsttype": "timeseries",
        "Restarts": "table",
        "Loops": "table",
        "Services": "table",
        "Announced": "table",
    }


def test_panels_stand_beside_one_another(board: dict[str, Any]) -> None:
    taken: set[tuple[int, int]] = set()
    for one in board["panels"]:
        place = one["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken, one["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells


def test_every_file_is_on_the_board(board: dict[str, Any]) -> None:
    asked = [target["rawSql"] for one in panels(board).values() for target in one["targets"]]
    asked += [one["query"] for one in board["templating"]["list"]]
    asked += [one["target"]["rawSql"] for one in board["annotations"]["list"]]
    assert len(asked) == len(set(asked)) == len([*HERE.glob("panels/*.sql"), *HERE.glob("variables/*.sql")])
    assert all(re.fullmatch(r"(?s)(SELECT|WITH)\b.*[^;\s]", sql) for sql in asked)


def test_everything_asks_the_one_datasource(board: dict[str, Any]) -> None:
    assert set(re.findall(r'"uid": "(\w+)"', json.dumps(board))) == {"books", "prodcli"}
    sources = [one["datasource"]["uid"] for one in [*panels(board).values(), *board["templating"]["list"]]]
    assert set(sources) == {"books"}


def test_no_panel_mixes_production_types(board: dict[str, Any]) -> None:
    for title, one in panels(board).items():
        (target,) = one["targets"]
        jobs = len(re.findall(r"\bproduction_(?:rollup|jobs)\b", target["rawSql"]))
        chosen = target["rawSql"].count("t.production_type = ${prod_type:sqlstring}")
        assert (jobs > 0, chosen > 0) == (title not in OF_NO_JOBS,) * 2, title


def test_variables(board: dict[str, Any]) -> None:
    kind, tag = board["templating"]["list"]
    assert (kind["name"], tag["name"]) == ("prod_type", "tag")
    assert not kind["multi"]
    assert tag["multi"] and tag["includeAll"] and tag["current"]["value"] == ["$__all"]
    assert "${prod_type:sqlstring}" in tag["query"]


def test_every_state_has_a_tile_with_a_colour(board: dict[str, Any]) -> None:
    tiles = panels(board)["Jobs by state"]
    coloured = {one["matcher"]["options"]: one["properties"][0]["value"] for one in tiles["fieldConfig"]["overrides"]}
    assert coloured.keys() == set(COLUMNS)
    assert coloured["finished"] == {"mode": "fixed", "fixedColor": "green"}
    assert coloured["failed"] == {"mode": "fixed", "fixedColor": "red"}


def test_alerts_are_as_those_of_a_pass() -> None:
    harmless = re.search(r"NOT IN \(([^)]*)\)", alert_query("starvation").sql)
    assert harmless is not None
    assert set(ast.literal_eval(f"[{harmless[1]}]")) == {str(reason) for reason in starvation._HARMLESS}
    above = {one.name: one.above for one in RULES}
    assert above["failure_rate"] == settings._DEFAULTS["notices"]["failure_percent"]
    assert above.keys() == {file.stem for file in HERE.glob("alerts/*.sql")}


def test_alerts_name_columns_of_their_sql() -> None:
    for rule, written in zip(RULES, alert_file("books")["groups"][0]["rules"], strict=True):  # type: ignore[index]
        labels = set(re.findall(r"{{ \.Labels\.(\w+) }}", rule.summary))
        assert labels
        assert all(re.search(rf"(\.|AS ){label}\b", alert_query(rule.name).sql) for label in labels)
        assert len(written["uid"]) <= 40
        assert [one["datasourceUid"] for one in written["data"]] == ["books", "__expr__"]


def test_files(tmp_path: Path) -> None:
    for _ in range(2):  # the second time over those of the first
        found = write_files(tmp_path / "grafana", "books")
    names = [str(path.relative_to(tmp_path / "grafana")) for path in found]
    assert names == [
        "dashboards/prodcli.json",
        *(f"provisioning/{part}/prodcli.yaml" for part in ("datasources", "dashboards", "alerting")),
    ]
    read = {name: yaml.safe_load(path.read_text()) for name, path in zip(names, found, strict=True)}
    assert read["provisioning/datasources/prodcli.yaml"]["datasources"][0]["uid"] == "books"
    provider = read["provisioning/dashboards/prodcli.yaml"]["providers"][0]
    assert provider["options"]["path"] == str(tmp_path / "grafana" / "dashboards")
    assert read["provisioning/alerting/prodcli.yaml"] == alert_file("books")
    # Grafana takes what follows a dollar sign for a variable of its environment
    assert "$" not in found[3].read_text()
    assert set(re.findall(r"\$\{(\w+)\}", found[1].read_text())) == {
        f"PRODCLI_BOOKS_{what}" for what in ("ADDRESS", "DATABASE", "PASSWORD")
    }


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "grafana").write_text("")
    with pytest.raises(ProdError, match="cannot be written"):
        write_files(tmp_path / "grafana", "books")


def test_the_library_is_loaded_late() -> None:
    code = "import sys, prodcli.cli.dashboards.dashboard; print('grafana_foundation_sdk' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
