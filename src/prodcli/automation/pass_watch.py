"""Watch over a pass: its history, and what people or the site's hook have to hear of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from prodcli.automation import pass_history
from prodcli.automation.loops_of_books import silent_loops
from prodcli.automation.notices import Notice, NoticeKind, Notifier
from prodcli.automation.rule_result import HARVEST, RulePass
from prodcli.automation.starvation import Starvation, starving
from prodcli.books.claimant import short_host
from prodcli.errors import ProdError
from prodcli.quality.results import recent_alarms
from prodcli.sizes import counted
from prodcli.time_text import clock_time

if TYPE_CHECKING:
    from prodcli.config.quality_limits import QualityLimit
    from prodcli.db import Database

log = logging.getLogger(__name__)
_ENOUGH = 20  # jobs that ended in an hour, of which a share tells something


class RecentEnds(NamedTuple):
    """The jobs of a rule that ended in the last hour, and how many of them failed."""

    rule: str
    ended: int
    failed: int


@dataclass(frozen=True)
class PassWatch:
    """Watches over passes of a file on this host.

    `say` gets lines that people have to see, `failure_percent` is the share of failed jobs above which a rule is reported.
    """

    database: Database
    file: str
    notifier: Notifier
    say: Callable[[str], None]
    failure_percent: int
    but: Sequence[str] = field(default_factory=list)  # loops that know that they are alive
    quality: Mapping[str, Mapping[str, QualityLimit]] = field(default_factory=dict)  # the limits of the site by dsttype

    def over(self, results: Iterable[RulePass]) -> Iterator[RulePass]:
        """The results of a pass, each kept in the history; at the end alarms are raised."""
        seen: list[RulePass] = []
        kept = True
        for result in results:
            seen.append(result)
            kept = kept and self._safely("the history is not kept, and no alarm is raised", lambda: self._keep(result))  # noqa: B023 - at once
            yield result
        if kept:
            self._safely("no alarm is raised", lambda: self._alarm(seen))

    def _safely(self, what: str, work: Callable[[], None]) -> bool:
        """Do work that must not harm the pass; False if it fails, as it may have waited long for the books."""
        try:
            work()
        except ProdError as failure:
            log.warning("%s: %s", what, failure)
            return False
        return True

    def _keep(self, result: RulePass) -> None:
        if result.rule == HARVEST:
            pass_history.forget_old(self.database)
        else:
            pass_history.keep(self.database, short_host(), self.file, result)

    def _alarm(self, results: Sequence[RulePass]) -> None:
        rules = [result.rule for result in results if result.rule != HARVEST]
        past = pass_history.submitting_passes(self.database, rules)
        starved = [alarm for result in results if (alarm := starving(result, past)) is not None]
        silence = [one.silence for one in silent_loops(self.database) if one.id not in self.but]
        failing = [in_words(one) for one in self._recent_ends(rules) if self._fails(one)]
        starvation = [starved_in_words(alarm) for alarm in starved]
        stalled = self._stalled(rules)
        quality = recent_alarms(self.database, rules, self.quality)
        for line in (*silence, *starvation, *failing, *stalled, *quality):
            self.say(line)
        errors = [f"{one.rule}: {one.error}" for one in results if one.error and not one.disk]
        for kind, lines in (
            (NoticeKind.LOOP_SILENT, silence),
            (NoticeKind.STARVATION, starvation),
            (NoticeKind.FAILURE_RATE, failing),
            (NoticeKind.STALLED, stalled),
            (NoticeKind.QUALITY, quality),
            (NoticeKind.DISK_FULL, [f"{one.rule}: {one.disk}" for one in results if one.disk]),
            (NoticeKind.PASS_FAILED, errors),
        ):
            self.notifier.send(Notice(kind, self.file, lines))

    def _recent_ends(self, rules: Sequence[str]) -> list[RecentEnds]:
        return self.database.read(lambda tx: list(tx.rows_as(RecentEnds, "recent_failures", rules=list(rules))))

    def _stalled(self, rules: Sequence[str]) -> list[str]:
        """`Full_TRKR_SEED: 6 running jobs stalled -> prodcli rescue --state stalled`."""
        found = self.database.read(lambda tx: list(tx.rows("stalled_of_rules", rules=list(rules))))
        return [
            f"{rule}: {counted(jobs, 'running job')} stalled -> prodcli rescue --state stalled" for rule, jobs in found
        ]

    def _fails(self, one: RecentEnds) -> bool:
        return one.ended >= _ENOUGH and 100 * one.failed > self.failure_percent * one.ended


def in_words(one: RecentEnds) -> str:
    """`Full_TRKR_SEED: 40 of 50 jobs failed in the last hour`."""
    return f"{one.rule}: {one.failed} of {one.ended} jobs failed in the last hour"


def starved_in_words(alarm: Starvation) -> str:
    """`Full_TRKR_SEED: no job since 2026-11-29 02:02 UTC: input_off_disk 0 -> 312, only ebdc13`."""
    return f"{alarm.rule}: no job since {clock_time(alarm.since)}: {alarm.cause}"
