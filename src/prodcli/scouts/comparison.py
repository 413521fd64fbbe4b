"""Scouts against the limits of their rule and an earlier tag: each measure with a verdict, then go, stop or wait.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from prodcli.rules.model import Rule


class Verdict(StrEnum):
    """What a measure, or all of them, say of the rest of the jobs."""

    GO = "go"
    STOP = "stop"
    WAIT = "wait"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Measured:
    """What the jobs of a product needed and made; `cpu`, `wall_of_events` and `bytes_out` are of jobs that reported events."""

    jobs: int = 0
    finished: int = 0
    failed: int = 0
    memory_mb: int | None = None
    disk_kb: int | None = None
    wall: float | None = None
    events_in: int = 0
    events_out: int = 0
    cpu: float = 0.0
    wall_of_events: float = 0.0
    bytes_out: int = 0

    @property
    def failed_percent(self) -> float | None:
        """Failed of ended jobs, in percent."""
        ended = self.finished + self.failed
        return 100.0 * self.failed / ended if ended else None

    def per_event(self, amount: float) -> float | None:
        """An amount per event that was made; None if no job reported events."""
        return amount / self.events_out if self.events_out else None

    @property
    def kept(self) -> float | None:
        """Events made per event read; None where no job reported both."""
        return self.events_out / self.events_in if self.events_in and self.events_out else None


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure of scouts, in its unit; `limit` is what the rule allows, `earlier` what an earlier tag needed."""

    name: str
    unit: str
    scouts: float | None
    limit: float | None
    earlier: float | None
    verdict: Verdict


@dataclass(frozen=True)
class Comparison:
    """The newest scouts of a rule, under their tag, beside an earlier tag, which is empty if there is none."""

    rule: Rule
    scout_tag: str
    scouts: Measured
    earlier_tag: str = ""
    earlier: Measured = Measured()

    @property
    def verdict(self) -> Verdict:
        """Stop if one measure says stop; wait while scouts are open, or if there are none; else go."""
        found = {one.verdict for one in self.measures}
        if Verdict.STOP in found:
            return Verdict.STOP
        ended = self.scouts.finished + self.scouts.failed
        return Verdict.GO if ended == self.scouts.jobs > 0 else Verdict.WAIT

    @property
    def measures(self) -> Sequence[Measure]:
        """All measures."""
        return tuple(self._measures())

    def _measures(self) -> Iterator[Measure]:
        scouts, earlier, job, limits = self.scouts, self.earlier, self.rule.job, self.rule.site.scouts
        yield _below("failed", "%", scouts.failed_percent, limits.failed, earlier.failed_percent)
        yield _below("peak memory", "MB", scouts.memory_mb, job.request_memory[-1], earlier.memory_mb)
        yield _below("disk", "KB", scouts.disk_kb, job.request_disk, earlier.disk_kb)
        events = job.neventsper or 0
        wall = scouts.per_event(scouts.wall_of_events)
        whole = None if wall is None or not events else wall * events
        yield _below("wall time of a whole job", "s", whole, job.max_runtime, earlier.wall)
        cpu = scouts.per_event(scouts.cpu), earlier.per_event(earlier.cpu)
        yield _near("CPU per event", "s", *cpu, limits.cpu)
        size = scouts.per_event(scouts.bytes_out), earlier.per_event(earlier.bytes_out)
        yield _near("size per event", "bytes", *size, limits.size, both_ways=True)
        yield _kept(scouts.kept, earlier.kept, limits.kept)


def _below(name: str, unit: str, scouts: float | None, limit: float | None, earlier: float | None) -> Measure:
    """A measure with a limit."""
    verdict = Verdict.UNKNOWN if scouts is None or limit is None else Verdict.STOP if scouts > limit else Verdict.GO
    return Measure(name, unit, scouts, limit, earlier, verdict)


def _near(
    name: str, unit: str, scouts: float | None, earlier: float | None, most: float, both_ways: bool = False
) -> Measure:
    """A measure of at most so many times that of the earlier tag; with `both_ways` not so many times less, too."""
    verdict = Verdict.UNKNOWN
    if scouts is not None and earlier:
        times = scouts / earlier
        far = times > most or (both_ways and times < 1 / most)
        verdict = Verdict.STOP if far else Verdict.GO
    return Measure(name, unit, scouts, earlier and earlier * most, earlier, verdict)


def _kept(scouts: float | None, earlier: float | None, least: float) -> Measure:
    """The share of events that jobs keep, of which at least a part of that of the earlier tag is wanted."""
    verdict = Verdict.UNKNOWN
    if scouts is not None and earlier:
        verdict = Verdict.STOP if scouts < least * earlier else Verdict.GO
    return Measure("events made per event read", "", scouts, earlier and least * earlier, earlier, verdict)
