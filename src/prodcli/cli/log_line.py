"""The form of a log message, on stderr and in the file."""

import logging

from prodcli.errors import one_line


class OneLine(logging.Formatter):
    """One line for each message: quoted names and reasons cannot control a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """The message as one line."""
        return one_line(super().format(record))
