#!/usr/bin/env python3
"""`sphenixdbutils.py jobstarted|jobended`: notes for the report of the job, and word to the books where the site wants it."""

import argparse
import json
import os
import sys
from typing import Any, Dict, List

sys.path[:0] = filter(None, map(os.environ.get, ("PRODCLI_KIT", "SPHENIXPROD_SCRIPT_PATH")))
import prodcli_direct as direct  # noqa: E402
import prodcli_notes as notes  # noqa: E402

_MEASURES = ("user_cpu", "sys_cpu", "memory_kb", "disk_kb")


def main(words: List[str]) -> int:
    """The exit code."""
    options = _options(words)
    if options.dbid <= 0:
        print("sphenixdbutils.py: say --dbid or set PRODDB_DBID; it is", options.dbid, file=sys.stderr)
        return 2
    if options.command == "jobstarted":
        if not options.dryrun:
            direct.started(options.dbid)
        return 0
    reported = _reported()
    given = {name: getattr(options, name) for name in _MEASURES}
    measured = {name: reported.get(name) if value is None else value for name, value in given.items()}
    if not options.dryrun:
        notes.add("ended", exit_code=options.exit_code, **measured)
        direct.ended(options.dbid, options.exit_code, measured)
    return 0


def _reported() -> Dict[str, Any]:
    """The report of the job; empty if it is not written yet."""
    try:
        with open(os.environ.get("PRODCLI_REPORT") or "", encoding="utf-8") as file:
            return dict(json.load(file))
    except (OSError, ValueError):
        return {}


def _options(words: List[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sphenixdbutils.py", description=__doc__)
    parser.add_argument("-v", "--verbose", action="count", default=0)
    commands = parser.add_subparsers(dest="command", metavar="jobstarted|jobended")
    commands.required = True
    for name in ("jobstarted", "jobended"):
        command = commands.add_parser(name)
        command.add_argument("--dbid", type=int, default=int(os.environ.get("PRODDB_DBID") or -1))
        command.add_argument("-n", "--dryrun", action="store_true", help="note and tell nothing")
    command.add_argument("--exit-code", type=int, default=0)
    command.add_argument("--user-cpu", type=float, help="seconds")
    command.add_argument("--sys-cpu", type=float, help="seconds")
    command.add_argument("--memory-kb", type=int)
    command.add_argument("--disk-kb", type=int)
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
