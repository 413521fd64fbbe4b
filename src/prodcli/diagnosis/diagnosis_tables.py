"""Failures by signature as tables: a row for each signature, and a row for each value that stands out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from prodcli.error_catalog.remedy import Remedy
from prodcli.errors import one_line
from prodcli.sizes import counted
from prodcli.tables.table import Cell, Column, Kind, Table

if TYPE_CHECKING:
    from prodcli.diagnosis.diagnose import Diagnosis, SignatureLine
    from prodcli.diagnosis.standing_out import StandOut

FEW = 12  # signatures that people see
_OUTS = 3  # values that stand out, in a line
_WORDS: Mapping[str, str] = {"node": "node", "site": "facility", "cpu_model": "CPU", "hour": "hour"}
_STYLES = {Remedy.NODE: "yellow", Remedy.PARK: "magenta", Remedy.ASK: "bold red"}
_COLUMNS = (
    Column("key"),
    Column("failures", kind=Kind.COUNT),
    Column("share_percent", "share", Kind.PERCENT, 1),
    Column("state", level=2),
    Column("code", level=2, drop_empty=True),
    Column("error"),
    Column("fault"),
    Column("action"),
    Column("category", level=6),
    Column("first", kind=Kind.TIME, level=5),
    Column("last", kind=Kind.TIME, level=3),
    Column("nodes", kind=Kind.COUNT, level=3),
    Column("helped", kind=Kind.COUNT, level=4),
    Column("retried", kind=Kind.COUNT, level=4),
    Column("text", kind=Kind.DETAIL),
    Column("stands_out", "stands out", Kind.DETAIL, drop_empty=True),
    Column("outages", kind=Kind.DETAIL, drop_empty=True),
    Column("service_log", "service log", Kind.DETAIL, drop_empty=True),
    Column("advice", kind=Kind.DETAIL),
    Column("entry", level=7, drop_empty=True),
    Column("busiest_nodes", level=8, drop_empty=True),
    Column("examples", level=1),
)
_OUT_COLUMNS = (
    Column("key"),
    Column("attribute"),
    Column("value"),
    Column("failures", kind=Kind.COUNT),
    Column("of", kind=Kind.COUNT, level=1),
    Column("share_percent", "share", Kind.PERCENT),
    Column("finished", kind=Kind.COUNT, level=2),
    Column("finished_of", kind=Kind.COUNT, level=3),
    Column("usual_percent", "usual", Kind.PERCENT),
    Column("odds", "odds of chance", Kind.TEXT),
    Column("error", level=1),
)


def signature_table(found: Diagnosis, people: bool, logs: Mapping[int, str] = MappingProxyType({})) -> Table:
    """A row for each signature, the most frequent first; `logs` is what services logged, by signature."""
    lines = found.lines
    marks = {str(action): style for action, style in _STYLES.items()}
    rows = [_row(line, found.failures, people, logs.get(line.count.id, "")) for line in lines]
    return Table(_COLUMNS, rows, marks=marks, note=_note(found), most=FEW if people else None)


def standing_out_table(found: Diagnosis) -> Table:
    """A row for each value that stands out, the least probable first."""
    names = {line.count.id: _name(line) for line in found.lines}
    outs = sorted((out for line in found.lines for out in line.outs), key=lambda out: out.log_odds)
    rows: list[list[Cell]] = [
        [
            *(out.signature, out.attribute, one_line(value_in_words(out)), out.failures, out.of, 100 * out.share),
            *(out.finished, out.finished_of, 100 * out.usual, odds_in_words(out.log_odds), names[out.signature]),
        ]
        for out in outs
    ]
    return Table(_OUT_COLUMNS, rows, note=_compared(found))


def _row(line: SignatureLine, failures: int, people: bool, log: str) -> list[Cell]:
    count = line.count
    name, text = _name(line), one_line(count.text)
    outs = line.outs[:_OUTS] if people else line.outs
    return [
        *(count.id, count.failures, 100 * count.failures / failures, count.state, count.code, name),
        *(line.verdict.fault, str(line.verdict.action), count.category, count.first, count.last, line.nodes),
        *(line.retries.won, line.retries.retried, "" if people and text == name else text),
        *("; ".join(map(_out_in_words, outs)), "; ".join(met.words for met in line.outages[:_OUTS]), log),
        *(one_line(line.verdict.why), count.entry),
        *(" ".join(line.busiest[:5]), " ".join(map(str, line.examples))),
    ]


def _name(line: SignatureLine) -> str:
    return line.count.called(line.entry)


def _out_in_words(out: StandOut) -> str:
    """`node spool0301: 40 of 52 there, usual 0.1 %, odds of chance 1e-30`."""
    share = f"{out.failures} of {out.of}, usual {100 * out.usual:.2g} %"
    return f"{_WORDS[out.attribute]} {one_line(value_in_words(out))}: {share} (odds of chance {odds_in_words(out.log_odds)})"


def value_in_words(out: StandOut) -> str:
    """The value as people read it; an hour of the day is a span."""
    return f"{int(out.value):02d}:00-{(int(out.value) + 1) % 24:02d}:00 UTC" if out.attribute == "hour" else out.value


def odds_in_words(log_odds: float) -> str:
    """A probability from its logarithm, as `2e-08`; it may be smaller than any float."""
    power = math.floor(log_odds / math.log(10))
    if power > -3:
        return f"{math.exp(log_odds):.2g}"
    digit = round(math.exp(log_odds - power * math.log(10)))
    return f"1e{power + 1:03d}" if digit == 10 else f"{digit}e{power:03d}"


def _note(found: Diagnosis) -> str:
    later = (
        "failures of older jobs are still being written into the books: harvest again for more" if found.left else ""
    )
    stalled = f"{counted(found.stalled, 'running job')} stalled: prodcli rescue" if found.stalled else ""
    return "\n".join(filter(None, (_compared(found), stalled, later)))


def _compared(found: Diagnosis) -> str:
    if not found.lines:
        return ""
    if not found.compared:
        return "no job that finished lies among the failures: nothing tells what stands out"
    return f"what stands out is compared with {counted(found.compared, 'job')} that finished"


def examples_of(lines: Sequence[SignatureLine]) -> int | None:
    """The first example of the most frequent signature; None without any."""
    return next((line.examples[0] for line in lines if line.examples), None)
