"""Rows that a check reads from the file catalog and the books.

Pure: data in, data out.
"""

from __future__ import annotations

from typing import NamedTuple


class OutputRow(NamedTuple):
    """A place of an output in the file catalog; None where the catalog has no value."""

    filename: str
    run: int
    segment: int
    dsttype: str
    events: int | None
    last_event: int | None
    status: int | None
    size: int | None
    path: str | None
    file_size: int | None
    md5: str | None


class BookRow(NamedTuple):
    """A job in the books, known by its first output; `most_expected` is that of its run, and the same on all rows of a run."""

    filename: str
    dbid: int
    run: int
    segment: int
    dsttype: str
    status: str | None
    substatus: str
    most_expected: int

    @property
    def state(self) -> str:
        """Status and substatus in a word."""
        return "/".join(filter(None, (self.status or "NULL", self.substatus)))
