"""The form of a request: what somebody wants made. A form that lacks something is refused with everything that it lacks.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from prodcli.errors import UsageError, one_line
from prodcli.names import did_you_mean, is_triplet
from prodcli.runs.selection import RunSelection, parse_runs

# What a form must say, with what is said when a form says nothing of it.
REQUIRED = MappingProxyType(
    {
        "tag": "the tag of the outputs, like ana537_2025p010_v001",
        "dataset": "the period and species, like run3auau",
        "dsttypes": "what is to be made, like [DST_TRKR_CLUSTER, DST_TRKR_SEED]",
        "runs": "the runs, like 69600-72000 or [69600, 69605]",
        "requester": "who wants it",
        "contact": "where the requester is reached",
        "purpose": "what it is for",
    }
)
OPTIONAL = ("events", "wanted_by", "note")
_TEXTS = ("dataset", "requester", "contact", "purpose", "note")
_LONGEST = 500  # letters of a text


@dataclass(frozen=True)
class RequestForm:
    """A form that lacks nothing."""

    tag: str
    dataset: str
    dsttypes: tuple[str, ...]
    runs: RunSelection
    requester: str
    contact: str
    purpose: str


def lacks(form: Mapping[str, Any], dsttypes: Collection[str]) -> list[tuple[str, str]]:
    """What a form lacks or says wrongly, as keys with a line each; `dsttypes` are those of the site."""
    return [*_absent(form), *_unknown(form), *_wrong(form, dsttypes)]


def form_of(form: Mapping[str, Any]) -> RequestForm:
    """The form of the values of a file that lacks nothing."""
    texts = {key: one_line(str(form[key])) for key in REQUIRED if key not in ("dsttypes", "runs")}
    return RequestForm(**texts, dsttypes=tuple(_words(form["dsttypes"])), runs=_runs(form["runs"]))


def _absent(form: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, what in REQUIRED.items():
        if not _is_said(form.get(key)):
            yield key, f"is missing: {what}"


def _unknown(form: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    known = (*REQUIRED, *OPTIONAL)
    for key in form:
        if key not in known:
            yield str(key), f"is not known{did_you_mean(str(key), known)}"


def _wrong(form: Mapping[str, Any], dsttypes: Collection[str]) -> Iterator[tuple[str, str]]:
    """What is said, and cannot be meant."""
    tag, runs = form.get("tag"), form.get("runs")
    if _is_said(tag) and not is_triplet(str(tag)):
        yield "tag", f"{str(tag)!r:.60} is no tag with a version, like ana537_2025p010_v001"
    for name in _words(form.get("dsttypes")):
        if name not in dsttypes:
            yield "dsttypes", f"{name!r:.60} is not in the site profile{did_you_mean(name, dsttypes)}"
    if _is_said(runs):
        try:
            _runs(runs)
        except UsageError as failure:
            yield "runs", failure.what
    yield from _wrong_texts(form)
    events, wanted_by = form.get("events"), form.get("wanted_by")
    if _is_said(events) and (not isinstance(events, int) or events < 1):
        yield "events", f"{events!r:.60} is no number of events"
    if _is_said(wanted_by) and not _is_day(wanted_by):
        yield "wanted_by", f"{str(wanted_by)!r:.60} is no day like 2026-05-01"


def _wrong_texts(form: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key in _TEXTS:
        value = form.get(key)
        if _is_said(value) and not isinstance(value, str):
            yield key, f"{str(value)!r:.60} is no text"
        elif _is_said(value) and len(str(value)) > _LONGEST:
            yield key, f"has {len(str(value))} letters; {_LONGEST} are possible"
    dataset = form.get("dataset")
    if isinstance(dataset, str) and _is_said(dataset) and not set(dataset).isdisjoint("/ \t\n"):
        yield "dataset", f"{dataset!r:.60} is no name like run3auau"


def _is_day(value: object) -> bool:
    """True for a date of YAML, or a text that says one; a time of that day is well."""
    try:
        return bool(datetime.fromisoformat(str(value)))
    except ValueError:
        return False


def _is_said(value: object) -> bool:
    return value not in (None, [], {}) and bool(str(value).strip())


def _words(value: object) -> list[str]:
    """The words of a list, or of a text with commas."""
    parts = value if isinstance(value, list) else str(value or "").split(",")
    return [str(part).strip() for part in parts if str(part).strip()]


def _runs(value: object) -> RunSelection:
    """Runs as a form has them; in a list each stands for itself. Raises UsageError."""
    return parse_runs([",".join(_words(value))])
