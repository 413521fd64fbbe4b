"""What a site says of services that jobs need: how they are looked at, what needs them, what submissions do without them.

Pure: data in, data out.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from prodcli.names import TOKEN, did_you_mean, placeholders
from prodcli.plain_values import as_word

ALL = "all"  # in `needed_by`: every rule
_KEYS = ("command", "log", "needed_by", "when_down")
PLACES = frozenset({"since", "until"})  # in the command for the log of a service


class WhenDown(StrEnum):
    """What a submission does while a service that its rule needs is down or in maintenance."""

    WARN = "warn"
    REFUSE = "refuse"


class Demands(StrEnum):
    """Who submits only after a preflight without problems."""

    SUBMIT = "submit"
    LOOP = "loop"


@dataclass(frozen=True, slots=True)
class ServiceTerms:
    """A service of a site.

    `command` are the words of the command that looks at the service, `log` those that show its log of some minutes;
    `needed_by` are names of rules and dsttypes, or `all`.
    """

    command: tuple[str, ...] = ()
    log: tuple[str, ...] = ()
    needed_by: frozenset[str] = frozenset()
    when_down: WhenDown = WhenDown.WARN


def service_terms(data: object) -> Mapping[str, ServiceTerms]:
    """Read the key `services` of a profile; raises ValueError for a bad value, KeyError for an unknown key."""
    if not isinstance(data, Mapping):
        raise ValueError("services: must be a mapping of names")
    return MappingProxyType({str(name): _terms(service_name(str(name)), said or {}) for name, said in data.items()})


def service_name(name: str) -> str:
    """A name of a service; raises ValueError for one that is no plain word."""
    if not TOKEN.fullmatch(name) or len(name) > 64:
        raise ValueError(f"services: {name!r:.80} is no name of letters, digits, _, ., + and -")
    return name


def demands_of(words: object) -> frozenset[Demands]:
    """Read the key `preflight` of a profile; raises ValueError for another word."""
    said = [str(word) for word in words] if isinstance(words, list | tuple) else [str(words)]
    known = [str(one) for one in Demands]
    for word in said:
        if word not in known:
            raise ValueError(f"preflight: {word!r:.60} is none of {', '.join(known)}{did_you_mean(word, known)}")
    return frozenset(Demands(word) for word in said)


def command_words(said: object, key: str) -> tuple[str, ...]:
    """The words of a command; raises ValueError for what no shell takes."""
    text = as_word(said)
    if not isinstance(text, str):
        raise ValueError(f"{key}: {said!r:.60} must be a text")
    try:
        return tuple(shlex.split(text))
    except ValueError as failure:
        raise ValueError(f"{key}: {failure}") from None


def _terms(name: str, said: object) -> ServiceTerms:
    if not isinstance(said, Mapping):
        raise ValueError(f"services.{name}: must be a mapping")
    for key in said:
        if key not in _KEYS:
            raise KeyError(f"services.{name}.{key}")
    log = command_words(said.get("log", ""), f"services.{name}.log")
    if unknown := sorted({place for word in log for place in placeholders(word)} - PLACES):
        raise ValueError(f"services.{name}.log: unknown {{{unknown[0]}}}; {{since}} and {{until}} are known")
    return ServiceTerms(
        command=command_words(said.get("command", ""), f"services.{name}.command"),
        log=log,
        needed_by=_needed_by(name, said.get("needed_by", ())),
        when_down=_when_down(name, said.get("when_down", WhenDown.WARN)),
    )


def _needed_by(name: str, said: object) -> frozenset[str]:
    if isinstance(said, str):
        return frozenset(said.replace(",", " ").split())
    if not isinstance(said, Iterable):
        raise ValueError(f"services.{name}.needed_by: {said!r:.60} is no list of rules and dsttypes")
    return frozenset(str(as_word(word)) for word in said)


def _when_down(name: str, word: object) -> WhenDown:
    known = [str(one) for one in WhenDown]
    if str(word) not in known:
        raise ValueError(f"services.{name}.when_down: {word!r:.60} is neither warn nor refuse")
    return WhenDown(str(word))
