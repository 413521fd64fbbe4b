"""Which of several files of one output counts, and what its registration changes in the file catalog.

The newest complete file counts: by its time, then by the row of its job. The catalog keeps the time, so that the choice is
the same whether the files are found together or one by one.

Pure: data in, data out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from prodcli.registration.staged_on_disk import Output


class Place(NamedTuple):
    """A row of `files` and the status of its row of `datasets`, None without one; time as the catalog writes it."""

    filename: str
    host: str
    path: str
    time: int | None
    size: int | None
    md5: str | None
    status: int | None


@dataclass(frozen=True)
class Changes:
    """What is to be written, what is as it should be, what a newer file supersedes, and old places that go."""

    new: tuple[Output, ...]
    refreshed: tuple[Output, ...]
    same: tuple[Output, ...]
    superseded: tuple[Output, ...]
    gone: tuple[Place, ...]


def newest(outputs: Iterable[Output]) -> tuple[list[Output], list[Output]]:
    """The newest file of each output, by file name, and the other files."""
    best: dict[str, Output] = {}
    older: list[Output] = []
    for output in outputs:
        other = best.setdefault(output.staged.filename, output)
        if other is not output:
            first, best[output.staged.filename] = sorted((other, output), key=lambda one: one.age)
            older.append(first)
    return [best[name] for name in sorted(best)], older


def by_name(places: Iterable[Place]) -> dict[str, list[Place]]:
    """Rows of the catalog by file name."""
    found: dict[str, list[Place]] = defaultdict(list)
    for place in places:
        found[place.filename].append(place)
    return found


def changes(
    outputs: Sequence[Output], known: Mapping[str, Sequence[Place]], is_gone: Callable[[Place], bool]
) -> Changes:
    """Compare outputs with the catalog; `is_gone` tells whether the file of a row is certainly no more."""
    parts: dict[str, list[Output]] = {"new": [], "refreshed": [], "same": [], "superseded": []}
    gone: list[Place] = []
    for output in outputs:
        rows = known.get(output.staged.filename, ())
        kind = _kind(output, rows, is_gone)
        parts[kind].append(output)
        if kind != "superseded":
            gone += [row for row in rows if _moved(output, row) and (_same_path(output, row) or is_gone(row))]
    return Changes(gone=tuple(gone), **{kind: tuple(part) for kind, part in parts.items()})


def is_overtaken(output: Output, rows: Sequence[Place]) -> bool:
    """True if the catalog has another file that is not older, whether or not this file has its final name."""
    return any(row.time is not None and row.time >= output.hands for row in rows)


def _kind(output: Output, rows: Sequence[Place], is_gone: Callable[[Place], bool]) -> str:
    if not rows:
        return "new"
    if any(row.time is not None and row.time > output.hands and not is_gone(row) for row in rows):
        return "superseded"
    return "same" if any(_is_row_of(output, row) and row.status for row in rows) else "refreshed"


def _is_row_of(output: Output, row: Place) -> bool:
    """True if a row of the catalog describes this file, and not another file of the same name."""
    said = (row.host, row.path, row.time, row.size, row.md5)
    return said == (output.host, output.place, output.hands, output.size, output.staged.md5)


def _moved(output: Output, row: Place) -> bool:
    return (row.host, row.path) != (output.host, output.place)


def _same_path(output: Output, row: Place) -> bool:
    """True for a row that names another host for the same path."""
    return row.path == output.place
