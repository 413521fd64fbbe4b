"""Units of a production, and what is wrong with each: the reasons and the report line that the field knows.

A unit is what one job makes: a run and segment; for combining a run and host.

Pure: data in, data out.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from prodcli.names import RUN_FORMAT, SEGMENT_FORMAT

NONE = -1  # a number of events that there is not, in reports
RATIO = 0.95  # of the input's events that an output must have, if nothing is said


class Flag(StrEnum):
    """What is wrong with a unit, in the order of report lines."""

    INPUT_MISMATCH = "input_mismatch"
    MISSING_OUTPUT = "missing_output"
    LOW_OUTPUT_EVENTS = "low_output_events"


@dataclass(frozen=True, slots=True)
class Produced:
    """The output of a unit in the file catalog: its events, None if the catalog has no number."""

    events: int | None


@dataclass(frozen=True, slots=True)
class CheckedUnit:
    """A unit with its flags.

    `expected` is the number of events to expect: that of the inputs, and if these differ the largest one.
    """

    run: int
    segment: int
    dsttype: str
    flags: tuple[Flag, ...]
    input_events: int | None
    output_events: int | None
    expected: int

    @property
    def produced(self) -> int:
        """The events of the output; none without an output."""
        return max(0, self.output_events or 0)

    @property
    def lost(self) -> int:
        """The events that are expected and not produced; none if an output does not tell its events."""
        if self.output_events is None and Flag.MISSING_OUTPUT not in self.flags:
            return 0
        return max(0, self.expected - self.produced)

    @property
    def unverified(self) -> bool:
        """True if the output exists, and nobody knows how many of the expected events it has."""
        return self.output_events is None and Flag.MISSING_OUTPUT not in self.flags and self.expected > 0

    def line(self, combining: bool) -> str:
        """The report line; that of a combining rule also names the dsttype, as a run has a unit for each host."""
        numbers = (NONE if events is None else events for events in (self.input_events, self.output_events))
        told = f"{self.run:{RUN_FORMAT}} {self.segment:{SEGMENT_FORMAT}} {','.join(self.flags)} {' '.join(map(str, numbers))}"
        return f"{told} {self.dsttype}" if combining else told


@dataclass(frozen=True, slots=True)
class Expected:
    """The events of a unit's inputs: None if unknown or different; the largest number is the one to expect."""

    events: int | None
    differ: bool
    most: int


def checked(
    run: int, segment: int, dsttype: str, expected: Expected, output: Produced | None, ratio: float
) -> CheckedUnit:
    """The unit with its flags; no output is flagged for its events where either number is unknown."""
    flags = [Flag.INPUT_MISMATCH] if expected.differ else []
    events = None if output is None else output.events
    if output is None:
        flags.append(Flag.MISSING_OUTPUT)
    elif expected.events is not None and expected.events > 0 and events is not None:
        if events / expected.events < ratio:
            flags.append(Flag.LOW_OUTPUT_EVENTS)
    return CheckedUnit(run, segment, dsttype, tuple(flags), expected.events, events, max(0, expected.most))
