"""Logs of passes: a file for each rule and day."""

import logging
import time
from pathlib import Path

from prodcli.automation.rule_result import RulePass
from prodcli.cli.log_file import LogFile, open_log
from prodcli.errors import ProdError

_LOG = logging.getLogger("prodcli")
_DAYS = 30  # that logs are kept


class RuleLogs:
    """Writes the log to the file of the rule that is worked on."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._rule = folder, ""
        self._handler: LogFile | None = None

    def begin(self, rule: str, step: str) -> None:
        """Turn to the log of a rule, of which a step begins."""
        self._turn_to(rule)
        _LOG.info("%s: %s", rule, step or "begins")

    def ended(self, result: RulePass) -> None:
        """Write the result of a rule into its log."""
        self._turn_to(result.rule)
        _LOG.log(logging.ERROR if result.error else logging.INFO, "%s: %s", result.rule, result.in_words)

    def _turn_to(self, rule: str) -> None:
        """Open the log of a rule; a log that cannot be kept is one warning."""
        if rule == self._rule:
            return
        self.close()
        self._rule = rule
        try:
            self._handler = open_log(self.folder / rule, f"{_day(0)}.log")
            _LOG.addHandler(self._handler)
            _forget_old(self.folder / rule)
        except (ProdError, OSError) as failure:
            _LOG.warning("%s", failure)

    def close(self) -> None:
        """Close the log of the rule."""
        if self._handler is not None:
            _LOG.removeHandler(self._handler)
            self._handler.close()
            self._handler = None


def _forget_old(folder: Path) -> None:
    """Delete the logs of days long ago."""
    for file in folder.glob("????-??-??.log*"):
        if file.name.partition(".")[0] < _day(_DAYS):
            file.unlink(missing_ok=True)


def _day(ago: int) -> str:
    """A day by the local clock, as the times in the logs are."""
    return time.strftime("%Y-%m-%d", time.localtime(time.time() - ago * 86_400))
