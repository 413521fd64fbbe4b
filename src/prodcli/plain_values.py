"""Plain values of files, as people wrote them: a word stays as it is written, a number is decimal.

Pure: data in, data out.
"""

import re

_DIGITS = re.compile(r"[-+]?[0-9]+")
_PLACES = 40  # digits that a number may have; nothing here is as large


class Digits(int):
    """A whole number that remembers its digits: as a word, 010 is `010`; as a number it is ten."""

    text: str

    def __str__(self) -> str:
        """The digits as they stand in the file."""
        return self.text

    __repr__ = __str__


class Word(str):
    """A word that remembers its line."""

    __slots__ = ("line",)
    line: int


def plain(text: str, line: int) -> Digits | Word:
    """A plain value of a file."""
    if _DIGITS.fullmatch(text) and len(text) <= _PLACES:
        number = Digits(text)
        number.text = text
        return number
    word = Word(text)
    word.line = line
    return word


def as_word(value: object) -> object:
    """A number as it was written, where a word is expected; other values unchanged."""
    return str(value) if isinstance(value, int | float) else value


def whole_number(value: object) -> int:
    """A whole number in decimal digits; raises ValueError for other text, with its line if known."""
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    if isinstance(value, str) and _DIGITS.fullmatch(value.strip()) and len(value.strip()) <= _PLACES:
        return int(value)
    line = f" (line {value.line})" if isinstance(value, Word) else ""
    raise ValueError(f"a whole number in plain decimal digits is wanted, not {value!r:.60}{line}")
