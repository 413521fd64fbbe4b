"""A pass over the rules of a steering file, each apart from the others: what fails for one rule stops no other."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from prodcli.automation.attempts import attempted
from prodcli.automation.pass_history import queued_by_rule
from prodcli.automation.rule_result import HARVEST, RulePass
from prodcli.automation.rule_steps import RuleResources, steps_of
from prodcli.automation.shares import QueueBounds, QueuedJobs, allotted, in_turn
from prodcli.errors import BatchError, DatabaseError, TransientDatabaseError
from prodcli.states import Status

if TYPE_CHECKING:
    from prodcli.steering.steered_rule import SteeredRule


@dataclass(frozen=True)
class PassOverRules:
    """A pass over rules: one harvest, then spiders, evidence, recovery and submission of each rule.

    `tell` gets the rule and the step that begin; to end the pass it raises TermSignal. `counted` gets the jobs in the queues.
    With `in_order` rules are passed in the order in which they are given, as a chain wants it; else by priority and share.
    """

    resources: RuleResources
    bounds: QueueBounds = field(default_factory=QueueBounds)
    tell: Callable[[str, str], None] = lambda rule, step: None
    counted: Callable[[QueuedJobs], None] = lambda queue: None
    in_order: bool = False

    def run(self, rules: Sequence[SteeredRule]) -> Iterator[RulePass]:
        """Yield the result of the harvest, and of each rule as it ends; what fails is the error of a result."""
        self.tell(HARVEST, "")
        yield _timed(lambda: attempted(HARVEST, self._harvest)[0])
        queued: dict[str, QueuedJobs] = {}
        trouble, failure = attempted(HARVEST, lambda: self._count(queued))
        if isinstance(failure, TransientDatabaseError) and failure.connection_lost:
            # each rule would wait for the books again, and none can do without
            yield from (replace(trouble, rule=one.name, started=int(time.time())) for one in rules)
            return
        queue = sum(queued.values(), QueuedJobs())
        if not trouble.error:
            self.counted(queue)
        yield from self._of_rules(rules if self.in_order else in_turn(rules, queued), queue, trouble.error)

    def _harvest(self) -> RulePass:
        found = self.resources.harvest()
        finished = sum(count for (status, _), count in found.moves.items() if status == Status.FINISHED)
        error = "; ".join(f"schedd {name} does not answer: {why}" for name, why in found.silent.items())
        code = BatchError.exit_code if error else 0
        return RulePass(rule=HARVEST, finished=finished + found.proved.finished, error=error, code=code)

    def _count(self, queued: dict[str, QueuedJobs]) -> RulePass:
        queued.update(queued_by_rule(self.resources.books))
        return RulePass(rule=HARVEST)

    def _of_rules(self, rules: Sequence[SteeredRule], queue: QueuedJobs, uncounted: str) -> Iterator[RulePass]:
        """The results of rules; the room that some leave goes to those that could submit more, at the end."""
        room = self.bounds.room(queue)
        full = f"the queues are full: {self.bounds.in_words(queue)}" if room == 0 else ""
        if uncounted and room is not None:
            full = f"the queues cannot be counted: {uncounted}"
        wanting: list[tuple[SteeredRule, RulePass]] = []
        for place, steered in enumerate(rules):
            most = allotted(room, steered, [one for one in rules[place + 1 :] if one.submit]) if steered.submit else 0
            result = _timed(lambda: self._of_rule(steered, most, full))  # noqa: B023 - called at once
            if room is not None and result.limited:
                wanting.append((steered, result))
            else:
                yield result
            room = room if room is None else max(0, room - result.submitted)
        for steered, before in wanting:
            result = self._once_more(steered, before, room or 0)
            room = max(0, (room or 0) - (result.submitted - before.submitted))
            yield result

    def _of_rule(self, steered: SteeredRule, most: int | None, full: str) -> RulePass:
        """All steps of a rule, under its lock."""

        def work() -> RulePass:
            with self.resources.lock(steered):
                steps = steps_of(self.resources, steered)
                result = RulePass(rule=steered.name, tag=steps.rule.outtriplet)
                for name, step in steps.wanted(most, full):
                    self.tell(steered.name, name)
                    done, failure = attempted(steered.name, step)
                    result = result.with_step(done)
                    if isinstance(failure, DatabaseError):
                        break  # the steps that follow would wait for it again
                return result

        return attempted(steered.name, work)[0]

    def _once_more(self, steered: SteeredRule, before: RulePass, room: int) -> RulePass:
        """The result after more jobs, of the room that the other rules have left."""
        most = min(room, steered.maxjobs - before.submitted) if steered.maxjobs else room
        if most <= 0:
            return before

        def work() -> RulePass:
            with self.resources.lock(steered):
                self.tell(steered.name, "submit")
                return steps_of(self.resources, steered).submit(most)

        began = time.time()
        result = before.with_step(attempted(steered.name, work)[0])
        return replace(result, seconds=before.seconds + time.time() - began)


def _timed(work: Callable[[], RulePass]) -> RulePass:
    """The result of work, with its begin and duration."""
    began = time.time()
    result = work()
    return replace(result, started=int(began), seconds=time.time() - began)
