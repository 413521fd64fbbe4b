"""Word from the job straight to the books, where a site wants it: PRODCLI_DIRECT_REPORTS holds an ODBC connection string.

Both statements write what a harvest would write. A failure is noted and fails nobody: the harvest learns all of it anyway.
"""

import os
import sys
import time

import prodcli_notes as notes
import prodcli_usage as usage

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing takes longer to load than many a tool to work
    from typing import Any, Dict, Sequence

_SECONDS = 30
_STARTED = """
UPDATE production_jobs SET status = 'running', substatus = '', started = CAST(? AS timestamptz), execution_node = ?
WHERE id = ? AND attempt = COALESCE(CAST(? AS int), attempt) AND status IN ('submitting', 'submitted', 'started', 'evicted')
"""
_ENDED = """
UPDATE production_jobs SET status = CAST(? AS prodstate), substatus = '', finished = CAST(? AS timestamptz), exitcode = ?,
    remoteusercpu = COALESCE(CAST(? AS float), remoteusercpu), remotesyscpu = COALESCE(CAST(? AS float), remotesyscpu),
    memoryusage = COALESCE(CAST(? AS int), memoryusage), diskusage = COALESCE(CAST(? AS int), diskusage)
WHERE id = ? AND attempt = COALESCE(CAST(? AS int), attempt) AND status NOT IN ('finished', 'failed')
"""


def started(dbid: int) -> None:
    """The job runs."""
    node = usage.job_ad().get("RemoteHost", os.uname().nodename).rpartition("@")[2]
    _tell(_STARTED, [_now(), node, dbid, _attempt()])


def ended(dbid: int, code: int, measured: "Dict[str, Any]") -> None:
    """The job has ended; measures that are None leave the books as they are."""
    memory = measured["memory_kb"]
    amounts = [measured["user_cpu"], measured["sys_cpu"], memory and -(-memory // 1024), measured["disk_kb"]]
    _tell(_ENDED, ["failed" if code else "finished", _now(), code, *amounts, dbid, _attempt()])


def _attempt() -> "Any":
    return os.environ.get("PRODCLI_ATTEMPT") or None


def _now() -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S+00", time.gmtime())


def _tell(statement: str, values: "Sequence[Any]") -> None:
    target = os.environ.get("PRODCLI_DIRECT_REPORTS")
    if not target:
        return
    try:
        import pyodbc  # type: ignore[import-not-found]

        connection = pyodbc.connect(target, timeout=_SECONDS)
        try:
            connection.execute(statement, values)
            connection.commit()
        finally:
            connection.close()
    except Exception as failure:  # noqa: BLE001 - whatever a driver raises: the job goes on
        print("prodcli: the books were not told:", failure, file=sys.stderr)
        notes.add("message", level="warning", text=("the books were not told: %s" % failure)[:2000])
