"""Reports as jobs write them, and scripts of jobs that write one."""

import json
from typing import Any

REPORT: dict[str, Any] = {
    "version": 1,
    "cluster": 12,
    "proc": 0,
    "start": 1,
    "began": "2026-11-29T12:00:00Z",
    "ended": "2026-11-29T12:10:00Z",
    "exit_code": 0,
    "signal": None,
    "user_cpu": 500.5,
    "sys_cpu": 20,
    "wall": 600.25,
    "memory_kb": 2_000_000,
    "disk_kb": 3_000_000_000,
    "events_in": 1000,
    "events_out": 990,
    "bytes_in": 5_000_000_000,
    "bytes_out": 4_000_000_000,
    "phases": [
        {
            "name": "prep",
            "began": "2026-11-29T12:00:00Z",
            "wall": 10,
            "user_cpu": 1.5,
            "sys_cpu": 0.5,
            "memory_kb": 1000,
        },
        {"name": "run", "began": "2026-11-29T12:00:10Z", "wall": 580.5, "user_cpu": 499, "sys_cpu": 19.5},
    ],
    "messages": [
        {"at": "2026-11-29T12:05:00Z", "level": "warning", "text": "few hits"},
        {"at": "2026-11-29T12:06:00Z", "level": "error", "text": "the magnet tripped"},
    ],
    "quality": {"hits": 7},
    "outputs": [
        {
            "lfn": "DST_A-00000001-00000.root",
            "staged": "/big/DST_A-00000001-00000.root:nevents:990:first:1:last:990:md5:abc:dbid:5",
            "events": 990,
            "first": 1,
            "last": 990,
            "md5": "abc",
            "size": 4_000_000_000,
            "ctime": 1_790_000_000,
            "code": 0,
        },
        {"lfn": "HIST_*.root", "staged": None, "code": 30},
    ],
    "machine": {
        "cpu": "Fast 9000",
        "cores": 64,
        "os": "Alma 9",
        "site": "BNL",
        "host": "spool0042",
        "address": "10.1.2.3",
    },
}


def report_text(dbid: int, attempt: int = 1, **values: Any) -> str:
    """The report of a job, with other values."""
    return json.dumps({**REPORT, "dbid": dbid, "attempt": attempt, **values})


def writing_script(text: str = "", last: str = "true") -> str:
    """The script of a job that writes a report of its own dbid beside its log, and then does something."""
    report = text or report_text(4711).replace("4711", "DBID", 1)
    return (
        "#!/bin/sh\n"
        f"cat > \"${{16}}/${{15}}.report.part\" <<'END'\n{report}\nEND\n"
        'sed "s/DBID/${18}/" "${16}/${15}.report.part" > "${16}/${15}.report.json"\n'
        f"{last}\n"
    )
