"""The request of a plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from prodcli.exclusions.noted import NOTHING, Exclusions

if TYPE_CHECKING:
    from pathlib import Path

    from prodcli.rules.model import Rule
    from prodcli.runs.selection import RunSelection


@dataclass(frozen=True, kw_only=True)
class PlanRequest:
    """A rule, the runs and output segments (None: all of them) that are selected, and what people have taken out of plans.

    `templates` is the site's own folder, which comes first.
    """

    rule: Rule
    runs: RunSelection
    segments: RunSelection | None = None
    exclusions: Exclusions = NOTHING
    templates: Path | None = None

    @property
    def input_segments(self) -> RunSelection | None:
        """The segments of inputs whose jobs make a selected output; None: all of them."""
        return None if self.segments is None else self.segments.divided(self.rule.outputs_per_job)
