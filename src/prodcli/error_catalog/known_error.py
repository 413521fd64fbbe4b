"""An entry of the error catalog: the symptoms that it fits, and what they mean.

Pure: data in, data out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from prodcli.error_catalog.patterns import TextPattern
from prodcli.error_catalog.remedy import Remedy

BUILT_IN = "built in"  # the origin of prodcli's own entries
MOST_TEXT = 8192  # letters of a text that are looked at, from its end
_OF_SHELL = 128  # a shell ends with this and the signal that ended the command


class Category(StrEnum):
    """Whose fault an error is."""

    SERVICE = "service"
    CODE = "experiment code"
    DATA = "data"
    RESOURCE = "resource"
    BATCH = "batch"
    USER = "user"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Symptom:
    """What is known of the end of a job: its state or substatus, its codes, and the end of a log file or its hold reason."""

    state: str
    exit_code: int | None = None
    signal: int | None = None
    hold_code: int | None = None
    hold_subcode: int | None = None
    text: str = ""
    node: str = ""

    @property
    def end(self) -> str:
        """The part of the text that is looked at."""
        return self.text[-MOST_TEXT:]

    @property
    def signals(self) -> frozenset[int]:
        """The signal that ended the job, and the signal that its exit code stands for in a shell."""
        of_code = (self.exit_code or 0) - _OF_SHELL
        return frozenset(one for one in (self.signal, of_code) if one is not None and one > 0)


@dataclass(frozen=True, slots=True)
class Signs:
    """What an error fits. All signs that are given must fit; of one sign, any of its values.

    `holds` are hold codes with a subcode, or with None for every subcode.
    """

    texts: tuple[TextPattern, ...] = ()
    exit_codes: frozenset[int] = frozenset()
    signals: frozenset[int] = frozenset()
    holds: frozenset[tuple[int, int | None]] = frozenset()
    states: frozenset[str] = frozenset()
    nodes: tuple[re.Pattern[str], ...] = ()

    def codes_fit(self, symptom: Symptom) -> bool:
        """True if everything but the text fits."""
        held = symptom.hold_code or 0
        return (
            (not self.states or symptom.state in self.states)
            and (not self.exit_codes or symptom.exit_code in self.exit_codes)
            and (not self.signals or bool(self.signals & symptom.signals))
            and (not self.holds or bool(self.holds & {(held, symptom.hold_subcode or 0), (held, None)}))
            and (not self.nodes or any(node.fullmatch(symptom.node) for node in self.nodes))
        )

    def place(self, text: str, small: str) -> tuple[int, int] | None:
        """The first words of a text that fit, from and to; (0, 0) if no text is asked for, None if nothing fits.

        Of a pattern with brackets, these are the words in its first brackets. `small` is the text in small letters.
        """
        if not self.texts:
            return 0, 0
        found = (pattern.found_in(text, small) for pattern in self.texts)
        return next((_telling(one) for one in found if one), None)


def _telling(found: re.Match[str]) -> tuple[int, int]:
    return found.span(1) if found.re.groups and found[1] is not None else found.span()


@dataclass(frozen=True, slots=True)
class KnownError:
    """An entry of the catalog: `key` in words with dashes, `name` for people, `advice` in one line.

    It fits if one of its `signs` does. `origin` is `built in`, a file, or the package of a plug-in. `examples` are texts
    that the entry must fit.
    """

    key: str
    name: str
    category: Category
    action: Remedy
    advice: str
    signs: tuple[Signs, ...]
    origin: str = ""
    examples: tuple[str, ...] = ()

    @property
    def is_built_in(self) -> bool:
        """True for an entry of prodcli itself."""
        return self.origin == BUILT_IN

    @property
    def is_told_by_text(self) -> bool:
        """True if some text tells the error; else state and codes do."""
        return any(one.texts for one in self.signs)

    def place_in(self, symptom: Symptom, text: str, small: str) -> tuple[int, int] | None:
        """The words of a symptom's text that tell the error, (0, 0) if its codes do; None if the entry does not fit."""
        found = (signs.place(text, small) for signs in self.signs if signs.codes_fit(symptom))
        return next((place for place in found if place is not None), None)
