"""Notes that the tools of a job leave for its report: a line of JSON each, in a hidden folder of the scratch folder."""

import json
import os
import sys
import time
from typing import Any, Dict, List

Note = Dict[str, Any]


def folder() -> str:
    """The folder of the notes of this job."""
    scratch = os.environ.get("_CONDOR_SCRATCH_DIR") or "."
    return os.environ.get("PRODCLI_NOTES") or os.path.join(scratch, ".prodcli")


def _file() -> str:
    return os.path.join(folder(), "notes")


def add(kind: str, **fields: Any) -> None:
    """Append a note; a note that cannot be written is told on stderr and fails nobody.

    Each note begins with its line feed, so that one which was cut short spoils no other.
    """
    told = {name: _readable(value) for name, value in fields.items()}
    line = "\n" + json.dumps(dict({"at": time.time()}, **told, kind=kind), allow_nan=False)
    try:
        os.makedirs(folder(), exist_ok=True)
        file = os.open(_file(), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(file, line.encode())
        finally:
            os.close(file)
    except OSError as failure:
        print("prodcli: a note is lost:", failure, file=sys.stderr)


def _readable(value: Any) -> Any:
    """Bytes of a file name that are no UTF-8 become question marks."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def read() -> List[Note]:
    """All notes in the order in which they were written; lines that are no notes are passed over."""
    notes = []
    for line in _lines():
        try:
            note = json.loads(line)
        except ValueError:
            continue
        if isinstance(note, dict) and "kind" in note and isinstance(note.get("at"), (int, float)):
            notes.append(note)
    return notes


def _lines() -> List[str]:
    try:
        with open(_file(), encoding="utf-8", errors="replace") as file:
            return file.read().splitlines()
    except OSError:
        return []
