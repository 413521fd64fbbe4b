"""Render the SQL of a rule for a pass, with bound values, and check the SQL before a database sees it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prodcli.errors import RuleError
from prodcli.resources import template_folders
from prodcli.rules.sql_text import is_file, statement
from prodcli.runs.selection import RunSelection

if TYPE_CHECKING:
    from prodcli.rules.model import Rule


QUERY_FOLDER = "query"


def render_query(
    source: str, context: Mapping[str, Any], where: str, own_templates: Path | None = None, is_file: bool = False
) -> tuple[str, list[object]]:
    """Render a rule's SQL: the statement, and the values marked by its `bind` filter; raises RuleError.

    Only numbers and ready-made conditions become part of the text itself.
    """
    import jinja2
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    values: list[object] = []

    @jinja2.pass_context  # else that of a constant would be asked before all others
    def bind(_: object, value: object) -> Fragment:
        values.append(json.dumps(value) if isinstance(value, list | tuple) else value)
        return Fragment("?")

    def finalize(value: object) -> object:
        if isinstance(value, Fragment) or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        raise TypeError(f"{value!r:.60} must go through the filter `bind`")

    folders = [str(Path(folder) / QUERY_FOLDER) for folder in template_folders(own_templates)]
    environment = ImmutableSandboxedEnvironment(
        loader=jinja2.FileSystemLoader(folders),
        undefined=jinja2.StrictUndefined,
        finalize=finalize,
        autoescape=False,  # noqa: S701 - SQL; `finalize` refuses what is not bound
    )
    environment.filters["bind"] = bind
    try:
        template = environment.get_template(source) if is_file else environment.from_string(source)
        return template.render(context), values
    except jinja2.TemplateNotFound as err:
        raise RuleError(
            f"input.query: there is no template {err.name} in {' and '.join(folders)}", where=where
        ) from None
    except jinja2.TemplateError as err:
        raise RuleError(f"input.query: {err.message}", where=where) from None
    except (TypeError, ValueError, LookupError, ArithmeticError, OSError, RecursionError, MemoryError) as err:
        raise RuleError(f"input.query: {err}", where=where) from None


class Fragment(str):
    """SQL that a template may insert into a statement without `bind`."""


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
    """`AND ...` for the numbers of a selection; only numbers become part of the text."""
    ranges = [(int(low), int(high)) for low, high in selection.spans]
    singles = [str(low) for low, high in ranges if low == high]
    parts = [f"{column} BETWEEN {low} AND {high}" for low, high in ranges if low != high]
    if singles:
        parts.append(f"{column} IN ({','.join(singles)})")
    return f"AND ({' OR '.join(parts)})"


def check_queries(rule: Rule) -> None:
    """Raise RuleError for SQL of the rule that cannot be rendered; template files are checked when they are used."""
    some = RunSelection(((1, 2),), frozenset())
    texts = (rule.input.query, rule.input.runlist_query, *(table.query for table in rule.input.tables))
    for text in texts:
        if text is not None and not is_file(text):
            rendered(rule, text, some, some)
