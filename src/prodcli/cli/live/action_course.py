"""The course of a recovery verb without a terminal: plan, preview, act, and what came of it in words."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prodcli.cli.recovery.plan_table import table_of
from prodcli.errors import BatchError, PartlyDone
from prodcli.recovery.outcome import outcome_line
from prodcli.tables.draw import draw
from prodcli.tables.screen import Screen

if TYPE_CHECKING:
    from prodcli.books.actions import Author
    from prodcli.recovery.outcome import RecoveryOutcome
    from prodcli.recovery.preview import Family
    from prodcli.recovery.recovery_plan import RecoveryPlan
    from prodcli.recovery.recovery_verb import RecoveryVerb


@dataclass(frozen=True)
class Planned:
    """A verb with its plan."""

    verb: RecoveryVerb
    plan: RecoveryPlan

    def preview(self, family: Family, width: int) -> list[str]:
        """The lines that say what the verb will do."""
        preview = self.plan.preview(family)
        return draw(table_of(preview).noted(*preview.notes), Screen(int(time.time()), width))

    @property
    def question(self) -> str:
        """The question; empty if there is nothing to do."""
        return self.plan.preview().question if self.plan.total else ""

    def act(self, author: Author) -> list[str]:
        """Carry the plan out; jobs that changed since the preview are left alone. Returns what came of it."""
        self.verb.recovery.refresh()
        outcome = self.verb.act(self.plan, author)
        return [*self._told(outcome), *_trouble(outcome)]

    def _told(self, outcome: RecoveryOutcome) -> list[str]:
        return [outcome_line(self.plan.parts[name], action) for name, action in outcome.actions.items()]


def _trouble(outcome: RecoveryOutcome) -> list[str]:
    try:
        outcome.require_done()
    except (BatchError, PartlyDone) as failure:
        return [str(failure)]
    return []


Course = Callable[[], Planned]  # finds the jobs, and plans what is done to them; harvests, which may take seconds
