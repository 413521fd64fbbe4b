"""Submit jobs to the queue of the local batch."""

import json
from pathlib import Path

from prodcli.batch import Intake
from prodcli.batch.description import expand
from prodcli.batch.local.rendered import MAX_PROCS, read_submission
from prodcli.batch.local.schedd import SCHEDD, LocalSchedd, now, require_local
from prodcli.states import Queue

_SUBMITTED_ON_HOLD = 15

_ADD_CLUSTER = "INSERT INTO clusters (claim, batch_name, procs, folder, commands) VALUES (?, ?, ?, ?, ?)"
_ADD_JOB = """
    INSERT INTO jobs (cluster, proc, dbid, attempt, priority, memory_asked, item, status, since, change,
        hold_reason, hold_code, hold_subcode)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""


class SubmitToQueue(LocalSchedd):
    """Submissions to the queue."""

    def loads(self) -> dict[str, float]:
        """No load: there is only one schedd."""
        return {SCHEDD: 0.0}

    def intake(self, schedd: str) -> Intake:
        """Everything at once: a row of the queue's file costs next to nothing."""
        return Intake(MAX_PROCS, retries_memory=True)

    def submit(self, schedd: str, description: Path) -> int:
        """Queue all jobs of a rendered description, or none; the items file is not needed afterwards."""
        require_local(schedd)
        new = read_submission(description)
        held = (Queue.HELD, "submitted on hold at user's request", _SUBMITTED_ON_HOLD, 0)
        status, *why = held if new.on_hold else (Queue.IDLE, None, None, None)
        name = expand(new.commands.get("batch_name", ""), new.commands).strip('"')
        about = (new.claim, name, len(new.items), str(Path.cwd()), json.dumps(new.commands))
        with self._writing() as (connection, change):
            cluster = connection.execute(_ADD_CLUSTER, about).lastrowid
            assert cluster is not None
            connection.executemany(
                _ADD_JOB,
                (
                    (cluster, proc, *numbers, json.dumps(item), status, now(), change, *why)
                    for proc, (item, numbers) in enumerate(zip(new.items, new.jobs, strict=True))
                ),
            )
        return cluster
