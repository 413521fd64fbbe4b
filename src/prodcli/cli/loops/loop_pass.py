"""The pass of a loop: a process of its own that tells its results as lines of JSON."""

from __future__ import annotations

import os
import select
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from prodcli.cli.live.kept_figures import keep_for_prompts
from prodcli.errors import RuleError, TermSignal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.automation.shares import QueueBounds, QueuedJobs
    from prodcli.cli.context import Session
    from prodcli.loops.kept_files import KeptFiles
    from prodcli.rules.model import Rule
    from prodcli.steering.steered_rule import SteeredRule, Steering


def run_pass(
    session: Session, file: Path, host: str, kept_in: Path, loop: str, bounds: QueueBounds, chain: bool, preflight: bool
) -> None:
    """Run a pass over the rules of a file, and tell what it does.

    With `chain` also over the rules that read their outputs, parents first.
    """
    from prodcli.automation.rule_locks import RuleLocks
    from prodcli.automation.rule_pass import PassOverRules
    from prodcli.books.claimant import short_host
    from prodcli.cli.automation.pass_wiring import pass_watch, rule_resources
    from prodcli.loops.kept_files import KeptFiles
    from prodcli.loops.pass_lines import Told, Word

    session.keep_log()
    session.config  # noqa: B018 - a configuration that is invalid fails the pass
    kept = KeptFiles(kept_in)
    steering = _steering(kept, file, host or short_host())
    locks = RuleLocks(session.config.campaigns / "locks", steering.host, steering.file)

    def load(steered: SteeredRule) -> Rule:
        return _rule(session, kept, steered)

    def alarm(text: str) -> None:
        _tell(Word(Told.ALARM, text).as_line())

    def doing(rule: str, step: str) -> None:
        if loop and _alone():
            raise TermSignal
        _tell(Word(Told.DOING, f"{rule}: {step}" if step else rule).as_line())

    def counted(queue: QueuedJobs) -> None:
        words = bounds.in_words(queue)
        _tell(Word(Told.QUEUE, words).as_line())
        if bounds.above_watermark(queue):
            _tell(Word(Told.ABOVE, f"above the watermark: {words}").as_line())

    resources = rule_resources(session, lambda one: locks.lock(one.name), f"loop {loop}", load, preflight)
    rules = _chained(session, kept, steering.rules) if chain else steering.rules
    this = PassOverRules(resources, bounds, doing, counted, in_order=chain)
    told: set[str] = set()
    for result in pass_watch(session, file, alarm, [loop]).over(this.run(rules)):
        _tell(result.as_line())
        for fault in {*kept.faults.values()} - told:
            told.add(fault)
            _tell(Word(Told.FAULT, f"the last good version is in use: {fault}").as_line())
    keep_for_prompts(session)
    for problem in steering.problems:
        _tell(Word(Told.FAULT, problem).as_line())


def _steering(kept: KeptFiles, file: Path, host: str) -> Steering:
    """What the file says for a host; an edit with a fault in any rule counts only if no good version is known."""
    from prodcli.steering.read import read_steering

    def without_problems(written: Path) -> Steering:
        found = read_steering(file, host, written)
        if found.problems:
            raise RuleError("; ".join(found.problems), where=str(file))
        return found

    try:
        return kept.read(file, host, without_problems)
    except RuleError:
        return read_steering(file, host)


def _chained(session: Session, kept: KeptFiles, named: Sequence[SteeredRule]) -> tuple[SteeredRule, ...]:
    """The named rules and those that read their outputs; raises RuleError for a circle."""
    from prodcli.chains.steered_chain import chained

    files = dict.fromkeys(one.config for one in named)
    return chained(named, [rule for file in files for rule in _rules(session, kept, file)])


def _rules(session: Session, kept: KeptFiles, file: Path) -> list[Rule]:
    """The sound rules of a file; an edit with a fault in any rule counts only if no good version is known."""
    from prodcli.chains.chain import chain_of
    from prodcli.rules.check import require_rule
    from prodcli.rules.load import check_rules

    def all_of(written: Path) -> list[Rule]:
        checked = check_rules(file, session.site, lenient=True, written=written)
        rules = [require_rule(one, str(file)) for one in checked]
        chain_of(rules)
        return rules

    try:
        return kept.read(file, "its chain", all_of)
    except RuleError:
        pass
    try:
        return [one.rule for one in check_rules(file, session.site, lenient=True) if one.rule is not None]
    except RuleError:
        return []  # the passes of its rules say what is wrong


def _rule(session: Session, kept: KeptFiles, steered: SteeredRule) -> Rule:
    from prodcli.cli.automation.pass_wiring import rule_of

    return kept.read(steered.config, steered.name, lambda written: rule_of(session, steered, written))


def _alone() -> bool:
    """True if the loop has closed our stdin, or is no more."""
    readable, _, _ = select.select([0], [], [], 0)
    return bool(readable) and not os.read(0, 1)


def _tell(line: str) -> None:
    """Write a line at once; a loop that is no more ends the pass."""
    try:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        raise TermSignal from None
