"""How a service says what it is doing; the command line decides whether anybody sees it."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

Progress = Callable[[str], AbstractContextManager[None]]


def silent(_: str) -> AbstractContextManager[None]:
    """Say nothing."""
    return nullcontext()
