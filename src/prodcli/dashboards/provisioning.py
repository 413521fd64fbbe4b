"""The files from which Grafana provisions itself: datasource, dashboards, alert rules."""

from __future__ import annotations

from pathlib import Path

import yaml

from prodcli.dashboards.alert_rules import FOLDER, alert_file
from prodcli.dashboards.board import board_json
from prodcli.dashboards.sql_target import PLUGIN
from prodcli.errors import ProdError

_BOARD = "dashboards/prodcli.json"


def write_files(folder: Path, uid: str) -> list[Path]:
    """Write the board and the provisioning files into a folder, over those of before; returns their paths.

    Raises ProdError if a file cannot be written.
    """
    texts = {_BOARD: board_json(uid), **{name: _yaml(value) for name, value in _provisioning(folder, uid).items()}}
    return [_write(folder / name, text) for name, text in texts.items()]


def _provisioning(folder: Path, uid: str) -> dict[str, dict[str, object]]:
    return {
        "provisioning/datasources/prodcli.yaml": _datasource(uid),
        "provisioning/dashboards/prodcli.yaml": _dashboards(folder),
        "provisioning/alerting/prodcli.yaml": alert_file(uid),
    }


def _datasource(uid: str) -> dict[str, object]:
    """The books as a datasource; where they are, and the password, Grafana takes from its environment."""
    books: dict[str, object] = {
        "name": "prodcli books",
        "uid": uid,
        "type": PLUGIN,
        "access": "proxy",
        "url": "${PRODCLI_BOOKS_ADDRESS}",
        "user": "prodcli_grafana",
        "jsonData": {
            "database": "${PRODCLI_BOOKS_DATABASE}",
            "sslmode": "prefer",
            "maxOpenConns": 5,
            "postgresVersion": 1200,
        },
        "secureJsonData": {"password": "${PRODCLI_BOOKS_PASSWORD}"},
        "editable": False,
    }
    return {"apiVersion": 1, "datasources": [books]}


def _dashboards(folder: Path) -> dict[str, object]:
    options = {"path": str((folder / _BOARD).parent)}
    provider = {"name": "prodcli", "orgId": 1, "folder": FOLDER, "type": "file", "options": options}
    return {"apiVersion": 1, "providers": [provider]}


def _yaml(value: dict[str, object]) -> str:
    """YAML in which texts of several lines, as SQL is, stand line by line."""

    class Dumper(yaml.SafeDumper):
        pass

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)

    Dumper.add_representer(str, text)
    return yaml.dump(value, Dumper=Dumper, sort_keys=False, width=1000)


def _write(path: Path, text: str) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    except OSError as failure:
        raise ProdError(f"cannot be written: {failure.strerror}", where=str(path)) from failure
    return path
