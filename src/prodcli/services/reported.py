"""What other programs report of services: JSON, rows of a table, the output of a command."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

from prodcli.config.service_terms import service_name
from prodcli.errors import UsageError, one_line
from prodcli.names import did_you_mean
from prodcli.services.states import ServiceState

# The words of status pages and monitors for each state.
_WORDS = MappingProxyType(
    {
        ServiceState.UP: ("up", "ok", "operational", "available", "online", "true", "0"),
        ServiceState.DEGRADED: ("degraded", "warning", "partial", "slow", "1"),
        ServiceState.DOWN: ("down", "outage", "offline", "unavailable", "critical", "error", "false", "2"),
        ServiceState.MAINTENANCE: ("maintenance", "scheduled", "planned"),
    }
)
_KEYS = ("service", "state", "since", "until", "note")
_MOST_NOTE = 500  # letters


@dataclass(frozen=True, slots=True)
class Reported:
    """The state of a service by another program; times in seconds since 1970, None where the program says none."""

    service: str
    state: ServiceState
    since: int | None = None
    until: int | None = None
    note: str = ""


def from_json(text: str, where: str) -> list[Reported]:
    """The states in JSON: a mapping of services to states, or a list of objects; raises UsageError for other text."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise UsageError(f"{text!r:.60} is no JSON", where=where, todo='like {"database": "down"}') from None
    if isinstance(data, Mapping) and "service" not in data:
        data = [
            {"service": name, **said} if isinstance(said, Mapping) else {"service": name, "state": said}
            for name, said in data.items()
        ]
    found = data if isinstance(data, list) else [data]
    if not all(isinstance(one, Mapping) for one in found):
        raise UsageError("the JSON is neither a mapping of services nor a list of them", where=where)
    return [reported(one, where) for one in found]


def from_rows(columns: Sequence[str], rows: Iterable[Sequence[object]], where: str) -> list[Reported]:
    """The states in rows of a table with the columns service and state, and maybe since, until and note.

    Raises UsageError for a table without these columns.
    """
    names = [name.casefold() for name in columns]
    for needed in ("service", "state"):
        if needed not in names:
            raise UsageError(f"the table has no column {needed}", where=where)
    kept = [(place, name) for place, name in enumerate(names) if name in _KEYS]
    return [reported({name: row[place] for place, name in kept}, where) for row in rows]


def from_command(service: str, code: int | None, text: str, where: str) -> Reported:
    """What a command says of a service: JSON, or a state as the first word, else its exit code; None: no answer in time."""
    if code is None:
        return Reported(service, ServiceState.DOWN, note=f"{where} does not end")
    if "state" in (said := _object_in(text)):
        return reported({**said, "service": service}, where)
    line = next((one for one in text.splitlines() if one.strip()), "")
    word = line.split(maxsplit=1)[0].rstrip(":,").casefold() if line.strip() else ""
    state = _known_state(word)
    if state is not None and not word.isdigit() and (code == 0 or state is not ServiceState.UP):
        return Reported(service, state, note=_note(line.strip()[len(word) :].lstrip(":, ")))
    if code == 0:
        return Reported(service, ServiceState.UP)
    return Reported(service, ServiceState.DOWN, note=_note(line or f"exit code {code}"))


def reported(said: Mapping[str, object], where: str) -> Reported:
    """A state in a mapping; raises UsageError for an unknown state, a name that is no word, or a text that is no time."""
    try:
        service = service_name(str(said.get("service", "")))
    except ValueError as failure:
        raise UsageError(str(failure), where=where) from None
    since, until = (_time(said.get(key), f"{service}.{key}", where) for key in ("since", "until"))
    if since is not None and until is not None and until <= since:
        raise UsageError(f"{service}: until is not after since", where=where)
    return Reported(
        service, state_of(said.get("state"), service, where), since, until, _note(str(said.get("note") or ""))
    )


def state_of(word: object, service: str, where: str) -> ServiceState:
    """The state of a word; raises UsageError for an unknown word."""
    text = str(word).strip().casefold()
    state = _known_state(text)
    if state is None:
        raise UsageError(f"{service}: {word!r:.40} is no state{did_you_mean(text, ServiceState)}", where=where)
    return state


def _known_state(word: str) -> ServiceState | None:
    return next((state for state, words in _WORDS.items() if word in words), None)


def _note(text: str) -> str:
    return one_line(text)[:_MOST_NOTE]


def _time(said: object, key: str, where: str) -> int | None:
    """A time in seconds since 1970, or as ISO writes it, UTC without a zone."""
    if said is None or said == "":
        return None
    try:
        if isinstance(said, int | float) or str(said).isdecimal():
            return int(datetime.fromtimestamp(float(str(said)), UTC).timestamp())
        when = said if isinstance(said, datetime) else datetime.fromisoformat(str(said))
        return int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError, OSError):
        raise UsageError(f"{key}: {said!r:.40} is no time", where=where, todo="like 2026-01-31T14:02") from None


def _object_in(text: str) -> Mapping[str, object]:
    """The JSON object that a text is; empty for another text."""
    try:
        data = json.loads(text) if text.lstrip().startswith("{") else {}
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}
