"""Work that may fail without harm to other work: the failure becomes one line of its result."""

from __future__ import annotations

import logging
from collections.abc import Callable

from prodcli.automation.rule_result import RulePass
from prodcli.errors import ProdError, RuleError, UsageError, ended_by, one_line
from prodcli.submission.pass_lock import PassRuns

log = logging.getLogger(__name__)


def attempted(rule: str, work: Callable[[], RulePass]) -> tuple[RulePass, Exception | None]:
    """The result of work for a rule, and its failure; a signal ends the work, and is no failure."""
    try:
        return work(), None
    except PassRuns as runs:
        return RulePass(rule=rule, note=runs.what), runs
    except ProdError as failure:
        log.info("%s: %s", rule, failure)
        return RulePass(rule=rule, error=str(failure), code=_code(failure)), failure
    except Exception as failure:
        if ended_by(failure) is not None:
            raise
        log.exception("%s", rule)
        return RulePass(
            rule=rule, error=one_line(f"{type(failure).__name__}: {failure}"), code=ProdError.exit_code
        ), failure


def _code(failure: ProdError) -> int:
    """The exit code of a failure; a wrong word in a file is none of the command line."""
    return RuleError.exit_code if isinstance(failure, UsageError) else failure.exit_code
