"""What Grafana asks of PostgreSQL for a panel, in the form of its own SDK, which has no such query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.dashboard import DataSourceRef

PLUGIN = "grafana-postgresql-datasource"
Format = Literal["table", "time_series"]


@dataclass
class SqlTarget(Builder[Dataquery], Dataquery):
    """A statement, and whether its rows are a table or series over time."""

    sql: str
    uid: str
    format: Format = "table"
    ref_id: str = "A"

    def build(self) -> Dataquery:
        """The query itself."""
        return self

    def to_json(self) -> dict[str, object]:
        """The query as Grafana keeps it."""
        return {
            "refId": self.ref_id,
            "datasource": source(self.uid),
            "editorMode": "code",
            "format": self.format,
            "rawQuery": True,
            "rawSql": self.sql,
        }


def source(uid: str) -> DataSourceRef:
    """The datasource of the books by its uid in Grafana."""
    return DataSourceRef(type_val=PLUGIN, uid=uid)
