"""A pass of control over a steering file: silent if all is well, and one line for each new trouble."""

from __future__ import annotations

import logging
import sys
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from prodcli.automation.loops_of_books import brief, control_begins, control_ends
from prodcli.automation.rule_locks import RuleLocks
from prodcli.automation.rule_pass import PassOverRules
from prodcli.automation.rule_result import exit_code
from prodcli.automation.told_trouble import ToldTrouble, about_of
from prodcli.cli.automation.pass_wiring import pass_watch, rule_resources
from prodcli.cli.automation.rule_logs import RuleLogs
from prodcli.cli.consent import named
from prodcli.errors import PartlyDone, ProdError, RuleError
from prodcli.time_text import lasted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from prodcli.automation.rule_result import RulePass
    from prodcli.cli.context import Session
    from prodcli.db import Database
    from prodcli.steering.steered_rule import SteeredRule, Steering

log = logging.getLogger(__name__)
WARNINGS = "warnings"  # of a file, among the names of rules


@dataclass
class ControlPass:
    """A pass over the rules of a file that nobody else works on; `max_age` in seconds of a pass that is too long.

    With `shows` each result is also a line for people. Passes `from_cron` are booked, as they are missed when they stay out. With
    `preflight` nothing is submitted without one.
    """

    session: Session
    steering: Steering
    max_age: int
    as_json: bool
    shows: bool
    from_cron: bool
    preflight: bool = False
    codes: dict[str, int] = field(default_factory=dict)
    results: list[RulePass] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    troubles: dict[str, str] = field(default_factory=dict)

    def run(self) -> int:
        """Pass over the rules, and tell of new trouble; the exit code."""
        wanted = {rule.name: rule for rule in self.steering.rules if rule.steps}
        for problem in self.steering.problems:
            name, _, what = problem.partition(": ")
            self._done(name, what, RuleError.exit_code)
        self._tell_warnings()
        with self.locks.take(list(wanted)) as (free, running):
            for one in running:
                late = one.seconds > self.max_age
                told = f"a pass has run for {lasted(one.seconds)} (pid {one.pid or 'unknown'})" if late else ""
                self._done(one.rule, told, PartlyDone.exit_code if late else 0)
            if free:
                self._pass_over([wanted[name] for name in free])
        self._tell()
        return exit_code(self.codes)

    @cached_property
    def locks(self) -> RuleLocks:
        """The locks of the file's rules."""
        return RuleLocks(self.session.config.campaigns / "locks", self.steering.host, self.steering.file)

    def _pass_over(self, rules: Sequence[SteeredRule]) -> None:
        file, session = self.steering.file, self.session
        logs = RuleLogs(session.config.logs / "steering" / file.stem)
        resources = rule_resources(session, lambda _: nullcontext(), f"control {file.name}", preflight=self.preflight)
        this = PassOverRules(resources, tell=logs.begin)
        booked = self._booked(lambda books: control_begins(books, str(file)))
        try:
            for result in pass_watch(session, file, self.alarms.append).over(this.run(rules)):
                logs.ended(result)
                self._done(result.rule, result.error, result.code)
                self.results.append(result)
                self._show(result)
        finally:
            logs.close()
        if booked:
            rows = [brief(result) for result in self.results]
            self._booked(lambda books: control_ends(books, str(file), rows, "; ".join(self.steering.problems)))

    def _booked(self, work: Callable[[Database], None]) -> bool:
        """Book a pass of cron; False for another pass, and where the books do not take it, which harms nothing."""
        if not self.from_cron:
            return False
        try:
            work(self.session.database("production"))
        except ProdError as failure:
            log.warning("the pass is not booked: %s", failure)
            return False
        return True

    def _done(self, rule: str, trouble: str, code: int) -> None:
        self.codes[rule] = code
        self.troubles[rule] = trouble

    def _show(self, result: RulePass) -> None:
        """Show a result to other programs, or to people at a terminal."""
        if self.as_json:
            sys.stdout.write(result.as_line() + "\n")
            sys.stdout.flush()
        elif self.shows:
            self.session.show_text(f"{result.rule}: {result.in_words}")

    def _tell(self) -> None:
        """Say each new trouble once, with all the rules that have it."""
        told = ToldTrouble(self.locks.folder)
        rules_of: dict[str, list[str]] = {}
        for rule, trouble in self.troubles.items():
            if told.is_new(self.locks.name(rule), trouble):
                rules_of.setdefault(trouble, []).append(rule)
        alarms = {self.locks.name(about_of(line)): line for line in self.alarms}
        for about, line in alarms.items():
            if told.is_new(about, line):
                self.session.warn(line)
        if self.results:
            kept = {self.locks.name(about) for about in (*self.troubles, WARNINGS)}
            told.forget(self.locks.name(""), kept | set(alarms))
        for trouble, rules in rules_of.items():
            self.session.warn(f"{self.steering.file}: {named(rules)}: {trouble}")

    def _tell_warnings(self) -> None:
        warnings = self.steering.warnings
        if ToldTrouble(self.locks.folder).is_new(self.locks.name(WARNINGS), "\n".join(warnings)):
            for warning in warnings:
                self.session.warn(f"{self.steering.file}: {warning}")
