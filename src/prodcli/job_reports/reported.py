"""What the books have of the reports of jobs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from prodcli.db import Database


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A line of a job's report: the job as a whole, one of its phases, outputs or messages.

    `at` in seconds since 1970 by the worker's clock, `wall` and `cpu` in seconds, `memory_kb` in KB.
    """

    dbid: int
    attempt: int
    kind: str
    name: str | None
    at: int | None
    wall: float | None
    cpu: float | None
    memory_kb: int | None
    text: str | None


def report_lines(database: Database, dbids: Sequence[int]) -> list[ReportLine]:
    """The reports of some jobs line by line, by attempt; raises DatabaseError if the books cannot be read."""
    return database.read(lambda tx: list(tx.rows_as(ReportLine, "report_lines", dbids=list(dbids))))
