"""Rules for people: every field with its final value and source, and the findings of a check."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from prodcli.rules.check import Checked
from prodcli.rules.layout import Layout
from prodcli.rules.model import Overrides, Rule, Section
from prodcli.rules.required_files import lacks

# What jobs without inputs take of the section `input`; the other fields have defaults, and mean nothing.
_WITHOUT_INPUTS = ("input.generate", "input.cut_segment", "input.status_query_constraints")


@dataclass(frozen=True)
class RuleFinding:
    """A finding of a check and its place: `file:line`."""

    where: str
    rule: str
    kind: str
    what: str


def view(rule: Rule) -> list[tuple[str, str]]:
    """Every field of a rule and every template that follows from it, as (key, value)."""
    rows = [("rule", rule.name), ("file", rule.file), ("tag", rule.outtriplet), ("match", str(rule.dsttype.match))]
    rows.append(("inputs", ",".join(rule.dsttype.inputs)))
    for section in (rule.params, rule.input, rule.job):
        fields = _fields(type(section).__name__.lower(), section)
        rows += [(key, value) for key, value in fields if value and not (rule.generated and _of_inputs(key))]
    layout = Layout(rule)
    rows.append(("batch name", layout.batch_name))
    known = {*layout.constants, *layout.macros}
    rows += [(key, layout.macro(key)) for key in layout.formats if key not in known]
    return rows


def _of_inputs(key: str) -> bool:
    """True for a field that means nothing without inputs, as cuts on runs."""
    return key.startswith("input.") and not key.startswith(_WITHOUT_INPUTS)


def resolved(checked: Checked, rule: Rule, overrides: Overrides) -> list[tuple[str, str, str]]:
    """Every field with its value and source: the rule and its line, the command line, the site, or other fields."""
    given = {section: values for section, values in checked.raw.items() if isinstance(values, Mapping)}
    typed = overrides.apply({})
    return [(key, value, _origin(key, checked, rule, given, typed)) for key, value in view(rule)]


def _origin(
    key: str,
    checked: Checked,
    rule: Rule,
    given: Mapping[str, Mapping[str, object]],
    typed: Mapping[str, Mapping[str, object]],
) -> str:
    section, _, name = key.partition(".")
    name = name.partition(".")[0]
    if name in typed.get(section, {}) or (key == "job.nevents" and rule.nevents != rule.job.nevents):
        return "command line"
    if name == "request_memory" and "mem" in given.get("job", {}):
        key, name = "job.mem", "mem"
    if name in given.get(section, {}):
        return "translated from the older dialect" if checked.older else f"rule, line {checked.line(key)}"
    if name in rule.site.defaults.get(section, {}):
        return "site default"
    if section in given:
        return "derived" if name in ("dataset", "physicsmode") else "default"
    return "rule" if key in ("rule", "file") else "derived"


def _fields(prefix: str, section: Section) -> list[tuple[str, str]]:
    """The fields of a section, nested fields by dotted keys; an empty text for a field without a value."""
    rows = []
    for key in type(section).model_fields:
        value = getattr(section, key)
        if isinstance(value, Section):
            rows += _fields(f"{prefix}.{key}", value)
        elif isinstance(value, dict):
            rows += [(f"{prefix}.{key}.{name}", str(text)) for name, text in value.items()]
        elif isinstance(value, tuple) and value and isinstance(value[0], Section):
            rows += [row for item in value for row in _fields(f"{prefix}.{key}.{item.name}", item)]
        elif isinstance(value, tuple):
            rows.append((f"{prefix}.{key}", ", ".join(map(str, value))))
        else:
            rows.append((f"{prefix}.{key}", "" if value is None else str(value)))
    return rows


def findings(checked: Mapping[Path, Iterable[Checked]], deep: bool) -> list[RuleFinding]:
    """The findings of a check of files; `deep` also checks files on disk."""
    found = []
    for path, rules in checked.items():
        count = 0
        for one in rules:
            count += 1
            errors = [*one.errors, *(lacks(one.rule) if deep and one.rule is not None else ())]
            for kind, texts in (("error", errors), ("warning", one.warnings), ("note", filter(None, [one.note]))):
                found += [RuleFinding(_where(path, one.line(text)), one.name, kind, text) for text in texts]
        if not count:
            found.append(RuleFinding(str(path), "", "warning", "the file holds no rule"))
    return found


def differences(left: Rule | None, right: Rule | None) -> list[tuple[str, str, str]]:
    """Fields with different values in two rules: (key, here, there)."""
    a, b = (dict(view(rule)) if rule is not None else {} for rule in (left, right))
    keys = [key for key in dict.fromkeys([*a, *b]) if key != "file"]
    return [(key, a.get(key, ""), b.get(key, "")) for key in keys if a.get(key, "") != b.get(key, "")]


def _where(path: Path, line: int) -> str:
    return f"{path}:{line}" if line else str(path)
