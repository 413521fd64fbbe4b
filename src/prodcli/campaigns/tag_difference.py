"""Two tags beside one another, on the runs that both have: states, CPU, memory, sizes and events of each dsttype.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from prodcli.reports.folded_rows import Figures, Folding

TOTAL = "total"  # stands for the dsttype, in the figures over all dsttypes
_KEYS = ("dsttype", "dataset", "side", "shared")


@dataclass(frozen=True, slots=True)
class TagFigures:
    """What became of the jobs of a tag in the runs that both tags have, and the `alone` runs that the other tag lacks.

    CPU in seconds, memory in MB, sizes in bytes; of CPU, sizes and events None means that no finished job has any.
    """

    runs: frozenset[int] = frozenset()
    alone: frozenset[int] = frozenset()
    jobs: int = 0
    finished: int = 0
    failed: int = 0
    cpu: float | None = None
    cpu_jobs: int = 0
    memory: int | None = None
    bytes: int | None = None
    events: int | None = None

    @property
    def open(self) -> int:
        """Jobs that have not ended."""
        return self.jobs - self.finished - self.failed

    @property
    def cpu_per_job(self) -> float | None:
        """The mean CPU of a finished job."""
        return None if self.cpu is None else self.cpu / self.cpu_jobs


@dataclass(frozen=True, slots=True)
class TagDifference:
    """A dsttype and dataset of two tags."""

    dsttype: str
    dataset: str
    first: TagFigures
    second: TagFigures


def tag_differences(rows: Iterable[Figures], name: Callable[[str], str] = str) -> list[TagDifference]:
    """Each dsttype and dataset of two tags, and the total as the last; `name` gives the dsttype that counts for a leaf.

    `rows` are those of the query `runs_of_tags`, with the runs as lists.
    """
    folded = _folding().fold(rows, name)
    keys = list(dict.fromkeys((row["dsttype"], row["dataset"]) for row in folded))
    found = [_difference(*key, [row for row in folded if (row["dsttype"], row["dataset"]) == key]) for key in keys]
    return [*found, _difference(TOTAL, "", list(_totals(folded)))] if len(found) > 1 else found


def _folding() -> Folding:
    return Folding(_KEYS, greatest=frozenset({"memory"}))


def _totals(folded: Sequence[Figures]) -> Iterator[Figures]:
    """The sums over all dsttypes, for each tag and kind of run."""
    for key in dict.fromkeys((row["side"], row["shared"]) for row in folded):
        yield _folding().total(row for row in folded if (row["side"], row["shared"]) == key)


def _difference(dsttype: str, dataset: str, rows: Sequence[Figures]) -> TagDifference:
    return TagDifference(dsttype, dataset, _figures(rows, 0), _figures(rows, 1))


def _figures(rows: Sequence[Figures], side: int) -> TagFigures:
    """The figures of a tag, from the row of its runs that both have and the row of those that it has alone."""
    ours = {row["shared"]: row for row in rows if row["side"] == side}
    alone = frozenset(ours[0]["runs"]) if 0 in ours else frozenset()
    values: dict[str, Any] = {key: value for key, value in ours.get(1, {}).items() if key not in _KEYS}
    return TagFigures(**{**values, "runs": frozenset(values.get("runs", ())), "alone": alone})
