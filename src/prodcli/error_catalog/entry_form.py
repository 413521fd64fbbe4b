"""Entries as people write them, in YAML, and as plug-ins return them: checked, and made into known errors.

Pure: data in, data out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from prodcli.error_catalog.known_error import Category, KnownError, Signs
from prodcli.error_catalog.patterns import compiled, text_pattern
from prodcli.error_catalog.remedy import Remedy
from prodcli.errors import ConfigError
from prodcli.names import did_you_mean
from prodcli.plain_values import as_word, whole_number
from prodcli.states import Status, Substatus

_KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_HOLD = re.compile(r"([0-9]{1,9})(?:/([0-9]{1,9}))?")
WORDS = ("name", "category", "action", "advice")
SIGNS = ("text", "exit_code", "signal", "hold_code", "state", "node")
OTHERWISE = "or"  # other signs that tell the same error
_KEYS = (*WORDS, *SIGNS, OTHERWISE, "examples")
_STATES = tuple(one for one in (*Status, *Substatus) if one)
_LONGEST_PATTERN = 1000


def known_errors(entries: object, origin: str, proven: bool = False) -> list[KnownError]:
    """The entries of a mapping by key, in its order; raises ConfigError for the first one that is malformed.

    The regular expressions of `proven` entries are not compiled until they are needed.
    """
    if not isinstance(entries, Mapping):
        raise ConfigError("errors must be a mapping of keys to entries", where=origin)
    return [known_error(str(key), value, origin, proven) for key, value in entries.items()]


def known_error(key: str, value: object, origin: str, proven: bool = False) -> KnownError:
    """One entry; raises ConfigError if a key is unknown or missing, or a value is not allowed."""
    where = f"{origin}: {key}"
    if not _KEY.fullmatch(key):
        raise ConfigError("a key is small letters, digits and dashes, like database-unreachable", where=where)
    if not isinstance(value, Mapping):
        raise ConfigError("an entry must be a mapping", where=where)
    _require_known(value, _KEYS, where)
    return KnownError(
        key,
        _sentence(value, "name", where),
        Category(_choice(value, "category", [str(one) for one in Category], where)),
        Remedy(_choice(value, "action", [str(one) for one in Remedy], where)),
        _sentence(value, "advice", where),
        tuple(_alternatives(value, where, proven)),
        origin,
        tuple(_texts(value, "examples", where)),
    )


def _require_known(value: Mapping[str, Any], known: Sequence[str], where: str) -> None:
    for word in value:
        if word not in known:
            raise ConfigError(f"unknown key {str(word)!r:.60}{did_you_mean(str(word), known)}", where=where)


def _alternatives(value: Mapping[str, Any], where: str, proven: bool) -> Iterator[Signs]:
    yield _signs(value, where, proven)
    others = value.get(OTHERWISE) or []
    for other in others if isinstance(others, list) else [others]:
        if not isinstance(other, Mapping):
            raise ConfigError(f"{OTHERWISE} must be a mapping of signs, or a list of mappings", where=where)
        _require_known(other, SIGNS, where)
        yield _signs(other, where, proven)


def _signs(value: Mapping[str, Any], where: str, proven: bool) -> Signs:
    if not any(value.get(sign) not in (None, "", []) for sign in SIGNS):
        raise ConfigError(f"an entry needs a sign: {', '.join(SIGNS)}", where=where)
    return Signs(
        texts=tuple(text_pattern(text) for text in _expressions(value, "text", where, proven)),
        exit_codes=frozenset(_numbers(value, "exit_code", where)),
        signals=frozenset(_numbers(value, "signal", where)),
        holds=frozenset(_hold(text, where) for text in _texts(value, "hold_code", where)),
        states=frozenset(_state(text, where) for text in _texts(value, "state", where)),
        nodes=tuple(compiled(text) for text in _expressions(value, "node", where)),
    )


def _sentence(value: Mapping[str, Any], key: str, where: str) -> str:
    text = as_word(value.get(key))
    if not isinstance(text, str) or not text.strip():
        raise ConfigError(f"{key} is missing", where=where)
    if len(text.splitlines()) > 1:
        raise ConfigError(f"{key} must be one line", where=where)
    return str(text)


def _choice(value: Mapping[str, Any], key: str, allowed: Iterable[str], where: str) -> str:
    words = list(allowed)
    word = _sentence(value, key, where)
    if word not in words:
        raise ConfigError(f"{key} is {word!r:.60}; allowed: {', '.join(words)}", where=where)
    return word


def _texts(value: Mapping[str, Any], key: str, where: str) -> list[str]:
    """One text, or a list of them."""
    given = value.get(key)
    many = given if isinstance(given, list) else [] if given is None else [given]
    words = [as_word(one) for one in many]
    if not all(isinstance(word, str) and word for word in words):
        raise ConfigError(f"{key} must be a text or a list of texts", where=where)
    return [str(word) for word in words]


def _numbers(value: Mapping[str, Any], key: str, where: str) -> list[int]:
    try:
        return [whole_number(text) for text in _texts(value, key, where)]
    except ValueError as failure:
        raise ConfigError(f"{key}: {failure}", where=where) from None


def _expressions(value: Mapping[str, Any], key: str, where: str, proven: bool = False) -> list[str]:
    """Regular expressions; raises ConfigError for a text that is none, unless they are proven."""
    texts = _texts(value, key, where)
    for text in () if proven else texts:
        if len(text) > _LONGEST_PATTERN:
            raise ConfigError(f"{key} has more than {_LONGEST_PATTERN} letters", where=where)
        try:
            compiled(text)
        except (re.error, OverflowError, RecursionError) as failure:
            raise ConfigError(f"{key} is no regular expression: {failure}: {text!r:.80}", where=where) from None
    return texts


def _hold(text: str, where: str) -> tuple[int, int | None]:
    found = _HOLD.fullmatch(text)
    if found is None:
        raise ConfigError(f"hold_code must be like 34/102 or 13, not {text!r:.60}", where=where)
    return int(found[1]), None if found[2] is None else int(found[2])


def _state(text: str, where: str) -> str:
    if text not in _STATES:
        raise ConfigError(f"there is no state {text!r:.60}{did_you_mean(text, _STATES)}", where=where)
    return text
