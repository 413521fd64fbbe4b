"""The request of a pass: a rule and its runs, limits, the schedd, and the permission to unblock or to submit erased outputs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from prodcli.books.job_filter import ENDED, JobFilter
from prodcli.books.queue_limit import MAXQUEUED
from prodcli.evidence.finish import wanted_of
from prodcli.exclusions.masks import Mask

if TYPE_CHECKING:
    from prodcli.books.actions import Author
    from prodcli.planning.plan import Plan
    from prodcli.rules.model import Rule
    from prodcli.runs.selection import RunSelection

CHUNK = 10_000  # jobs of a cluster; measured, see docs/performance.md, A whole campaign


@dataclass(frozen=True)
class Redoing:
    """Outputs that an open action has erased, to be submitted under this action."""

    action: str
    outputs: frozenset[str]


@dataclass(frozen=True)
class Unblocking:
    """The request to unblock: states, author, and the question before anything is claimed."""

    states: tuple[str, ...]
    author: Author
    consent: Callable[[Plan], None]


@dataclass(frozen=True, kw_only=True)
class SubmitLimits:
    """The most jobs of a pass (0: no limit), of the batch name in all queues, and of a cluster."""

    maxjobs: int = 0
    maxqueued: int = MAXQUEUED
    chunk_size: int = CHUNK


@dataclass(frozen=True, kw_only=True)
class PassRequest:
    """A rule, runs and segments (None: all of them), and masks that hold for this pass only.

    `schedd` is a name, empty for the first, or `auto`. `sample`: only so many jobs, drawn from all of them; 0: all.
    """

    rule: Rule
    runs: RunSelection
    segments: RunSelection | None = None
    masks: tuple[Mask, ...] = ()
    schedd: str = ""
    limits: SubmitLimits = field(default_factory=SubmitLimits)
    unblocking: Unblocking | None = None
    redoing: Redoing | None = None
    sample: int = 0

    @property
    def unblocked_jobs(self) -> JobFilter:
        """The jobs of the rule that ended in a state which is unblocked."""
        states = self.unblocking.states if self.unblocking else ()
        wanted = wanted_of(self.rule, self.runs, self.segments)
        return replace(wanted, states=[state for state in ENDED if state in states])
