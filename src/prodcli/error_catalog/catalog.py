"""The error catalog: the entries of the site, of plug-ins, and the built-in entries, in this order.

Pure: data in, data out.
"""

from __future__ import annotations

from dataclasses import dataclass

from prodcli.error_catalog.known_error import KnownError, Symptom


@dataclass(frozen=True, slots=True)
class Match:
    """The entry that fits a symptom, and the words of the text that told so; no words if codes did."""

    entry: KnownError
    words: str


@dataclass(frozen=True)
class ErrorCatalog:
    """Entries in the order in which they are tried; the first one that fits counts."""

    entries: tuple[KnownError, ...]

    def match(self, symptom: Symptom) -> Match | None:
        """The first entry that fits, with the telling words; None for an unknown error."""
        for entry in self.entries:
            words = entry.words_of(symptom)
            if words is not None:
                return Match(entry, words)
        return None

    def known(self, symptom: Symptom) -> KnownError | None:
        """The first entry that fits; None for an unknown error."""
        found = self.match(symptom)
        return found.entry if found else None

    def get(self, key: str) -> KnownError | None:
        """The entry of a key; None if there is none."""
        return next((entry for entry in self.entries if entry.key == key), None)
