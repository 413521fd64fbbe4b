"""What is wrong: jobs that failed in a time, loops that are silent, rules that starve, services that were down."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from prodcli.automation.pass_history import submitting_passes
from prodcli.automation.rule_result import RulePass
from prodcli.automation.starvation import Starvation, starving
from prodcli.services.states import ServiceState
from prodcli.tables.table import Column, Kind, Table

if TYPE_CHECKING:
    from prodcli.automation.loops_of_books import BookedLoop
    from prodcli.db import Database
    from prodcli.services.states import Outage

_LATELY = 86_400  # seconds in which a rule was passed over that may starve


class Failures(NamedTuple):
    """Jobs of a rule that failed alike; `what` refines the state, `last` in seconds since 1970, `example` is a dbid."""

    tag: str
    rule: str | None
    what: str
    exit_code: int | None
    jobs: int
    nodes: int
    last: int
    example: int


def failure_table(found: Sequence[Failures]) -> Table:
    """A row for each rule, kind of failure and exit code."""
    columns = (
        Column("rule"),
        Column("tag", shared=True, level=1),
        Column("what", drop_empty=True),
        Column("exit_code", "exit", drop_empty=True),
        Column("jobs", kind=Kind.COUNT, style="bold red"),
        Column("nodes", kind=Kind.COUNT, level=1),
        Column("last", kind=Kind.TIME, level=1),
        Column("example", "one of them", level=2),
    )
    rows = [[one.rule, one.tag, one.what, one.exit_code, one.jobs, one.nodes, one.last, one.example] for one in found]
    return Table(columns, rows)


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
