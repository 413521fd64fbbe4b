"""Lines of the files of jobs on a screen: a heading for each file, errors in red."""

from __future__ import annotations

import os
import sys
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from prodcli.cli.options import Style
from prodcli.errors import PartlyDone, UsageError, one_line
from prodcli.jobs.log_lines import Severity
from prodcli.secrets import hide_secrets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.cli.context import Session
    from prodcli.jobs.log_files import FoundLines
    from prodcli.jobs.log_lines import LogLine, Wanted
    from prodcli.jobs.one_job import Job

_COLOURS = MappingProxyType({Severity.ERROR: "\x1b[1;31m", Severity.WARNING: "\x1b[33m"})
_END = "\x1b[0m"


def show_files(session: Session, jobs: Sequence[Job], kinds: Sequence[str], wanted: Wanted, style: Style) -> None:
    """Show the wanted lines of the files of jobs.

    Raises UsageError for CSV, and PartlyDone if none of the files can be read.
    """
    from prodcli.jobs.log_files import JobFile, read_files

    if style not in (Style.TABLE, Style.JSON):
        raise UsageError("lines have no such format", where="--format", todo="--format json")
    files = [
        JobFile(job["dbid"], kind, job[kind], job["schedd"], job["cluster"], job["proc"], job["status"] == "running")
        for job in jobs
        for kind in kinds
    ]
    found = []
    for one in read_files(files, wanted, session.site.log_copies, session.batch.running_output):
        found.append(one)
        if style is Style.TABLE:
            _show(one, wanted)
    if wanted.is_whole and found and not any(one.lines or one.trouble for one in found):
        session.say(f"no line of {len(found)} files matches")
    if style is Style.JSON:
        session.show_json([_data(one) for one in found])
    if found and all(one.trouble for one in found):
        raise PartlyDone("no file could be read", where=found[0].place, todo=found[0].trouble)


def _show(one: FoundLines, wanted: Wanted) -> None:
    if wanted.is_whole and not one.lines and not one.trouble:  # a search that finds nothing in a file
        return
    sys.stdout.write(f"==> {one.file.dbid} {one.file.kind}  {one_line(one.place)}\n")
    if one.trouble or not one.lines:
        sys.stdout.write(f"({one_line(one.trouble) or 'the file is empty'})\n")
    for line in one.lines:
        sys.stdout.write(_coloured(line) + "\n")


def _coloured(line: LogLine) -> str:
    number = f"{line.number}: " if line.number else ""
    text = hide_secrets(line.text)
    colour = _COLOURS.get(line.severity, "") if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else ""
    return f"{number}{colour}{text}{_END}" if colour else f"{number}{text}"


def _data(one: FoundLines) -> dict[str, Any]:
    lines = [
        {"number": line.number or None, "severity": line.severity.name.lower(), "text": line.text} for line in one.lines
    ]
    return {"dbid": one.file.dbid, "file": one.file.kind, "path": one.place, "trouble": one.trouble, "lines": lines}
