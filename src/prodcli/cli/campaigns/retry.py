"""prodcli campaign retry."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import typer

from prodcli.cli import notes, options
from prodcli.cli.campaigns.address_options import Address, MeantLevel, meant_by
from prodcli.cli.context import Session, current
from prodcli.cli.live.kept_figures import keep_for_prompts
from prodcli.cli.recovery.rescue import WEEK, MaxMem, Since
from prodcli.errors import BatchError, PartlyDone, ProdError

if TYPE_CHECKING:
    from prodcli.books.actions import Author
    from prodcli.level_actions.retry import Retried, Retry, RetryPlan

RETRY_EXAMPLE = "Example: prodcli campaign retry run3oo_calo_pro001_pcdb001_v001 --dry-run"


def retry(
    context: typer.Context,
    address: Address,
    since: Since = WEEK,
    max_mem: MaxMem = None,
    reason: options.Why = "",
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    anyway: options.Anyway = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Bring held and failed jobs of a level back.

    The causes of each step are those of `rescue`, and so is what is done: another try, more memory, another node. What is
    for a person, and what is to be parked, stays as it is. So do jobs of a stopped production.
    """
    session = current(context)
    why = notes.reason_of(reason) if reason else ""
    this = LevelRetry(
        session, meant_by(session, address, read_only=dry_run), since, max_mem, why, dry_run, anyway, style
    )
    this.run(yes)


@dataclass(frozen=True)
class LevelRetry:
    """The retry of a level on the command line."""

    session: Session
    meant: MeantLevel
    since: str
    max_mem: str | None
    reason: str
    dry_run: bool
    anyway: bool
    style: options.Style

    @cached_property
    def service(self) -> Retry:
        """What finds causes, and brings jobs back."""
        from prodcli.cli.recovery.recovery_session import recovery_of
        from prodcli.cli.recovery.request_options import most_of
        from prodcli.cli.times import since_of
        from prodcli.level_actions.retry import Retry

        recovery = recovery_of(self.session, self.dry_run, self.anyway)
        return Retry(recovery, since_of(self.since) or 0, most_of(self.session, self.max_mem))

    def run(self, yes: bool) -> None:
        """Show causes and what is done about them, ask, and do it."""
        from prodcli.cli.consent import require_consent
        from prodcli.sizes import counted

        if not self.dry_run:
            self.session.keep_log()
        plan, shown = self.service.plan(self.meant.steps, as_booked=self.dry_run), self.style is options.Style.TABLE
        nothing = self.dry_run or not plan.jobs or plan.silence is not None
        if shown or nothing:
            self._show(plan, asks=not (yes or nothing))
        if plan.silence is not None:
            raise plan.silence
        if nothing:
            self._require_allowed(plan)
            return
        for words in plan.lacks if self.session.quiet or not shown else ():
            self.session.warn(words)
        require_consent(f"Retry {counted(plan.jobs, 'job')} below {self.meant.address}?", yes, shown)
        if not yes:
            self.service.recovery.refresh()
        self._act(plan)

    def _act(self, plan: RetryPlan) -> None:
        from prodcli.cli.recovery.recovery_session import author_of
        from prodcli.sizes import counted

        author = author_of(self.reason or f"campaign retry {self.meant.address}")
        trouble = [self._outcome(one.retried, author) for one in plan.doable if one.retried]
        keep_for_prompts(self.session)
        if self.style is not options.Style.TABLE:
            self._show(plan)
        failed = [one for one in trouble if one is not None]
        result = f"{len(trouble) - len(failed)} of {counted(len(trouble), 'cause')} retried"
        notes.note_action(self.session, "campaign retry", result, self.reason, address=str(self.meant.address))
        words = list(dict.fromkeys([*map(str, failed), *plan.refusals]))
        if words:
            kind = BatchError if len(failed) == len(trouble) else PartlyDone
            raise kind("; ".join(words), todo="run the command again for the rest")

    def _require_allowed(self, plan: RetryPlan) -> None:
        """Raise ProdError if nothing is brought back since nobody may; a dry run only shows it."""
        if plan.refusals and not self.dry_run and not plan.jobs:
            raise ProdError("; ".join(plan.refusals), todo="no job is brought back")

    def _outcome(self, one: Retried, author: Author) -> ProdError | None:
        """Carry out a plan, and say what came of it; trouble is kept for the end."""
        from prodcli.cli.recovery import run_verb

        try:
            outcome = one.verb.act(one.plan, author)
            if self.style is options.Style.TABLE:
                run_verb.tell(self.session, one.plan, outcome)
            outcome.require_done()
        except (BatchError, PartlyDone) as failure:
            return failure
        return None

    def _show(self, plan: RetryPlan, asks: bool = False) -> None:
        from prodcli.cli.campaigns.retry_table import retry_table
        from prodcli.recovery.recovery_plan import finished_instead

        notes_below = finished_instead(plan.finished, self.dry_run)
        notes_below += ["dry run: the books as they are, and nothing is changed"] if self.dry_run else []
        table = retry_table(plan, *notes_below)
        (self.session.show if asks else self.session.summarize_table)(table, self.style)
        sys.stdout.flush()
