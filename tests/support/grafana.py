"""Grafana's part: the variables and macros of a panel's SQL are filled in, as its PostgreSQL datasource does, and its role asks."""

import re
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.support.postgres_server import Cluster
from tests.support.workspace import Workspace

PAGE = Path(__file__).parents[2] / "docs" / "dashboards.md"
Rows = list[dict[str, Any]]
_TIME_FILTER = re.compile(r"\$__timeFilter\(([\w.]+)\)")


@dataclass(frozen=True)
class Chosen:
    """What a reader of the board has chosen; times in seconds since 1970."""

    production_type: str
    tags: Sequence[str]
    since: int
    until: int

    def filled(self, sql: str) -> str:
        """The statement that reaches PostgreSQL."""
        span = f"BETWEEN '{_iso(self.since)}' AND '{_iso(self.until)}'"
        sql = _TIME_FILTER.sub(lambda found: f"{found[1]} {span}", sql)
        sql = sql.replace("${prod_type:sqlstring}", _quoted(self.production_type))
        sql = sql.replace("${tag:sqlstring}", ",".join(map(_quoted, self.tags)))
        assert "$" not in sql, f"a variable is left in {sql}"
        return sql


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _quoted(text: str) -> str:
    """A text as Grafana's format sqlstring writes it."""
    return "'" + text.replace("'", "''") + "'"


@contextmanager
def role_of_grafana(cluster: Cluster, database: str) -> Iterator[None]:
    """Grafana's role with the rights that the page gives."""
    cluster.psql(database, "".join(re.findall(r"```sql\n(.*?)```", PAGE.read_text(), re.DOTALL)))
    try:
        yield
    finally:
        cluster.psql(database, "DROP OWNED BY prodcli_grafana; DROP ROLE prodcli_grafana;")


def database_of(workspace: Workspace) -> str:
    """The database of the books."""
    return str(workspace.settings["databases"]["production"]).partition("DATABASE=")[2].partition(";")[0]


def asked(workspace: Workspace, sql: str) -> Rows:
    """The rows that Grafana gets for a statement; times in seconds since 1970."""
    url = (
        workspace.settings["databases"]["production"]
        .removeprefix("odbc:")
        .replace("UID=postgres", "UID=prodcli_grafana")
    )
    import pyodbc

    with closing(pyodbc.connect(url)) as session:
        session.execute("SET TimeZone = 'UTC'")
        found = session.execute(sql)
        names = [column[0] for column in found.description]
        return [dict(zip(names, map(_plain, row), strict=True)) for row in found.fetchall()]


def _plain(value: Any) -> Any:
    return int(value.replace(tzinfo=UTC).timestamp()) if isinstance(value, datetime) else value
