"""Books with failures of planted causes, made by chance from a seed, as rows of a database and as a list to count by hand."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from tests.support.catalog import insert_rows
from tests.support.workspace import Workspace

BEGIN = 1_780_000_000  # seconds since 1970, when the first job is submitted
RESTLESS = 4  # starts; more of them count as a failure
APART = 40  # seconds between jobs
HOLE, BAD_SITE, OLD_CPU = "spool0007", "far", "Opteron 6376"
SITES = ("near", "middle", BAD_SITE)
CPUS = ("EPYC 7742", "Xeon 6248", OLD_CPU)
RULES = {"CALO": "ana537_x_v001", "SEED": "ana537_x_v001", "CLUSTER": "ana541_y_v002"}


class Cause(NamedTuple):
    """What jobs die of: the state, the code and the masked text in the books, and what the job says itself."""

    state: str
    code: str
    text: str
    said: str = ""
    exit_code: int | None = None
    hold: tuple[int, int] | None = None


CAUSES = (
    Cause(
        "failed",
        "exit 1",
        "Fatal: cannot reach the calibrations at HOST",
        "Fatal: cannot reach the calibrations at 10.1.2.3",
        1,
    ),
    Cause(
        "failed",
        "exit 139",
        "Error in <TTree::Fill>: branch N is broken",
        "Error in <TTree::Fill>: branch 17 is broken",
        139,
    ),
    Cause("failed", "exit 2", "tower N lacks its error bars", "tower 5 lacks its error bars", 2),
    Cause("failed", "no exit code", ""),
    Cause(
        "held",
        "34/102",
        "Error from HOST: over N megabytes",
        "Error from slot1@spool0001.example.org: over 2000 megabytes",
        None,
        (34, 102),
    ),
    Cause(
        "held",
        "13/2",
        "Transfer input files failure at PATH",
        "Transfer input files failure at /data/a.root",
        None,
        (13, 2),
    ),
    Cause("lost", "", ""),
    Cause("removed", "", ""),
    Cause("no_output", "", "nothing was staged, error N", "nothing was staged, error 4", 0),
    Cause("evicted", "", ""),
)
_NIGHT, _BUG, _AGE, _SILENT, _MEMORY, _TRANSFER, *_OTHERS = CAUSES
_EVICTED = CAUSES[-1]
_REPORTED = "lost the map of sector 7"  # what a job says that has no err file
_REPORT = Cause("failed", "exit 3", "lost the map of sector N", _REPORTED, 3)


@dataclass(frozen=True)
class PlantedFailure:
    """A failure as it must be counted; `entered` in seconds since 1970."""

    dbid: int
    attempt: int
    step: int
    cause: Cause
    entered: int
    rule: str
    tag: str
    run: int
    node: str
    site: str | None
    cpu_model: str | None
    retried: int
    won: int


@dataclass(frozen=True)
class FinishedJob:
    """A finished job as failures are compared with it; `hour` of its end, of the day."""

    dbid: int
    rule: str
    tag: str
    run: int
    node: str
    site: str | None
    cpu_model: str | None
    ended: int


@dataclass(frozen=True)
class GeneratedFailures:
    """Rows of four tables, and what is to be counted of them.

    `held_before` are the holds of jobs that were released where they were, and failed then: no failures of their own.
    """

    jobs: Sequence[dict[str, Any]]
    attempts: Sequence[dict[str, Any]]
    reports: Sequence[dict[str, Any]]
    messages: Sequence[dict[str, Any]]
    failures: Sequence[PlantedFailure]
    finished: Sequence[FinishedJob]
    held_before: Sequence[PlantedFailure]


def generated_failures(seed: int, jobs: int, folder: Path) -> GeneratedFailures:
    """Books of some jobs; the err files that failed jobs share are written into a folder."""
    chance = random.Random(seed)  # noqa: S311
    for number, cause in enumerate(CAUSES):
        (folder / f"{number}.err").write_text(f"begin\n{cause.said}\n")
    made = GeneratedFailures([], [], [], [], [], [], [])
    for dbid in range(1, jobs + 1):
        _add(made, chance, random.Random(seed * jobs + dbid), dbid, folder)  # noqa: S311
    return replace(made, failures=_placed(made.failures))


def _placed(failures: Sequence[PlantedFailure]) -> list[PlantedFailure]:
    """Failures with the facility and CPU model of their node, if any failed job there reported it."""
    known = {one.node for one in failures if one.site is not None}
    return [
        replace(one, site=_site(one.node), cpu_model=_cpu(one.node)) if one.node in known else one for one in failures
    ]


def _add(made: Any, chance: random.Random, seldom: random.Random, dbid: int, folder: Path) -> None:
    rule = chance.choice(list(RULES))
    tag, run, at = RULES[rule], 66_456 + dbid % 50, BEGIN + dbid * APART
    steps: list[dict[str, Any]] = []
    causes: list[Cause | None] = []
    attempt = number = 0
    while True:
        new = not steps or causes[-1] is None or causes[-1].state != "held" or chance.random() < 0.5
        attempt, number = (attempt + 1, 0) if new else (attempt, number + 1)
        at += chance.randrange(600, 7200)
        node = HOLE if chance.random() < 0.03 else f"spool{chance.randrange(40):04d}"
        cause = _cause(chance, rule, node, at)
        steps.append(_step(dbid, attempt, number, node, at, cause))
        causes.append(cause)
        if cause is None or len(steps) == 3 or chance.random() < 0.5:
            break
    if causes[-1] is None and chance.random() < 0.1:
        steps[-1] |= {"status": "running", "finished": None, "exit_code": None}
    last = steps[-1]
    over = causes[-1] is not None and causes[-1].state == "held" and chance.random() < 0.3
    if over:
        last |= {"status": "finished", "finished": last["entered"], "exit_code": 0}
    starts = _make_seldom(seldom, steps, causes)
    file = next((str(folder / f"{CAUSES.index(one)}.err") for one in causes[-1:] if one in CAUSES and one.said), None)
    made.jobs.append(
        {
            "id": dbid,
            "rulename": rule,
            "tag": tag,
            "dataset": "d",
            "dsttype": f"DST_{rule}",
            "filename": f"f{dbid}",
            "runnumber": run,
        }
        | {"segment": dbid, "status": last["status"], "substatus": last["substatus"], "submitted": BEGIN + dbid * APART}
        | {"attempt": attempt, "err": file, "execution_node": last["node"], "jobstarts": starts}
    )
    made.attempts.extend(steps)
    _count(made, chance, steps, causes, made.jobs[-1])
    if causes[-1] is not None and last["status"] != "finished" and seldom.random() < 0.1:
        last["node"] = None  # the row of the job has it, too


def _make_seldom(seldom: random.Random, steps: Sequence[dict[str, Any]], causes: list[Cause | None]) -> int:
    """What happens seldom: evictions, duplicates, failures without files, holds before failures; returns the starts of the job."""
    last, starts = steps[-1], 1
    if causes[-1] is None and last["status"] == "finished" and seldom.random() < 0.08:
        starts = seldom.randrange(1, 9)
        last |= {"finished": None, "exit_code": None}
        if starts > RESTLESS:
            last |= {"status": "evicted"}
            causes[-1] = _EVICTED
        elif starts == RESTLESS:
            last |= {"status": "failed", "substatus": "duplicate"}
        else:
            last |= {"status": "evicted"}
    for place, row in enumerate(steps):
        cause = causes[place]
        if cause is _SILENT and seldom.random() < 0.5:
            causes[place] = _REPORT
            row |= {"exit_code": _REPORT.exit_code}
        if cause is not None and cause.state == "failed" and seldom.random() < 0.2:
            before = seldom.choice((_MEMORY, _TRANSFER))
            row |= {"hold_reason": before.said, "hold_code": (before.hold or (0, 0))[0]}
            row |= {"hold_subcode": (before.hold or (0, 0))[1]}
    return starts


def _cause(chance: random.Random, rule: str, node: str, at: int) -> Cause | None:
    """What a job dies of, if it does: at night of the calibrations, on the hole of transfers, on old CPUs of their age."""
    index = int(node[5:])
    if node == HOLE and chance.random() < 0.9:
        return _TRANSFER
    if at % 86_400 // 3600 == 3 and chance.random() < 0.5:
        return _NIGHT
    if CPUS[index % 3] == OLD_CPU and chance.random() < 0.1:
        return _AGE
    if rule == "SEED" and chance.random() < 0.05:
        return _BUG
    return chance.choice(CAUSES[:-1]) if chance.random() < 0.15 else None


def _step(dbid: int, attempt: int, step: int, node: str, at: int, cause: Cause | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "dbid": dbid,
        "attempt": attempt,
        "step": step,
        "node": f"slot1@{node}",
        "entered": at,
        "finished": at,
    }
    row |= {
        "exit_code": 0,
        "hold_code": None,
        "hold_subcode": None,
        "hold_reason": None,
        "status": "finished",
        "substatus": "",
    }
    if cause is None:
        return row
    if cause.hold is not None:
        row |= {"status": "held", "finished": None, "exit_code": None, "hold_reason": cause.said}
        return row | {"hold_code": cause.hold[0], "hold_subcode": cause.hold[1]}
    return row | {
        "status": "failed",
        "exit_code": cause.exit_code,
        "substatus": "" if cause.state == "failed" else cause.state,
    }


def _count(
    made: Any, chance: random.Random, steps: Sequence[dict[str, Any]], causes: Sequence[Cause | None], job: Any
) -> None:
    """Note the failures of a job, and the job if it finished; a step whose files are written over says nothing."""
    reported: set[int] = set()
    for place, (row, cause) in enumerate(zip(steps, causes, strict=True)):
        last = place == len(steps) - 1
        ended = last or steps[place + 1]["attempt"] > row["attempt"]
        if ended and (cause is None or cause.hold is None) and chance.random() < 0.8:
            reported.add(row["attempt"])
            made.reports.append(_report(row))
    for place, (row, cause) in enumerate(zip(steps, causes, strict=True)):
        node = row["node"].removeprefix("slot1@")
        last = place == len(steps) - 1
        of_report = row["attempt"] in reported and (last or steps[place + 1]["attempt"] > row["attempt"])
        site, cpu = (_site(node), _cpu(node)) if of_report else (None, None)
        facts = (job["rulename"], job["tag"], job["runnumber"], node, site, cpu)
        if cause is not None:
            ended = job["status"] in ("finished", "failed", "held")
            again = (not last or row["status"] == "finished") and ended
            told = last or cause.hold or not cause.said or cause is _REPORT
            seen = cause if told else cause._replace(text="")
            won = ended and job["status"] == "finished"
            at = (row["dbid"], row["attempt"], row["step"], seen, row["entered"], *facts)
            made.failures.append(PlantedFailure(*at, int(again), int(again and won)))
            if cause is _REPORT:
                made.messages.append(_message(row, len(made.messages)))
            if row["hold_code"] is not None and cause.hold is None:
                hold = next(one for one in CAUSES if one.hold == (row["hold_code"], row["hold_subcode"]))
                made.held_before.append(replace(made.failures[-1], cause=hold, retried=int(ended), won=int(won)))
        if last and job["status"] == "finished":
            made.finished.append(FinishedJob(row["dbid"], *facts, row["finished"]))


def _report(row: dict[str, Any]) -> dict[str, Any]:
    node = row["node"].removeprefix("slot1@")
    return {
        "dbid": row["dbid"],
        "attempt": row["attempt"],
        "site": _site(node),
        "cpu": _cpu(node),
        "messages": 0,
        "outputs": 0,
    } | {
        "staged": 0,
        "read": row["entered"],
    }


def _message(row: dict[str, Any], number: int) -> dict[str, Any]:
    """The last error that an attempt reports."""
    return {"dbid": row["dbid"], "attempt": row["attempt"], "number": number, "level": "error", "text": _REPORTED}


def _site(node: str) -> str:
    return SITES[int(node[5:]) // 15]


def _cpu(node: str) -> str:
    return CPUS[int(node[5:]) % 3]


def write_failures(workspace: Workspace, made: GeneratedFailures) -> None:
    """Put the rows into the books of a workspace."""
    write_rows(workspace, "production_jobs", made.jobs)
    write_rows(workspace, "production_attempts", made.attempts)
    write_rows(workspace, "production_reports", made.reports)
    if made.messages:
        write_rows(workspace, "production_messages", made.messages)


def write_rows(workspace: Workspace, table: str, rows: Sequence[dict[str, Any]]) -> None:
    """Put rows into a table of the books."""
    connection = workspace.connect()
    names = list(rows[0])
    statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608
    insert_rows(connection, statement, [[_value(name, row[name]) for name in names] for row in rows])
    connection.commit()
    connection.close()


def write_starts(workspace: Workspace, made: GeneratedFailures, length: int) -> None:
    """Let attempts that ended have begun so many seconds before."""
    ended = [one for one in made.attempts if one["finished"] is not None]
    rows = [[_value("started", one["finished"] - length), one["dbid"], one["attempt"], one["step"]] for one in ended]
    connection = workspace.connect()
    update = "UPDATE production_attempts SET started = ? WHERE dbid = ? AND attempt = ? AND step = ?"
    connection.cursor().executemany(update, rows)
    connection.commit()
    connection.close()


_TIMES = ("started", "submitted", "finished", "entered", "read")


def _value(name: str, value: Any) -> Any:
    return (
        datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        if name in _TIMES and value is not None
        else value
    )


def of_cause(failures: Sequence[PlantedFailure]) -> Iterator[tuple[Cause, list[PlantedFailure]]]:
    """Failures by state, code and text."""
    found: dict[tuple[str, str, str], list[PlantedFailure]] = {}
    for one in failures:
        found.setdefault(one.cause[:3], []).append(one)
    for members in found.values():
        yield members[0].cause, members
