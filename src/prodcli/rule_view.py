"""Rules as people look at them: every field with its final value, and what a check found."""

from collections.abc import Iterable

from prodcli.layout import Layout
from prodcli.preflight import lacks
from prodcli.rule import Rule
from prodcli.rule_check import Checked


def view(rule: Rule) -> list[tuple[str, str]]:
    """Every field of a rule and every template that follows from it, as (key, value)."""
    rows = [("rule", rule.name), ("file", rule.file), ("tag", rule.outtriplet), ("match", str(rule.dsttype.match))]
    rows.append(("inputs", ",".join(rule.dsttype.inputs)))
    for section in (rule.params, rule.input, rule.job):
        prefix = type(section).__name__.lower()
        for key, value in section.model_dump(exclude={"filesystem"}).items():
            if value not in (None, "", ()):
                rows.append((f"{prefix}.{key}", ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)))
    layout = Layout(rule)
    rows.append(("batch name", layout.batch_name))
    rows += [
        (key, layout.macro(key)) for key in layout.formats if key not in layout.constants and key not in layout.macros
    ]
    return rows


def findings(checked: Iterable[Checked], deep: bool) -> list[tuple[str, str, str]]:
    """What a check found: (rule, error or warning, what); `deep` looks at the disk, too."""
    found = []
    for one in checked:
        found += [(one.name, "error", text) for text in one.errors]
        found += [(one.name, "warning", text) for text in one.warnings]
        if deep and one.rule is not None:
            found += [(one.name, "error", text) for text in lacks(one.rule)]
    return found
