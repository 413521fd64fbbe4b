"""Signs of life of the running jobs of the local batch: CPU by the process table, outputs by their files, events as jobs tell.

A job may write `Name = number` lines to the file that `PRODCLI_TOLD` names in its environment; HTCondor has condor_chirp
for that.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from prodcli.batch import JobEvent, ProcId
from prodcli.batch.description import expand
from prodcli.batch.event_limits import EVENTS
from prodcli.batch.local.process import Process, family, process_table
from prodcli.errors import BatchError
from prodcli.states import Queue

VARIABLE = "PRODCLI_TOLD"
_RUNNING = """
    SELECT cluster, proc, pid, born, item, commands, folder, (SELECT scratch FROM queue) AS scratch
    FROM jobs JOIN clusters USING (cluster) WHERE status = 2 AND pid > 0"""
_LINE = re.compile(r"(?m)^(\w{1,60}) = (\d{1,19})$")
_MOST_BYTES = 4_000
_MOST_FILES = 1_000  # of a scratch folder that are looked at


@dataclass(frozen=True, slots=True)
class _Signs:
    """The signs of a job; CPU in seconds, `changed` in seconds since 1970."""

    cpu: float | None
    done: int | None
    total: int | None
    changed: int | None


def told_file(scratch: Path) -> Path:
    """The file in which a job tells numbers: beside its scratch folder, which is the job's own."""
    return scratch.with_name(f"{scratch.name}.told")


def with_signs(events: Iterable[JobEvent], connection: sqlite3.Connection) -> list[JobEvent]:
    """Events of jobs, those of running jobs with their signs of life."""
    found = list(events)
    if not any(event.queue is Queue.RUNNING for event in found):
        return found
    table = process_table()
    signs = {(row["cluster"], row["proc"]): _signs(row, table) for row in connection.execute(_RUNNING).fetchall()}
    return [_with(event, signs) for event in found]


def _with(event: JobEvent, signs: Mapping[ProcId, _Signs]) -> JobEvent:
    sign = signs.get((event.cluster, event.proc)) if event.queue is Queue.RUNNING else None
    if sign is None:
        return event
    cpu = {"user_cpu": sign.cpu, "sys_cpu": None}
    return replace(event, **cpu, events_done=sign.done, events_total=sign.total, output_changed=sign.changed)  # type: ignore[arg-type]


def _signs(row: sqlite3.Row, table: Mapping[int, Process]) -> _Signs:
    scratch = Path(row["scratch"] or os.devnull) / f"{row['cluster']}.{row['proc']}"
    told = _told(told_file(scratch))
    return _Signs(
        _cpu(row, table),
        told.get("ChirpProdcliEventsDone"),
        told.get("ChirpProdcliEventsTotal"),
        max(_changes([*_outputs(row), *_files(scratch)]), default=None),
    )


def _cpu(row: sqlite3.Row, table: Mapping[int, Process]) -> float | None:
    """The CPU of a job's processes; None if its first process has ended."""
    leader = table.get(row["pid"])
    if leader is None or leader.born != row["born"]:
        return None
    return sum(table[pid].cpu for pid in family({row["pid"]}, table))


def _told(file: Path) -> dict[str, int]:
    """What a job told; a number that the books cannot hold was not told."""
    try:
        with file.open(errors="replace") as stream:
            pairs = _LINE.findall(stream.read(_MOST_BYTES))
    except OSError:
        return {}
    return {name: int(number) for name, number in pairs if int(number) <= EVENTS.high}


def _outputs(row: sqlite3.Row) -> Iterator[str]:
    """Where the stdout and the stderr of a job go."""
    commands = json.loads(row["commands"])
    ids = {"cluster": row["cluster"], "clusterid": row["cluster"], "process": row["proc"], "procid": row["proc"]}
    macros = {**commands, **json.loads(row["item"]), **{name: str(number) for name, number in ids.items()}}
    for command in ("output", "error"):
        try:
            folder = Path(row["folder"]) / expand(commands.get("initialdir", ""), macros)
            name = expand(commands.get(command, ""), macros)
        except (BatchError, ValueError):
            continue
        if name:
            yield str(folder / name)


def _files(scratch: Path) -> Iterator[str]:
    """The files of a scratch folder, without hidden ones."""
    try:
        with os.scandir(scratch) as entries:
            for number, entry in enumerate(entries):
                if number >= _MOST_FILES:
                    return
                if not entry.name.startswith("."):
                    yield entry.path
    except OSError:
        return


def _changes(paths: Iterable[str]) -> Iterator[int]:
    """When plain files were changed last, in seconds since 1970."""
    for path in paths:
        try:
            yield int(os.lstat(path).st_mtime)
        except OSError:
            continue
