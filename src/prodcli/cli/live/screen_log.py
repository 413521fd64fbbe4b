"""What the log says to people, while a full screen leaves no place for lines on stderr."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prodcli.errors import one_line


class ScreenLog(logging.Handler):
    """Tells warnings to the screen; silent before there is one."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.tell: Callable[[str], None] | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Tell the line of a record."""
        if self.tell is not None:
            self.tell(one_line(record.getMessage()))


@contextmanager
def told_on_screen() -> Iterator[ScreenLog]:
    """No line of the log goes to stderr meanwhile; log files get theirs."""
    logger, ours = logging.getLogger("prodcli"), ScreenLog()
    on_stderr = [one for one in logger.handlers if getattr(one, "stream", None) is sys.stderr]
    for handler in on_stderr:
        logger.removeHandler(handler)
    logger.addHandler(ours)
    try:
        yield ours
    finally:
        ours.tell = None
        logger.removeHandler(ours)
        for handler in on_stderr:
            logger.addHandler(handler)
