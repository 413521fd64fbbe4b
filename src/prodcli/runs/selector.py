"""Named selections of runs: their form on the command line, `new(window=6h)` or `label:golden`, and their keys in prodcli.yaml.

Pure: data in, data out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from prodcli.errors import ConfigError, UsageError
from prodcli.names import did_you_mean
from prodcli.plain_values import as_word
from prodcli.runs.selection import RunSelection, parse_runs
from prodcli.time_text import parse_age

_CALL = re.compile(r"([A-Za-z][A-Za-z0-9_-]*(?::[A-Za-z0-9][A-Za-z0-9_.-]*)?)(?:\(([^()]*)\))?")
_PARTS = re.compile(r"(?:\([^()]*\)|[^,])+")  # a comma within brackets separates arguments, not runs
_ARGUMENT = re.compile(r"([a-z][a-z_]*)=(.+)")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?")
_NO_CODE = re.compile(r"(?s)'(?:[^']|'')*'|\"[^\"]*\"|--[^\n]*|/\*.*?\*/")
GROUP = "prodcli.selectors"  # entry points of plugins
BUILT_IN = ("fully-transferred", "new")
CURSOR = "cursor"  # the runs from the cursor of a rule on; no selector has this name
# The keys that a selector of prodcli.yaml may have together.
KINDS = (
    frozenset({"database", "sql"}),
    frozenset({"database", "table", "column"}),
    frozenset({"file"}),
    frozenset({"url"}),
)


@dataclass(frozen=True)
class Call:
    """A selector as typed on the command line; `within` are the runs in its brackets."""

    name: str
    arguments: Mapping[str, str]
    within: RunSelection | None

    def __str__(self) -> str:
        inside = [*([str(self.within)] if self.within else []), *(f"{k}={v}" for k, v in self.arguments.items())]
        return f"{self.name}({','.join(inside)})" if inside else self.name

    def seconds(self, argument: str) -> int:
        """An age like 90m, 6h or 7d in seconds; raises UsageError for other text."""
        age = parse_age(self.arguments.get(argument, ""))
        if age is None:
            raise UsageError(f"{argument} must be an age", where=str(self), todo=f"like {self.name}({argument}=6h)")
        return age

    def require_only(self, *known: str) -> None:
        """Raise UsageError for an argument that the selector does not have."""
        for argument in self.arguments:
            if argument not in known:
                said = did_you_mean(argument, known) if known else "; it takes only runs, like (69600-72000)"
                raise UsageError(f"selector {self.name} has no argument {argument!r:.60}{said}", where=str(self))


@dataclass(frozen=True)
class Source:
    """Where a configured selector finds its runs: the keys of one of `KINDS`."""

    name: str
    values: Mapping[str, str]

    @property
    def where(self) -> str:
        """The name of the source in messages."""
        return f"selectors.{self.name}"


def split_calls(tokens: Sequence[str]) -> tuple[list[str], list[Call]]:
    """Separate numbers and ranges from the selectors among the words of `--runs`.

    Without a selector the words are unchanged, since two of them are a range. Raises UsageError for a malformed
    selector.
    """
    plain, calls = [], []
    for token in tokens:
        for part in _PARTS.findall(token):
            found = _CALL.fullmatch(part.strip())
            if found is None:
                plain.append(part)
            else:
                calls.append(_call(found[1], found[2] or ""))
    return ([",".join(plain)] if plain else [], calls) if calls else (list(tokens), [])


def _call(name: str, inside: str) -> Call:
    arguments, spans = {}, []
    for word in filter(None, (part.strip() for part in inside.split(","))):
        found = _ARGUMENT.fullmatch(word)
        if found is None:
            spans.append(word)
        elif found[1] in arguments:
            raise UsageError(f"{found[1]} stands twice", where=f"{name}({inside})")
        else:
            arguments[found[1]] = found[2]
    try:
        within = parse_runs([",".join(spans)]) if spans else None
    except UsageError as failure:
        raise UsageError(failure.what, where=f"{name}({inside})", todo=failure.todo) from None
    return Call(name, MappingProxyType(arguments), within)


def read_sources(data: object, file: str) -> dict[str, Source]:
    """Check the section `selectors` of prodcli.yaml; raises ConfigError for a malformed entry."""
    if not isinstance(data, Mapping):
        raise ConfigError("selectors must be a mapping of names", where=file)
    return {str(name): _source(str(name), values, file) for name, values in data.items()}


def _source(name: str, values: object, file: str) -> Source:
    where = f"{file}: selectors.{name}"
    if not _CALL.fullmatch(name) or "(" in name or ":" in name:
        raise ConfigError("a selector's name is letters, digits, _ and -, a letter first", where=where)
    if name == CURSOR:
        raise ConfigError("cursor means the cursor of a rule; give the selector another name", where=where)
    if not isinstance(values, Mapping) or frozenset(values) not in KINDS:
        allowed = "; ".join(" and ".join(sorted(kind)) for kind in KINDS)
        raise ConfigError(f"a selector has one of these sets of keys: {allowed}", where=where)
    texts: dict[str, str] = {}
    for key, value in values.items():
        text = as_word(value)
        if not isinstance(text, str) or not text.strip():
            raise ConfigError(f"{key} must be a text (it says {value!r:.60})", where=where)
        if key in ("table", "column") and not _IDENTIFIER.fullmatch(text):
            raise ConfigError(f"{key} must be a plain name (it says {value!r:.60})", where=where)
        texts[key] = text
    if ";" in _NO_CODE.sub("", texts.get("sql", "")).strip().rstrip(";"):
        raise ConfigError("sql must be one statement", where=where)
    if "url" in texts and not texts["url"].startswith(("http://", "https://", "file://")):
        raise ConfigError("url must start with https://, http:// or file://", where=where)
    return Source(name, MappingProxyType(texts))
