"""Quality results and alarms as tables.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Sequence

from prodcli.quality.results import QualityAlarm, QualityAnswer, QualityResult
from prodcli.tables.table import Cell, Column, Kind, Table

_NOTHING = "no quality results in the books match; payloads report them by prodcli_quality FILE"
_NO_ALARM = "no result is outside of its limits"
_PRODUCT = (Column("tag", shared=True), Column("dsttype", shared=True), Column("dataset", shared=True, level=3))


def results_table(answer: QualityAnswer, by_run: bool, options: str = "") -> Table:
    """A row for each result of a product, or of a run; `options` are those of the question, for the command below."""
    run = [Column("run")] if by_run else []
    columns = [
        *(*_PRODUCT, *run, Column("name"), Column("jobs", kind=Kind.COUNT, level=2)),
        *(
            Column("mean", kind=Kind.NUMBER, level=1),
            Column("least", kind=Kind.NUMBER),
            Column("most", kind=Kind.NUMBER),
        ),
        *(Column("word", drop_empty=True), Column("limit", drop_empty=True)),
        Column("alarms", kind=Kind.COUNT, style="bold red"),
    ]
    rows = [_result(row, answer, by_run) for row in answer.rows if isinstance(row, QualityResult)]
    wrong = answer.alarms
    hints = [f"{wrong} outside of their limits -> prodcli quality --alarms{options}"] if wrong else []
    return Table(columns, rows, note="" if rows else _NOTHING, hints=hints)


def alarms_table(answer: QualityAnswer) -> Table:
    """A row for each result outside of its limits."""
    columns = [
        *(*_PRODUCT, Column("run"), Column("segment"), Column("dbid"), Column("name")),
        *(Column("value", kind=Kind.NUMBER, drop_empty=True), Column("word", drop_empty=True), Column("limit")),
        Column("plot", kind=Kind.PATH, drop_empty=True),
    ]
    rows = [_alarm(row, answer) for row in answer.rows if isinstance(row, QualityAlarm)]
    return Table(columns, rows, note="" if rows else _NO_ALARM)


def _result(row: QualityResult, answer: QualityAnswer, by_run: bool) -> Sequence[Cell]:
    limit = answer.limit(row)
    key: list[Cell] = [row.key] if by_run else []
    numbers: list[Cell] = [row.mean, row.least, row.most, row.word]
    return [
        row.tag,
        row.dsttype,
        row.dataset,
        *key,
        row.name,
        row.jobs,
        *numbers,
        str(limit) if limit else None,
        row.alarms,
    ]


def _alarm(row: QualityAlarm, answer: QualityAnswer) -> Sequence[Cell]:
    limit = answer.limit(row)
    job: list[Cell] = [row.tag, row.dsttype, row.dataset, row.run, row.segment, row.dbid]
    word = row.word if row.value is not None or row.word is not None else "no value"
    return [*job, row.name, row.value, word, str(limit) if limit else None, row.plot]
