"""Jobs by query: each row of a rule's own SQL becomes a job, as matched inputs do for other rules.

A row needs the columns `runnumber, segment, files`, and the columns that the rule's templates use.
"""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from prodcli.catalogs.catalogs import Catalogs
from prodcli.catalogs.imported_tables import Found, Imported, import_table, run_query
from prodcli.catalogs.rows import Run, whole
from prodcli.db.row_objects import Row
from prodcli.errors import RuleError
from prodcli.exclusions.invalid_runs import Invalid, covers, invalid_segments, without_invalid
from prodcli.names import placeholders
from prodcli.planning.plan_request import PlanRequest
from prodcli.reasons import Level, Reason, Skips
from prodcli.rules.layout import Job, Layout
from prodcli.rules.query_text import rendered
from prodcli.runs.selection import RunSelection
from prodcli.runs.sources import named_runs

if TYPE_CHECKING:
    from prodcli.rules.model import Rule

log = logging.getLogger(__name__)
_NEEDED = ("runnumber", "segment", "files")
# Columns that are written otherwise than they come: lists of files as the payload scripts read them.
_LISTS = {"inputs": "files", "ranges": "fileranges"}
_OPTIONAL = ("ranges",)
_MOST_SEGMENT = 2**31 - 1  # the books keep segments in 4 bytes
_NOTHING = "NA"  # for NULL and for an empty text: HTCondor would give such a field the first job's value
_STREAM = "streamname"
_PLAIN = re.compile(r"[!#%&(-~]*")  # what a word may well be; the others are looked at more closely
_REFUSED = re.compile(r"[\s\"']|\$\w*\(|\$\$")


class DuplicateRows(RuleError):
    """A query gives two rows for one output."""


@dataclass(frozen=True)
class Candidate:
    """A row that may become a job: the job, and the logical names of its inputs."""

    job: Job
    files: tuple[str, ...]


def queried(wanted: PlanRequest, catalogs: Catalogs, skips: Skips) -> tuple[int, list[Job]]:
    """The number of runs in the query, and the jobs whose inputs exist: newest run first, then by segment.

    Raises RuleError for a missing column, if no row is a candidate, and DuplicateRows for two rows of one output.
    """
    rule, segments = wanted.rule, wanted.input_segments
    picked = _candidates(rule, _ask(wanted, catalogs), wanted.runs, skips)
    runs = {row.job.run for row in picked}
    picked = _without_invalid(rule, picked, wanted.exclusions.invalid, skips)
    picked = _of_runlist(wanted, picked, catalogs)
    picked = [row for row in picked if segments is None or row.job.segment in segments]
    picked.sort(key=lambda row: (-row.job.run, row.job.segment, row.job.host, row.job.columns))
    _require_single(rule, picked)
    jobs = _with_inputs(rule, picked, catalogs, skips)
    events = catalogs.events(sorted({job.run for job in jobs})) if jobs else {}
    return len(runs), [job._replace(eventsinrun=events.get(job.run, 0)) for job in jobs]


def _ask(wanted: PlanRequest, catalogs: Catalogs) -> Found:
    rule = wanted.rule
    tables: list[Imported] = []
    for table in rule.input.tables:
        sql, values = _rendered(wanted, table.query)
        tables.append(import_table(catalogs.called(table.database), table.name, sql, values))
    sql, values = _rendered(wanted, rule.input.query or "")
    return run_query(catalogs.called(rule.input.database), sql, values, tables, "input.query")


def _rendered(wanted: PlanRequest, query: str) -> tuple[str, list[object]]:
    return rendered(wanted.rule, query, wanted.runs, wanted.input_segments, wanted.templates)


def _candidates(rule: Rule, found: Found, selection: RunSelection, skips: Skips) -> list[Candidate]:
    """The rows of a selection as candidates; raises RuleError for a missing column, or if no row can be a candidate."""
    read = _reader(rule, found)
    candidates: list[Candidate] = []
    refused: list[tuple[Row, RuleError]] = []
    for row in found.rows:
        try:
            candidates.append(read(row))
        except RuleError as failure:
            refused.append((row, failure))
    if refused and not candidates:
        raise refused[0][1]
    run_at = found.columns.index("runnumber")
    for row, error in refused:
        run = whole(row[run_at])
        if run is not None and run in selection:
            skips.add(Reason.BAD_CATALOG_ROW, Level.OUTPUT, run, error.what)
    nowhere = [error for row, error in refused if whole(row[run_at]) is None]
    if nowhere:
        log.warning("%s; rows left out that name no run: %d", nowhere[0], len(nowhere))
    return [row for row in candidates if row.job.run in selection]


def _reader(rule: Rule, found: Found) -> Callable[[Row], Candidate]:
    """The function that makes a row a candidate; it raises RuleError for a row that cannot be one."""
    where = f"{rule.file}: rule {rule.name}"
    place = {column: number for number, column in enumerate(found.columns)}  # of a name that stands twice, the last
    names = rule.params.names
    leafdir = placeholders(names.leafdir) if names is not None else [_STREAM]
    apart = [number for number, column in enumerate(rule.input.columns) if column in leafdir]
    _require_columns(rule, found, {*_NEEDED, *leafdir}, where)
    run_at, segment_at, files_at = (place[column] for column in _NEEDED)
    picked = [(column, place.get(_LISTS.get(column, column))) for column in rule.input.columns]
    host = next((number for number, (column, _) in enumerate(picked) if column == _STREAM), None)

    def read(row: Row) -> Candidate:
        run, segment = whole(row[run_at]), whole(row[segment_at])
        if run is None or segment is None or not 0 <= segment <= _MOST_SEGMENT:
            shown = dict(zip(found.columns, row, strict=True))
            raise RuleError(f"input.query: a row has no run or segment: {shown!s:.200}", where=where)
        files = tuple(str(row[files_at] or "").split())
        columns = tuple(_word(column, None if at is None else row[at], where) for column, at in picked)
        leaf = ",".join(columns[number] for number in apart)
        job = Job(run, segment, len(files), 0, "" if host is None else columns[host], leaf, 0, columns)
        return Candidate(job, files)

    return read


def _require_columns(rule: Rule, found: Found, vital: Set[str], where: str) -> None:
    """Raise RuleError for a missing vital column, and warn of another missing column."""
    for column in (*_NEEDED, *rule.input.columns):
        if _LISTS.get(column, column) not in found.columns and column not in _OPTIONAL:
            lacks = f"input.query: gives no column {column!r}, which the rule uses"
            if column in vital:
                raise RuleError(f"{lacks}; it gives {', '.join(found.columns)}", where=where)
            log.warning("%s: rule %s: %s; %s is written for it", rule.file, rule.name, lacks, _NOTHING)


def _word(column: str, value: object, where: str) -> str:
    """A value as one word of the arguments; lists of files are separated by commas, as payload scripts read them."""
    if isinstance(value, Decimal | float) and math.isfinite(value) and value == int(value):
        value = int(value)
    text = "" if value is None else str(value)
    text = ",".join(text.split()) if column in _LISTS else text.strip()
    if not _PLAIN.fullmatch(text) and (_REFUSED.search(text) or not text.isprintable()):
        raise RuleError(f"input.query: the column {column!r} must be a word, not {text!r:.80}", where=where)
    return text or _NOTHING


def _of_runlist(wanted: PlanRequest, rows: list[Candidate], catalogs: Catalogs) -> list[Candidate]:
    """The runs that the rule's own list of runs contains, if it has one."""
    rule = wanted.rule
    if rule.input.runlist_query is None:
        return rows
    sql, values = _rendered(wanted, rule.input.runlist_query)
    found = run_query(catalogs.called(rule.input.database), sql, values, (), "input.runlist_query")
    listed = [row[0] for row in found.rows if row[0] is not None]
    runs = named_runs(listed, f"{rule.file}: rule {rule.name}: input.runlist_query")
    return [row for row in rows if row.job.run in runs]


def _without_invalid(rule: Rule, rows: list[Candidate], invalid: Sequence[Invalid], skips: Skips) -> list[Candidate]:
    """Leave out runs and segments that are invalid for the rule's dsttype."""
    numbers = sorted({row.job.run for row in rows})
    good = {
        run.number for run in without_invalid(rule, [Run(number, "", 0, None) for number in numbers], invalid, skips)
    }
    spans, kept = invalid_segments(rule, invalid, good), []
    for row in rows:
        if row.job.run in good and covers(spans.get(row.job.run, ()), row.job.segment):
            skips.add(Reason.INVALID, Level.SEGMENT, row.job.run, row.job.segment)
        elif row.job.run in good:
            kept.append(row)
    return kept


def _require_single(rule: Rule, rows: Sequence[Candidate]) -> None:
    """Raise DuplicateRows, with both rows, if two rows are the same output."""
    seen: dict[tuple[int, int, str], Candidate] = {}
    for row in rows:
        other = seen.setdefault((row.job.run, row.job.segment, row.job.leaf), row)
        if other is not row:
            what = f"run {row.job.run}, segment {row.job.segment}" + (f", {row.job.host}" if row.job.host else "")
            raise DuplicateRows(
                f"input.query: two rows for {what}: {_files(other)} and {_files(row)}",
                where=f"{rule.file}: rule {rule.name}",
                todo="each output needs one row",
            )


def _with_inputs(rule: Rule, rows: Sequence[Candidate], catalogs: Catalogs, skips: Skips) -> list[Job]:
    """Leave out rows without inputs or with an input without a path, and segments that the rule cuts."""
    names = {name for row in rows for name in row.files} if rule.input.lookup else set()
    missing = catalogs.unplaced(sorted(names)) if names else set()
    layout, jobs = Layout(rule), []
    for row in rows:
        away = [name for name in row.files if name in missing]
        if not row.files:
            skips.add(Reason.NO_INPUTS, Level.OUTPUT, row.job.run, layout.called(row.job))
        elif away:
            more = f" and {len(away) - 1} more" if len(away) > 1 else ""
            skips.add(
                Reason.INPUT_OFF_DISK, Level.OUTPUT, row.job.run, f"{layout.called(row.job)} lacks {away[0]}{more}"
            )
        elif row.job.segment % rule.input.cut_segment:
            skips.add(Reason.SEGMENT_CUT, Level.SEGMENT, row.job.run, row.job.segment)
        else:
            jobs.append(row.job)
    return jobs


def _files(row: Candidate) -> str:
    more = f" and {len(row.files) - 2} more" if len(row.files) > 2 else ""
    return f"({' '.join(row.files[:2])}{more})"
