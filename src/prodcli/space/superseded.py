"""Outputs that may go, as what was made from them is there: clusters once seeds exist, by the policy of the site.

Files and rows of the file catalog are erased as `erase` erases them. The rows of the books stay: they say that the
outputs were made, and keep every pass from making them again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from prodcli.db import Database, chunks_of
from prodcli.names import names_from, parse_output_name
from prodcli.outputs.erase import ErasePlan, Eraser
from prodcli.outputs.inventory import Erasable, Output, Wanted
from prodcli.rules.model import Rule
from prodcli.states import Status

_NAMES = 20_000  # names per statement


class _Successor(NamedTuple):
    """A job that took an output as input, and did not fail; known by the first of its outputs."""

    dbid: int
    run: int
    segment: int
    outputs: int
    filename: str
    status: str

    @property
    def source(self) -> tuple[int, int]:
        """Run and segment of the output that it took."""
        return self.run, self.segment // self.outputs

    @property
    def names(self) -> list[str]:
        """The file names of all outputs that it can make."""
        return names_from(self.filename, self.outputs)


@dataclass(frozen=True)
class SupersededOutputs:
    """Plans the erasure of superseded outputs of a rule; the eraser carries it out."""

    eraser: Eraser

    def plan(self, wanted: Wanted, as_booked: bool = False) -> ErasePlan:
        """The superseded outputs of a selection; none if the policy does not name the rule's dsttype."""
        plan = self.eraser.plan(wanted, as_booked)
        made = self._made(wanted)
        outputs = {name: one for name, one in plan.found.outputs.items() if _over(one) and _segment(name) in made}
        files = {kind: [file for file in files if file.filename in outputs] for kind, files in plan.found.files.items()}
        return replace(plan, found=Erasable(outputs, files, plan.found.left), live=())

    def _made(self, wanted: Wanted) -> set[tuple[int, int]]:
        """Runs and segments with a finished successor whose outputs all lie on disk by the file catalog, and none at work."""
        rule, successor = wanted.rule, successor_of(wanted.rule)
        if successor is None:
            return set()
        about = {"tag": rule.outtriplet, "dataset": rule.booked_dataset, "dsttype": successor}
        spans = [{"low": low, "high": high} for low, high in wanted.runs.spans]
        rows = self.eraser.books.read(lambda tx: list(tx.rows_as(_Successor, "successors", spans=spans, **about)))
        finished = [row for row in rows if row.status == Status.FINISHED]
        names = self._names(finished)
        there = _on_disk(self.eraser.filecatalog, [name for row in finished for name in names[row.dbid]])
        made = {row.source for row in finished if there.issuperset(names[row.dbid])}
        return made - {row.source for row in rows if row.status != Status.FINISHED}

    def _names(self, jobs: Sequence[_Successor]) -> dict[int, set[str]]:
        """The file names of the outputs that jobs made, by dbid: those that a job reported, or all that it can make."""
        several = [job.dbid for job in jobs if job.outputs > 1]
        pairs = self.eraser.books.read(
            lambda tx: [
                pair for chunk in chunks_of(several, _NAMES) for pair in tx.rows("reported_outputs", dbids=chunk)
            ]
        )
        reported: dict[int, set[str]] = defaultdict(set)
        for dbid, name in pairs:
            reported[dbid].add(name)
        return {job.dbid: reported[job.dbid].intersection(job.names) or set(job.names) for job in jobs}


def successor_of(rule: Rule) -> str | None:
    """The dsttype whose files make those of a rule superfluous; None if the site names none."""
    return rule.site.cleanup.superseded.get(rule.params.dsttype)


def _over(output: Output) -> bool:
    """True if no job makes the output any more."""
    return output.seen is None or output.seen.status == Status.FINISHED


def _segment(filename: str) -> tuple[int, int] | None:
    try:
        _, run, segment = parse_output_name(filename)
    except ValueError:
        return None
    return run, segment


def _on_disk(filecatalog: Database, names: list[str]) -> set[str]:
    return filecatalog.read(
        lambda tx: {name for chunk in chunks_of(names, _NAMES) for name in tx.column("files_on_disk", names=chunk)}
    )
