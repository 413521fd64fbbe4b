"""What is wrong: jobs that failed in a time, loops that are silent, rules that starve, services that were down."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from prodcli.automation.pass_history import submitting_passes
from prodcli.automation.rule_result import RulePass
from prodcli.automation.starvation import Starvation, starving
from prodcli.errors import one_line
from prodcli.services.states import ServiceState
from prodcli.tables.table import Cell, Column, Kind, Table

if TYPE_CHECKING:
    from prodcli.automation.loops_of_books import BookedLoop
    from prodcli.db import Database
    from prodcli.diagnosis.diagnose import SignatureLine
    from prodcli.services.states import Outage

_LATELY = 86_400  # seconds in which a rule was passed over that may starve
_LETTERS = 100  # of an error without a name


def failure_table(found: Sequence[SignatureLine]) -> Table:
    """A row for each signature: how many failures, on how many nodes, whose fault, and what to do."""
    columns = (
        Column("key", level=2),
        Column("failures", kind=Kind.COUNT, style="bold red"),
        Column("nodes", kind=Kind.COUNT, level=1),
        Column("kind", level=1),
        Column("error"),
        Column("fault"),
        Column("action"),
    )
    return Table(columns, [_failure_row(one) for one in found])


def _failure_row(one: SignatureLine) -> list[Cell]:
    count, verdict = one.count, one.verdict
    name = one.entry.name if one.entry else count.name
    error = one_line(name or count.text or count.kind)[:_LETTERS]
    return [count.id, count.failures, one.nodes, count.kind, error, verdict.fault, verdict.action]


def starving_rules(books: Database, now: int, tags: Sequence[str]) -> list[Starvation]:
    """The rules that were passed over lately, submitted jobs regularly before, and now submit nothing."""
    asked = {"since": now - _LATELY, "any_tag": int(not tags), "tags": list(tags)}
    newest = books.read(lambda tx: list(tx.rows_as(_newest_pass, "newest_passes", **asked)))
    idle = [one for one in newest if not one.submitted]
    past = submitting_passes(books, sorted({one.rule for one in idle})) if idle else []
    return [alarm for one in idle if (alarm := starving(one, past)) is not None]


def _newest_pass(rule: str, tag: str, started: int, submitted: int, error: str, reasons: str) -> RulePass:
    said = json.loads(reasons)
    return RulePass(
        rule=rule,
        tag=tag,
        started=started,
        submitted=submitted,
        error=error,
        reasons=said["counts"],
        only=said.get("only", {}),
    )


def starving_table(found: Sequence[Starvation]) -> Table:
    """A row for each starving rule, with the reason that grew."""
    columns = (
        Column("rule"),
        Column("tag", level=1),
        Column("since", "no job since", Kind.TIME),
        Column("cause", kind=Kind.DETAIL),
    )
    return Table(columns, [[one.rule, one.tag, one.since, one.cause] for one in found])


def silent_table(found: Sequence[BookedLoop]) -> Table:
    """A row for each silent loop or cron line."""
    columns = (
        Column("id"),
        Column("kind", level=1),
        Column("host"),
        Column("file", kind=Kind.PATH),
        Column("heard", "last heard", Kind.TIME),
    )
    return Table(columns, [[one.id, one.kind, one.process.host_name, one.file, one.heartbeat] for one in found])


def outage_table(found: Sequence[Outage]) -> Table:
    """A row for each outage; without an end it still goes on."""
    columns = (
        Column("service"),
        Column("state"),
        Column("since", kind=Kind.TIME),
        Column("until", kind=Kind.TIME, drop_empty=True),
        Column("note", kind=Kind.DETAIL, drop_empty=True),
    )
    marks = {ServiceState.DOWN.value: "bold red", ServiceState.DEGRADED.value: "yellow"}
    return Table(columns, [[one.service, one.state, one.since, one.until, one.note] for one in found], marks=marks)
