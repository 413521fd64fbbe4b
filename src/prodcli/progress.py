"""How a service reports its progress; the command line decides whether people see it.

Pure: data in, data out.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

Advance = Callable[[int], None]


class Progress(Protocol):
    """Reports the steps of a service; with a `total` it yields a function that takes the number done."""

    def __call__(self, text: str, total: int = 0) -> AbstractContextManager[Advance]:
        """Begin a step."""


def silent(text: str, total: int = 0) -> AbstractContextManager[Advance]:
    """Say nothing."""
    return nullcontext(lambda _: None)
