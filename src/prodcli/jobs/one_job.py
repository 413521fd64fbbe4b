"""Find one job by what people have in hand: a row id, a job id of HTCondor, or one of its files."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Any

from prodcli.books.job_filter import JobFilter, parse_clusters
from prodcli.db import Database
from prodcli.errors import UsageError
from prodcli.jobs.attributes import ATTRIBUTES
from prodcli.jobs.question import JobQuestion
from prodcli.jobs.search import listed

Job = dict[str, Any]  # every attribute by its name
_JOB = re.compile(r"[0-9]{1,9}\.[0-9]{1,9}(?:@\S+)?")
_DBID = re.compile(r"[0-9]{1,9}")
_BESIDE = {
    ".out",
    ".err",
    ".condor",
    ".log",
    ".json",
    ".report",
    ".gz",
}  # suffixes of files that a job leaves beside its output


def find_job(database: Database, word: str) -> Job:
    """The job with a row id (`4711`), a job id (`4.217`, `4.217@schedd`), or a file; raises UsageError for none or several."""
    found = listed(database, _question(word), list(ATTRIBUTES), most=2)
    if not found:
        raise UsageError(f"the books have no job {word!r:.200}", todo=_hint(word))
    if len(found) > 1:
        ids = " or ".join(f"{word}@{one['schedd']}" for one in found)
        raise UsageError(f"several schedds have a job {word}", todo=ids)
    return found[0]


def _question(word: str) -> JobQuestion:
    if _DBID.fullmatch(word):
        return JobQuestion(JobFilter(dbids=[int(word)]))
    if _JOB.fullmatch(word):
        return JobQuestion(JobFilter(clusters=parse_clusters([word])))
    return JobQuestion(files=[output_of(word)])


def output_of(word: str) -> str:
    """The output of a job, from the path of the output or of a file that the job leaves: its log, err or out file."""
    name = PurePath(word).name
    while PurePath(name).suffix in _BESIDE:
        name = PurePath(name).stem
    return name if name.endswith(".root") else f"{name}.root"


def _hint(word: str) -> str:
    if _DBID.fullmatch(word):
        return f"is it a run or a cluster? prodcli jobs {word}, prodcli jobs --cluster {word}"
    return "a row id, a job like 4.217, or an output file; prodcli jobs lists jobs"
