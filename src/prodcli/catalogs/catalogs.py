"""Read runs and inputs from the catalogs: one statement each, however many runs.

Inputs are bit masks (bit i = i-th input of the dsttype). Segments with the same inputs are one row, so a run of 6,000
files is a few rows.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from prodcli.catalogs.rows import RawHost, Run, RunRow, SegmentInputs, runs_of
from prodcli.db import Database, Transaction, chunks_of
from prodcli.errors import ConfigError
from prodcli.runs.selection import RunSelection
from prodcli.sizes import counted

if TYPE_CHECKING:
    from prodcli.rules.model import Rule

log = logging.getLogger(__name__)
_BITS = 63  # of a bigint, without its sign
_SIGN = 1 << 31  # of an integer of a catalog
_NEGATIVE = 1 << 30  # segments from here on are none; without the sign, they were negative
_NAMES = 20_000  # names per statement when looking files up


@dataclass(frozen=True)
class Catalogs:
    """The catalogs that planning reads: daq, raw and file catalog; a rule's own SQL may also read the books."""

    daq: Database
    raw: Database
    filecatalog: Database
    production: Database | None = None

    def another(self) -> Catalogs:
        """The same catalogs over new connections, for another thread."""
        production = self.production.another() if self.production else None
        return Catalogs(self.daq.another(), self.raw.another(), self.filecatalog.another(), production)

    def close(self) -> None:
        """Close the connections; the next use opens new ones."""
        for database in (self.daq, self.raw, self.filecatalog, self.production):
            if database is not None:
                database.close()

    def called(self, role: str) -> Database:
        """The database of a role of prodcli.yaml; raises ConfigError if these catalogs do not have it."""
        found = {"daq": self.daq, "raw": self.raw, "production": self.production}.get(role, self.filecatalog)
        if found is None:
            raise ConfigError(f"this verb does not open databases.{role}")
        return found

    def runs(self, selection: RunSelection) -> list[Run]:
        """The runs of a selection that daq.run has."""
        spans = [{"low": low, "high": high} for low, high in selection.spans]
        return self.daq.read(lambda tx: runs_of(tx.rows_as(RunRow, "daq_runs", spans=spans)))

    def raw_hosts(self, rule: Rule, runs: Sequence[int]) -> list[RawHost]:
        """The raw files of each run by host, for the rule's hosts and the trigger's."""
        hosts = [rule.site.trigger_host, *(host.name for host in rule.dsttype.hosts)]
        return self.raw.read(lambda tx: list(tx.rows_as(RawHost, "raw_hosts", runs=list(runs), hosts=hosts)))

    def raw_masks(self, rule: Rule, runs: Sequence[int]) -> dict[int, int]:
        """The hosts of each run in the raw catalog, in any status, as masks over the dsttype's hosts."""

        def work(tx: Transaction) -> dict[int, int]:
            masks: dict[int, int] = {}
            for shift, inputs in input_words([host.name for host in rule.dsttype.hosts]):
                for run, bits in tx.rows("raw_host_bits", runs=list(runs), inputs=inputs):
                    masks[run] = masks.get(run, 0) | bits << shift
            return masks

        return self.raw.read(work)

    def segment_inputs(self, rule: Rule, runs: Sequence[int]) -> list[SegmentInputs]:
        """The inputs of every segment, as masks over the dsttype's inputs."""

        def work(tx: Transaction) -> list[SegmentInputs]:
            read = _by_inputs if _by_index(tx) else _by_segments
            fixed = {"runs": list(runs), "tag": rule.intriplet, "dataset": rule.input.dataset}
            return _joined(
                found
                for shift, inputs in input_words(rule.dsttype.inputs)
                for found in read(tx, rule.input.infile_query_constraints, shift, inputs=inputs, **fixed)
            )

        return self.filecatalog.read(work)

    def with_inputs(self, rule: Rule, runs: Sequence[int]) -> set[int]:
        """The runs that have any input, on disk or not."""

        def work(tx: Transaction) -> set[int]:
            _by_index(tx)
            query = tx.named("runs_with_inputs").constrained(rule.input.infile_query_constraints)
            wanted = {"runs": [{"run": run} for run in runs], "inputs": rule.dsttype.inputs}
            return set(tx.column(query, tag=rule.intriplet, dataset=rule.input.dataset, **wanted))

        return self.filecatalog.read(work)

    def produced(self, names: Sequence[str]) -> set[str]:
        """The names that the file catalog has, in any status, with any tag or dsttype."""

        def work(tx: Transaction) -> set[str]:
            return {name for chunk in chunks_of(names, _NAMES) for name in tx.column("produced_files", names=chunk)}

        return self.filecatalog.read(work)

    def events(self, runs: Sequence[int]) -> dict[int, int]:
        """The number of events of runs; runs that daq.run lacks are left out."""
        found = self.runs(RunSelection((), frozenset(runs)))
        odd = [run for run in found if run.odd and not run.events]
        if odd:
            said = f"run {odd[0].number}: {odd[0].odd}"
            log.warning(
                "%s: the event count of %s cannot be right and is taken as none, like %s",
                self.daq.where,
                counted(len(odd), "run"),
                said,
            )
        return {run.number: run.events for run in found}

    def unplaced(self, names: Sequence[str]) -> set[str]:
        """The names without a path in the file catalog and in the raw catalog."""
        missing = set(names)
        for database in (self.filecatalog, self.raw):
            wanted = sorted(missing)

            def work(tx: Transaction, wanted: list[str] = wanted) -> set[str]:
                return {name for chunk in chunks_of(wanted, _NAMES) for name in tx.column("placed_files", names=chunk)}

            missing -= database.read(work) if wanted else set()
        return missing


def _by_index(tx: Transaction) -> bool:
    """Make PostgreSQL look up inputs by their index for the rest of a transaction; False without such an index."""
    return tx.dialect == "postgresql" and tx.one("use_index_of_inputs") is not None


class _SegmentRow(NamedTuple):
    """Segments of a run with the same inputs."""

    run: int
    segments: str
    present: int
    on_disk: int


class _InputRow(NamedTuple):
    """Inputs of a run with the same segments."""

    run: int
    listed: str
    mask: int


def _by_segments(tx: Transaction, condition: str, shift: int, **values: object) -> Iterator[SegmentInputs]:
    """Read rows of segments with the same inputs."""
    query = tx.named("segment_inputs").constrained(condition)
    for run, segments, present, on_disk in tx.rows_as(_SegmentRow, query, **values):
        yield SegmentInputs(run, tuple(map(int, segments.split(","))), present << shift, on_disk << shift)


def _by_inputs(tx: Transaction, condition: str, shift: int, **values: object) -> Iterator[SegmentInputs]:
    """Read rows of inputs with the same segments; an input that is off disk has the bit of the sign."""
    query = tx.named("segment_inputs_by_index").constrained(condition)
    for run, listed, mask in tx.rows_as(_InputRow, query, **values):
        items = list(map(int, listed.split(",")))
        yield SegmentInputs(run, tuple(item for item in items if 0 <= item < _NEGATIVE), mask << shift, mask << shift)
        off_disk = (item + _SIGN for item in items if item < 0)
        yield SegmentInputs(run, tuple(item for item in off_disk if item < _NEGATIVE), mask << shift, 0)


def _joined(found: Iterable[SegmentInputs]) -> list[SegmentInputs]:
    """The union of the inputs of all segments."""
    by_run: dict[int, list[SegmentInputs]] = defaultdict(list)
    for one in found:
        by_run[one.run].append(one)
    return [alike for run, several in by_run.items() for alike in _alike(run, several)]


def _alike(run: int, found: Sequence[SegmentInputs]) -> Iterator[SegmentInputs]:
    """The segments of a run grouped by their inputs."""
    present: dict[int, int] = defaultdict(int)
    on_disk: dict[int, int] = defaultdict(int)
    for one in found:
        for segment in one.segments:
            present[segment] |= one.present
            on_disk[segment] |= one.on_disk
    alike: dict[tuple[int, int], list[int]] = defaultdict(list)
    for segment, there in present.items():
        alike[there, on_disk[segment]].append(segment)
    for (there, ready), segments in alike.items():
        yield SegmentInputs(run, tuple(segments), there, ready)


def input_words(names: Sequence[str]) -> Iterator[tuple[int, list[dict[str, object]]]]:
    """Cut inputs into groups of as many as a bigint has bits: the position of the first, and name and mask of each.

    A catalog reads millions of rows, and should not compute the mask for each row.
    """
    for start in range(0, len(names), _BITS):
        yield start, [{"name": name, "mask": 1 << bit} for bit, name in enumerate(names[start : start + _BITS])]
