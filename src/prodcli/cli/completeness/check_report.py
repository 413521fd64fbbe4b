"""Show what a check found: the summary, the lines of a report, or JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from prodcli.cli import options
from prodcli.cli.completeness import reports
from prodcli.cli.completeness.reports import Report
from prodcli.cli.context import Session
from prodcli.completeness.checked_units import Flag
from prodcli.completeness.result import Totals
from prodcli.errors import PartlyDone, ProdError

if TYPE_CHECKING:
    from prodcli.cli.completeness.fixing import Proposal
    from prodcli.completeness.findings import Finding
    from prodcli.completeness.result import CheckResult
    from prodcli.tables.table import Cell


def write_lines(result: CheckResult, file: Path) -> None:
    """Write the report line of each flagged unit into a file; raises ProdError if it cannot be written."""
    text = "".join(line + "\n" for line in reports.flagged(result))
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    except OSError as failure:
        raise ProdError(f"cannot be written: {failure.strerror}", where=f"--output {file}") from None


def show(
    session: Session,
    result: CheckResult,
    report: Report,
    examples: int,
    style: options.Style,
    fixes: Sequence[Proposal] = (),
) -> None:
    """Show the summary, or only the lines of a report; JSON also has the fixes."""
    if report is not Report.NONE:
        if not reports.is_about(report, result):
            kind = "a combining rule" if result.rule.combining else "a rule that reads DSTs"
            session.warn(f"--report {report.value}: {kind} has no such report")
        for line in reports.lines(report, result):
            session.show_text(line)
    elif style is options.Style.JSON:
        session.show_json(_data(result, examples) | {"fixes": [one.data for one in fixes]})
    else:
        _show_summary(session, result, examples, style)


def require_complete(result: CheckResult) -> None:
    """Raise ProdError if a unit is flagged, or something differs; PartlyDone if a folder could not be read."""
    if result.unreadable:
        raise PartlyDone(result.told, where=result.rule.name)
    if not result.complete:
        raise ProdError(result.told, where=result.rule.name, todo="--report flagged, and --format json, list all")


def _show_summary(session: Session, result: CheckResult, examples: int, style: options.Style) -> None:
    from prodcli.tables.table import Column, Kind, Table

    columns = (
        Column("run"),
        Column("units", kind=Kind.COUNT, level=1),
        Column("complete", kind=Kind.COUNT, level=1, style="green"),
        *(Column(flag.value, kind=Kind.COUNT, level=1, style="red", drop_empty=True) for flag in Flag),
        Column("expected", kind=Kind.COUNT, level=2),
        Column("produced", kind=Kind.COUNT, level=2),
        Column("lost", kind=Kind.COUNT, level=1, style="red"),
    )
    rows: list[list[Cell]] = [[run, *_cells(totals)] for run, totals in result.summary.worst(examples)]
    whole: list[Cell] = ["all", *_cells(result.summary.whole)]
    table = Table(columns, [*rows, whole], _title(result), note="\n".join(_notes(result, examples)))
    session.summarize_table(table, style)


def _title(result: CheckResult) -> str:
    return f"{result.rule.name}  {result.rule.outtriplet} {result.rule.params.dataset}"


def _cells(totals: Totals) -> list[Cell]:
    flags = [totals.flags[flag] for flag in Flag]
    return [totals.units, totals.complete, *flags, totals.expected, totals.produced, totals.lost]


def _notes(result: CheckResult, examples: int) -> list[str]:
    """What the table does not say: what is not eligible, unknown events, and flagged units as examples."""
    whole, combining = result.summary.whole, result.rule.combining
    told = [f"not eligible: {', '.join(f'{count} {reason}' for reason, count in result.not_eligible.items())}"]
    notes = told if result.not_eligible else []
    if result.outputs_expected:
        notes.append(f"the file catalog has {result.outputs} outputs, the books expect {result.outputs_expected}")
    if whole.unverified:
        notes.append(f"{whole.unverified} outputs have no number of events in the file catalog")
    for flag in Flag:
        lines = [unit.line(combining) for unit in result.flagged if flag in unit.flags]
        more = len(lines) - examples
        notes += lines[:examples] + ([f"... and {more} more {flag}"] if examples and more > 0 else [])
    for kind, count in sorted(result.kinds.items()):
        notes += _examples(f"{count} {kind}", [one for one in result.findings if one.kind is kind][:examples])
    return notes if not result.complete else [*notes, "complete" if whole.units else "there is nothing to check"]


def _examples(words: str, found: Sequence[Finding]) -> list[str]:
    """A kind of finding and the names of files; the detail, too, which is said once if all have the same."""
    details = {one.detail for one in found}
    if len(details) == 1:
        return [": ".join(filter(None, (words, *details))), *(f"  {one.filename}" for one in found)]
    return [words, *(f"  {one.filename}: {one.detail}" for one in found)]


def _data(result: CheckResult, examples: int) -> dict[str, object]:
    whole = result.summary.whole
    return {
        "rule": result.rule.name,
        "tag": result.rule.outtriplet,
        "dataset": result.rule.params.dataset,
        "complete": result.complete,
        **_totals(whole),
        "outputs": result.outputs,
        "outputs_expected": result.outputs_expected,
        "not_eligible": {reason.value: count for reason, count in result.not_eligible.items()},
        "worst_runs": [{"run": run, **_totals(totals)} for run, totals in result.summary.worst(examples)],
        "units_flagged": [
            {
                "run": unit.run,
                "segment": unit.segment,
                "dsttype": unit.dsttype,
                "reasons": [flag.value for flag in unit.flags],
                "input_events": unit.input_events,
                "output_events": unit.output_events,
            }
            for unit in result.flagged
        ],
        "findings": [one._asdict() for one in result.findings],
        "unreadable": result.unreadable,
    }


def _totals(totals: Totals) -> dict[str, object]:
    return {
        "units": totals.units,
        "units_complete": totals.complete,
        "events_unknown": totals.unverified,
        "flags": {flag.value: totals.flags[flag] for flag in Flag},
        "events_expected": totals.expected,
        "events_produced": totals.produced,
        "events_lost": totals.lost,
    }
