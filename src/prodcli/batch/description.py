"""The submission as data: a submit description with what all jobs share, and items with what differs.

`parse_description` and `expand` read a rendered description as HTCondor does, as far as the templates use its language:
`key = value` lines, `$(name)` and `$INT(name,format)`.

Pure: data in, data out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from prodcli.errors import BatchError
from prodcli.sizes import parse_ladder, parse_mb

# Jobs carry these attributes; harvest and reconcile know a job by them.
ATTRIBUTES = {
    "dbid": "ProdcliDbid",
    "attempt": "ProdcliAttempt",
    "claim": "ProdcliClaim",
    "rule": "ProdcliRule",
    "tag": "ProdcliTag",
    "dataset": "ProdcliDataset",
    "dsttype": "ProdcliDsttype",
    "run": "ProdcliRun",
    "segment": "ProdcliSegment",
    "outputs": "ProdcliOutputs",
    "mask": "ProdcliMask",
}
DESCRIPTION, ITEMS = "job.sub", "items.csv"  # the files of a submission
LISTS = "lists"  # the folder beside them, of lists of inputs
_QUEUE = re.compile(r"(?i)queue\s+(?P<fields>[\w, ]+?)\s+from\s+(?P<file>\S.*)")
_MACRO = re.compile(r"\$(?P<function>INT)?\((?P<name>[\w.]+)(?:,(?P<format>%0?\d*[di]))?\)", re.IGNORECASE)
_NESTING = 20
UNIT = "\x1f"  # ASCII unit separator
_LADDER = "ProdcliMemory"  # the attribute that holds the steps in MB, where the schedd cannot climb them by itself
# How often a job was held for exceeding a resource. Also disk counts; that is never released here, so it only means
# that a job which a person released after it climbs one step more.
_OVERUSES = "(NumHoldsByReason.JobOutOfResources ?: 0) + (NumHoldsByReason.StartdHeldJob ?: 0)"
_MEMORY_HOLD = "(HoldReasonCode is 34 || HoldReasonCode is 21) && HoldReasonSubCode is 102"


@dataclass(frozen=True)
class Description:
    """A submit description as a batch system reads it: macros and commands by lower-case key."""

    commands: Mapping[str, str]
    fields: tuple[str, ...]
    items_file: str


def steps_of(commands: Mapping[str, str]) -> tuple[int, ...]:
    """The requested memory in MB, step by step; raises ValueError if the commands do not have numbers."""
    ladder = commands.get(f"my.{_LADDER}".casefold())
    if ladder is not None:
        return tuple(int(step) for step in ladder.strip("{}").split(","))
    first = parse_mb(commands.get("request_memory", ""))
    more = commands.get("retry_request_memory", "")
    return (first, *(parse_ladder(more) if more else ()))


def climbing(steps: Sequence[int], retries_memory: bool) -> dict[str, str]:
    """The commands that request memory in steps of MB, one or more."""
    first, *more = steps
    if not more:
        return {"request_memory": f"{first}MB"}
    if retries_memory:
        return {"request_memory": f"{first}MB", "retry_request_memory": ", ".join(f"{step}MB" for step in more)}
    return {
        f"My.{_LADDER}": f"{{{', '.join(map(str, steps))}}}",
        "request_memory": (step := f"{_LADDER}[min({{{len(more)}, {_OVERUSES}}})]"),
        "periodic_release": f"{_MEMORY_HOLD} && {_OVERUSES} <= {len(more)} && RequestMemory is {step}",
    }


def parse_description(text: str, where: str) -> Description:
    """Read a rendered description; raises BatchError for a line outside of its language."""
    commands: dict[str, str] = {}
    for line in text.splitlines():
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        queue = _QUEUE.fullmatch(stripped)
        if queue is not None:
            fields = tuple(field.strip() for field in queue["fields"].split(","))
            return Description(commands, fields, queue["file"].strip())
        key, equals, value = stripped.partition("=")
        if not equals:
            raise BatchError(f"the line {stripped!r:.60} is not understood", where=where)
        commands[key.strip().casefold()] = value.strip()
    raise BatchError("there is no `queue ... from FILE` line", where=where)


def read_items(text: str, fields: Sequence[str], where: str) -> list[dict[str, str]]:
    """Read an items file back; raises BatchError for a row with another number of fields."""
    rows = []
    for number, line in enumerate(text.splitlines(), start=1):
        values = line.split(UNIT if UNIT in line else ",")
        if len(values) != len(fields):
            raise BatchError(f"line {number} has {len(values)} of {len(fields)} fields", where=where)
        rows.append(dict(zip(fields, values, strict=True)))
    return rows


def expand(value: str, macros: Mapping[str, str]) -> str:
    """Fill `$(name)` and `$INT(name,format)`; unknown names become empty, as with HTCondor.

    Raises BatchError if macros go round in a circle.
    """
    for _ in range(_NESTING):
        filled = _MACRO.sub(lambda found: _macro(found, macros), value)
        if filled == value:
            return filled
        value = filled
    raise BatchError(f"the macros in {value!r:.60} never end", where="submit description")


def _macro(found: re.Match[str], macros: Mapping[str, str]) -> str:
    value = macros.get(found["name"].casefold(), "")
    if not found["function"]:
        return value
    try:
        return (found["format"] or "%d").replace("i", "d") % int(expand(value, macros))
    except ValueError:
        raise BatchError(f"{found[0]} is not a number", where="submit description") from None


def split_arguments(value: str) -> list[str]:
    """Read an `arguments` command in HTCondor's new syntax.

    Double quotes around, single quotes group, a pair is one quote.
    """
    if not (value.startswith('"') and value.endswith('"') and len(value) > 1):
        return value.split()
    words: list[str] = []
    word: str | None = None
    quoted = pair = False  # within single quotes; the next quote is the second of a pair
    text = value[1:-1].replace('""', '"')
    for char, following in zip(text, text[1:] + " ", strict=False):
        if char == "'" and quoted and not pair and following == "'":
            pair = True
        elif char == "'" and not pair:
            quoted, word = not quoted, word or ""
        elif char.isspace() and not quoted:
            words += [] if word is None else [word]
            word = None
        else:
            word, pair = (word or "") + char, False
    return words if word is None else [*words, word]
