"""Failures of a selection by signature: how many, where, what stands out, whose fault it is, and what to do."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from prodcli.batch.node_list import means
from prodcli.db import Database, Transaction
from prodcli.db.schema import require_current
from prodcli.diagnosis.failure_question import FailureQuestion
from prodcli.diagnosis.outages_met import FailuresInside, OutageMet, Usual, outages_met
from prodcli.diagnosis.retries import Retries, retries_of
from prodcli.diagnosis.signature_counts import CountedPart, SignatureCount, counted_parts, signature_counts
from prodcli.diagnosis.standing_out import ComparedJob, FailureValues, MachineFailures, StandOut, standing_out
from prodcli.diagnosis.verdict import FailedAlike, FaultVerdict, Ground, JobsBeside, fault_of, may_be_all
from prodcli.error_catalog.catalog import ErrorCatalog
from prodcli.error_catalog.known_error import KnownError
from prodcli.nodes.excluded import bad_nodes
from prodcli.services.booked import Outages
from prodcli.services.states import Outage

COMPARED = 5_000  # rows of jobs among which finished ones are looked for, evenly over the rows of the failures
_AROUND = 5  # times the rows of the failures: jobs next to them ran in the same outage
_WITH_EXAMPLES = 500  # signatures
_BESIDE = 400  # rows of jobs that are looked at for a signature, evenly over the rows of its failures


@dataclass(frozen=True, slots=True)
class ListedFailure:
    """A failure of a job with its signature, whose id is `key`; `entered` is in seconds since 1970."""

    key: int
    state: str
    code: str
    name: str
    text: str
    entered: int
    tag: str
    dataset: str
    dsttype: str
    run: int
    segment: int | None
    node: str | None
    dbid: int
    attempt: int
    retried: int
    won: int

    @property
    def error(self) -> str:
        """The name of the signature, else its masked text, else its state."""
        return self.name or self.text or f"{self.state} {self.code}".rstrip()


@dataclass(frozen=True)
class SignatureLine:
    """A signature with its failures, the number of nodes, the dbids of examples, what stands out, outages, and the verdict.

    `retries` are those after failures with it, of all jobs.
    """

    count: SignatureCount
    retries: Retries
    nodes: int
    busiest: Sequence[str]
    examples: Sequence[int]
    outs: Sequence[StandOut]
    outages: Sequence[OutageMet]
    verdict: FaultVerdict
    entry: KnownError | None

    @property
    def blamed(self) -> dict[str, str]:
        """The nodes that the verdict blames, with what speaks against them."""
        if self.verdict.ground is not Ground.NODES:
            return {}
        return {
            out.value: f"{out.failures} of {out.of} failures with their signature, usual {100 * out.usual:.2g} %"
            for out in self.outs
            if out.attribute == "node"
        }


@dataclass(frozen=True)
class Diagnosis:
    """The signatures of a selection, the most frequent first; `compared` finished jobs tell what is usual.

    `left` is true while failures are still to be written into the books. `stalled` is the number of running jobs that show
    no sign of life: they have not failed yet.
    """

    lines: Sequence[SignatureLine]
    compared: int
    left: bool
    stalled: int = 0

    @property
    def failures(self) -> int:
        """The number of failures."""
        return sum(line.count.failures for line in self.lines)


@dataclass(frozen=True)
class _Read:
    counts: Sequence[SignatureCount]
    retries: Mapping[int, Retries]
    values: Mapping[int, FailureValues]
    examples: Mapping[int, Sequence[int]]
    finished: Sequence[ComparedJob]
    left: bool
    stalled: int
    outages: Mapping[int, Sequence[OutageMet]] = field(default_factory=dict)
    beside: Mapping[int, JobsBeside] = field(default_factory=dict)
    excluded: Sequence[str] = ()  # nodes that stand out, where no job starts any more


def diagnose(database: Database, question: FailureQuestion, catalog: ErrorCatalog) -> Diagnosis:
    """Diagnose the failures of a question; raises DatabaseError if a migration is due."""
    require_current(database)
    read = database.read(lambda tx: _read(tx, question))
    outages, beside = _outages(database, question, read.counts), _beside(database, question, read, catalog)
    outs = standing_out(read.values, read.finished)
    read = replace(read, outages=outages, beside=beside, excluded=_excluded(database, outs))
    lines = [_line(count, read, [one for one in outs if one.signature == count.id], catalog) for count in read.counts]
    return Diagnosis(lines, len(read.finished), read.left, read.stalled)


def listed_failures(database: Database, question: FailureQuestion, most: int) -> list[ListedFailure]:
    """The newest failures of a question, at most so many; raises DatabaseError if the books cannot be read."""
    return database.read(lambda tx: list(tx.rows_as(ListedFailure, "listed_failures", **question.values(), most=most)))


def _line(count: SignatureCount, read: _Read, outs: Sequence[StandOut], catalog: ErrorCatalog) -> SignatureLine:
    entry, values = catalog.get(count.entry), read.values.get(count.id, FailureValues())
    met = read.outages.get(count.id, ())
    retries = read.retries.get(count.id, Retries())
    failed = FailedAlike(count.state, count.code, entry, retries.retried, retries.won)
    verdict = fault_of(failed, outs, met, read.beside.get(count.id), read.excluded)
    examples = read.examples.get(count.id, ())
    return SignatureLine(count, retries, values.nodes, values.busiest, examples, outs, met, verdict, entry)


def _read(tx: Transaction, question: FailureQuestion) -> _Read:
    wanted = question.values()
    parts = counted_parts(tx, question)
    values = _values(parts)
    least = [{"signature": signature, "failures": one.least} for signature, one in values.items()]
    for machine in tx.rows_as(MachineFailures, "failures_by_machine", **wanted, least=least):
        values[machine.signature].machines.append(machine)
    counts = signature_counts(tx, parts)
    retries = retries_of(tx, counts, question.filters.since) if counts else {}
    newest = [{"id": count.id, "before": count.last + 1} for count in counts[:_WITH_EXAMPLES]]
    examples = {
        row[0]: list(dict.fromkeys(dbid for dbid in row[1:] if dbid is not None))
        for row in tx.rows("failure_examples", **wanted, newest=newest)
    }
    finished = list(tx.rows_as(ComparedJob, "finished_jobs_to_compare", **wanted | {"ids": _compared(counts)}))
    left, stalled = tx.one("failures_are_due") is not None, int(tx.value("count_stalled", **wanted))
    return _Read(counts, retries, values, examples, finished, left, stalled)


def _excluded(database: Database, outs: Sequence[StandOut]) -> list[str]:
    """Those of the nodes that stand out on which no job starts any more; nothing is asked where none does."""
    nodes = {one.value for one in outs if one.attribute == "node"}
    names = [one.node for one in bad_nodes(database)] if nodes else []
    return sorted(node for node in nodes if any(means(name, node) for name in names))


def _values(parts: Sequence[CountedPart]) -> dict[int, FailureValues]:
    """The failures of each signature by rule and hour."""
    values: dict[int, FailureValues] = {}
    for part in parts:
        one = values.setdefault(part.signature, FailureValues())
        one.failures += part.failures
        one.rules[part.rule] += part.failures
        if part.hour is not None:
            one.hours[str(part.hour)] += part.failures
    return values


def _outages(
    database: Database, question: FailureQuestion, counts: Sequence[SignatureCount]
) -> dict[int, Sequence[OutageMet]]:
    """The outages that the failures of each signature met; one statement more where there was an outage."""
    if not counts:
        return {}
    span = min(one.first for one in counts), max(one.last for one in counts) + 1
    found = Outages(database).between(*span)
    if not found:
        return {}
    inside, finished = database.read(lambda tx: _inside(tx, question, found, counts))
    usual, now = Usual(span, finished), int(time.time())
    return {one.id: outages_met(inside.get(one.id, ()), found, one.failures, usual, now) for one in counts}


def _inside(
    tx: Transaction, question: FailureQuestion, outages: Sequence[Outage], counts: Sequence[SignatureCount]
) -> tuple[dict[int, list[FailuresInside]], list[int]]:
    """The failures in outages by signature, and when jobs finished that they are compared with."""
    rows = [{"number": number, "since": one.since, "until": one.until} for number, one in enumerate(outages)]
    inside: dict[int, list[FailuresInside]] = {}
    for one in tx.rows_as(FailuresInside, "failures_in_outages", **question.values(), outages=rows):
        inside.setdefault(one.signature, []).append(one)
    values = question.values() | {"ids": _compared(counts, _AROUND)}
    return inside, list(tx.column("finish_times_to_compare", **values)) if inside else []


def _beside(database: Database, question: FailureQuestion, read: _Read, catalog: ErrorCatalog) -> dict[int, JobsBeside]:
    """The jobs beside failures of which these may tell something; one statement more where there are such failures."""
    asked = [one for one in read.counts if may_be_all(catalog.get(one.entry), one.failures, _won(read, one))]
    if not asked:
        return {}
    ids = {one.id: _evenly(one.least_dbid, one.greatest_dbid, _BESIDE) for one in asked}
    rows = [{"signature": signature, "id": dbid} for signature, some in ids.items() for dbid in some]
    well: Counter[int] = Counter()
    for signature, rule, count in database.read(
        lambda tx: list(tx.rows("jobs_beside", **question.values(), rows=rows))
    ):
        well[signature] += count if rule in read.values[signature].rules else 0
    return {
        one.id: JobsBeside(one.failures, read.values[one.id].nodes, well[one.id] * _step(ids[one.id])) for one in asked
    }


def _won(read: _Read, one: SignatureCount) -> int:
    """How many retries after failures with a signature helped."""
    return read.retries.get(one.id, Retries()).won


def _step(ids: Sequence[int]) -> int:
    """How many rows each of some evenly chosen rows stands for."""
    return ids[1] - ids[0] if len(ids) > 1 else 1


def _compared(counts: Sequence[SignatureCount], around: int = 0) -> list[int]:
    """The rows of jobs among which finished ones are looked for; `around` widens their range so many times to either side."""
    if not counts:
        return []
    first, last = min(one.least_dbid for one in counts), max(one.greatest_dbid for one in counts)
    more = around * (last - first + 1)
    return _evenly(max(1, first - more), last + more, COMPARED)


def _evenly(first: int, last: int, most: int) -> list[int]:
    """At most so many row ids, evenly from the first to the last; an odd step, as jobs come in even numbers."""
    step = -(-(last - first + 1) // most) | 1
    return list(range(first, last + 1, step))
