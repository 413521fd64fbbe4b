"""The summary of chosen jobs: how many have which value of an attribute, and the option that narrows to those.

Pure: data in, data out.
"""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

from prodcli.diagnosis.signatures import signature
from prodcli.error_catalog.cluster_key import error_key
from prodcli.jobs.attributes import ATTRIBUTES, ERROR
from prodcli.jobs.conditions import OPTION, written
from prodcli.states import Status, Substatus
from prodcli.tables.table import Kind

# The substates that `--state` takes for their state, too.
_REFINED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        Status.SUBMITTED: (Substatus.WAITING,),
        Status.RUNNING: (Substatus.TRANSFERRING, Substatus.SUSPENDED, Substatus.STALLED),
        Status.HELD: (Substatus.PARKED,),
        Status.FAILED: (Substatus.REMOVED, Substatus.LOST, Substatus.NO_OUTPUT),
    }
)
FAMILY = "family"  # the dsttype of leaves of hosts, which the books do not know
_FEW = 4  # values that an overview names
_LONGER = MappingProxyType({"dsttype": "_", "node": "."})  # what follows in longer values that an option means, too


@dataclass(frozen=True, slots=True)
class ValueCount:
    """The number of jobs with a value of an attribute; None for jobs without the attribute."""

    attribute: str
    value: str | None
    jobs: int


@dataclass(frozen=True, slots=True)
class SummaryLine:
    """A value of an attribute as people read it, its jobs, their part of all chosen jobs in percent, and the option for them."""

    attribute: str
    value: str | None
    jobs: int
    percent: float
    option: str


def summary_lines(
    counts: Iterable[ValueCount], used: Collection[str] = (), family: Callable[[str], str] = str
) -> list[SummaryLine]:
    """The lines of all attributes, in the order of the attributes; the most frequent value of each first.

    Options that are `used` already narrow to nothing. `family` gives the dsttype of a leaf.
    """
    by_attribute: dict[str, list[ValueCount]] = defaultdict(list)
    for one in counts:
        by_attribute[one.attribute].append(one)
    by_attribute[ERROR] = _together(ERROR, by_attribute["reason"], lambda value: signature(value) or None)
    if "--dsttype" not in used:  # else there is one family
        by_attribute[FAMILY] = _together(FAMILY, by_attribute["dsttype"], lambda value: value and family(value))
    jobs = sum(one.jobs for one in by_attribute["state"])
    return [
        SummaryLine(one.attribute, _said(one), one.jobs, 100.0 * one.jobs / jobs, _option(one, wide, used))
        for key in _order()
        for wide in [_wide(_of_option(key), {one.value for one in by_attribute[key] if one.value})]
        for one in sorted(by_attribute[key], key=lambda one: (-one.jobs, *_rank(one.value or "")))
    ]


def _rank(value: str) -> tuple[bool, int, str]:
    """The order of values with equal counts: numbers by their size, then words."""
    number = value.isdecimal() and len(value) < 20
    return not number, int(value) if number else 0, value


def _order() -> list[str]:
    """The attributes in order: the family before the dsttype, the error in the place of the reason."""
    keys = [ERROR if key == "reason" else key for key in ATTRIBUTES]
    keys.insert(keys.index("dsttype"), FAMILY)
    return keys


def total_of(lines: Sequence[SummaryLine]) -> int:
    """The number of jobs that a summary is about."""
    return sum(line.jobs for line in lines if line.attribute == "state")


def frequent(lines: Sequence[SummaryLine], most: int) -> list[SummaryLine]:
    """The most frequent values of each attribute; one line stands for its other values."""
    kept: list[SummaryLine] = []
    for some in _by_attribute(lines).values():
        rest = some[most:] if len(some) > most + 1 else []
        kept += some[: len(some) - len(rest)]
        if rest:
            others = sum(line.jobs for line in rest), sum(line.percent for line in rest)
            kept.append(SummaryLine(some[0].attribute, f"{len(rest)} more", *others, ""))
    return kept


def overview(lines: Sequence[SummaryLine]) -> list[tuple[str, str]]:
    """What tells jobs apart: each attribute with several values, and its most frequent values with their jobs."""
    return [
        (key, ", ".join(f"{line.value or 'none'} {line.jobs}" for line in frequent(some, _FEW)))
        for key, some in _by_attribute(lines).items()
        if key != "dsttype" and len(some) > 1
    ]


def _by_attribute(lines: Sequence[SummaryLine]) -> dict[str, list[SummaryLine]]:
    found: dict[str, list[SummaryLine]] = defaultdict(list)
    for line in lines:
        found[line.attribute].append(line)
    return found


def _together(key: str, counts: Iterable[ValueCount], name: Callable[[str | None], str | None]) -> list[ValueCount]:
    """Values with the same name as one."""
    jobs: dict[str | None, int] = defaultdict(int)
    for one in counts:
        jobs[name(one.value)] += one.jobs
    return [ValueCount(key, value, count) for value, count in jobs.items()]


def _said(one: ValueCount) -> str | None:
    """A value as people read it: a step as its span, a day as its date."""
    about = ATTRIBUTES.get(one.attribute)
    if one.value is None or about is None:
        return one.value
    if about.kind is Kind.TIME:
        return datetime.fromtimestamp(int(one.value), UTC).strftime("%Y-%m-%d")
    return f"{one.value}..{int(one.value) + about.step - 1}" if about.step else one.value


def _option(one: ValueCount, wide: Collection[str], used: Collection[str]) -> str:
    """The option that narrows to a value; one that means another value of these, too, is no use."""
    if one.attribute == ERROR:
        return f"{OPTION} {ERROR}={error_key(one.value or '')}"
    about = ATTRIBUTES[_of_option(one.attribute)]
    free = about.option and about.option not in used
    if free and one.value and one.value not in wide:
        return f"{about.option} {shlex.quote(one.value)}"
    return f"{OPTION} {shlex.quote(written(about.key, _said(one)))}"


def _of_option(key: str) -> str:
    """The attribute whose option narrows to values of an attribute."""
    return "dsttype" if key == FAMILY else key


def _wide(key: str, values: Collection[str]) -> set[str]:
    """The values with which the option of an attribute also takes jobs with another of these values."""
    if key == "state":
        return {value for value in values if any(other in values for other in _REFINED.get(value, ()))}
    mark = _LONGER.get(key)
    return {value[:place] for value in values for place, letter in enumerate(value) if letter == mark}
