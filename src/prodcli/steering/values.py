"""The values of a rule in a steering file: switches, runs, numbers, paths.

Each raises ValueError for a value that is not allowed; its message needs only the name of the key in front.

Pure: data in, data out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from prodcli.errors import UsageError
from prodcli.names import from_folder
from prodcli.plain_values import Word, as_word, whole_number
from prodcli.runs.run_groups import RunGroup, run_groups
from prodcli.runs.selection import RunSelection, parse_runs
from prodcli.runs.selector import split_calls
from prodcli.sizes import parse_ladder

# the booleans of YAML 1.1, as the readers of today know them
_ON, _OFF = ("on", "yes", "true"), ("off", "no", "false")
# blanks and commas stand between words, but not within the brackets of a selector
_WORD = re.compile(r"(?:\([^()]*\)|[^\s,])+")
_LARGEST = 2**31 - 1  # the books keep numbers in 4 bytes


def switch(value: object) -> bool:
    """A boolean of YAML 1.1; a quoted word is none."""
    word = (
        value.lower() if isinstance(value, Word) and value in (value.lower(), value.capitalize(), value.upper()) else ""
    )
    if word not in _ON + _OFF:
        raise ValueError(f"{shown(value)} is neither on nor off (nor yes, no, true, false, without quotes)")
    return word in _ON


def count(value: object) -> int:
    """A whole number from 0 on."""
    number = signed(value)
    if number < 0:
        raise ValueError(f"{number} is less than 0")
    return number


def positive(value: object) -> int:
    """A whole number from 1 on."""
    if not count(value):
        raise ValueError("0 is not allowed; 1 is the least")
    return count(value)


def signed(value: object) -> int:
    """A whole number of either sign."""
    number = whole_number(value)
    if abs(number) > _LARGEST:
        raise ValueError(f"{number} is too large")
    return number


def text(value: object) -> str:
    """A word or a number as it is written."""
    word = as_word(value)
    if not isinstance(word, str) or not word.strip():
        raise ValueError(f"{shown(value)} is not a text")
    return word.strip()


def memory(value: object) -> str:
    """A memory request, as `4096MB`, or a ladder of requests."""
    ladder = ", ".join(map(text, value)) if isinstance(value, list) else text(value)
    parse_ladder(ladder)
    return ladder


def path(value: object, folder: str, home: str) -> str:
    """A path; a relative one counts from `folder`."""
    name = text(value)
    if not name.isprintable():
        raise ValueError("a path has no control characters")
    return from_folder(name, folder, home)


def words(value: object) -> list[str]:
    """The words of a text, or of a list of texts: `[72500 75000]` without a comma is one text of two words."""
    parts = [text(part) for part in (value if isinstance(value, list) else [value])]
    return [word for part in parts for word in _WORD.findall(part)]


def numbers(named: list[str], called: str = "run number") -> RunSelection:
    """Runs as the field's tools read them: one is a run, two are a range, three or more are a list."""
    try:
        return parse_runs(named)
    except UsageError as failure:
        what = failure.what.replace("run number", called)
        raise ValueError(what + (f" ({failure.todo})" if failure.todo.startswith("write ") else "")) from None


def groups(value: object) -> tuple[RunGroup, ...]:
    """Named groups of runs, each by the grammar of runs."""
    if not isinstance(value, Mapping) or not value:
        raise ValueError("groups are names with runs, like {early: 69600-69999, golden: [69605, 69710, 70012]}")
    said = {}
    for name, runs in value.items():
        try:
            said[str(name)] = numbers(words(runs))
        except ValueError as fault:
            raise ValueError(f"{name}: {fault}") from None
    return run_groups(said)


def has_selectors(named: list[str]) -> bool:
    """True if only the catalogs can say which runs are meant, as of `fully-transferred`."""
    try:
        return bool(split_calls(named)[1])
    except UsageError as failure:
        raise ValueError(str(failure)) from None


def shown(value: object) -> str:
    """A value in a message."""
    kind = {dict: "a mapping", list: "a list", type(None): "nothing"}.get(type(value))
    return kind or f"{str(value)!r:.60}"
