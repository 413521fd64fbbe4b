"""prodcli dashboard grafana."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from prodcli.cli.context import current

Folder = Annotated[
    Path | None, typer.Argument(metavar="[DIR]", help="Folder for the files; default: the board alone, on stdout.")
]
Source = Annotated[
    str, typer.Option("--datasource", metavar="UID", help="The uid that the datasource of the books has in Grafana.")
]


def grafana(context: typer.Context, directory: Folder = None, datasource: Source = "prodcli") -> None:
    """Write a board for Grafana, alert rules and provisioning files.

    Without DIR the board alone is shown, as JSON that Grafana imports. Files of before are replaced. The board asks the books by SQL, so it needs no renewal but after an upgrade of prodcli.
    """
    from prodcli.config.find_config import current_folder

    session = current(context)
    _require_sdk()
    if directory is None:
        from prodcli.dashboards.board import board_json

        session.show_text(board_json(datasource).rstrip("\n"))
        return
    from prodcli.dashboards.provisioning import write_files

    for path in write_files(current_folder() / directory, datasource):
        session.show_text(str(path))


def _require_sdk() -> None:
    """Raise ConfigError if Grafana's library is not installed."""
    from importlib.util import find_spec

    from prodcli.errors import ConfigError

    if find_spec("grafana_foundation_sdk") is None:
        todo = "pip install 'prodcli[pages]'"
        raise ConfigError("grafana-foundation-sdk is not installed", where="dashboard grafana", todo=todo)
