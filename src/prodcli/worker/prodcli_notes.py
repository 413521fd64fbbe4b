"""Notes that the tools of a job leave for its report: a line of JSON each, in a hidden folder of the scratch folder."""

import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing takes longer to load than many a tool to work
    from typing import Any, Dict, List

    Note = Dict[str, Any]


def folder() -> str:
    """The folder of the notes of this job."""
    scratch = os.environ.get("_CONDOR_SCRATCH_DIR") or "."
    return os.environ.get("PRODCLI_NOTES") or os.path.join(scratch, ".prodcli")


def _file() -> str:
    return os.path.join(folder(), "notes")


def add(kind: str, **fields: "Any") -> None:
    """Append a note; a note that cannot be written is told on stderr and fails nobody.

    Each note begins with its line feed, so that one which was cut short spoils no other.
    """
    line = "\n" + _line(dict({"at": time.time()}, **fields, kind=kind))
    try:
        os.makedirs(folder(), exist_ok=True)
        file = os.open(_file(), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(file, line.encode())
        finally:
            os.close(file)
    except OSError as failure:
        print("prodcli: a note is lost:", failure, file=sys.stderr)


def _line(note: "Note") -> str:
    """A note as JSON; bytes of a file name that are no UTF-8 become question marks."""
    if not all(map(_is_plain, note.values())):
        import json

        told = {
            name: value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
            for name, value in note.items()
        }
        return json.dumps(told, allow_nan=False)
    return "{%s}" % ", ".join('"%s": %s' % (name, _plain(value)) for name, value in note.items())


def _is_plain(value: "Any") -> bool:
    """Most notes hold nothing that JSON writes in another way than Python; json takes longer to load than they to write."""
    if isinstance(value, str):
        return value.isprintable() and not {'"', "\\"} & set(value) and all(letter < "\x7f" for letter in value)
    return value is None or type(value) in (int, float)


def _plain(value: "Any") -> str:
    return "null" if value is None else '"%s"' % value if isinstance(value, str) else repr(value)


def read() -> "List[Note]":
    """All notes in the order in which they were written; lines that are no notes are passed over."""
    import json

    notes = []
    for line in _lines():
        try:
            note = json.loads(line)
        except ValueError:
            continue
        if isinstance(note, dict) and "kind" in note and isinstance(note.get("at"), (int, float)):
            notes.append(note)
    return notes


def _lines() -> "List[str]":
    try:
        with open(_file(), encoding="utf-8", errors="replace") as file:
            return file.read().splitlines()
    except OSError:
        return []
