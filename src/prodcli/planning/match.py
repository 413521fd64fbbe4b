"""Matching: selected runs x inputs -> jobs, newest run first, and the reason for everything that is left out.

The rules are in docs/matching.md. Sets of inputs are bit masks: bit i stands for the
i-th input (and host) of the dsttype.

Pure: data in, data out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING

from prodcli.catalogs.rows import RawHost, Run, SegmentInputs
from prodcli.config.profile import Dsttype, Host, Match
from prodcli.exclusions.invalid_runs import Spans, covers
from prodcli.planning.host_requirements import HostCheck, HostRequirements
from prodcli.reasons import Level, Reason, Skips
from prodcli.rules.layout import Job
from prodcli.runs.selection import RunSelection

if TYPE_CHECKING:
    from prodcli.rules.model import Rule


@dataclass(frozen=True)
class MatchLimits:
    """Limits of a match: the chosen segments, and per run the masked hosts as a bit mask and the invalid segments."""

    segments: RunSelection | None = None
    masks: Mapping[int, int] = field(default_factory=dict)
    invalid: Mapping[int, Spans] = field(default_factory=dict)

    def chosen(self, segment: int) -> bool:
        """True for a segment that is selected."""
        return self.segments is None or segment in self.segments


_NO_LIMITS = MatchLimits()


def combine(
    rule: Rule, runs: Iterable[Run], raw: Iterable[RawHost], skips: Skips, limits: MatchLimits = _NO_LIMITS
) -> list[Job]:
    """One job per run and host that takes part, with the number of segment 0."""
    seg0_only = rule.input.combine_seg0_only
    by_run: dict[int, dict[str, RawHost]] = defaultdict(dict)
    for row in raw:
        by_run[row.run][row.host] = row
    jobs: list[Job] = []
    for run in _newest_first(runs):
        hosts = by_run.get(run.number, {})
        chosen = limits.chosen(0)
        if chosen and covers(limits.invalid.get(run.number, ()), 0):
            skips.add(Reason.INVALID, Level.SEGMENT, run.number, 0)
            continue
        reason = _trigger_reason(hosts.get(rule.site.trigger_host), seg0_only)
        if reason is None and not any(host.name in hosts for host in rule.dsttype.hosts):
            reason = Reason.NO_INPUTS
        if reason is not None:
            skips.add(reason, Level.RUN, run.number)
            continue
        if not chosen:
            continue
        mask = limits.masks.get(run.number, 0)
        for bit, host in enumerate(rule.dsttype.hosts):
            found = hosts.get(host.name)
            if found is None:
                skips.add(Reason.NO_INPUTS, Level.HOST, run.number, host.name)
            elif (reason := _host_reason(found, seg0_only, bool(mask >> bit & 1))) is not None:
                skips.add(reason, Level.HOST, run.number, host.name)
            else:
                n_inputs = found.seg0_on_disk if seg0_only else found.segments
                jobs.append(Job(run.number, 0, n_inputs, run.events, host.name, host.leaf, mask))
    return jobs


def downstream(
    rule: Rule,
    runs: Iterable[Run],
    raw: Mapping[int, int],
    inputs: Iterable[SegmentInputs],
    skips: Skips,
    limits: MatchLimits = _NO_LIMITS,
) -> list[Job]:
    """One job per complete segment (many-to-one) or per input file on disk (one-to-one).

    `raw` has the hosts of each run in the raw catalog, as bit masks.
    """
    by_run: dict[int, list[SegmentInputs]] = defaultdict(list)
    for found in inputs:
        by_run[found.run].append(found)
    needs = HostRequirements.of(rule)
    jobs: list[Job] = []
    for run in _newest_first(runs):
        rows = by_run.get(run.number, ())
        produced = 0
        for row in rows:
            produced |= row.present
        mask, spans = limits.masks.get(run.number, 0), limits.invalid.get(run.number, ())
        lacking = _run_lacks(rule, needs, raw.get(run.number, 0), produced, mask)
        if lacking is not None:
            skips.add(lacking[0], Level.RUN, run.number, lacking[1])
            continue
        wanted = produced & ~mask
        for segment, lack, n_inputs in sorted(_judged(rule, rows, wanted), key=itemgetter(0)):
            if not limits.chosen(segment):
                continue
            reason: Reason | None = Reason.INVALID if spans and covers(spans, segment) else lack
            if reason in (None, Reason.MASKED) and segment % rule.input.cut_segment:
                reason = Reason.SEGMENT_CUT
            if reason is None:
                jobs.append(Job(run.number, segment, n_inputs, run.events, "", "", mask))
            else:
                skips.add(reason, Level.SEGMENT, run.number, segment)
    return jobs


def _newest_first(runs: Iterable[Run]) -> list[Run]:
    return sorted(runs, key=lambda run: run.number, reverse=True)


def _trigger_reason(trigger: RawHost | None, seg0_only: bool) -> Reason | None:
    if trigger is None:
        return Reason.NO_GL1
    return None if trigger.takes_part(seg0_only) else Reason.GL1_OFF_DISK


def _host_reason(host: RawHost, seg0_only: bool, masked: bool) -> Reason | None:
    if not host.takes_part(seg0_only):
        return Reason.HOST_OFF_DISK
    return Reason.MASKED if masked else None


def _run_lacks(rule: Rule, needs: HostRequirements, raw: int, produced: int, mask: int) -> tuple[Reason, str] | None:
    """The first requirement that a run does not meet, and the missing hosts."""
    if not produced:
        return Reason.NO_INPUTS, f"nothing of tag {rule.intriplet}"
    for check in needs.checks(raw, produced, mask):
        if not check.met:
            return check.reason, _in_words(rule.dsttype, check)
    return None


def _in_words(dsttype: Dsttype, check: HostCheck) -> str:
    if check.reason is Reason.MASKED:
        return "every input is masked"
    if missing := check.must & ~check.present:
        return _missing(dsttype, missing)
    return f"{check.there.bit_count()} of at least {check.at_least}: {_missing(dsttype, check.missing)}"


def _judged(rule: Rule, rows: Iterable[SegmentInputs], wanted: int) -> Iterator[tuple[int, Reason | None, int]]:
    """Each segment with the reason why its inputs make no job, and their number.

    `wanted` are the unmasked inputs of the run.
    """
    for row in rows:
        lack, n_inputs = _inputs_lack(rule, row, wanted), (row.on_disk & wanted).bit_count()
        for segment in row.segments:
            yield segment, lack, n_inputs


def _inputs_lack(rule: Rule, row: SegmentInputs, wanted: int) -> Reason | None:
    present = row.present & wanted
    if not present:
        return Reason.MASKED
    needed = wanted if rule.dsttype.match is Match.MANY_TO_ONE else present
    if present != needed:
        return Reason.SEGMENT_INCOMPLETE
    return None if row.on_disk & needed == needed else Reason.INPUT_OFF_DISK


def _hosts(dsttype: Dsttype, mask: int) -> list[Host]:
    return [host for bit, host in enumerate(dsttype.hosts) if mask >> bit & 1]


def _missing(dsttype: Dsttype, mask: int) -> str:
    """`missing ebdc17:1 (TPC17)`, at most eight by name."""
    hosts = _hosts(dsttype, mask)
    names = ", ".join(f"{host.name} ({host.spoken})" for host in hosts[:8])
    return f"missing {names}{f' and {len(hosts) - 8} more' if len(hosts) > 8 else ''}"
