"""The end of a file of a job for the screen, and what is known of the job above it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prodcli.errors import one_line
from prodcli.jobs.log_files import FoundLines, JobFile, read_files
from prodcli.jobs.log_lines import Severity, Wanted
from prodcli.secrets import hide_secrets
from prodcli.time_text import ago

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from prodcli.cli.live.lines_view import Line
    from prodcli.jobs.log_files import RunningOutput
    from prodcli.live.snapshot import FilesOfJob, JobLine

_TAIL = 1000  # lines
KINDS = ("out", "err", "log")


@dataclass(frozen=True)
class LogQuestion:
    """Which file of a job is read."""

    dbid: int
    kind: str
    files: FilesOfJob


@dataclass(frozen=True)
class LogReader:
    """Reads the ends of files, from disk, from the copies of the site, or from the schedd of a running job."""

    copies: Sequence[str]
    ask: RunningOutput

    def __call__(self, wanted: LogQuestion) -> FoundLines:
        """The last lines of a file, or why there are none."""
        files = wanted.files
        path, runs = getattr(files, wanted.kind), files.status == "running"
        one = JobFile(wanted.dbid, wanted.kind, path, files.schedd, files.cluster, files.proc, runs)
        return next(read_files([one], Wanted(_TAIL), self.copies, self.ask))


def log_lines(found: FoundLines, text: str) -> list[Line]:
    """The lines of a file in which a text stands, errors in red."""
    styles = {Severity.ERROR: "bold red", Severity.WARNING: "yellow"}
    if found.trouble:
        return [(f"({one_line(found.trouble)})", "yellow")]
    wanted = text.casefold()
    shown = [(hide_secrets(line.text), styles.get(line.severity, "")) for line in found.lines]
    return [line for line in shown if wanted in line[0].casefold()] or [("(no line)", "dim")]


def job_lines(job: JobLine | None, place: str, zone: tzinfo) -> list[str]:
    """What stands above the lines of a file: the job, why it is held or failed, and the path."""
    if job is None:
        return ["the books do not have the job any more"]
    since = "" if job.since is None else f" since {ago(job.since, int(time.time()), zone)}"
    facts = [("on", job.node), ("asked MB", job.memory_asked), ("used MB", job.memory_used), ("exit", job.exit_code)]
    known = ", ".join(f"{word} {value}" for word, value in facts if value is not None)
    lines = [f"job {job.dbid} ({job.job}): {job.state or 'unknown'}{since}, {known}".rstrip(", ")]
    if job.reason or job.hold_code:
        lines.append(f"{job.hold_code or ''} {job.reason or ''}".strip())
    return [one_line(line) for line in [*lines, place] if line]
