"""The rotated log file, as cron discards output."""

import logging
import sys
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path

from prodcli.cli.log_line import OneLine
from prodcli.driver_waits import WAITS
from prodcli.errors import ProdError, one_line


class LogFile(RotatingFileHandler):
    """A log file that gives up with one line if it cannot write.

    A full disk must not hide the command's own messages.
    """

    def handleError(self, record: logging.LogRecord) -> None:
        """Report the failure once, and log no more."""
        failure = sys.exc_info()[1]
        words = failure.strerror if isinstance(failure, OSError) else str(failure)
        logging.getLogger("prodcli").removeHandler(self)
        with suppress(OSError):
            self.close()
        sys.stderr.write(f"prodcli: {one_line(f'{self.baseFilename}: the log cannot be kept: {words}')}\n")


def open_log(folder: Path, name: str = "prodcli.log") -> LogFile:
    """Open a log in a folder, which is created; raises ProdError if it cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = LogFile(folder / name, maxBytes=5_000_000, backupCount=10, encoding="utf-8", errors="replace")
    except OSError as failure:
        raise ProdError(f"the log cannot be kept: {failure.strerror}", where=str(folder)) from None
    handler.setFormatter(OneLine("%(asctime)s %(process)d %(levelname)s %(message)s"))
    handler.setLevel(logging.INFO)
    handler.addFilter(lambda record: record.name != WAITS)
    return handler
