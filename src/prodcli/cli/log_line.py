"""How a message is logged, to stderr and to the file alike."""

import logging

from prodcli.errors import one_line


class OneLine(logging.Formatter):
    """A line for each message, whatever names and reasons from elsewhere it quotes: nothing that a terminal obeys."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        return one_line(super().format(record))
