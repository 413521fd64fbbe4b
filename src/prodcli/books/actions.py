"""The record of what people do to jobs in the queues: who, when, why, which jobs.

An action is written before the work (`intended`), and closed (`done`) when the books have the outcome. A job is in at
most one open action, so that two people never change it at the same time.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from prodcli.books.claimant import Claimant
from prodcli.books.job_filter import BookedJob, escaped
from prodcli.db import chunks_of
from prodcli.errors import ProdError
from prodcli.verbs import Verb, logged_name, logged_verb

if TYPE_CHECKING:
    from prodcli.batch import ProcId
    from prodcli.books.claims import Seen
    from prodcli.db import Database, Transaction

_ROWS = 5_000  # jobs per statement
_LOCK = "prodcli actions"


@dataclass(frozen=True, slots=True)
class Target:
    """A job of an action, with its state before the action; memory in MB, `memory_after` None if unchanged."""

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
        """Cluster and proc as users of HTCondor write them."""
        return self.cluster, self.proc


@dataclass(frozen=True)
class Action:
    """An open or closed action on jobs."""

    id: str
    verb: Verb
    parameters: Mapping[str, Any]
    targets: tuple[Target, ...]
    outputs: tuple[str, ...] = ()  # file names, where it is not about jobs in queues
    progress: str = ""  # how far a dead process came with it, in words

    @property
    def jobs(self) -> int:
        """The number of jobs or outputs of the action."""
        return len(self.targets) + len(self.outputs)

    @property
    def by_schedd(self) -> dict[str, list[Target]]:
        """The jobs of each schedd."""
        found: dict[str, list[Target]] = {}
        for target in self.targets:
            found.setdefault(target.schedd, []).append(target)
        return found


@dataclass(frozen=True, slots=True)
class Author:
    """Who acts, by which process, and the reason."""

    account: str
    process: Claimant
    reason: str


class _OpenAction(NamedTuple):
    """A row of an open action: its process, and the seconds that a process elsewhere still has."""

    id: str
    verb: str
    host: str
    pid: int
    boot_id: str
    process_start: str
    seconds_left: int
    parameters: str
    progress: str


@dataclass(frozen=True, slots=True)
class LogEntry:
    """An action in the log; `started` in seconds since 1970."""

    id: str
    started: int
    verb: str
    account: str
    host: str
    state: str
    jobs: int
    result: str
    reason: str
    parameters: Mapping[str, Any]


class Subject(NamedTuple):
    """A tag and a dsttype of the jobs of an action."""

    action: str
    tag: str
    dsttype: str


def target_of(job: BookedJob, memory_after: int | None = None) -> Target:
    """A booked job as a target of an action."""
    place = (job.schedd, job.cluster, job.proc)
    return Target(job.dbid, job.attempt, job.step, *place, job.status, job.entered, job.memory_asked, memory_after)


def intend(
    database: Database, verb: Verb, targets: Sequence[Target], author: Author, parameters: Mapping[str, Any]
) -> Action:
    """Write an action before its work.

    It gets the jobs that are unchanged since they were seen, and in no other open action.
    """
    action = str(uuid.uuid4())
    rows = [asdict(target) for target in targets]

    def work(tx: Transaction) -> list[Target]:
        _intend(tx, action, verb, author, parameters)
        for chunk in chunks_of(rows, _ROWS):
            tx.run("intend_jobs", action=action, rows=chunk)
        tx.run("count_action", action=action)
        return _targets(tx, action)

    def committed(tx: Transaction) -> list[Target] | None:
        return _targets(tx, action) if tx.one("action_exists", action=action) else None

    return Action(action, verb, parameters, tuple(database.write(work, committed)))


def intend_outputs(
    database: Database,
    verb: Verb,
    outputs: Mapping[str, Seen | None],
    author: Author,
    parameters: Mapping[str, Any],
    batch_name: str = "",
) -> Action:
    """Write an action on outputs, by file name with the row that was seen; while it is open nobody else claims them.

    The action gets outputs whose row has the same attempt, or is still missing, and which no pass is submitting. With a
    `batch_name` no claim of this name is made at the same time.
    """
    action = str(uuid.uuid4())
    rows = [
        {"filename": name, "dbid": seen and seen.dbid, "attempt": seen and seen.attempt}
        for name, seen in sorted(outputs.items())
    ]

    def work(tx: Transaction) -> list[str]:
        if batch_name:
            tx.one("lock_claims", lock=batch_name)
        _intend(tx, action, verb, author, parameters)
        for chunk in chunks_of(rows, _ROWS):
            tx.one("lock_rows", rows=[{"id": row["dbid"]} for row in chunk if row["dbid"]])
            tx.run("intend_outputs", action=action, rows=chunk)
        tx.run("count_action", action=action)
        return _outputs(tx, action)

    def committed(tx: Transaction) -> list[str] | None:
        return _outputs(tx, action) if tx.one("action_exists", action=action) else None

    return Action(action, verb, parameters, (), tuple(database.write(work, committed)))


def progressed(database: Database, action: Action, how_far: str) -> None:
    """Write how far an action has come; raises ProdError if another process closed the action as broken off."""
    if not database.write(lambda tx: tx.run("touch_action", action=action.id, result=how_far)):
        raise ProdError(
            "another process closed this action as broken off",
            where=f"action {action.id}",
            todo="run the command again",
        )


def close_dead_outputs(database: Database, me: Claimant) -> list[Action]:
    """Close actions on outputs whose process is dead, so that these outputs can be claimed again."""
    dead = [action for action in dead_actions(database, me) if action.outputs]
    for action in dead:
        close(database, action, in_words(action, changed(database, action), "interrupted"))
    return dead


def in_words(action: Action, count: int, trouble: str = "") -> str:
    """The outcome of an action in words, by the number of changed jobs."""
    what = "outputs" if action.outputs else "jobs"
    words = f"{action.jobs} jobs" if not action.verb.changes_states else f"{count} of {action.jobs} {what} changed"
    return ": ".join(filter(None, (trouble, action.progress, words)))


def dead_actions(database: Database, me: Claimant) -> list[Action]:
    """Open actions whose process is dead; a process on another host counts as dead after an hour."""

    def work(tx: Transaction) -> list[Action]:
        found = []
        for one in list(tx.rows_as(_OpenAction, "open_actions")):
            if not Claimant(one.host, one.pid, one.boot_id, one.process_start).liveness(me, one.seconds_left).alive:
                jobs, outputs = tuple(_targets(tx, one.id)), tuple(_outputs(tx, one.id))
                said = json.loads(one.parameters)
                found.append(Action(one.id, logged_verb(one.verb, said), said, jobs, outputs, one.progress))
        return found

    return database.read(work)


def changed(database: Database, action: Action) -> int:
    """The number of jobs of an action that changed since; for outputs, with another attempt or no row."""
    query = "changed_action_outputs" if action.outputs else "changed_action_jobs"
    return int(database.read(lambda tx: tx.value(query, action=action.id)))


def new_clusters(database: Database, action: Action) -> dict[str, tuple[int, ...]]:
    """The clusters of the newer attempts of its jobs, by schedd."""
    found: dict[str, tuple[int, ...]] = {}
    for schedd, cluster in database.read(lambda tx: list(tx.rows("new_clusters", action=action.id))):
        found[schedd] = (*found.get(schedd, ()), cluster)
    return found


def close(database: Database, action: Action, result: str) -> None:
    """Close an action; jobs that go on with other memory begin a new step of their attempt."""

    def work(tx: Transaction) -> None:
        if action.verb.changes_requests and any(target.memory_after is not None for target in action.targets):
            tx.run("climb_attempts", action=action.id)
            tx.run("restore_steps", action=action.id)
        tx.run("finish_action", action=action.id, result=result)

    database.write(work)


def note(
    database: Database, verb: str, author: Author, parameters: Mapping[str, Any], result: str, jobs: int = 0
) -> None:
    """Write an action that is done already, for the log; while it was done, no job had to be kept from others."""
    about = {"account": author.account, "reason": author.reason, "parameters": json.dumps(parameters)}
    values = {"action": str(uuid.uuid4()), "verb": verb, "jobs": jobs, "result": result}
    database.write(lambda tx: tx.run("note_action", **values, **about, **asdict(author.process)))


def log(
    database: Database,
    verb: str | None = None,
    since: int | None = None,
    dbids: Sequence[int] = (),
    tags: Sequence[str] = (),
) -> list[LogEntry]:
    """The actions of a verb, since a time (seconds since 1970), on any of some jobs, about any of some tags; oldest first."""
    wanted: dict[str, object] = {"verb": None if verb is None else logged_name(verb), "since": since}
    wanted |= {"all_dbids": int(not dbids), "dbids": list(dbids)}
    patterns = [{"pattern": f"%{escaped(json.dumps(tag))}%"} for tag in tags]
    wanted |= {"any_tag": int(not tags), "tags": list(tags), "patterns": patterns}
    return database.read(lambda tx: list(tx.rows_as(_log_entry, "logged_actions", **wanted)))


def logged_verbs(database: Database) -> list[str]:
    """The verbs of all actions, as the log has them."""
    return database.read(lambda tx: [str(verb) for verb in tx.column("logged_verbs")])


def _log_entry(parameters: str, **rest: Any) -> LogEntry:
    return LogEntry(parameters=json.loads(parameters), **rest)


def subjects(database: Database, entries: Sequence[LogEntry]) -> dict[str, list[Subject]]:
    """The tags and dsttypes that some actions are about, by action."""
    found: dict[str, list[Subject]] = {}

    def work(tx: Transaction) -> list[Subject]:
        chunks = chunks_of([entry.id for entry in entries], _ROWS)
        return [row for chunk in chunks for row in tx.rows_as(Subject, "action_subjects", actions=chunk)]

    for row in database.read(work):
        found.setdefault(row.action, []).append(row)
    return found


def _intend(tx: Transaction, action: str, verb: Verb, author: Author, parameters: Mapping[str, Any]) -> None:
    tx.one("lock_claims", lock=_LOCK)
    about = {"account": author.account, "reason": author.reason, "parameters": json.dumps(parameters)}
    tx.run("intend_action", action=action, verb=verb.logged, **about, **asdict(author.process))


def _outputs(tx: Transaction, action: str) -> list[str]:
    return list(tx.column("action_outputs", action=action))


def _targets(tx: Transaction, action: str) -> list[Target]:
    return list(tx.rows_as(Target, "action_jobs", action=action))
