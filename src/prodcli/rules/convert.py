"""Write rules of any dialect in the `params / input / job` dialect."""

from collections.abc import Iterable
from typing import Any

from prodcli.plain_values import Digits, Word
from prodcli.rules.check import Checked

_EMPTY: tuple[Any, ...] = (None, [], {})


def convert(checked: Iterable[Checked]) -> str:
    """Rules as YAML; keys without a counterpart, and errors, stand as comments above each rule."""
    import yaml

    dumper = _dumper()
    parts = []
    for one in checked:
        remarks = [f"# error: {text}" for text in one.errors] + [f"# {text}" for text in one.warnings]
        rule = {one.name: _without_empty(one.raw)}
        parts.append("\n".join([*remarks, yaml.dump(rule, Dumper=dumper, sort_keys=False, width=10**6)]))
    return "\n".join(parts)


def _without_empty(rule: Any) -> Any:
    """Leave out keys without a value."""
    if not isinstance(rule, dict):
        return rule
    order = [key for key in ("params", "input", "job") if key in rule] + [
        key for key in rule if key not in ("params", "input", "job")
    ]
    return {key: _without_empty(rule[key]) for key in order if rule[key] not in _EMPTY}


def _dumper() -> Any:
    """A YAML writer that writes texts of several lines as blocks."""
    import yaml

    class Dumper(yaml.SafeDumper):
        """A class of its own, so that its representers change no other YAML writer."""

        def ignore_aliases(self, data: object) -> bool:
            """Write every value in full."""
            return True

    def text(dumper: Any, value: str) -> Any:
        lines = "\n".join(line.rstrip().replace("\t", "    ") for line in value.splitlines())
        block = "\n" in value
        return dumper.represent_scalar("tag:yaml.org,2002:str", lines if block else value, style="|" if block else None)

    def as_written(dumper: Any, value: Word | Digits) -> Any:
        tag = dumper.resolve(yaml.ScalarNode, str(value), (True, False))
        return dumper.represent_scalar(tag, str(value))

    Dumper.add_representer(str, text)
    Dumper.add_representer(Word, as_written)
    Dumper.add_representer(Digits, as_written)
    return Dumper
