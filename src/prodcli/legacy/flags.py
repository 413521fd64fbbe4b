"""A command of today: its flags, what stands for each in prodcli, and the command lines that do the same.

Pure: data in, data out.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from prodcli.errors import UsageError

Words = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Flag:
    """A flag of today; `now` is the option here, `lacks` says why there is none, neither: prodcli does so anyway."""

    names: str  # divided by blanks, the one that tells most first
    former: str = ""  # a name of older versions, which takes no prefix
    takes: str = ""  # "": nothing; "1": a word; "?", "*", "+": words; "count": nothing, often; "bool": --no-X, too
    now: str = ""
    lacks: str = ""
    how: Callable[[Words], Words] | None = None  # makes the words after `now`; without `now`, all words
    group: str = ""  # of flags that exclude one another
    choices: Words = ()
    required: bool = False

    @property
    def name(self) -> str:
        """The name that tells most."""
        return self.names.split()[0]

    def in_new_words(self, said: Words) -> Words:
        """The words here for the words of the flag."""
        if self.takes == "*" and not said:
            return ()
        words = self.how(said) if self.how else said
        return (self.now, *words) if self.now else words if self.how else ()


@dataclass(frozen=True)
class NewForm:
    """What does the same here: words after `prodcli`, a command after the other, and a file that is written before."""

    lines: tuple[Words, ...]
    file: str = ""
    text: str = ""

    def __str__(self) -> str:
        return " && ".join(shlex.join(["prodcli", *line]) for line in self.lines)


@dataclass(frozen=True)
class Given:
    """What a command line of today says: the words of each flag by its name, the words without flag, files to read."""

    command: Command
    flags: Mapping[str, Words]
    places: Words
    read: Callable[[str], str]  # the text of a file; raises UsageError

    def has(self, name: str) -> bool:
        """Whether the flag is given."""
        return name in self.flags

    def value(self, name: str, otherwise: str = "") -> str:
        """The only word of a flag."""
        return self.flags.get(name, (otherwise,))[0]

    def in_new_words(self, *left_out: str) -> Words:
        """All flags in the words here, but those left out; raises UsageError for a flag that has no counterpart."""
        found: list[Words] = []
        for flag in self.command.flags:
            if flag.name in self.flags:
                if flag.lacks:
                    raise self.refused(flag.name, flag.lacks)
                words = () if flag.name in left_out else flag.in_new_words(self.flags[flag.name])
                found += [words] if words and words not in found else []
        return tuple(word for words in found for word in words)

    def refused(self, name: str, why: str) -> UsageError:
        """The error of a flag without a counterpart."""
        return UsageError(f"{name} has no counterpart: {why}", where=self.command.name)


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command of today, and how it is said here; `codes` are its exit codes for the ones here."""

    name: str
    now: str = ""  # the words here, without most options; empty: no counterpart
    instead: str = ""  # what does such a thing
    flags: tuple[Flag, ...]
    new: Callable[[Given], NewForm]
    places: Words = ()  # names of the words without a flag
    codes: Mapping[int, int] = field(default_factory=lambda: MappingProxyType({}))

    def exit_code(self, code: int) -> int:
        """The exit code of the command of today for an exit code here."""
        return self.codes.get(code, code)


def one_line(*line: str) -> NewForm:
    """A single command line."""
    return NewForm((line,))


def without(flags: Sequence[Flag], why: str, *, but: Sequence[str]) -> tuple[Flag, ...]:
    """The flags, of which those that are not named have no counterpart; flags that say nothing, and own reasons, stay."""
    return tuple(
        flag
        if flag.name in but or flag.lacks or not (flag.now or flag.how)
        else replace(flag, now="", how=None, lacks=why)
        for flag in flags
    )
