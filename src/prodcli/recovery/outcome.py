"""The outcome of a carried out plan.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from prodcli.errors import BatchError, PartlyDone


@dataclass(frozen=True, slots=True)
class ActionOutcome:
    """The outcome of one action: its jobs, the number of changed jobs, and why schedds failed.

    `unheard` schedds did not answer after the action: their outcome is unknown, and the action stays open.
    """

    id: str
    jobs: int
    schedds: int
    changed: int = 0
    failed: Mapping[str, str] = field(default_factory=dict)
    unheard: Mapping[str, str] = field(default_factory=dict)

    def require_done(self) -> None:
        """Raise BatchError if every schedd failed and no job changed, PartlyDone if some schedds failed or are silent."""
        trouble = {**self.unheard, **self.failed}
        words = "; ".join(f"{schedd}: {why}" for schedd, why in trouble.items())
        if self.failed and len(self.failed) == self.schedds and not self.changed:
            raise BatchError(f"nothing is done: {words}", todo="prodcli log shows the action")
        if self.unheard:
            raise PartlyDone(f"the outcome is unknown: {words}", todo="prodcli reconcile finds out")
        if trouble:
            raise PartlyDone(
                f"not all is done: {words}", todo="prodcli log shows the action; run the command again for the rest"
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
