"""Stage-in: the files of infile_paths.list are looked at where they lie, or copied into the scratch folder."""

import collections
import os
import shutil
import sys
import time

import prodcli_notes as notes
import prodcli_usage as usage
from prodcli_stageout import md5_of

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing takes longer to load than many a tool to work
    from typing import List, Optional

UNHEALTHY, NOT_COPIED, WRONG_MD5 = 11, 20, 21
_LIST = "infile_paths.list"
_TRIES = 2
_UNKNOWN = ("", "-", "None")
Remote = collections.namedtuple("Remote", "path md5 size")


def run(words: "List[str]") -> int:
    """`stagein`, or `stagein --checkonly CODE` with the code of the list maker: the exit code."""
    with usage.span("stage-in"):
        return _check(int(words[1])) if words[:1] == ["--checkonly"] else _copy_all()


def _check(code: int) -> int:
    if code:
        return _fail("the list maker ended with code %d" % code, code)
    sick = [problem for problem in map(_problem, _listed()) if problem]
    for problem in sick:
        _fail(problem, UNHEALTHY)
    return UNHEALTHY if sick else 0


def _listed() -> "List[Remote]":
    """The files of the list; none where there is no list."""
    try:
        with open(_LIST, encoding="utf-8", errors="surrogateescape") as file:
            lines = file.read().split("\n")
    except OSError:
        return []
    return [_remote(line) for line in lines if line]


def _remote(line: str) -> Remote:
    """A path may hold blanks; md5, size and host do not."""
    path, md5, size, _ = ("%s - - -" % line if line.count(" ") < 3 else line).rsplit(" ", 3)
    return Remote(path, None if md5 in _UNKNOWN else md5, int(size) if size.isdigit() else None)


def _problem(remote: Remote) -> "Optional[str]":
    try:
        size = os.stat(remote.path).st_size
    except OSError as failure:
        return "an input is missing: %s" % failure
    if remote.size is not None and size != remote.size:
        return "%s has %d bytes; the catalog says %d" % (remote.path, size, remote.size)
    return None


def _copy_all() -> int:
    remotes = _listed()
    if not remotes:
        return _fail("%s is missing or empty" % _LIST, NOT_COPIED)
    for remote in remotes:
        code = _copy(remote)
        if code:
            return code
    return 0


def _copy(remote: Remote) -> int:
    name = os.path.basename(remote.path)
    unfinished = ".%s.part" % name
    for left in reversed(range(_TRIES)):
        try:
            shutil.copyfile(remote.path, unfinished)
            md5, size = md5_of(unfinished)
            if remote.size is None or size == remote.size:
                break
            problem = "%d bytes came; the catalog says %d" % (size, remote.size)
        except OSError as failure:
            problem = str(failure)
        if not left:
            return _fail("%s cannot be staged in: %s" % (remote.path, problem), NOT_COPIED)
        time.sleep(float(os.environ.get("PRODCLI_RETRY_SECONDS") or 10))
    if remote.md5 not in (None, md5):
        return _fail("%s arrived with md5 %s; the catalog says %s" % (remote.path, md5, remote.md5), WRONG_MD5)
    os.rename(unfinished, name)
    print("staged in", name)
    return 0


def _fail(text: str, code: int) -> int:
    print(text, file=sys.stderr)
    notes.add("message", level="error", text=text[:2000])
    return code
