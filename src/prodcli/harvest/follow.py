"""Harvest again and again, and print changes: for a terminal that people look at now and then."""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from prodcli.books.rollup import Totals
from prodcli.errors import BatchError, DatabaseError
from prodcli.harvest.harvest import Harvest
from prodcli.reports.status_lines import totals_in_words, trouble_in_words

log = logging.getLogger(__name__)


class LineKind(StrEnum):
    """The kind of a line."""

    NEWS = "news"
    TROUBLE = "trouble"


@dataclass(frozen=True, slots=True)
class FollowLine:
    """A line to print."""

    kind: LineKind
    text: str


@dataclass
class Follower:
    """Failures that were reported already: a silent schedd or database is reported once, and once when it is back."""

    troubles: dict[str, str] = field(default_factory=dict)  # who, and why
    missing: int = 0
    totals: Totals | None = None

    def failed(self, failure: BatchError | DatabaseError) -> Iterator[FollowLine]:
        """The line for a failed pass."""
        who = "the database" if isinstance(failure, DatabaseError) else "the batch system"
        yield from self._tell({who: str(failure)} | {name: why for name, why in self.troubles.items() if name != who})

    def passed(self, found: Harvest) -> Iterator[FollowLine]:
        """The lines for a pass with changes or without, and for new trouble."""
        yield from self._tell({f"schedd {name}": why for name, why in found.silent.items()})
        before = found.before if self.totals is None else self.totals
        if news := self._news(found):
            yield FollowLine(LineKind.NEWS, news)
        if trouble := trouble_in_words(found.totals, before):
            yield FollowLine(LineKind.NEWS, trouble)

    def _tell(self, troubles: dict[str, str]) -> Iterator[FollowLine]:
        for who in sorted(self.troubles.keys() - troubles.keys()):
            yield FollowLine(LineKind.TROUBLE, f"{who} answers again")
        for who in sorted(troubles.keys() - self.troubles.keys()):
            yield FollowLine(LineKind.TROUBLE, f"{who} does not answer: {troubles[who]}")
        self.troubles = troubles

    def _news(self, found: Harvest) -> str:
        """The totals with their changes since the last pass, of any writer, and missing and lost jobs."""
        before = found.before if self.totals is None else self.totals
        words = [totals_in_words(found.totals, before)] if found.moves or found.totals != before else []
        self.totals = found.totals
        if found.missing and found.missing != self.missing:
            words.append(f"{found.missing} missing")
        if found.lost:
            words.append(f"{found.lost} lost")
        self.missing = found.missing
        return "  ".join(words)


def follow(run: Callable[[], Harvest], every: float, show: Callable[[FollowLine], None]) -> None:
    """Harvest every so many seconds until interrupted; a failure of the first pass ends the loop."""
    follower = Follower()
    first = True
    while True:
        began = time.monotonic()
        try:
            lines = list(follower.passed(run()))
        except (BatchError, DatabaseError) as failure:
            if first:
                raise
            lines = list(follower.failed(failure))
        first = False
        for line in lines:
            if line.kind is LineKind.TROUBLE:  # news are logged by the pass
                log.info("%s", line.text)
            show(FollowLine(line.kind, f"{datetime.now(UTC):%Y-%m-%d %H:%M:%SZ}  {line.text}"))
        time.sleep(max(0.0, began + every - time.monotonic()))
