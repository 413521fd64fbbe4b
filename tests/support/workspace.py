"""A workspace for tests: catalogs, books, batch system and a prodcli.yaml that names them."""

import atexit
import hashlib
import json
import shutil
import sqlite3
import tempfile
import threading
import uuid
from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from typer.testing import CliRunner

from prodcli.cli.app import app
from prodcli.db import Database, open_database
from tests.support.catalog import Catalog, insert_jobs, random_catalog, write_postgres, write_sqlite
from tests.support.kept_sessions import close_sessions, sessions_kept, sessions_of
from tests.support.postgres_server import Cluster

DATABASE_KINDS = ("sqlite", "postgresql")
# For tests that end before a database is opened, or that ask none what could differ.
ONE_DATABASE = pytest.mark.parametrize("workspace", ["sqlite"], indirect=True)
COMBINATIONS = [
    pytest.param("sqlite", "local"),
    pytest.param("postgresql", "local", marks=pytest.mark.postgresql),
    pytest.param("sqlite", "htcondor", marks=pytest.mark.htcondor),
    pytest.param("postgresql", "htcondor", marks=[pytest.mark.postgresql, pytest.mark.htcondor]),
]
# What Typer reads of the signature of a function stays the same; each command that a test runs would read it again.
typer.main.get_params_from_function = cache(typer.main.get_params_from_function)
# What catalogs hold, as a hash, by their ids (they are kept alive, so that their ids stay theirs).
_CONTENTS: dict[int, tuple[Catalog, str]] = {}
# Where empty books lie, by the server.
_BOOKS: dict[Cluster | None, str] = {}
# Where databases lie of which catalogs that are loaded again get copies, by role; None after they were loaded once.
_KEPT: dict[tuple[str, Cluster | None], dict[str, str] | None] = {}
# Copies of a template that no test has changed, which the next test gets.
_UNCHANGED: dict[str, list[str]] = defaultdict(list)


@cache
def seeded_catalog(seed: int, runs: int = 12) -> Catalog:
    """A random catalog; the same object for the same seed, not to be changed."""
    return random_catalog(seed, runs=runs)


def _content(catalog: Catalog) -> str:
    """A hash of what a catalog holds."""
    if id(catalog) not in _CONTENTS:
        _CONTENTS[id(catalog)] = (catalog, hashlib.sha256(repr(catalog).encode()).hexdigest())
    return _CONTENTS[id(catalog)][1]


@dataclass
class Answer:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """Its JSON."""
        return json.loads(self.out)


@dataclass
class Workspace:
    """A workspace; `run` calls the command line in it."""

    folder: Path
    settings: dict[str, Any]
    cluster: Cluster | None = None
    names: list[str] = field(default_factory=list)
    templates: dict[str, str] = field(default_factory=dict)  # of those names that are copies
    opened: list[Database] = field(default_factory=list)
    # of PostgreSQL, where one costs ten times a statement, by URL and thread; `sql` takes them again
    sessions: dict[tuple[str, int], Any] = field(default_factory=dict)

    @property
    def file(self) -> Path:
        """Its prodcli.yaml."""
        return self.folder / "prodcli.yaml"

    def write(self) -> None:
        """Write its prodcli.yaml."""
        self.file.write_text(yaml.safe_dump(self.settings))

    def run(self, *words: object, quiet: bool = True) -> Answer:
        """Call the command line."""
        common = ["--site", str(self.file), *(["-q"] if quiet else [])]
        with sessions_kept():
            result = CliRunner().invoke(app, [*common, *map(str, words)])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Answer(result.exit_code, result.stdout, result.stderr)

    def ok(self, *words: object) -> Answer:
        """Call the command line, which must succeed."""
        answer = self.run(*words)
        assert answer.code == 0, f"{words}: {answer.code}\n{answer.out}\n{answer.err}"
        return answer

    def json(self, *words: object) -> Any:
        """Call the command line for JSON."""
        return self.ok(*words, "--format", "json").data

    def database(self, role: str = "production") -> Database:
        """A database of the workspace; `drop` closes it."""
        self.opened.append(open_database(self.settings["databases"][role]))
        return self.opened[-1]

    def sql(self, statement: str, *values: object, role: str = "production") -> list[tuple[Any, ...]]:
        """Run a statement of a test's own on a database, and commit."""
        if self.cluster is None:
            with closing(self.connect(role)) as connection:
                return _run(connection, statement, values)
        import pyodbc

        key = (self.settings["databases"][role], threading.get_ident())
        if kept := self.sessions.pop(key, None):
            with suppress(pyodbc.Error):  # the server has ended the session, or else it says so again below
                return self._run_on(kept, key, statement, values)
        return self._run_on(self.connect(role), key, statement, values)

    def _run_on(
        self, session: Any, key: tuple[str, int], statement: str, values: Sequence[object]
    ) -> list[tuple[Any, ...]]:
        """Run a statement on a session, which stays unless the statement fails."""
        rows = _run(session, statement, values)
        self.sessions[key] = session
        return rows

    def connect(self, role: str = "production") -> Any:
        """A connection of a test's own to a database, as other tools have one."""
        url = self.settings["databases"][role]
        if url.startswith("sqlite:///"):
            return sqlite3.connect(url.removeprefix("sqlite:///"))
        import pyodbc

        return pyodbc.connect(url.removeprefix("odbc:"))

    def load(self, catalog: Catalog) -> None:
        """Put a catalog in, and make the books with its jobs; copied if an equal catalog was loaded twice before."""
        key = (_content(catalog), self.cluster)
        again = key in _KEPT  # many catalogs are loaded once; one that is loaded again is loaded often
        kept = _KEPT.setdefault(key, None)
        if kept is None:
            self._make(catalog)
        if again:
            kept = _KEPT[key] = kept or self._keep()
            self.settings["databases"] = self._copy(kept)
        elif self.cluster is not None:
            self.names += dict.fromkeys(self._databases().values())
        self.write()

    def _make(self, catalog: Catalog) -> None:
        """Make databases and books."""
        if self.cluster is None:
            urls = write_sqlite(catalog, self.folder) | {"production": f"sqlite:///{self.folder}/production.db"}
        else:
            urls = write_postgres(catalog, self.cluster, "t" + uuid.uuid4().hex[:10], _BOOKS.get(self.cluster))
        self.settings["databases"] = urls
        self.write()
        self._make_books()
        with closing(self.connect("production")) as connection:
            insert_jobs(connection, catalog.jobs)

    def _make_books(self) -> None:
        """Make empty books, once for each kind of database; all others are copies."""
        made, kept = self._databases()["production"], _BOOKS.get(self.cluster)
        if self.cluster is None and kept:
            shutil.copy(kept, made)
        elif not kept:
            self.ok("db", "init")
            _BOOKS[self.cluster] = self._kept_books(made)

    def _kept_books(self, made: str) -> str:
        """A copy of books that no test changes: a template, or a file."""
        if self.cluster is None:
            return str(shutil.copy(made, _kept_folder()))
        close_sessions(made)
        self.cluster.create(f"{made}_empty", template=made)
        return f"{made}_empty"

    def _databases(self) -> dict[str, str]:
        """The names of its databases on the server, or their files, by role."""
        urls = self.settings["databases"]
        if self.cluster is None:
            return {role: url.removeprefix("sqlite:///") for role, url in urls.items()}
        return {role: url.partition("DATABASE=")[2].partition(";")[0] for role, url in urls.items()}

    def _keep(self) -> dict[str, str]:
        """Put fresh databases where no test changes them: PostgreSQL templates, or a folder of SQLite files."""
        made = self._databases()
        if self.cluster is not None:
            for name in made.values():
                close_sessions(name)
            return made
        folder = _kept_folder()
        return {role: str(shutil.move(path, folder)) for role, path in made.items()}

    def _copy(self, kept: dict[str, str]) -> dict[str, str]:
        if self.cluster is None:
            return {role: f"sqlite:///{shutil.copy(path, self.folder)}" for role, path in kept.items()}
        prefix = "w" + uuid.uuid4().hex[:10]
        copies = {template: self._copy_of(template, prefix) for template in dict.fromkeys(kept.values())}
        return {role: self.cluster.odbc(copies[template]) for role, template in kept.items()}

    def _copy_of(self, template: str, prefix: str) -> str:
        """A copy of a template, which another test may have left unchanged; returns its name."""
        name = f"{prefix}_{template.partition('_')[2]}"
        if _UNCHANGED[template]:
            name = _UNCHANGED[template].pop()
        elif self.cluster is not None:
            self.cluster.create(name, template=template)
        self.names.append(name)
        self.templates[name] = template
        return name

    def drop(self) -> None:
        """Close databases, and remove what lies outside the folder, or leave it to the next test if it was not changed."""
        for database in [*self.opened, *self.sessions.values()]:
            database.close()
        for name in self.names:
            if self.cluster is None:
                continue
            template = self.templates.get(name)
            if template and self.cluster.is_unchanged(name, len(sessions_of(name))):
                _UNCHANGED[template].append(name)
            else:
                close_sessions(name)
                self.cluster.drop(name)
        self.names.clear()


def _kept_folder() -> Path:
    """A folder until the tests end."""
    folder = Path(tempfile.mkdtemp(prefix="prodcli-catalogs-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _run(connection: Any, statement: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
    """Run a statement, commit, and return its rows."""
    cursor = connection.cursor()
    cursor.execute(statement, values)
    rows = [tuple(row) for row in cursor.fetchall()] if cursor.description else []
    connection.commit()
    return rows


def make_workspace(folder: Path, cluster: Cluster | None = None, batch: dict[str, Any] | None = None) -> Workspace:
    """Make an empty workspace whose roots lie in it."""
    kinds = ("outdir", "finaldir", "logdir", "histdir", "condor")
    settings: dict[str, Any] = {
        "batch": batch or {"system": "local", "queue": "batch.db"},
        "roots": {kind: str(folder / "files") for kind in kinds},
        "databases": {},
    }
    workspace = Workspace(folder, settings, cluster)
    workspace.write()
    return workspace
