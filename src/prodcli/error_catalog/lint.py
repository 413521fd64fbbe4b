"""What is wrong with entries of the error catalog: patterns that take long or fit everything, and entries that never count."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from prodcli.error_catalog.catalog import ErrorCatalog
from prodcli.error_catalog.known_error import KnownError, Symptom
from prodcli.error_catalog.pattern_speed import slow_patterns
from prodcli.error_catalog.patterns import compiled

_HARMLESS = ("", "all is well", "event 4000 of run 66456 done")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with an entry."""

    key: str
    origin: str
    what: str


def lint(entries: Sequence[KnownError], catalog: ErrorCatalog) -> list[Finding]:
    """What is wrong with entries of a catalog; each pattern is tried on texts that are hard for it."""
    found = [Finding(entry.key, entry.origin, what) for entry in entries for what in _faults(entry, catalog)]
    slow = slow_patterns({text: (entry.key, entry.origin) for entry in entries for text in _patterns(entry)})
    return [*found, *(Finding(*slow[text], f"the pattern takes long on some texts: {text!r:.80}") for text in slow)]


def _patterns(entry: KnownError) -> Iterator[str]:
    for signs in entry.signs:
        yield from (pattern.text for pattern in signs.texts)


def _faults(entry: KnownError, catalog: ErrorCatalog) -> Iterator[str]:
    for text in _patterns(entry):
        if any(compiled(text).search(harmless) for harmless in _HARMLESS):
            yield f"the pattern fits texts without an error, too: {text!r:.80}"
    for example in entry.examples:
        yield from _of_example(entry, example, catalog)


def _of_example(entry: KnownError, example: str, catalog: ErrorCatalog) -> Iterable[str]:
    """An example must fit its entry, and no entry before."""
    alone = ErrorCatalog((entry,))
    states = sorted({state for signs in entry.signs for state in signs.states}) or ["failed"]
    fits = next((state for state in states if alone.known(Symptom(state, text=example))), None)
    if fits is None:
        return [f"the entry does not fit its example {example!r:.80}"]
    first = catalog.known(Symptom(fits, text=example))
    if first is None or first.key == entry.key:
        return []
    return [f"{first.key} comes first for its example {example!r:.80}"]
