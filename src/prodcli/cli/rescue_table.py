"""How `prodcli rescue` shows what is wrong, and which rows people name."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from zlib import crc32

from prodcli.cli.output import Cell, Table
from prodcli.errors import UsageError, one_line
from prodcli.holds import meaning_of
from prodcli.proposals import Action

if TYPE_CHECKING:
    from prodcli.trouble import Wrong

COLUMNS = ("no", "key", "jobs", "what", "action", "helped", "reason")
_MASKED = re.compile(r"HOST|PATH|URL|N|\?|\.\.\.$")
_SHORTEST = 6  # letters of a text to choose by
_FEW, _MANY = 4, 20  # jobs that a command names one by one; of failed ones more, as exit codes choose none
_ROWS = re.compile(r"([0-9]{1,4})(?:-([0-9]{1,4}))?")
ALL = "all"
_MARKS = {
    Action.RETRY: "green",
    Action.MEMORY: "green",
    Action.NODE: "yellow",
    Action.PARK: "magenta",
    Action.ASK: "bold red",
}


def table_of(found: Sequence[Wrong], note: str) -> Table:
    """A row for each signature; why, and what to type by hand, below it."""
    rows: list[list[Cell]] = [
        [number, key_of(one), len(one.jobs), what(one), one.action, helped(one), one.signature.text]
        for number, one in enumerate(found, start=1)
    ]
    lines = []
    for number, one in enumerate(found, start=1):
        why = one_line(f"{', '.join(_few(one.dsttypes))}: {one.why}")
        lines += [f"{number:>3}  {why}", f"     {one_line(by_hand(one, found))}"]
    return Table(
        COLUMNS,
        rows,
        marks={str(action): style for action, style in _MARKS.items()},
        narrow=frozenset({"helped"}),
        note="\n".join([*lines, note] if note else lines),
    )


def data_of(found: Sequence[Wrong]) -> list[dict[str, Any]]:
    """All of it, for programs."""
    return [
        {
            **dict(zip(COLUMNS[:2], (number, key_of(one)), strict=True)),
            "jobs": len(one.jobs),
            "state": one.signature.state,
            "code": one.signature.code,
            "reason": one.signature.text,
            "action": str(one.action),
            "why": one.why,
            "helped": one.won,
            "retried": one.retried,
            "dsttypes": one.dsttypes,
            "nodes": dict(one.nodes.most_common()),
            "what helps": by_hand(one, found),
            "dbids": [job.dbid for job in one.jobs],
        }
        for number, one in enumerate(found, start=1)
    ]


def key_of(one: Wrong) -> str:
    """A short name of a signature, the same whenever it is looked at, whatever else is wrong then."""
    return f"{crc32(chr(0).join((*one.signature, one.action)).encode()) & 0xFFFFF:05x}"


def what(one: Wrong) -> str:
    """`held 34/102`, `failed exit 1`, `lost`."""
    return f"{one.signature.state} {one.signature.code}".rstrip()


def helped(one: Wrong) -> str:
    """How many jobs a retry helped."""
    return f"{one.won} of {one.retried}" if one.retried else ""


def by_hand(one: Wrong, found: Sequence[Wrong]) -> str:
    """What to type for it, so that the others are not meant."""
    jobs = _chosen_by(one, found)
    if one.action is Action.ASK:
        return _asked(one, jobs)
    if not one.in_queue and len(one.jobs) > _MANY:  # no option chooses by exit code
        return f"prodcli rescue --apply {key_of(one)} {jobs}"
    again = f"prodcli release {jobs}" if one.in_queue else f"prodcli resubmit --clone {jobs}"
    more = f"prodcli resubmit --auto {jobs}" if one.in_queue else f"prodcli resubmit --clone --ladder --any-hold {jobs}"
    return {
        Action.RETRY: again,
        Action.MEMORY: more,
        Action.NODE: f"prodcli nodes exclude add {' '.join(one.accused)} --expires 3d --reason 'jobs fail there'; {again}",
        Action.PARK: f"prodcli park {jobs}",
    }[one.action]


def _asked(one: Wrong, jobs: str) -> str:
    first = one.jobs[0]
    hold = meaning_of(first.hold_code, first.hold_subcode, first.hold_reason) if one.signature.state == "held" else None
    if hold is not None:
        return f"{hold.helps} {jobs}" if "prodcli " in hold.helps else hold.helps
    if one.in_queue:
        return f"prodcli kill {jobs}, or let them try"
    example = next((job.err for job in one.jobs if job.err), None)
    return f"see {shlex.quote(example)}" if example else f"see prodcli log --dbid {first.dbid}"


def _chosen_by(one: Wrong, found: Sequence[Wrong]) -> str:
    """The options that choose these jobs; of many failed ones, those of their tag and dsttype."""
    if len(one.jobs) <= (_FEW if one.in_queue else _MANY):
        return f"--dbid {' '.join(str(job.dbid) for job in one.jobs)}"
    words = [*_same("--tag", {job.tag for job in one.jobs}), *_same("--dsttype", set(one.dsttypes))]
    if one.signature.state == "held":
        words += ["--code", one.signature.code]
        alike = {other.signature.text for other in found if other.signature[:2] == one.signature[:2]}
        longest = max((piece.strip(" .,:;") for piece in _MASKED.split(one.signature.text)), key=len)
        words += ["--hold-reason", shlex.quote(longest)] if len(alike) > 1 and len(longest) >= _SHORTEST else []
    elif one.in_queue:
        words += ["--state", one.signature.state]
    return " ".join(words)


def _same(option: str, values: set[str]) -> list[str]:
    return [option, shlex.quote(values.pop())] if len(values) == 1 else []


def _few(names: Sequence[str]) -> list[str]:
    return [*names[:_FEW], *([f"{len(names) - _FEW} more"] if len(names) > _FEW else [])]


def doable(one: Wrong) -> bool:
    """True if what is proposed can be done by applying the row."""
    return one.action is not Action.ASK


def picked(found: Sequence[Wrong], words: Sequence[str]) -> list[int]:
    """The rows that people name by number, range or key, or all that something can be done about; raises UsageError."""
    numbers: set[int] = set()
    keys = {key_of(one): number for number, one in enumerate(found, start=1)}
    for word in (part for text in words for part in text.replace(",", " ").split()):
        if word == ALL:
            numbers |= {number for number, one in enumerate(found, start=1) if doable(one)}
        elif word in keys:
            numbers.add(keys[word])
        else:
            numbers |= set(_range(word, len(found)))
    for number in sorted(numbers):
        if not doable(found[number - 1]):
            one = found[number - 1]
            raise UsageError(f"row {number} is for a person ({one.action}): {one.why}", todo=by_hand(one, found))
    return sorted(numbers)


def _range(word: str, rows: int) -> range:
    match = _ROWS.fullmatch(word)
    if match is None:
        raise UsageError(f"{word!r:.60} names no row", where="--apply", todo="like 1,3-4, a key, or all")
    low, high = int(match[1]), int(match[2] or match[1])
    if not 1 <= low <= high <= rows:
        raise UsageError(f"there are rows 1 to {rows}, not {word}", where="--apply")
    return range(low, high + 1)
