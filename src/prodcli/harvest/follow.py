"""Harvest again and again, and tell what is news: for a pane that somebody looks at now and then."""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from prodcli.books.job_events import Harvest
from prodcli.books.rollup import Totals
from prodcli.errors import BatchError, DatabaseError
from prodcli.reports.status_lines import totals_in_words

log = logging.getLogger(__name__)


class LineKind(StrEnum):
    """What a line is about."""

    NEWS = "news"
    TROUBLE = "trouble"


@dataclass(frozen=True, slots=True)
class FollowLine:
    """A line to show."""

    kind: LineKind
    text: str


@dataclass
class Follower:
    """What was said already: a silent schedd or a database that is away is told once, and once when it is back."""

    troubles: dict[str, str] = field(default_factory=dict)  # who, and why
    missing: int = 0
    totals: Totals | None = None

    def failed(self, failure: BatchError | DatabaseError) -> Iterator[FollowLine]:
        """A pass that came to nothing."""
        who = "the database" if isinstance(failure, DatabaseError) else "the batch system"
        yield from self._tell({who: str(failure)} | {name: why for name, why in self.troubles.items() if name != who})

    def passed(self, found: Harvest) -> Iterator[FollowLine]:
        """A pass that harvested something, or found nothing new."""
        yield from self._tell({f"schedd {name}": why for name, why in found.silent.items()})
        if news := self._news(found):
            yield FollowLine(LineKind.NEWS, news)

    def _tell(self, troubles: dict[str, str]) -> Iterator[FollowLine]:
        for who in sorted(self.troubles.keys() - troubles.keys()):
            yield FollowLine(LineKind.TROUBLE, f"{who} answers again")
        for who in sorted(troubles.keys() - self.troubles.keys()):
            yield FollowLine(LineKind.TROUBLE, f"{who} does not answer: {troubles[who]}")
        self.troubles = troubles

    def _news(self, found: Harvest) -> str:
        """Totals with what changed since the last pass, whoever changed the books, and what went missing."""
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
    """Harvest every so many seconds until interrupted; what fails at the first pass ends it, as it does any command."""
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
