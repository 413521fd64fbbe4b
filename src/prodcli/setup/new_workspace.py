"""A new place to work: prodcli.yaml, books, and catalogs without rows where SQLite files are to hold them."""

import sqlite3
from contextlib import closing
from pathlib import Path

from prodcli.catalogs import empty_catalogs
from prodcli.config.find_config import FILE
from prodcli.config.profile import overview_rows
from prodcli.config.settings import Config, load_config
from prodcli.db import open_database
from prodcli.db.connect import sqlite_path
from prodcli.db.postgresql import Timeouts
from prodcli.db.schema import create_file, has_jobs, upgrade
from prodcli.errors import ConfigError, DatabaseError, ProdError, UsageError
from prodcli.secrets import hide_secrets
from prodcli.setup.new_config import NewConfig

_PRIVATE = 0o600  # of a file with a password
_IF_THERE = "prodcli config check looks at it; name another folder for another one"


def require_free(folder: Path) -> None:
    """Raise UsageError if a folder has a prodcli.yaml."""
    if (folder / FILE).exists():
        raise UsageError("there is one already; nothing was changed", where=str(folder / FILE), todo=_IF_THERE)


def write_config(folder: Path, new: NewConfig) -> Config:
    """Write prodcli.yaml into a folder, which is made, and read it.

    Raises UsageError if one is there, ConfigError if what it says is wrong, ProdError if the file cannot be written; then
    nothing is changed.
    """
    require_free(folder.resolve())
    file = folder.resolve() / FILE
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as written:
            if hide_secrets(new.text) != new.text:
                file.chmod(_PRIVATE)
            written.write(new.text)
    except OSError as failure:
        raise ProdError(f"the file cannot be written: {failure.strerror}", where=str(file)) from None
    try:
        return _read(file, new)
    except ConfigError:
        file.unlink()
        raise


def _read(file: Path, new: NewConfig) -> Config:
    """The configuration of a new file; raises ConfigError for a value that no configuration may have."""
    config = load_config(file, file.parent)
    for role in new.databases:
        open_database(config.url(role))
    _ = config.site
    return config


def make_books(config: Config) -> str:
    """Make the tables of the books, unless there are jobs of any tool already; returns what was done.

    Raises DatabaseError if they cannot be made.
    """
    url = config.url("production")
    create_file(url)
    with closing(open_database(url, timeouts=Timeouts(config.timeouts("production").login))) as books:
        if has_jobs(books):
            return f"there are books already: {books.where}"
        upgrade(books, overview_rows(config.site))
        return f"made: {books.where}"


def make_catalogs(config: Config) -> list[str]:
    """Make catalogs without rows of the SQLite files that are not there yet; returns the files.

    Raises DatabaseError if one cannot be made.
    """
    made = []
    for role in empty_catalogs.ROLES:
        path = sqlite_path(config.url(role)) if f"databases.{role}" in config.values else None
        if path is not None and not path.exists():
            create_file(config.url(role))
            try:
                empty_catalogs.make_empty(role, path)
            except sqlite3.Error as failure:
                raise DatabaseError(f"the catalog cannot be made: {failure}", where=f"SQLite {path}") from None
            made.append(str(path))
    return made
