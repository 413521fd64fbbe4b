"""The result of one check of a configuration."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from prodcli.errors import ProdError


@dataclass(frozen=True, slots=True)
class Check:
    """What was checked, and the problem or what was found; `todo` says what to do, in words or as a statement to type.

    `absent`: it is not configured, which is no problem by itself. `slow`: the work can be done, and takes longer.
    """

    what: str
    problem: str = ""
    detail: str = ""
    exit_code: int = 0
    todo: str = ""
    absent: bool = False
    slow: bool = False

    @property
    def word(self) -> str:
        """The result in a word."""
        return "WRONG" if self.problem else "absent" if self.absent else "slow" if self.slow else "ok"

    @classmethod
    def failed(cls, what: str, failure: ProdError) -> Self:
        """A check that ended with a failure."""
        return cls(what, str(type(failure)(failure.what, where=failure.where)), "", failure.exit_code, failure.todo)


def tried(what: str, look: Callable[[], str]) -> Check:
    """The check of what a function looks at; a ProdError of the function is the problem."""
    try:
        return Check(what, detail=look())
    except ProdError as failure:
        return Check.failed(what, failure)
