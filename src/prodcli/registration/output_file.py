"""A plain output file on disk.

Pure: data in, data out.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OutputFile:
    """A file on disk that belongs to the rule, with size in bytes, time and md5 of the moment of the check."""

    filename: str
    path: str
    runnumber: int
    segment: int
    dsttype: str
    size: int = 0
    mtime: int = 0
    md5: str | None = None

    def row(self) -> dict[str, object]:
        """The row for both tables; the number of events is unknown."""
        return {key: getattr(self, key) for key in self.__slots__} | {"events": None}
