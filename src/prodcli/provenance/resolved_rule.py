"""A rule with every value that its jobs get, as a rule file that means the same when profile and folders have changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from prodcli.config.profile import DIRECTORIES
from prodcli.config.yaml_files import parse_yaml_lines
from prodcli.errors import RuleError
from prodcli.rules.model import SECTIONS, Rule

_GENERATED = ("generate", "status_query_constraints")  # what a rule without inputs may say of them
_ABSOLUTE = ("/", "~", "{")  # how a path begins that does not count from the folder of the rule file


def resolved_text(rule: Rule) -> str:
    """The rule as YAML: the site's defaults, templates, arguments and variables filled in, paths in full."""
    import yaml

    sections = {name: _section(rule, name) for name in SECTIONS}
    job, site = sections["job"], rule.site
    job |= {"script": rule.path(rule.job.script), "payload": [rule.path(entry) for entry in rule.job.payload]}
    job |= {"nevents": rule.nevents, "filesystem": {kind: _directory(rule, kind) for kind in DIRECTORIES}}
    job |= {"log": _placed(rule, rule.job.log), "initialdir": _placed(rule, rule.job.initialdir)}
    job |= {
        "arguments": rule.job.arguments or site.arguments,
        "environment": {**site.environment, **rule.job.environment},
    }
    job |= {"outputs_per_job": rule.outputs_per_job, "registers_outputs": rule.registers_outputs}
    sections["job"] = {key: job[key] for key in SECTIONS["job"].model_fields if key in job}
    return str(yaml.safe_dump(_plain({rule.name: sections}), sort_keys=False, allow_unicode=True, width=120))


def rule_keys(text: str) -> dict[str, str]:
    """The values of a resolved rule by dotted key, without the rule's name; empty for a text that is none."""
    try:
        data, _ = parse_yaml_lines(text, Path("resolved rule"), RuleError)
    except RuleError:
        return {}
    return dict(_flat("", next(iter(data.values()), {})))


def payload_of(text: str) -> tuple[list[str], str]:
    """The entries of the payload, and the script, of a resolved rule."""
    try:
        data, _ = parse_yaml_lines(text, Path("resolved rule"), RuleError)
        job = next(iter(data.values()))["job"]
        return [str(entry) for entry in job["payload"]], str(job["script"])
    except (RuleError, LookupError, TypeError, StopIteration):
        return [], ""


def _section(rule: Rule, name: str) -> dict[str, Any]:
    """The values of a section; those that are not given, and that mean nothing, are left out."""
    values = getattr(rule, name).model_dump(mode="json", exclude_none=True)
    if name == "input" and rule.generated:
        return {key: values[key] for key in _GENERATED if values.get(key)}
    return {
        key: value
        for key, value in values.items()
        if value not in ("", [], {}) or key in rule.site.defaults.get(name, {})
    }


def _directory(rule: Rule, kind: str) -> str:
    own = getattr(rule.job.filesystem, kind)
    return _placed(rule, own) if own else rule.site.filesystem[kind].replace("{root}", rule.site.roots[kind])


def _placed(rule: Rule, path: str) -> str:
    return path if path.startswith(_ABSOLUTE) else rule.path(path)


def _plain(value: Any) -> Any:
    """A value without what the reader of rule files adds to words and numbers."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    kinds = [kind for kind in (bool, int, str) if isinstance(value, kind)]
    return kinds[0](value) if kinds else value


def _flat(prefix: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(f"{prefix}.{key}" if prefix else str(key), inner)
    elif isinstance(value, list):
        yield prefix, ", ".join(map(str, value))
    else:
        yield prefix, "" if value is None else str(value)
