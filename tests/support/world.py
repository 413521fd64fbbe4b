"""A workspace for tests: catalogs, books, batch system and a prodcli.yaml that names them."""

import json
import sqlite3
import uuid
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from typer.testing import CliRunner

from prodcli.cli.app import app
from prodcli.db import Database, open_database
from tests.support.catalogs import Catalog, insert_jobs, write_postgres, write_sqlite
from tests.support.postgres import Cluster

DATABASE_KINDS = ("sqlite", "postgresql")


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
class World:
    """A workspace; `run` calls the command line in it."""

    folder: Path
    settings: dict[str, Any]
    cluster: Cluster | None = None
    names: list[str] = field(default_factory=list)

    @property
    def file(self) -> Path:
        """Its prodcli.yaml."""
        return self.folder / "prodcli.yaml"

    def write(self) -> None:
        """Write its prodcli.yaml."""
        self.file.write_text(yaml.safe_dump(self.settings))

    def run(self, *words: object) -> Answer:
        """Call the command line."""
        result = CliRunner().invoke(app, ["--site", str(self.file), "-q", *map(str, words)])
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
        """A database of the workspace."""
        return open_database(self.settings["databases"][role])

    def sql(self, statement: str, *values: object, role: str = "production") -> list[tuple[Any, ...]]:
        """Run a statement of a test's own on a database, and commit."""
        with closing(self._connect(role)) as connection:
            cursor = connection.cursor()
            cursor.execute(statement, values)
            rows = [tuple(row) for row in cursor.fetchall()] if cursor.description else []
            connection.commit()
            return rows

    def _connect(self, role: str) -> Any:
        url = self.settings["databases"][role]
        if url.startswith("sqlite:///"):
            return sqlite3.connect(url.removeprefix("sqlite:///"))
        import pyodbc

        return pyodbc.connect(url.removeprefix("odbc:"))

    def load(self, catalog: Catalog) -> None:
        """Put a catalog in, and make the books with its jobs."""
        if self.cluster is None:
            urls = write_sqlite(catalog, self.folder)
            urls["production"] = f"sqlite:///{self.folder}/production.db"
        else:
            prefix = "w" + uuid.uuid4().hex[:10]
            urls = write_postgres(catalog, self.cluster, prefix)
            self.cluster.create(f"{prefix}_production")
            urls["production"] = self.cluster.odbc(f"{prefix}_production")
            self.names += [f"{prefix}_{name}" for name in urls]
        self.settings["databases"] = urls
        self.write()
        self.ok("db", "init")
        with closing(self._connect("production")) as connection:
            insert_jobs(connection, catalog.jobs)

    def drop(self) -> None:
        """Remove what lies outside the folder."""
        for name in self.names:
            if self.cluster is not None:
                self.cluster.drop(name)


def make_world(folder: Path, cluster: Cluster | None = None, batch: dict[str, Any] | None = None) -> World:
    """Make an empty workspace whose roots lie in it."""
    kinds = ("outdir", "finaldir", "logdir", "histdir", "condor")
    settings: dict[str, Any] = {
        "batch": batch or {"system": "local", "queue": "batch.db"},
        "roots": {kind: str(folder / "files") for kind in kinds},
        "databases": {},
    }
    world = World(folder, settings, cluster)
    world.write()
    return world
