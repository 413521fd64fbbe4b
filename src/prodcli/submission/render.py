"""Render submit descriptions from Jinja templates; a site's own folder of templates comes first."""

from pathlib import Path
from typing import Any

from prodcli.errors import ConfigError, RuleError
from prodcli.resources import template_folders

SUBMIT_TEMPLATE = "condor/job.sub.j2"


def render(template: str, context: dict[str, Any], own_templates: Path | None = None) -> str:
    """Render a template; raises RuleError for a value that its place cannot hold, ConfigError for a faulty template."""
    import jinja2
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    folders = template_folders(own_templates)
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
    """A ClassAd string as submit descriptions write it: only a backslash before a quote is an escape."""
    return '"' + _refuse(value, '"') + '"'


def _refuse(value: object, characters: str) -> str:
    words = str(value)
    if not words.isprintable() or words.endswith("\\") or any(c in words for c in characters):
        raise RuleError(
            f"{words!r:.80} cannot stand in a submit description",
            todo=f"no newlines, control characters, {characters} or \\ at the end",
        )
    return words
