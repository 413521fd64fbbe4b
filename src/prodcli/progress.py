"""How a service says what it is doing; the command line decides whether anybody sees it.

Pure: data in, data out.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

Advance = Callable[[int], None]


class Progress(Protocol):
    """Says what is being done; with a `total`, what it yields is told how much of it is done."""

    def __call__(self, text: str, total: int = 0) -> AbstractContextManager[Advance]:
        """Begin a step."""


def silent(text: str, total: int = 0) -> AbstractContextManager[Advance]:
    """Say nothing."""
    return nullcontext(lambda _: None)
