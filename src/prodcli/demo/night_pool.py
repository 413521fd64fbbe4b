"""The pool of the bad night: it gives the jobs in the queue of the local batch their fates, and leaves what jobs leave.

Jobs leave their out and err files, a report, and, if all goes well, a staged output.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from prodcli.batch import DescribedJob
from prodcli.batch.local.batch import SCHEDD, LocalBatch
from prodcli.batch.local.queue_file import open_queue, transaction
from prodcli.db.queries import Queries
from prodcli.demo.night_fates import EVENTS, Fate, NightJob, fate_of, machine_of
from prodcli.job_reports.report_files import report_path
from prodcli.resources import sql_file
from prodcli.rules.layout import Job, Layout
from prodcli.states import Queue


@dataclass(frozen=True)
class NightPool:
    """The queue, the layouts of rules by name, and the morning in seconds since 1970."""

    batch: LocalBatch
    layouts: Mapping[str, Layout]
    morning: int

    def work(self, submitted: int) -> None:
        """Give every idle job its fate; they were submitted so many seconds before the morning (negative)."""
        rows = [self._done(job, submitted) for job in self._idle()]
        sql = Queries(sql_file("demo/night_pool").read_text(), "sqlite")["end_job"]
        with closing(open_queue(self.batch.database)) as connection, transaction(connection) as change:
            connection.executemany(sql.sql, [sql.bind({**row, "change": change}) for row in rows])

    def _idle(self) -> Iterator[DescribedJob]:
        clusters = {cluster for cluster, _ in self.batch.living(SCHEDD)}
        found = self.batch.describe(SCHEDD, sorted(clusters))
        return (job for job in found if job.event.queue is Queue.IDLE)

    def _done(self, job: DescribedJob, submitted: int) -> dict[str, object]:
        """Leave the files of a job; returns its values in the queue."""
        fate = fate_of(NightJob(job.rule, job.run, job.segment, submitted), job.event.memory_asked or 0)
        began, since = self.morning + fate.started, self.morning + fate.since
        _write(Path(job.error), fate.said, since)
        _write(Path(job.output), f"run {job.run}, segment {job.segment} on {fate.node}\n", since)
        if fate.ended:
            outputs = [self._stage(job, since)] if fate.wrote else []
            _write(Path(report_path(job.output)), _report(job, fate, began, since, outputs), since)
        hold_code, hold_subcode = fate.hold or (None, None)
        spent = max(1, since - began)
        return {
            **{"cluster": job.event.cluster, "proc": job.event.proc, "status": int(fate.queue), "since": since},
            **{"node": f"slot1_{job.segment + 1}@{fate.node}", "started": began, "exit_code": fate.exit_code},
            **{"finished": since if fate.ended else None, "memory": fate.memory, "reason": fate.reason},
            **{"user_cpu": 0.9 * spent, "sys_cpu": 0.02 * spent},
            **{"hold_code": hold_code, "hold_subcode": hold_subcode},
        }

    def _stage(self, job: DescribedJob, made: int) -> dict[str, object]:
        """Stage out what a job made; returns its part of the report."""
        layout = self.layouts[job.rule]
        planned = Job(job.run, job.segment, 1, EVENTS)
        name = layout.filename(planned)
        text = f"demo DST {name}\nevents: {EVENTS}\nfirst event: {job.segment * EVENTS}\n"
        content = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
        first, last = job.segment * EVENTS, (job.segment + 1) * EVENTS - 1
        about = f"nevents:{EVENTS}:first:{first}:last:{last}:md5:{content}:size:{len(text)}:ctime:{made}"
        staged = Path(layout.value("outdir", layout.fields(planned))) / f"{name}:{about}:dbid:{job.event.dbid}"
        _write(staged, text, made)
        return {
            **{"lfn": name, "staged": str(staged), "events": EVENTS, "first": first, "last": last},
            **{"md5": content, "size": len(text), "ctime": made, "code": 0},
        }


def _write(path: Path, text: str, at: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (at, at))


def _report(job: DescribedJob, fate: Fate, began: int, ended: int, outputs: list[dict[str, object]]) -> str:
    report = {
        **{"version": 1, "dbid": job.event.dbid, "attempt": job.event.attempt, "start": 0},
        **{"began": _utc(began), "ended": _utc(ended), "exit_code": fate.exit_code, "wall": ended - began},
        **{"user_cpu": 0.9 * (ended - began), "sys_cpu": 0.02 * (ended - began), "memory_kb": 1024 * fate.memory},
        **{"events_in": EVENTS if fate.wrote else None, "events_out": EVENTS if fate.wrote else None},
        **{"messages": [], "phases": [], "outputs": outputs, "machine": machine_of(fate.node)},
    }
    return json.dumps(report)


def _utc(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
