"""Stop, resume and remove a production on the command line."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from prodcli.cli import notes
from prodcli.errors import ProdError, UsageError

if TYPE_CHECKING:
    from prodcli.cli.context import Session
    from prodcli.cli.outputs.erasing import Said
    from prodcli.db import Database
    from prodcli.outputs.erase import ErasePlan, Eraser
    from prodcli.productions.booked import BookedProduction
    from prodcli.rules.model import Rule


@dataclass(frozen=True)
class Ending:
    """A production that is stopped, resumed or removed, and why."""

    session: Session
    name: str
    reason: str
    dry_run: bool
    yes: bool

    @cached_property
    def books(self) -> Database:
        """The books; raises DatabaseError if a migration is due."""
        from prodcli.db.schema import require_current

        books = self.session.database("production", read_only=self.dry_run)
        require_current(books)
        return books

    @cached_property
    def production(self) -> BookedProduction:
        """The production; raises UsageError for an unknown name."""
        from prodcli.names import did_you_mean
        from prodcli.productions.booked import productions

        known = productions(self.books)
        if self.name not in known:
            hint = did_you_mean(self.name, known) if known else ""
            raise UsageError(
                f"there is no production {self.name!r:.80}{hint}", todo="prodcli production list shows all"
            )
        return known[self.name]

    @cached_property
    def rules(self) -> list[Rule]:
        """The rules that its files have now, children first; none if the files are gone or none is sound."""
        from prodcli.productions.lint import ProductionFolder

        if self.production.is_tag:
            return []
        try:
            chain = ProductionFolder(Path(self.production.folder), self.session.rule_site).chain
        except ProdError as failure:
            self.session.warn(f"{self.name}: its rule files are not read: {failure}")
            return []
        return [step.rule for step in reversed(chain.steps)]

    def stop(self, kill: bool) -> None:
        """Show what is stopped, ask, and stop it; with `kill` its jobs are removed from the queues."""
        from prodcli.cli.consent import require_consent
        from prodcli.cli.productions.killing import Killing
        from prodcli.cli.productions.production_tables import production_table

        products = [one.product for one in self.production.rules] + [rule.product for rule in self.rules]
        killing = Killing(self.session, products if kill else (), self.reason, self.dry_run)
        (self.session.summarize_table if self.yes else self.session.show)(production_table([self.production]))
        killing.show()
        if self.dry_run:
            self.session.say("dry run: nothing was changed")
            return
        jobs = sum(plan.total for _, plan in killing.plans)
        require_consent(f"Stop {self.name}{f' and remove {jobs} jobs from the queues' if kill else ''}?", self.yes)
        self._stop()
        self.session.summarize(f"{self.name} is stopped; prodcli production resume {self.name} undoes it")
        killing.act()

    def resume(self) -> None:
        """Let passes submit jobs of the production again."""
        from prodcli.productions.booked import forget, resume

        if self.production.state == "open":
            self.session.summarize(f"{self.name} is not stopped: nothing changes")
            return
        if self.production.is_tag:
            forget(self.books, self.name)
        else:
            resume(self.books, self.name, notes.author_of(""))
        self._note("production resume", "open")
        self.session.summarize(f"{self.name}: passes submit its jobs again")

    def remove(self, said: Said) -> None:
        """Show the inventory of each rule, ask for the word, stop the production, erase outputs, and forget the production."""
        from prodcli.cli.consent import require_word
        from prodcli.cli.outputs import erasing
        from prodcli.productions.booked import forget
        from prodcli.verbs import ERASE

        self._require_rules()
        eraser = erasing.eraser_of(self.session, ERASE, said)
        plans = [self._planned(eraser, rule, said) for rule in self.rules]
        if self.dry_run:
            self.session.say("dry run: nothing was changed")
            return
        outputs = sum(len(plan.found.outputs) for plan in plans)
        require_word(f"Erase {outputs} outputs of the production {self.name}, and forget it?", "remove", self.yes)
        self._stop()
        for plan in plans:
            if plan.found.outputs:
                erasing.tell(self.session, plan, eraser.act(plan, erasing.author_of_erasing(said)), said)
        forget(self.books, self.name)
        self._note("production remove", "removed")
        self.session.summarize(f"{self.name} is removed; {self.production.folder} and its git branch stay")

    def _planned(self, eraser: Eraser, rule: Rule, said: Said) -> ErasePlan:
        """The plan of a rule, which is shown."""
        from prodcli.cli.outputs import erasing
        from prodcli.productions.made_runs import made_runs

        runs = made_runs(rule.product, self.books, eraser.filecatalog)
        plan = eraser.plan(erasing.wanted_of(rule, runs, None, said), self.dry_run)
        self.session.summarize(f"{rule.name}: {rule.product}")
        erasing.show(self.session, plan, said)
        return plan

    def _require_rules(self) -> None:
        """Raise ProdError unless all rules of the books are read, and nobody else makes what they make."""
        from prodcli.productions.booked import productions

        if self.production.is_tag:
            todo = "prodcli production resume undoes the abort; prodcli erase -c FILE erases outputs"
            raise UsageError(f"{self.name} is an aborted tag, and no production with files", todo=todo)
        read = {rule.product for rule in self.rules}
        lacking = [one.rule for one in self.production.rules if one.product not in read]
        if lacking or not read:
            todo = "prodcli erase -c FILE -r RULE erases outputs of another file's rule"
            raise ProdError(
                f"no file has the rule {lacking[0] if lacking else ''}", where=self.production.folder, todo=todo
            )
        for other in productions(self.books).values():
            shared = [one.product for one in other.rules if other.name != self.name and one.product in read]
            if shared:
                raise ProdError(f"{shared[0]} is also made by the production {other.name}", todo="nothing is erased")

    def _stop(self) -> None:
        from prodcli.productions.booked import stop

        reason = notes.reason_of(self.reason) if self.reason else ""
        stop(self.books, self.name, self.rules, reason, notes.author_of(""))
        self._note("production stop", "stopped")

    def _note(self, verb: str, result: str) -> None:
        notes.note_action(self.session, verb, result, self.reason, production=self.name)
