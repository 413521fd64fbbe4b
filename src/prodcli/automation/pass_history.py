"""The history of passes in the books: a row for each rule and pass, for thirty days."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from prodcli.automation.shares import QueuedJobs
from prodcli.automation.starvation import SubmittingPass

if TYPE_CHECKING:
    from prodcli.automation.rule_result import RulePass
    from prodcli.db import Database, Transaction


def queued_by_rule(database: Database) -> dict[str, QueuedJobs]:
    """The jobs of the books that are in a queue, by rule."""

    def work(tx: Transaction) -> dict[str, QueuedJobs]:
        return dict(tx.rows_as(lambda rule, **counts: (rule or "", QueuedJobs(**counts)), "queued_by_rule"))

    return database.read(work)


def keep(database: Database, host: str, file: str, result: RulePass) -> None:
    """Write the result of a pass of a rule."""
    values: dict[str, Any] = {name: getattr(result, name) for name in _COLUMNS}
    values |= {"host": host, "file": file, "reasons": json.dumps({"counts": result.reasons, "only": result.only})}
    database.write(lambda tx: tx.run("keep_pass", **values))


_COLUMNS = ("rule", "tag", "started", "seconds", "submitted", "registered", "finished", "recovered", "error")


def forget_old(database: Database) -> None:
    """Delete what is older than thirty days."""
    database.write(lambda tx: tx.run("forget_passes"))


def submitting_passes(database: Database, rules: Sequence[str]) -> list[SubmittingPass]:
    """The newest passes of each rule and tag that submitted jobs, the oldest first."""
    return database.read(lambda tx: list(tx.rows_as(_submitting_pass, "submitting_passes", rules=list(rules))))


def _submitting_pass(reasons: str, **rest: Any) -> SubmittingPass:
    return SubmittingPass(reasons=json.loads(reasons)["counts"], **rest)
