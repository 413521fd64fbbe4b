"""How people name a level of a production: `PRODUCTION/TAG/RULE/GROUP/CLUSTER`, from the left as far as wanted.

Pure: data in, data out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from prodcli.errors import UsageError
from prodcli.names import TOKEN

_CLUSTER = re.compile(r"[0-9]{1,18}(?:@[A-Za-z0-9_.+-]+)?")
_TODO = "PRODUCTION/TAG/RULE/GROUP/CLUSTER, as campaign check shows them"


class Level(StrEnum):
    """The levels, from the whole down."""

    BOOKS = "books"
    PRODUCTION = "production"
    CAMPAIGN = "campaign"
    STEP = "step"
    GROUP = "group"
    WORKFLOW = "workflow"


@dataclass(frozen=True, order=True)
class Address:
    """A level by its names; what is empty is not named. A cluster is `12` or `12@schedd`."""

    production: str = ""
    tag: str = ""
    rule: str = ""
    group: str = ""
    cluster: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The names, from the left."""
        return tuple(filter(None, (self.production, self.tag, self.rule, self.group, self.cluster)))

    @property
    def level(self) -> Level:
        """The level that is named."""
        return list(Level)[len(self.names)]

    @property
    def name(self) -> str:
        """The last name."""
        return self.names[-1] if self.names else ""

    def __str__(self) -> str:
        return "/".join(self.names)

    def below(self, name: str) -> Address:
        """The level of this name right below."""
        return address_of(f"{self}/{name}" if self.names else name)

    def at(self, level: Level) -> Address:
        """The level of this kind that this one is in."""
        return Address(*self.names[: list(Level).index(level)])

    def holds(self, other: Address) -> bool:
        """True for this level itself and those below."""
        return other.names[: len(self.names)] == self.names


def address_of(text: str) -> Address:
    """Read an address; an empty text names all productions. Raises UsageError for a text that is none."""
    names = text.removesuffix("/").split("/") if text else []
    if len(names) >= len(Level):
        raise UsageError(f"{text!r:.80} has {len(names)} names; there are five levels", where="ADDRESS", todo=_TODO)
    for name in names[:4]:
        if not TOKEN.fullmatch(name):
            raise UsageError(f"{name!r:.60} in {text!r:.80} is no name", where="ADDRESS", todo=_TODO)
    for name in names[4:]:
        if not _CLUSTER.fullmatch(name):
            raise UsageError(f"{name!r:.60} is no cluster", where="ADDRESS", todo="clusters are like 12 or 12@schedd")
    return Address(*names)
