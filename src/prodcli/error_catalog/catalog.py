"""The error catalog: the entries of the site, of plug-ins, and the built-in entries, in this order.

Pure: data in, data out.
"""

from __future__ import annotations

from dataclasses import dataclass

from prodcli.error_catalog.known_error import KnownError, Symptom


@dataclass(frozen=True, slots=True)
class Match:
    """The entry that fits a symptom, the words of the text that told so, and their line; both empty if codes did."""

    entry: KnownError
    words: str
    line: str


@dataclass(frozen=True)
class ErrorCatalog:
    """Entries in the order in which they are tried; the first one that fits counts."""

    entries: tuple[KnownError, ...]

    def match(self, symptom: Symptom) -> Match | None:
        """The first entry that fits, with the telling words; None for an unknown error."""
        text = symptom.end
        small = text.lower()
        for entry in self.entries:
            place = entry.place_in(symptom, text, small)
            if place is not None:
                return Match(entry, text[slice(*place)], _line_at(text, *place))
        return None

    def match_of(self, key: str, symptom: Symptom) -> Match | None:
        """The entry of a key, with the words of a symptom's text that tell it, if they are there; None if there is no entry."""
        entry, text = self.get(key), symptom.end
        if entry is None:
            return None
        place = entry.place_in(symptom, text, text.lower()) or (0, 0)
        return Match(entry, text[slice(*place)], _line_at(text, *place))

    def known(self, symptom: Symptom) -> KnownError | None:
        """The first entry that fits; None for an unknown error."""
        found = self.match(symptom)
        return found.entry if found else None

    def get(self, key: str) -> KnownError | None:
        """The entry of a key; None if there is none."""
        return next((entry for entry in self.entries if entry.key == key), None)


def _line_at(text: str, start: int, end: int) -> str:
    """The line of a text in which words stand; empty for no words."""
    if start == end:
        return ""
    after = text.find("\n", end)
    return text[text.rfind("\n", 0, start) + 1 : after if after >= 0 else len(text)]
