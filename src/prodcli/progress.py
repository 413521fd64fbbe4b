"""How a service reports its progress; the command line decides whether people see it.

Pure: data in, data out.
"""

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol


class Advance(Protocol):
    """Takes the number done since the last call, and a new text for the step, if it changes."""

    def __call__(self, done: int, text: str = "") -> None:
        """Go on."""


class Progress(Protocol):
    """Reports the steps of a service; with a `total` it yields a function that takes the number done."""

    def __call__(self, text: str, total: int = 0) -> AbstractContextManager[Advance]:
        """Begin a step."""


def silent(text: str, total: int = 0) -> AbstractContextManager[Advance]:
    """Say nothing."""
    return nullcontext(_advance)


def _advance(done: int, text: str = "") -> None:
    """Say nothing."""
