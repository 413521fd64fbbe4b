"""A plain output file on disk.

Pure: data in, data out.
"""

from dataclasses import dataclass

from prodcli.registration.spread import Content

UNKNOWN = -1  # events that nobody counted


@dataclass(frozen=True, slots=True)
class OutputFile:
    """A file on disk that belongs to the rule, with size in bytes, time, md5 and events of the moment of the check."""

    filename: str
    path: str
    runnumber: int
    segment: int
    dsttype: str
    size: int = 0
    mtime: int = 0
    md5: str | None = None
    events: int | None = None
    status: int = 1

    def row(self) -> dict[str, object]:
        """The row for both tables."""
        return {key: getattr(self, key) for key in self.__slots__}

    @property
    def content(self) -> Content:
        """The content as it is judged."""
        events = UNKNOWN if self.events is None else self.events
        return Content(self.filename, self.dsttype, self.runnumber, self.segment, self.size, events, self.md5 or "")
