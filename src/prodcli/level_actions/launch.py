"""Launch the steps of a level: a submission pass of each, parents first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from prodcli.automation.attempts import attempted
from prodcli.automation.rule_steps import RuleResources, RuleSteps, steps_of
from prodcli.errors import DatabaseError

if TYPE_CHECKING:
    from prodcli.automation.rule_result import RulePass
    from prodcli.steering.steered_rule import SteeredRule


@dataclass(frozen=True)
class Launch:
    """The submission passes of some rules, in their order, each apart from the others."""

    rules: Sequence[SteeredRule]
    resources: RuleResources

    def look(self) -> Iterator[RulePass]:
        """What the pass of each rule would do now; nothing is changed."""
        return self._each(RuleSteps.look)

    def run(self) -> Iterator[RulePass]:
        """Submit; yields the result of each rule as its pass ends, and what fails is the error of a result."""
        return self._each(RuleSteps.submit)

    def _each(self, work: Callable[[RuleSteps, int | None], RulePass]) -> Iterator[RulePass]:
        for place, steered in enumerate(self.rules):
            result, failure = attempted(steered.name, lambda: self._of_rule(steered, work))  # noqa: B023 - called at once
            yield result
            if isinstance(failure, DatabaseError):  # the rules that follow would wait for it again
                yield from (replace(result, rule=one.name) for one in self.rules[place + 1 :])
                return

    def _of_rule(self, steered: SteeredRule, work: Callable[[RuleSteps, int | None], RulePass]) -> RulePass:
        return work(steps_of(self.resources, steered), steered.maxjobs or None)
