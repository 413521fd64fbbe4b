"""What the catalogs know of runs and inputs: one statement each, however many runs.

Inputs come back as bit masks (bit i = i-th input of the dsttype), so that a run of 6,000 files is 100 rows.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from prodcli.db import Database, Transaction, chunks_of
from prodcli.match import RawHost, SegmentInputs
from prodcli.rule import Rule
from prodcli.runs import Run, RunSelection

_WORD = 63  # bits of a bigint that are not its sign
_NAMES = 20_000  # names per statement when looking files up


@dataclass(frozen=True)
class Catalogs:
    """The three catalogs that planning reads."""

    daq: Database
    raw: Database
    filecatalog: Database

    def runs(self, selection: RunSelection) -> list[Run]:
        """The runs of a selection that daq.run has."""
        rows = self.daq.read(lambda tx: list(tx.rows("daq_runs", **runs_values(selection))))
        return [Run(number, runtype or "", events or 0, seconds) for number, runtype, events, seconds in rows]

    def raw_hosts(self, rule: Rule, runs: Sequence[int]) -> list[RawHost]:
        """The raw files of each run by host, for the rule's hosts and the trigger's."""
        return self.raw.read(lambda tx: [RawHost(*row) for row in tx.rows("raw_hosts", **raw_values(rule, runs))])

    def raw_masks(self, rule: Rule, runs: Sequence[int]) -> dict[int, int]:
        """The hosts that the raw catalog has of each run, whatever their status, as masks over the dsttype's hosts."""
        masks: dict[int, int] = {}
        values = raw_mask_values(rule, runs)
        for run, word, bits in self.raw.read(lambda tx: list(tx.rows("raw_host_bits", **values))):
            masks[run] = masks.get(run, 0) | bits << (_WORD * word)
        return masks

    def segment_inputs(self, rule: Rule, runs: Sequence[int]) -> list[SegmentInputs]:
        """The inputs of every segment, as masks over the dsttype's inputs."""
        values = segment_values(rule, runs)
        with self.filecatalog.reading() as tx:
            rows = tx.rows(tx.named("segment_inputs").constrained(rule.input.infile_query_constraints), **values)
            if len(rule.dsttype.inputs) <= _WORD:
                return [SegmentInputs(run, segment, present, disk) for run, segment, _, present, disk in rows]
            return list(_joined(rows))

    def produced(self, names: Sequence[str]) -> set[str]:
        """Those of the names that the file catalog has, whatever their status, tag or dsttype."""

        def work(tx: Transaction) -> set[str]:
            return {row[0] for chunk in chunks_of(names, _NAMES) for row in tx.rows("produced_files", names=chunk)}

        return self.filecatalog.read(work)


def runs_values(selection: RunSelection) -> dict[str, object]:
    """The parameters of `daq_runs`."""
    return {"spans": [{"low": low, "high": high} for low, high in selection.spans]}


def raw_values(rule: Rule, runs: Sequence[int]) -> dict[str, object]:
    """The parameters of `raw_hosts`."""
    return {"runs": list(runs), "hosts": [rule.site.trigger_host, *(host.name for host in rule.dsttype.hosts)]}


def raw_mask_values(rule: Rule, runs: Sequence[int]) -> dict[str, object]:
    """The parameters of `raw_host_bits`."""
    return {"runs": list(runs), "inputs": _bits(host.name for host in rule.dsttype.hosts)}


def segment_values(rule: Rule, runs: Sequence[int]) -> dict[str, object]:
    """The parameters of `segment_inputs`."""
    return {
        "runs": list(runs),
        "inputs": _bits(rule.dsttype.inputs),
        "tag": rule.intriplet,
        "dataset": rule.input.dataset,
    }


def _bits(names: Iterable[str]) -> list[dict[str, object]]:
    return [{"name": name, "word": i // _WORD, "bit": i % _WORD} for i, name in enumerate(names)]


def _joined(rows: Iterable[tuple[int, int, int, int, int]]) -> Iterator[SegmentInputs]:
    """Put the words of a segment with more than 63 inputs together."""
    masks: dict[tuple[int, int], tuple[int, int]] = {}
    for run, segment, word, present, disk in rows:
        old_present, old_disk = masks.get((run, segment), (0, 0))
        masks[run, segment] = (old_present | present << (_WORD * word), old_disk | disk << (_WORD * word))
    for (run, segment), (present, disk) in masks.items():
        yield SegmentInputs(run, segment, present, disk)
