"""prodcli campaign launch."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import notes, options
from prodcli.cli.campaigns.address_options import Address, MeantLevel, meant_by
from prodcli.cli.context import Session, current
from prodcli.cli.health.demand import WithPreflight

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.automation.rule_result import RulePass
    from prodcli.level_actions.launch import Launch
    from prodcli.steering.steered_rule import SteeredRule

LAUNCH_EXAMPLE = "Example: prodcli campaign launch run3oo_calo_pro001_pcdb001_v001 --dry-run"
MaxJobs = Annotated[int, typer.Option("--maxjobs", min=0, help="At most this many jobs of each step; 0: all.")]


def launch(
    context: typer.Context,
    address: Address,
    maxjobs: MaxJobs = 0,
    preflight: WithPreflight = False,
    reason: options.Why = "",
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Submit the jobs of a level.

    A level is a production, a campaign, a step or a group. A pass of each step submits what can be made now, parents first, as the steering files of the production say. What
    waits for outputs of a parent is for the next launch, or for loops.
    """
    session = current(context)
    why = notes.reason_of(reason) if reason else ""
    this = LevelLaunch(session, meant_by(session, address, read_only=dry_run), maxjobs, preflight, why, style)
    if dry_run or this.agreed(yes):
        _require_well(this.look() if dry_run else this.run())


@dataclass(frozen=True)
class LevelLaunch:
    """The launch of a level on the command line."""

    session: Session
    meant: MeantLevel
    maxjobs: int
    preflight: bool
    reason: str
    style: options.Style

    @cached_property
    def rules(self) -> list[SteeredRule]:
        """The steps, parents first, as passes take them."""
        from prodcli.books.claimant import short_host
        from prodcli.level_actions.steered_steps import require_launchable, steered_steps
        from prodcli.productions.lint import ProductionFolder

        require_launchable(self.meant.address)
        folder = ProductionFolder(Path(self.meant.production.folder), self.session.site)
        steered = steered_steps(self.meant.steps, folder.steering, short_host())
        return [replace(one, maxjobs=self.maxjobs or one.maxjobs) for one in steered]

    def agreed(self, yes: bool) -> bool:
        """Show what would be submitted, and ask; False if that is nothing."""
        from prodcli.cli.consent import require_consent
        from prodcli.sizes import counted

        if yes:
            return True
        found, shown = list(self._passes(looks_only=True).look()), self.style is options.Style.TABLE
        jobs = sum(one.submitted for one in found)
        if shown or not jobs:
            self._show(found, "" if jobs else "there is nothing to submit", asks=bool(jobs))
        if not jobs:
            _require_well(found)
            return False
        require_consent(f"Submit {counted(jobs, 'job')} below {self.meant.address}?", yes, shown)
        return True

    def look(self) -> list[RulePass]:
        """Show what each pass would submit now."""
        found = list(self._passes(looks_only=True).look())
        self._show(found, "dry run: nothing was changed")
        return found

    def run(self) -> list[RulePass]:
        """Submit, and show what each pass has submitted."""
        from prodcli.sizes import counted

        self.session.keep_log()
        done: list[RulePass] = []
        with self.session.progress(f"launching {self.meant.address}", len(self.rules)) as advance:
            for one in self._passes(looks_only=False).run():
                done.append(one)
                advance(1)
        jobs = sum(one.submitted for one in done)
        result = f"{counted(jobs, 'job')} submitted"
        self._show(done, result)
        if jobs:
            notes.note_action(self.session, "campaign launch", result, self.reason, address=str(self.meant.address))
        return done

    def _passes(self, looks_only: bool) -> Launch:
        from prodcli.cli.automation.pass_wiring import rule_resources
        from prodcli.level_actions.launch import Launch

        why = f"campaign launch {self.meant.address}{f': {self.reason}' if self.reason else ''}"
        resources = rule_resources(
            self.session, lambda _: nullcontext(), why, preflight=self.preflight, by_hand=True, looks_only=looks_only
        )
        return Launch(self.rules, resources)

    def _show(self, found: Sequence[RulePass], note: str, asks: bool = False) -> None:
        from prodcli.cli.campaigns.launch_table import launch_table

        table = launch_table(self.rules, found, self.session.site, note)
        (self.session.show if asks else self.session.summarize_table)(table, self.style)
        sys.stdout.flush()


def _require_well(found: Sequence[RulePass]) -> None:
    """Raise the failure of the rules that failed, with the exit code of a pass over rules."""
    from prodcli.automation.rule_result import exit_code
    from prodcli.errors import BatchError, DatabaseError, PartlyDone, ProdError, RuleError
    from prodcli.sizes import counted

    failed = [one for one in found if one.error]
    code = exit_code({one.rule: one.code for one in found})
    if failed:
        kinds = {one.exit_code: one for one in (ProdError, RuleError, DatabaseError, BatchError, PartlyDone)}
        words = f"{len(failed)} of {counted(len(found), 'step')} failed: {failed[0].rule}: {failed[0].error}"
        raise kinds[code](words)
