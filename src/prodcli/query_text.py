"""The SQL of a rule for a pass: rendered, with values bound, and looked at before a database sees it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from prodcli.errors import RuleError
from prodcli.render import Fragment, render_query
from prodcli.rule_sql import is_file, statement
from prodcli.runs import RunSelection

if TYPE_CHECKING:
    from prodcli.rule import Rule


def rendered(
    rule: Rule, source: str, selection: RunSelection, segments: RunSelection | None, templates: Path | None = None
) -> tuple[str, list[object]]:
    """One of the rule's SQL texts for a selection: the statement and its bound values; raises RuleError."""
    context = {
        "run_condition": Fragment(condition("runnumber", selection)),
        "seg_condition": Fragment(condition("segment", segments) if segments is not None else ""),
        "limit_condition": Fragment(""),
        "params": rule.params.model_dump(),
        "input": rule.input.model_dump(),
        "values": rule.job.values,
        "tag": rule.outtriplet,
    }
    where = f"{rule.file}: rule {rule.name}"
    sql, values = render_query(source, context, where, templates, is_file(source))
    try:
        return statement(sql, marks=bool(values)), values
    except ValueError as err:
        raise RuleError(f"input.query: {err}", where=where) from None


def condition(column: str, selection: RunSelection) -> str:
    """`AND ...` for the numbers of a selection; numbers and nothing else go into it."""
    ranges = [(int(low), int(high)) for low, high in selection.spans]
    singles = [str(low) for low, high in ranges if low == high]
    parts = [f"{column} BETWEEN {low} AND {high}" for low, high in ranges if low != high]
    if singles:
        parts.append(f"{column} IN ({','.join(singles)})")
    return f"AND ({' OR '.join(parts)})"


def check_queries(rule: Rule) -> None:
    """Raise RuleError for SQL of the rule that cannot be rendered; templates in files are looked at when they are used."""
    some = RunSelection(((1, 2),), frozenset())
    texts = (rule.input.query, rule.input.runlist_query, *(table.query for table in rule.input.tables))
    for text in texts:
        if text is not None and not is_file(text):
            rendered(rule, text, some, some)
