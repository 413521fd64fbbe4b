"""Lists of the inputs of jobs: what workers would otherwise ask the catalogs, a text for each run.

The catalog itself puts the lines together, so that no object is made of a file here.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from prodcli.catalogs.catalogs import Catalogs
from prodcli.db import Transaction
from prodcli.names import MOST_SEGMENT

if TYPE_CHECKING:
    from prodcli.rules.layout import Job, Layout

log = logging.getLogger(__name__)
_LINES = 20_000  # of one statement, about; 8 MB of text
_GAP = 100  # segments between two jobs that are listed with them rather than looked for apart
_COLUMNS = 7


class RunList(NamedTuple):
    """The inputs of some jobs of a run, a line for each file: `type, segment, name, path, md5, size, host`, with tabs between."""

    run: int
    lines: str


def input_lists(catalogs: Catalogs, layout: Layout, jobs: Sequence[Job]) -> list[RunList]:
    """The lists of one piece of jobs, which have one mask, run by run."""
    listed = _raw if layout.rule.combining else _downstream
    return [_checked(found) for found in listed(catalogs, layout, jobs)]


def in_pieces(jobs: Sequence[Job]) -> Iterator[list[Job]]:
    """Jobs by run, in pieces of whole runs with so many inputs as one statement may read."""
    piece: list[Job] = []
    inputs = 0
    for _, of_run in groupby(sorted(jobs, key=attrgetter("run", "segment")), key=attrgetter("run")):
        piece += (members := list(of_run))
        inputs += sum(job.n_inputs for job in members)
        if inputs >= _LINES:
            yield piece
            piece, inputs = [], 0
    if piece:
        yield piece


def _raw(catalogs: Catalogs, layout: Layout, jobs: Sequence[Job]) -> list[RunList]:
    """The raw files of the hosts of jobs, and of the trigger."""
    rule = layout.rule
    values = {
        "runs": sorted({job.run for job in jobs}),
        "hosts": [rule.site.trigger_host, *{job.host for job in jobs}],
        "last": 0 if rule.input.combine_seg0_only else MOST_SEGMENT,
        "disks": rule.site.disks,
    }
    return catalogs.raw.read(lambda tx: list(tx.rows_as(RunList, "raw_input_lists", **values)))


def _downstream(catalogs: Catalogs, layout: Layout, jobs: Sequence[Job]) -> list[RunList]:
    """The inputs of the segments of jobs."""
    rule = layout.rule
    values = {
        "runs": sorted({job.run for job in jobs}),
        "spans": list(_spans(jobs)),
        "tag": rule.intriplet,
        "dataset": rule.input.dataset,
        "inputs": layout.inputs,
        "disks": rule.site.disks,
    }

    def work(tx: Transaction) -> list[RunList]:
        query = tx.named("input_lists").constrained(rule.input.infile_query_constraints)
        return list(tx.rows_as(RunList, query, **values))

    return catalogs.filecatalog.read(work)


def _spans(jobs: Sequence[Job]) -> Iterator[dict[str, int]]:
    """Runs with first and last segment, of jobs in order; a span may have a few segments that no job has."""
    run, low, high = jobs[0].run, jobs[0].segment, jobs[0].segment
    for job in jobs:
        if job.run != run or job.segment > high + _GAP:
            yield {"run": run, "low": low, "high": high}
            run, low = job.run, job.segment
        high = job.segment
    yield {"run": run, "low": low, "high": high}


def _checked(found: RunList) -> RunList:
    """The list without files whose name or place has a tab or the end of a line in it."""
    if found.lines.count("\t") == (_COLUMNS - 1) * found.lines.count("\n"):
        return found
    log.warning("run %d: files whose names have tabs or line ends are left out of the lists of inputs", found.run)
    good = (line for line in found.lines.split("\n") if line.count("\t") == _COLUMNS - 1)
    return found._replace(lines="".join(f"{line}\n" for line in good))
