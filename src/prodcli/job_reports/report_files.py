"""Read the report files of jobs, side by side, as shared file systems are slow: small plain files and nothing else."""

import os
import stat
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from prodcli.job_reports.report import JobReport, parse_report

_MOST_BYTES = 1_000_000
_AT_ONCE = 8
_SUFFIX = ".out"


@dataclass(frozen=True, slots=True)
class DueReport:
    """An attempt whose report is to be read: the path of its stdout, and since how many seconds the books know its end.

    `current` is 0 if its job has another attempt by now, whose report may have taken the place of this one.
    """

    dbid: int
    attempt: int
    out: str | None
    age: int
    current: int


@dataclass(frozen=True, slots=True)
class FoundReport:
    """The report of a due attempt; `trouble` says why its file is refused. Neither if there is no file yet."""

    due: DueReport
    report: JobReport | None = None
    trouble: str = ""


def report_path(out: str) -> str:
    """The path of a job's report, from the path of its stdout."""
    return out.removesuffix(_SUFFIX) + ".report.json"


def read_files(due: Sequence[DueReport], until: float) -> list[FoundReport]:
    """Read the reports that there are; those that are not reached by a time of the monotonic clock are left out."""

    def read(one: DueReport) -> FoundReport | None:
        return _found(one) if time.monotonic() < until else None

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return [found for found in pool.map(read, due) if found is not None]


def _found(due: DueReport) -> FoundReport:
    if not due.out:
        return FoundReport(due, trouble="the books have no path of its stdout")
    path = report_path(due.out)
    try:
        return FoundReport(due, parse_report(_content(path).decode(), due.dbid, due.attempt))
    except (FileNotFoundError, NotADirectoryError):
        return FoundReport(due)
    except OSError as failure:
        return FoundReport(due, trouble=f"{path}: {failure.strerror or failure}")
    except ValueError as failure:
        why = "it is not UTF-8 text" if isinstance(failure, UnicodeDecodeError) else str(failure)
        return FoundReport(due, trouble=f"{path}: {why}")


def _content(path: str) -> bytes:
    """The bytes of a plain file; raises OSError for anything else, ValueError for too many bytes."""
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    try:
        about = os.fstat(fd)
        if not stat.S_ISREG(about.st_mode):
            raise ValueError("it is no plain file")
        if about.st_size > _MOST_BYTES:
            raise ValueError(f"it is larger than {_MOST_BYTES // 1_000_000} MB")
        with os.fdopen(os.dup(fd), "rb") as file:
            return file.read(_MOST_BYTES)
    finally:
        os.close(fd)
