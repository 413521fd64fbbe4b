"""Names of staged files: what a job knows of an output, written behind its file name until the output is registered.

    BASE.root:nevents:N:first:F:last:L:md5:M:size:S:ctime:C:dbid:D

Older names lack `size` and `ctime`. `nevents`, `first` and `last` are negative where nobody could count the events.

Pure: data in, data out.
"""

import re
from typing import NamedTuple

from prodcli.names import TOKEN, is_text

_KEYS = ("nevents", "first", "last", "md5", "size", "ctime", "dbid")
_OLDER_KEYS = ("nevents", "first", "last", "md5", "dbid")
_NUMBERS = frozenset(_KEYS) - {"md5"}
_NUMBER = re.compile(r"-?[0-9]{1,18}")
_MD5 = re.compile(r"[0-9a-fA-F]{32}")
_NAME = re.compile(
    r"([A-Za-z0-9_.+-]+\.root):nevents:(-?[0-9]{1,18}):first:(-?[0-9]{1,18}):last:(-?[0-9]{1,18}):md5:([0-9a-fA-F]{32})"
    r"(?::size:(-?[0-9]{1,18}):ctime:(-?[0-9]{1,18}))?:dbid:(-?[0-9]{1,18})"
)
_FORM = "BASE.root:nevents:N:first:F:last:L:md5:M:size:S:ctime:C:dbid:D"
_LAST_SECOND = 253_402_300_799  # of the year 9999; databases know no later one
UNKNOWN = -1  # events that nobody could count
ASIDE = "superseded-"


class StagedFile(NamedTuple):
    """A staged file as its name describes it: path, file name of the output, events, size in bytes, time, row of its job.

    `size` and `ctime` (seconds since 1970) are None where an older name lacks them.
    """

    path: str
    filename: str
    events: int
    first: int
    last: int
    md5: str
    size: int | None
    ctime: int | None
    dbid: int

    @property
    def folder(self) -> str:
        """The folder of the file."""
        return self.path.rpartition("/")[0]

    @property
    def place(self) -> str:
        """The path of the file after its registration."""
        return f"{self.folder}/{self.filename}"

    @property
    def aside(self) -> str:
        """The path of the file if another file of the same output is newer.

        No tool takes a file of this name for an output or for a staged file. The name holds everything that the staged
        name held, and is shorter.
        """
        said = (self.events, self.first, self.last, self.md5, self.size, self.ctime, self.dbid)
        values = ("" if value is None else str(value) for value in said)
        return f"{self.folder}/{ASIDE}{self.filename},{','.join(values)}"


def parse_staged(path: str) -> StagedFile:
    """Read the name of a staged file; raises ValueError with the reason for a name that cannot be registered."""
    found = _NAME.fullmatch(path, path.rfind("/") + 1)
    if found is None or not is_text(path):
        raise ValueError(_fault(path))
    filename, events, first, last, md5, size, ctime, dbid = found.groups()
    file = StagedFile(
        path=path,
        filename=filename,
        events=max(UNKNOWN, int(events)),
        first=max(UNKNOWN, int(first)),
        last=max(UNKNOWN, int(last)),
        md5=md5.lower(),
        size=None if size is None else int(size),
        ctime=None if ctime is None else int(ctime),
        dbid=int(dbid),
    )
    _check(file)
    return file


def _fault(path: str) -> str:
    """What is wrong with a name of another form."""
    if not is_text(path):
        return "has bytes that are not UTF-8"
    filename, *words = path.rpartition("/")[2].split(":")
    if not TOKEN.fullmatch(filename) or not filename.endswith(".root"):
        return "does not begin with the file name of an output"
    keys, values = tuple(words[::2]), words[1::2]
    if keys not in (_KEYS, _OLDER_KEYS) or len(keys) != len(values):
        return f"is not like {_FORM}"
    said = dict(zip(keys, values, strict=True))
    if not _MD5.fullmatch(said["md5"]):
        return "md5 is not 32 hexadecimal digits"
    return (
        f"{next(key for key, value in said.items() if key != 'md5' and not _NUMBER.fullmatch(value))} is not a number"
    )


def _check(file: StagedFile) -> None:
    """Raise ValueError for a number that no job writes."""
    if file.dbid <= 0:
        raise ValueError(f"dbid {file.dbid} is no row of the books")
    if file.dbid >= 1 << 31:
        raise ValueError(f"dbid {file.dbid} is larger than any row of the books")
    if file.size is not None and file.size <= 0:
        raise ValueError("size says that the file is empty")
    if file.ctime is not None and not 0 < file.ctime <= _LAST_SECOND:
        raise ValueError("ctime is not a time")
