"""The outcome of a carried out plan, and the sentence about it.

Pure: data in, data out.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from prodcli.errors import BatchError, PartlyDone
from prodcli.recovery.recovery_plan import RecoveryPlan
from prodcli.sizes import counted


@dataclass(frozen=True, slots=True)
class ActionOutcome:
    """The outcome of one action: its jobs, the number of changed jobs, and why schedds failed.

    `unheard` schedds did not answer after the action: their outcome is unknown, and the action stays open. `clusters` are
    the new clusters of jobs that were submitted again, by schedd.
    """

    id: str
    jobs: int
    schedds: int
    changed: int = 0
    failed: Mapping[str, str] = field(default_factory=dict)
    unheard: Mapping[str, str] = field(default_factory=dict)
    clusters: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def require_done(self) -> None:
        """Raise BatchError if every schedd failed and no job changed, PartlyDone if some schedds failed or are silent."""
        trouble = {**self.unheard, **self.failed}
        words = "; ".join(f"{schedd}: {why}" for schedd, why in trouble.items())
        if self.failed and len(self.failed) == self.schedds and not self.changed:
            raise BatchError(f"nothing was done: {words}", todo="prodcli log shows the action")
        if self.unheard:
            raise PartlyDone(f"the outcome is unknown: {words}", todo="prodcli reconcile finds out")
        if trouble:
            raise PartlyDone(
                f"not all was done: {words}", todo="prodcli log shows the action; run the command again for the rest"
            )


@dataclass(frozen=True, slots=True)
class RecoveryOutcome:
    """The outcomes of the actions of a plan, by the name of its part."""

    actions: Mapping[str, ActionOutcome]

    def require_done(self) -> None:
        """Raise the failure of the first action that is not all done: BatchError or PartlyDone."""
        for action in self.actions.values():
            action.require_done()

    def with_failed(self, failed: Mapping[str, str]) -> RecoveryOutcome:
        """The outcome with failures of schedds that concern every action."""
        return RecoveryOutcome(
            {name: replace(one, failed={**one.failed, **failed}) for name, one in self.actions.items()}
        )


def outcome_line(part: RecoveryPlan, outcome: ActionOutcome) -> str:
    """`60 of 60 jobs released on a@pool; watch: prodcli query --tag ana537_2025p010_v001 --watch 10`."""
    planned = len(part.jobs)
    if outcome.unheard:
        return f"{part.verb.name}: the outcome of {counted(planned, 'job')} is not known yet"
    done = outcome.changed if part.verb.changes_states else outcome.jobs
    words = [f"{done} of {counted(planned, 'job')} {part.verb.done}{_places(part, outcome)}"]
    if busy := planned - outcome.jobs:
        words.append(f"{busy} had changed meanwhile, or are in another action")
    return "; ".join([*words, *_follow(part)] if done else words)


def _places(part: RecoveryPlan, outcome: ActionOutcome) -> str:
    """Where the jobs are: the new clusters of jobs that were submitted again, else the schedds."""
    if outcome.clusters:
        found = [f"{_clusters(numbers)} on {schedd}" for schedd, numbers in sorted(outcome.clusters.items())]
    else:
        found = sorted({job.schedd for job, _ in part.jobs})
    return (" in " if outcome.clusters else " on ") + ", ".join(found) if found else ""


def _clusters(numbers: tuple[int, ...]) -> str:
    return f"cluster{'' if len(numbers) == 1 else 's'} {', '.join(map(str, numbers))}"


def _follow(part: RecoveryPlan) -> list[str]:
    """The command that shows what becomes of the jobs."""
    if not part.verb.follow:
        return []
    tags = {job.tag for job, _ in part.jobs}
    option = f"--tag {shlex.quote(tags.pop())}" if len(tags) == 1 else ""
    return [f"watch: {' '.join(part.verb.follow.replace('TAG', option).split())}"]
