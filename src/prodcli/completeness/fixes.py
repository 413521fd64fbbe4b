"""What helps against the findings of a check: verbs as a curator would type them, in the order in which they help.

Pure: data in, data out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from prodcli.completeness.catalog_rows import BookRow
from prodcli.completeness.checked_units import CheckedUnit, Flag
from prodcli.completeness.findings import Finding, Kind
from prodcli.completeness.result import CheckResult
from prodcli.runs.selection import RunSelection
from prodcli.states import Status

_REDONE = (Status.FAILED, Status.FINISHED)  # states of jobs that have ended, which `submit --unblock` takes
_DAMAGED = (Kind.SIZE_DIFFERS, Kind.MD5_DIFFERS, Kind.ROLLOVER_GAP)


@dataclass(frozen=True, slots=True)
class Fix:
    """A verb with its words, for some runs; `count` outputs, and why.

    `segments` are those of the runs, where the verb could not tell by itself; such a verb loses outputs or decisions, and
    is only proposed (`by_hand`). `rule_file`: the verb reads the rule. `asks`: the verb asks by itself.
    """

    verb: tuple[str, ...]
    runs: RunSelection
    count: int
    why: str
    segments: tuple[int, ...] = ()
    more: tuple[str, ...] = ()
    by_hand: bool = False
    rule_file: bool = True
    asks: bool = False


def fixes_of(result: CheckResult, open_runs: Iterable[int] = ()) -> list[Fix]:
    """The fixes for everything that a check found; `open_runs` are complete, and their data has no state yet."""
    by_kind: dict[Kind, list[Finding]] = defaultdict(list)
    for one in result.findings:
        by_kind[one.kind].append(one)
    loose, homeless = by_kind[Kind.UNREGISTERED], by_kind[Kind.NO_PLACE]
    return [
        *_simple(("spider", "dst"), [one for one in loose if one.filename in result.staged], "they are staged"),
        *_simple(("unregister",), [*by_kind[Kind.NO_FILE], *homeless], "their places have no file", asks=True),
        *_registering(result, [*(one for one in loose if one.filename not in result.staged), *homeless]),
        *_simple(("finish",), by_kind[Kind.UNFINISHED_WITH_FILE], "their outputs are registered", asks=True),
        *_clearing(result.held_with_output),
        *_submitting(result, by_kind[Kind.NO_FILE]),
        *_redoing(result, [one for kind in _DAMAGED for one in by_kind[kind]]),
        *_deciding(result, by_kind[Kind.QUARANTINED]),
        *_marking(result),
        *_finalizing(open_runs),
    ]


def _simple(verb: tuple[str, ...], found: Sequence[Finding], why: str, asks: bool = False) -> Iterator[Fix]:
    if found:
        yield Fix(verb, _runs(one.run for one in found), len(found), why, asks=asks)


def _registering(result: CheckResult, found: Sequence[Finding]) -> Iterator[Fix]:
    """Register plain files, unless only the jobs can."""
    return _simple(("register",), [] if result.rule.by_query else found, "they are on disk")


def _clearing(held: Sequence[BookRow]) -> Iterator[Fix]:
    """Take held jobs whose output is registered out of their queues: a release would make the output once more."""
    if held:
        ids = ("--dbid", *(str(row.dbid) for row in held))
        why = "they are held, and their outputs are registered"
        yield Fix(("clear-held",), _runs(row.run for row in held), len(held), why, more=ids, rule_file=False, asks=True)


def _finalizing(runs: Iterable[int]) -> Iterator[Fix]:
    """Say of complete data that all is made."""
    chosen = _runs(runs)
    if count := len(chosen.named):
        more = ("--reason", "prodcli check found all outputs")
        yield Fix(
            ("data", "set", "finalized"), chosen, count, "the data of these runs is complete", more=more, asks=True
        )


def _submitting(result: CheckResult, gone: Sequence[Finding]) -> Iterator[Fix]:
    """Submit what is missing and not in a queue; failed and finished jobs are unblocked.

    Runs with files that nobody registered are left out: once these are registered, a check says what is missing.
    """
    each, dsttype = result.rule.outputs_per_job, result.rule.params.dsttype
    missing = {(unit.run, unit.dsttype, unit.segment) for unit in result.flagged if Flag.MISSING_OUTPUT in unit.flags}
    if not result.rule.combining:
        booked = {row.filename: key for key, row in result.jobs_without_output.items()}
        place = [(one.filename, (one.run, dsttype, one.segment // each * each)) for one in gone]
        missing |= {booked.get(filename, key) for filename, key in place}
    ended = {key for key, row in result.jobs_without_output.items() if row.status in _REDONE and not row.substatus}
    loose = {one.run for one in result.findings if one.kind is Kind.UNREGISTERED}
    wanted = {key for key in missing | ended if key in ended or key not in result.jobs_without_output}
    wanted = {key for key in wanted if key[0] not in loose}
    if wanted:
        states = sorted({str(result.jobs_without_output[key].status) for key in wanted if key in ended})
        more = ("--unblock", ",".join(states)) if states else ()
        yield Fix(
            ("submit",),
            _runs(run for run, _, _ in wanted),
            len(wanted),
            "they are missing",
            more=more,
            asks=bool(states),
        )


def _redoing(result: CheckResult, damaged: Sequence[Finding]) -> Iterator[Fix]:
    """Redo outputs that are damaged or have too few events; nobody but a person says so."""
    each = result.rule.outputs_per_job
    wanted = {(one.run, one.segment // each * each) for one in damaged}
    wanted |= {(unit.run, unit.segment) for unit in result.flagged if Flag.LOW_OUTPUT_EVENTS in unit.flags}
    for run, segments in _by_run(wanted):
        every = tuple(one + step for one in segments for step in range(each))
        yield Fix(
            ("submit",), _runs([run]), len(segments), "they are damaged or short", every, ("--force",), by_hand=True
        )


def _deciding(result: CheckResult, found: Sequence[Finding]) -> Iterator[Fix]:
    """Look at files in quarantine, and decide."""
    if found:
        runs, more = _runs(one.run for one in found), ("--tag", result.rule.outtriplet)
        yield Fix(("quarantine", "list"), runs, len(found), "they wait for a decision", (), more, True, False)


def _marking(result: CheckResult) -> Iterator[Fix]:
    """Mark the output segments as invalid whose inputs differ."""
    units: list[CheckedUnit] = [unit for unit in result.flagged if Flag.INPUT_MISMATCH in unit.flags]
    more = ("--dsttype", result.rule.params.dsttype, "--reason", "inputs differ in events")
    each = result.rule.outputs_per_job
    for run, segments in _by_run((unit.run, unit.segment + step) for unit in units for step in range(each)):
        yield Fix(
            ("runs", "invalid", "add"), _runs([run]), len(segments), "their inputs differ", segments, more, True, False
        )


def _by_run(places: Iterable[tuple[int, int]]) -> Iterator[tuple[int, tuple[int, ...]]]:
    segments: dict[int, list[int]] = defaultdict(list)
    for run, segment in sorted(places):
        segments[run].append(segment)
    return ((run, tuple(found)) for run, found in segments.items())


def _runs(runs: Iterable[int]) -> RunSelection:
    return RunSelection((), frozenset(runs))
