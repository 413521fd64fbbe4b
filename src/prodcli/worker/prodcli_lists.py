"""The input lists of a job, made from what came with it; no database is asked."""

import collections
import os
import sys

import prodcli_notes as notes
import prodcli_usage as usage

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing takes longer to load than many a tool to work
    from typing import Callable, Iterable, List, Optional, Sequence

USAGE, NOTHING_FOUND = 2, 10
_HEADER, _VERSION = "#prodcli-lists", "1"
_TRIGGER = "gl1daq"
_SWITCHES = ("allsegsfromdb", "seg0fromdb")
Input = collections.namedtuple("Input", "dsttype segment filename path md5 size host")


class ListsError(Exception):
    """There is no list to read; the code is what the tool ends with."""

    def __init__(self, text: str, code: int = NOTHING_FOUND) -> None:
        super().__init__(text)
        self.code = code


def run(maker: "Callable[[Sequence[str]], None]", words: "Sequence[str]") -> int:
    """Make lists; the exit code."""
    with usage.span("stage-in"):
        try:
            maker(words)
        except ListsError as failure:
            print(failure, file=sys.stderr)
            notes.add("message", level="error", text=str(failure)[:2000])
            return failure.code
    return 0


def lists_of_host(words: "Sequence[str]") -> None:
    """`create_filelist_run_daqhost.py RUN HOST allsegsfromdb|seg0fromdb`; raises ListsError."""
    if len(words) != 3 or words[2] not in _SWITCHES:
        raise ListsError("create_filelist_run_daqhost.py wants RUN HOST %s" % "|".join(_SWITCHES), USAGE)
    run_number = _number(words[0], "run")
    rows = read(run_number)
    wanted = [row for row in rows if words[2] == "allsegsfromdb" or row.segment == 0]
    hosts = {host: _sorted(row for row in wanted if row.dsttype == host) for host in (words[1], _TRIGGER)}
    if not any(hosts.values()):
        raise ListsError("no raw file of %s or %s in the lists of run %d" % (words[1], _TRIGGER, run_number))
    for host, found in hosts.items():
        if found:
            _write("%s.list" % host, [row.filename for row in found])
            _note("%s.list" % host, found)


def lists_of_segment(words: "Sequence[str]") -> None:
    """`create_full_filelist_run_seg.py DATASET INTRIPLET TYPES RUN SEGMENT`; raises ListsError."""
    if len(words) != 5:
        raise ListsError("create_full_filelist_run_seg.py wants DATASET INTRIPLET TYPES RUN SEGMENT", USAGE)
    for name in ("infile.list", "infile_paths.list"):
        if os.path.exists(name):
            os.unlink(name)
    run_number, segment = _number(words[3], "run"), _number(words[4], "segment")
    rows = read(run_number, words[0], words[1])
    found = _sorted(row for row in rows if row.segment == segment and row.dsttype in words[2].split(","))
    if not found:
        raise ListsError("no input of run %d, segment %d in the lists of this job" % (run_number, segment))
    _write("infile.list", [row.filename for row in found])
    _write("infile_paths.list", [" ".join(word or "-" for word in row[3:]) for row in found])
    _note("infile.list", found)


def read(run_number: int, dataset: "Optional[str]" = None, triplet: "Optional[str]" = None) -> "List[Input]":
    """The inputs of a run; raises ListsError where there are none of that dataset and triplet."""
    folder = os.environ.get("PRODCLI_LISTS")
    if not folder:
        raise ListsError("PRODCLI_LISTS does not name the folder of the lists")
    path = os.path.join(folder, "%08d.tsv" % run_number)
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            lines = file.read().split("\n")
    except OSError as failure:
        raise ListsError("no lists of run %d: %s" % (run_number, failure)) from failure
    header = lines[0].split("\t")
    if header[:2] != [_HEADER, _VERSION] or len(header) != 4:
        raise ListsError("%s begins with %r; lists of version %s are wanted" % (path, lines[0][:80], _VERSION), USAGE)
    if dataset is not None and header[2:] != [dataset, triplet]:
        raise ListsError("%s is about %s %s, not %s %s" % (path, header[2], header[3], dataset, triplet))
    return [_row(line, path) for line in lines[1:] if line]


def _row(line: str, path: str) -> Input:
    words = line.split("\t")
    if len(words) != len(Input._fields) or not words[1].isdigit():
        raise ListsError("%s has a line of another kind: %r" % (path, line[:200]), USAGE)
    return Input(words[0], int(words[1]), *words[2:])


def _number(text: str, name: str) -> int:
    if not text.isdigit():
        raise ListsError("%s is to be a number, not %r" % (name, text), USAGE)
    return int(text)


def _sorted(rows: "Iterable[Input]") -> "List[Input]":
    return sorted(rows, key=lambda row: row.filename)


def _write(name: str, lines: "Sequence[str]") -> None:
    unfinished = ".%s.part" % name
    with open(unfinished, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write("".join(line + "\n" for line in lines))
    os.rename(unfinished, name)
    print("%s: %d files" % (name, len(lines)))


def _note(name: str, rows: "Sequence[Input]") -> None:
    notes.add("inputs", list=name, files=len(rows), bytes=sum(int(row.size) for row in rows if row.size.isdigit()))
