"""The status of productions, read from the replica that serves reports."""

from dataclasses import dataclass

from prodcli.db import Database, Transaction
from prodcli.report import GROUPS, Line, lines
from prodcli.runs import RunSelection


@dataclass(frozen=True)
class Filters:
    """Which rows to count; None leaves a column free. `since` in seconds since 1970, UTC."""

    tag: str | None = None
    dsttype: str | None = None
    rule: str | None = None
    runs: RunSelection | None = None
    since: int | None = None


def status_lines(database: Database, filters: Filters, by: str | None = None) -> list[Line]:
    """One line per (tag, dsttype, dataset), or per value of `by` within them."""

    def work(tx: Transaction) -> list[Line]:
        spans = filters.runs.spans if filters.runs else []
        rows = tx.rows(
            tx.named("report").keyed(GROUPS[by] if by else ""),
            tag=filters.tag,
            dsttype=filters.dsttype,
            rule=filters.rule,
            since=filters.since,
            all_runs=0 if filters.runs else 1,
            spans=[{"low": low, "high": high} for low, high in spans],
        )
        return lines(rows)

    return database.read(work)
