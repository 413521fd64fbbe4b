"""Rendering of submit descriptions from Jinja templates; a site's own folder of templates comes first."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from prodcli.errors import ConfigError, RuleError
from prodcli.paths import shipped

SUBMIT_TEMPLATE = "condor/job.sub.j2"
QUERY_FOLDER = "query"


def render(template: str, context: dict[str, Any], own_templates: Path | None = None) -> str:
    """Render a template; raises RuleError for a value that its place cannot hold, ConfigError for the template."""
    import jinja2
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    folders = _folders(own_templates)
    environment = ImmutableSandboxedEnvironment(
        loader=jinja2.FileSystemLoader(folders),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - plain text; the filters below refuse what a description cannot hold
    )
    environment.filters.update(text=text, expression=expression, arguments=arguments, string_literal=string_literal)
    try:
        return environment.get_template(template).render(context)
    except jinja2.TemplateNotFound as err:
        raise ConfigError(f"there is no template {err.name}", where=" and ".join(folders)) from None
    except jinja2.TemplateError as err:
        line = getattr(err, "lineno", None)
        raise ConfigError(f"{err.message}", where=f"template {template}{f', line {line}' if line else ''}") from None
    except (TypeError, ValueError, LookupError, ArithmeticError, OSError) as err:
        raise ConfigError(f"{type(err).__name__}: {err}", where=f"template {template}") from None


def render_query(
    source: str, context: Mapping[str, Any], where: str, own_templates: Path | None = None, is_file: bool = False
) -> tuple[str, list[object]]:
    """Render a rule's SQL: the statement, and the values that its `bind` filter put marks for; raises RuleError.

    Nothing but numbers and the ready-made conditions goes into the text itself.
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

    folders = [str(Path(folder) / QUERY_FOLDER) for folder in _folders(own_templates)]
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
    """SQL that is ready to stand in a statement."""


def _folders(own_templates: Path | None) -> list[str]:
    return [str(folder) for folder in (own_templates, shipped("templates")) if folder is not None]


def text(value: object) -> str:
    """A plain value: one line without quotes."""
    return _refuse(value, "\"'")


def expression(value: object) -> str:
    """A ClassAd expression: one line."""
    return _refuse(value, "")


def arguments(value: object) -> str:
    """The inside of `arguments = "..."`; single quotes group words."""
    return _refuse(value, '"')


def string_literal(value: object) -> str:
    """A ClassAd string, as submit descriptions write it: there a backslash is one, but before a quote."""
    return '"' + _refuse(value, '"') + '"'


def _refuse(value: object, characters: str) -> str:
    words = str(value)
    if not words.isprintable() or words.endswith("\\") or any(c in words for c in characters):
        raise RuleError(
            f"{words!r:.80} cannot stand in a submit description",
            todo=f"no newlines, control characters, {characters} or \\ at the end",
        )
    return words
