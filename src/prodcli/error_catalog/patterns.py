"""Patterns of texts, tried on many texts: the words that each fit must hold are looked for first.

Pure: data in, data out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

_SHORTEST = 3  # letters that are worth looking for
# A part of a regular expression outside of groups: a class, a group's bracket, an escaped letter, or a letter; and how often.
_PARTS = re.compile(r"(\[\^?\]?(?:\\.|[^\]\\])*\]|[()|^$.]|\\.|[^\\])((?:[*+?]|\{[0-9,]*\})?[?+]?)", re.DOTALL)
_PLAIN_ESCAPES = "[](){}.*+?^$|\\/-'\"# :"


@dataclass(frozen=True, slots=True)
class TextPattern:
    """A regular expression for texts in small or large letters; `needle` are small letters that each fit holds."""

    text: str
    needle: str

    def found_in(self, text: str, small: str) -> re.Match[str] | None:
        """The first fit in a text; `small` is the text in small letters."""
        return compiled(self.text).search(text) if self.needle in small else None


def text_pattern(text: str) -> TextPattern:
    """The pattern of a regular expression; raises re.error, OverflowError or RecursionError when it is first used."""
    return TextPattern(text, needle_of(text))


@cache
def compiled(text: str) -> re.Pattern[str]:
    """A compiled regular expression for any letters."""
    return re.compile(text, re.IGNORECASE)


def needle_of(text: str) -> str:
    """The longest run of letters that stand in a regular expression as they are; empty if a fit need not hold any."""
    runs, depth = [""], 0
    for part, often in _PARTS.findall(text):
        depth += (part == "(") - (part == ")")
        letter = "" if depth or part == ")" else _letter(part)
        if part == "|" and not depth:
            return ""
        if letter and often[:1] in ("", "+"):
            runs[-1] += letter
        if not letter or often:
            runs.append("")
    longest = max(runs, key=len).lower()
    return longest if len(longest) >= _SHORTEST else ""


def _letter(part: str) -> str:
    """The letter that a part of a regular expression stands for; empty if it stands for several."""
    if part.startswith("\\"):
        return part[1] if part[1] in _PLAIN_ESCAPES else ""
    return part if len(part) == 1 and part not in "()|^$." else ""
