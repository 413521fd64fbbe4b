"""What a file says of one thing: its keys with their lines, read one by one.

Pure: data in, data out.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from prodcli.names import did_you_mean

Value = TypeVar("Value")


@dataclass(frozen=True)
class Said:
    """The keys of a rule or of default locations, which stand at `at` in their file; `lines` are those of the file."""

    keys: Mapping[str, Any]
    at: tuple[str, ...]
    lines: Mapping[tuple[str, ...], int]

    def read(self, key: str, reader: Callable[[Any], Value], missing: Value) -> Value:
        """The value of a key, or `missing` if nothing is said; raises ValueError for a value that is not allowed."""
        return missing if self.keys.get(key) is None else self._read(key, reader)

    def switch(self, key: str, reader: Callable[[Any], bool], missing: bool) -> bool:
        """The value of a switch, which must not be empty; raises ValueError like `read`."""
        return self._read(key, reader) if key in self.keys else missing

    def _read(self, key: str, reader: Callable[[Any], Value]) -> Value:
        try:
            return reader(self.keys[key])
        except ValueError as fault:
            raise ValueError(f"{key}: {fault}{self.place(key)}") from None

    def place(self, *keys: str) -> str:
        """The line of a key, for the end of a message."""
        line = self.lines.get((*self.at, *keys))
        return f" (line {line})" if line else ""

    def unknown(self, known: Collection[str]) -> Iterator[tuple[str, str]]:
        """The keys that nobody knows, each with a hint and its line."""
        for key in self.keys:
            if key not in known:
                yield key, f"{did_you_mean(key, known)}{self.place(key)}"
