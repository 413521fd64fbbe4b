"""Redo outputs: erase them, and submit them anew before anybody else can claim them."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from prodcli.books.actions import Author
from prodcli.db.schema import require_current
from prodcli.outputs.erase import ErasePlan, Eraser
from prodcli.outputs.inventory import Wanted
from prodcli.submission.pass_request import Redoing
from prodcli.submission.submit_pass import Pass
from prodcli.submission.submitter import Outcome


@dataclass(frozen=True)
class Redo:
    """A verb that erases and submits, as a service: plan, preview, act, with the lock of the rule in hand."""

    submission: Pass
    eraser: Eraser

    def lock(self) -> AbstractContextManager[None]:
        """Keep other passes of the rule away from the plan on to the end; raises PassRuns if one runs."""
        return self.submission.lock()

    def plan(self, wanted: Wanted, as_booked: bool = False) -> ErasePlan:
        """The inventory to erase.

        Raises RuleError for files that the jobs of the rule would not find, or for jobs with another number of outputs;
        ProdError for a payload that the site refuses, or a production that is stopped: nothing is erased.
        """
        self.submission.require_ready()
        self.submission.require_fit()
        require_current(self.eraser.books)
        if not as_booked:
            self.submission.require_open()
        self.submission.require_same_outputs()
        return self.eraser.plan(wanted, as_booked)

    def act(self, plan: ErasePlan, author: Author) -> Outcome:
        """Erase the plan, and submit; without existing outputs only submit. Raises ProdError where it stops."""
        if not plan.found.outputs:
            return self.submission.run_locked()
        with self.eraser.erased(plan, author) as action:
            redoing = Redoing(action.id, frozenset(action.outputs))
            wanted = replace(self.submission.wanted, redoing=redoing)
            return replace(self.submission, wanted=wanted).run_locked()
