"""Remove the jobs of a production from the queues, as `kill` does: preview, then work."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from prodcli.cli import options
from prodcli.cli.recovery import run_verb
from prodcli.cli.recovery.job_options import JobOptions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prodcli.cli.context import Session
    from prodcli.recovery.recovery_plan import RecoveryPlan
    from prodcli.recovery.recovery_verb import RecoveryVerb
    from prodcli.rules.model import Product


@dataclass(frozen=True)
class Killing:
    """The removal of the jobs of products."""

    session: Session
    products: Iterable[Product]
    reason: str
    dry_run: bool

    @cached_property
    def verb(self) -> RecoveryVerb:
        """What removes jobs."""
        from prodcli.cli.recovery.recovery_session import recovery_of
        from prodcli.recovery import queue_verbs

        return queue_verbs.kill(recovery_of(self.session, self.dry_run))

    @cached_property
    def plans(self) -> list[tuple[JobOptions, RecoveryPlan]]:
        """The jobs of each product that has some."""
        from prodcli.books.job_filter import JobFilter

        found = []
        for one in dict.fromkeys(self.products):
            wanted = JobFilter(tags=[one.tag], dataset=one.dataset, dsttypes=[one.dsttype])
            chosen = JobOptions(wanted, True, None, self.reason, self.dry_run, True, options.Style.TABLE)
            found.append((chosen, self.verb.plan(chosen.selection)))
        return [(chosen, plan) for chosen, plan in found if plan.total]

    def show(self) -> None:
        """Show the jobs that would be removed."""
        for chosen, plan in self.plans:
            run_verb.show(self.session, plan, chosen)

    def act(self) -> None:
        """Remove the jobs; raises PartlyDone if some are left."""
        for chosen, plan in self.plans:
            outcome = run_verb.act(self.verb, plan, chosen)
            run_verb.tell(self.session, plan, outcome)
            outcome.require_done()
