"""The record of what people do to jobs in the queues: who, when, why, which jobs.

An action is written before it is done (`intended`), and closed (`done`) when the books have what came of it. A job is in one
open action at most, so that two people never change it at the same time.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from prodcli.claimant import Claimant
from prodcli.db import chunks_of
from prodcli.targets import TargetJob

if TYPE_CHECKING:
    from prodcli.batch import ProcId
    from prodcli.db import Database, Transaction

_ROWS = 5_000  # jobs per statement
_LOCK = "prodcli actions"


@dataclass(frozen=True, slots=True)
class Aim:
    """A job that an action is about, as it was then; memory in MB, `memory_after` None where it stays as it is."""

    dbid: int
    attempt: int
    step: int
    schedd: str
    cluster: int
    proc: int
    status: str
    entered: int
    memory_before: int | None
    memory_after: int | None = None

    @property
    def proc_id(self) -> ProcId:
        """Cluster and proc."""
        return self.cluster, self.proc


@dataclass(frozen=True)
class Action:
    """Something that is to be done, or was, to jobs."""

    id: str
    verb: str
    parameters: Mapping[str, Any]
    aims: tuple[Aim, ...]

    @property
    def by_schedd(self) -> dict[str, list[Aim]]:
        """The jobs of each schedd."""
        found: dict[str, list[Aim]] = {}
        for aim in self.aims:
            found.setdefault(aim.schedd, []).append(aim)
        return found


@dataclass(frozen=True, slots=True)
class Author:
    """Who acts, by which process, and why."""

    account: str
    process: Claimant
    reason: str


@dataclass(frozen=True, slots=True)
class LogEntry:
    """An action as the log shows it; `started` in seconds since 1970, `parameters` as JSON."""

    id: str
    started: int
    verb: str
    account: str
    host: str
    state: str
    jobs: int
    result: str
    reason: str
    parameters: str


def aim_at(job: TargetJob, memory_after: int | None = None) -> Aim:
    """A job as an action notes it."""
    place = (job.schedd, job.cluster, job.proc)
    return Aim(job.dbid, job.attempt, job.step, *place, job.status, job.entered, job.memory_asked, memory_after)


def intend(database: Database, verb: str, aims: Sequence[Aim], author: Author, parameters: Mapping[str, Any]) -> Action:
    """Write down what is to be done; the action has the jobs that are as they were seen, and in no other open one."""
    action = str(uuid.uuid4())
    rows = [asdict(aim) for aim in aims]

    def work(tx: Transaction) -> list[Aim]:
        tx.one("lock_claims", lock=_LOCK)
        about = {"account": author.account, "reason": author.reason, "parameters": json.dumps(parameters)}
        tx.run("intend_action", action=action, verb=verb, **about, **asdict(author.process))
        for chunk in chunks_of(rows, _ROWS):
            tx.run("intend_jobs", action=action, rows=chunk)
        tx.run("count_action", action=action)
        return _aims(tx, action)

    def committed(tx: Transaction) -> list[Aim] | None:
        return _aims(tx, action) if tx.one("action_exists", action=action) else None

    return Action(action, verb, parameters, tuple(database.write(work, committed)))


def dead_actions(database: Database, me: Claimant) -> list[Action]:
    """The open actions whose process is no more; who is elsewhere has an hour."""

    def work(tx: Transaction) -> list[Action]:
        found = []
        for action, verb, host, pid, boot_id, start, left, parameters in list(tx.rows("open_actions")):
            if not Claimant(host, pid, boot_id, start).liveness(me, left).alive:
                found.append(Action(action, verb, json.loads(parameters), tuple(_aims(tx, action))))
        return found

    return database.read(work)


def changed(database: Database, action: Action) -> int:
    """How many jobs of an action are no longer as they were."""
    found = database.read(lambda tx: tx.one("changed_action_jobs", action=action.id))
    return int(found[0]) if found else 0


def close(database: Database, action: Action, result: str) -> None:
    """Close an action; jobs that went on with other memory begin a new step of their attempt."""

    def work(tx: Transaction) -> None:
        if any(aim.memory_after is not None for aim in action.aims):
            tx.run("climb_attempts", action=action.id)
            tx.run("restore_steps", action=action.id)
        tx.run("finish_action", action=action.id, result=result)

    database.write(work)


def log(
    database: Database, verb: str | None = None, since: int | None = None, dbids: Sequence[int] = ()
) -> list[LogEntry]:
    """The actions of a verb, since a time (seconds since 1970), on any of some jobs; oldest first."""
    every = int(not dbids)
    return database.read(
        lambda tx: [
            LogEntry(*row)
            for row in tx.rows("logged_actions", verb=verb, since=since, all_dbids=every, dbids=list(dbids))
        ]
    )


def _aims(tx: Transaction, action: str) -> list[Aim]:
    return [Aim(*row) for row in tx.rows("action_jobs", action=action)]
