"""Completion of words that only files and databases know; never prints, never raises, never takes long."""

import os
from pathlib import Path

import typer


def complete_rules(context: typer.Context, incomplete: str) -> list[str]:
    """Rule names of the file given with -c."""
    file = context.params.get("config") or context.params.get("file")
    try:
        with Path(str(file)).open() as text:
            names = [line.partition(":")[0] for line in text if line[:1].isalnum() and ":" in line]
    except (OSError, UnicodeDecodeError):
        return []
    return [name for name in names if name.startswith(incomplete)]


def complete_tags(context: typer.Context, incomplete: str) -> list[str]:
    """Tags in the books."""
    return _words(context, 0, incomplete)


def complete_dsttypes(context: typer.Context, incomplete: str) -> list[str]:
    """Dsttypes in the books."""
    return _words(context, 1, incomplete)


def _words(context: typer.Context, column: int, incomplete: str) -> list[str]:
    from prodcli.config import current_folder, find_config, load_config
    from prodcli.db import open_database
    from prodcli.errors import ProdError

    parent = context.find_root().params
    try:
        here = current_folder()
        config = load_config(find_config(parent.get("site"), os.environ, here), here, bool(parent.get("testbed")))
        rows = open_database(config.url("production_read"), read_only=True).read(
            lambda tx: list(tx.rows("known_words"))
        )
    except ProdError:
        return []
    return sorted({row[column] for row in rows if row[column].startswith(incomplete)})
