"""Stage-out: a local file gets to its target whole or not at all, under the name that the spiders of the field read."""

import collections
import contextlib
import hashlib
import os
import signal
import stat
import sys
import time

import prodcli_notes as notes
import prodcli_usage as usage

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing takes longer to load than many a tool to work
    from typing import Any, Dict, List, Optional, Tuple

USAGE, NO_FILE, NOT_COPIED = 2, 30, 31
_CHUNK = 1 << 20
_TRIES = 3
_LONGEST_COUNT = 1800
_MACRO = "GetEntriesAndEventNr.C"
_PATTERN = set("*?[")
Events = collections.namedtuple("Events", "count first last")
Copied = collections.namedtuple("Copied", "md5 size ctime")
UNKNOWN = Events(-1, -1, -1)


class StageOutError(Exception):
    """A file cannot be staged out; the code is what the tool ends with."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


def run(words: "List[str]") -> int:
    """`stageout FILE DESTINATION [DBID]`: the exit code."""
    if len(words) not in (2, 3) or not all(words[:2]):
        problem = "stageout.sh wants FILE DESTINATION [DBID], and got: " + repr(words)
        notes.add("message", level="error", text=problem[:2000])
        print(problem, file=sys.stderr)
        return USAGE
    file, destination = words[:2]
    if _PATTERN & set(file) and not os.path.lexists(file):
        print("nothing is called", file)
        notes.add("message", level="info", text="no file to stage out: " + file)
        return 0
    return stage_out(file, destination, _row(words[2:]))


def run_all(words: "List[str]") -> int:
    """`stageout-all DESTINATION FILE...`: the largest of the exit codes; no file is fine."""
    return max((run([file, words[0]]) for file in words[1:]), default=0 if words else run(words))


def _row(given: "List[str]") -> str:
    """The row id in the books: the one that was given, unless it stands for none; -1 if there is none."""
    return next((word for word in (*given, os.environ.get("PRODDB_DBID", "")) if word.isdigit() and int(word)), "-1")


def stage_out(file: str, destination: str, dbid: str, events: "Optional[Events]" = None) -> int:
    """Stage a file out, with a note of what came of it; the exit code."""
    lfn = os.path.basename(file)
    output: "Dict[str, Any]" = dict.fromkeys(("staged", "events", "first", "last", "md5", "size", "ctime"))
    code = 0
    with usage.span("stage-out"):
        disk = usage.disk_kb(os.environ.get("_CONDOR_SCRATCH_DIR") or ".")
        try:
            _check(file, lfn)
            counted = events or count_events(file)
            output.update(events=counted.count, first=counted.first, last=counted.last)
            staged, copied = _copy(file, destination, dbid, counted)
            output.update(copied._asdict(), staged=staged)
            print("staged out", staged)
        except StageOutError as failure:
            code = failure.code
            print("stage-out failed:", failure, file=sys.stderr)
            notes.add("message", level="error", text="stage-out of %s failed: %s" % (lfn, failure))
        notes.add("output", lfn=lfn, code=code, disk_kb=disk, **output)
        if not code:
            with contextlib.suppress(OSError):
                os.unlink(file)
    return code


def _check(file: str, lfn: str) -> None:
    if not os.path.isfile(file):
        raise StageOutError(NO_FILE, "%s is not there, or is no file" % file)
    if not lfn.isprintable() or ":" in lfn:
        raise StageOutError(NOT_COPIED, "spiders cannot read a name with colons or control characters: %r" % lfn)
    if lfn.startswith("."):
        raise StageOutError(NOT_COPIED, "spiders pass over a hidden file: %r" % lfn)


def count_events(file: str) -> Events:
    """Entries, first and last event by the command of the site, or by ROOT; -1 each where they are not known."""
    file = os.path.join(".", file)  # so that its name is no option
    command = os.environ.get("PRODCLI_COUNT_EVENTS")
    if command == "off":
        return UNKNOWN
    return _parse(
        _output([*_words(command), file] if command else ["root.exe", "-l", "-b", "-q", _call_of_macro(file)])
    )


def _words(command: str) -> "List[str]":
    if not {"'", '"', "\\"} & set(command):
        return command.split()
    import shlex  # it takes longer to load than all the others

    return shlex.split(command)


def _output(words: "List[str]") -> str:
    """What a command prints; nothing if it cannot be started or takes too long. (subprocess takes as long as the rest to load.)"""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(writing, 1)
            signal.alarm(_LONGEST_COUNT)  # the alarm stays with the command, and ends it
            os.execvp(words[0], words)
        except OSError as failure:
            print("events are not counted:", failure, file=sys.stderr, flush=True)
        finally:
            os._exit(127)
    os.close(writing)
    with open(reading, "rb") as pipe:
        text = pipe.read().decode(errors="replace")
    os.waitpid(child, 0)
    return text


def _call_of_macro(file: str) -> str:
    places = [".", os.environ.get("PRODCLI_KIT") or ".", os.environ.get("SPHENIXPROD_SCRIPT_PATH") or "."]
    macros = (os.path.join(place, _MACRO) for place in places)
    macro = next(filter(os.path.isfile, macros), _MACRO)
    return '%s("%s")' % (macro, file.replace("\\", "\\\\").replace('"', '\\"'))


def _parse(text: str) -> Events:
    """The last words of the last three lines."""
    ends = [line.split()[-1] for line in text.splitlines() if line.strip()][-3:]
    try:
        count, first, last = map(int, ends)
    except ValueError:
        return UNKNOWN
    return Events(count, first, last)


def _copy(file: str, destination: str, dbid: str, events: Events) -> "Tuple[str, Copied]":
    """Try several times; the path of the staged file, and what it holds."""
    pause = float(os.environ.get("PRODCLI_RETRY_SECONDS") or 10)
    for left in reversed(range(_TRIES)):
        try:
            return _copy_once(file, destination, dbid, events)
        except FileNotFoundError as failure:
            if not os.path.exists(file):
                raise StageOutError(NO_FILE, "%s went away meanwhile" % file) from failure
            problem: OSError = failure
        except OSError as failure:
            problem = failure
        print("copying did not work, %d tries left: %s" % (left, problem), file=sys.stderr)
        if left:
            time.sleep(pause)
    raise StageOutError(NOT_COPIED, str(problem))


def _copy_once(file: str, destination: str, dbid: str, events: Events) -> "Tuple[str, Copied]":
    os.makedirs(destination, exist_ok=True)
    unfinished = os.path.join(destination, _unfinished_name(file, dbid))
    try:
        copied = _write(file, unfinished)
        _verify(unfinished, copied)
        os.utime(unfinished, (copied.ctime, copied.ctime))  # as a spider would do, file by file
        staged = os.path.join(destination, staged_name(os.path.basename(file), events, copied, dbid))
        os.rename(unfinished, staged)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(unfinished)
        raise
    _sync_folder(destination)
    return staged, copied


def _unfinished_name(file: str, dbid: str) -> str:
    """Hidden, of no spider's pattern, and of this attempt and start alone."""
    attempt = os.environ.get("PRODCLI_ATTEMPT") or "0"
    start = usage.job_ad().get("NumJobStarts", "0")
    who = "%s.%s.%s.%s.%d" % (dbid, attempt, start, os.uname().nodename[:40], os.getpid())
    return ".%s.%s.part" % (os.path.basename(file)[:60], who)


def staged_name(lfn: str, events: Events, copied: Copied, dbid: str) -> str:
    """The name that the spiders take apart."""
    return "%s:nevents:%d:first:%d:last:%d:md5:%s:size:%d:ctime:%d:dbid:%s" % (
        *(lfn, events.count, events.first, events.last),
        *(copied.md5, copied.size, copied.ctime, dbid),
    )


def _write(file: str, target: str) -> Copied:
    """Copy to the disk of the target, and say what was read."""
    digest, size = hashlib.md5(), 0
    with open(file, "rb") as source, open(target, "wb") as out:
        for chunk in iter(lambda: source.read(_CHUNK), b""):
            digest.update(chunk)
            size += len(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
        at_end = os.fstat(source.fileno())
        os.posix_fadvise(out.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)  # so that the check reads the disk
    if at_end.st_size != size or not stat.S_ISREG(at_end.st_mode):
        raise OSError("%s changed while it was copied" % file)
    return Copied(digest.hexdigest(), size, int(at_end.st_mtime))


def _verify(target: str, copied: Copied) -> None:
    digest, size = md5_of(target)
    if (digest, size) != (copied.md5, copied.size):
        raise OSError("the copy differs: %d bytes, md5 %s; wanted %d, %s" % (size, digest, copied.size, copied.md5))


def md5_of(path: str) -> "Tuple[str, int]":
    """The md5 and the size of a file."""
    digest, size = hashlib.md5(), 0
    with open(path, "rb") as file:
        for chunk in iter(lambda: file.read(_CHUNK), b""):
            digest.update(chunk)
            size += len(chunk)
    return digest.hexdigest(), size


def _sync_folder(folder: str) -> None:
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
