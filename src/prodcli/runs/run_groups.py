"""Groups of runs with names: ranges or lists, of which a run is in one only.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from prodcli.names import TOKEN
from prodcli.runs.selection import RunSelection

EVERY = "all"  # the group of a rule whose runs are said without groups
UNGROUPED = "ungrouped"  # runs with jobs that are in no group


@dataclass(frozen=True)
class RunGroup:
    """Runs with a name."""

    name: str
    runs: RunSelection


def run_groups(said: Mapping[str, RunSelection]) -> tuple[RunGroup, ...]:
    """Groups by name; raises ValueError for a name that is not allowed, and for a run that is in two groups."""
    for name in said:
        if not TOKEN.fullmatch(name):
            raise ValueError(f"{name!r:.60}: the name of a group has letters, digits and . _ + -")
        if name == UNGROUPED:
            raise ValueError(f"{name} is the name of the runs that are in no group; take another one")
    groups = tuple(RunGroup(name, runs) for name, runs in said.items())
    require_apart(groups)
    return groups


def require_apart(groups: Iterable[RunGroup]) -> None:
    """Raise ValueError for a run that is in two groups."""
    spans = sorted((low, high, one.name) for one in groups for low, high in one.runs.spans)
    for (_, high, name), (low, _, other) in pairwise(spans):
        if low <= high:
            raise ValueError(f"run {low} is in the groups {name} and {other}; a run is in one group only")


def united(groups: Iterable[RunGroup]) -> RunSelection:
    """The runs of all groups."""
    runs = RunSelection((), frozenset())
    for one in groups:
        runs = runs.together(one.runs)
    return runs
