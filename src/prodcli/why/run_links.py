"""The chain of one run: every link between the run and its jobs, with its numbers, from the plan.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from prodcli.catalogs.rows import RawHost, Run, SegmentInputs
from prodcli.config.profile import Dsttype, Host, Match
from prodcli.exclusions.invalid_runs import Invalid
from prodcli.exclusions.masks import Mask
from prodcli.planning.host_requirements import HostCheck, HostRequirements
from prodcli.planning.run_cuts import run_reasons
from prodcli.reasons import Reason
from prodcli.runs.selection import RunSelection
from prodcli.sizes import counted
from prodcli.time_text import lasted

if TYPE_CHECKING:
    from prodcli.rules.model import Rule

_MOST = 6  # things that a line names
_NO_RUN = (
    Reason.RUN_UNKNOWN,
    Reason.BAD_CATALOG_ROW,
    Reason.RUN_NOT_ENDED,
    Reason.RUNTYPE,
)  # nothing else is looked at


# What is counted of the hosts that every run must have.
_COUNTED = {
    Reason.FEW_HOSTS_RAW: "hosts wrote raw files",
    Reason.FEW_HOSTS_PRODUCED: "streams are produced",
}


class LinkState(StrEnum):
    """The state of a link: no job passes, some jobs pass, all jobs pass, or it was not looked at.

    Outputs that exist already are done, their jobs are on their way, or their jobs have a problem.
    """

    BROKEN = "NO"
    PART = "part"
    OK = "ok"
    UNSEEN = "-"
    DONE = "done"
    WAITS = "waits"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Link:
    """A link in words; `reason` is the plan's reason if the link is broken, `helps` the action then, `path` a file to read."""

    step: str
    state: LinkState
    text: str
    reason: Reason | None = None
    helps: str = ""
    path: str = ""


@dataclass(frozen=True)
class RunFacts:
    """The rows of one run that a plan saw, and the parts that it left out by reason.

    `mask` are the bits of masked hosts.
    """

    number: int
    run: Run | None
    raw_hosts: Sequence[RawHost]
    raw: int
    inputs: Sequence[SegmentInputs]
    mask: int
    skipped: Mapping[Reason, Sequence[str | int]]
    noted: Mapping[type, str] = field(default_factory=dict)  # who masked hosts of it or marked it invalid, and why
    asked: RunSelection | None = None  # the segments of inputs that were asked for; None is all
    strangers: Sequence[str] = ()  # hosts of its raw files that the site profile does not know

    @property
    def produced(self) -> int:
        """The inputs of the run in the file catalog."""
        bits = 0
        for row in self.inputs:
            bits |= row.present
        return bits

    @property
    def segments(self) -> int:
        """The number of segments with inputs."""
        return sum(len(row.segments) for row in self.inputs)


def chain_of(rule: Rule, seen: RunFacts, off_disk: Mapping[str, Sequence[tuple[int, int | None]]]) -> list[Link]:
    """The links up to the outputs, in order; `off_disk` has the (segment, status) of raw files that are not on disk."""
    links = run_links(rule, seen)
    if any(link.reason in _NO_RUN for link in links):
        return [*links, *(Link(step, LinkState.UNSEEN, "not looked at") for step in ("inputs", "outputs"))]
    links += _combining(rule, seen, off_disk) if rule.combining else _downstream(rule, seen)
    return links + ([_unknown(seen.strangers)] if seen.strangers else [])


def run_links(rule: Rule, seen: RunFacts) -> list[Link]:
    """The links of the run itself: in daq.run, ended, runtype, events, time, not invalid."""
    run, cuts = seen.run, rule.input
    if run is None:
        return [Link("run", LinkState.BROKEN, f"daq.run has no run {seen.number}", Reason.RUN_UNKNOWN)]
    if run.odd:
        text = f"daq.run has a value of it that cannot be right: {run.odd}"
        return [Link("run", LinkState.BROKEN, text, Reason.BAD_CATALOG_ROW)]
    if run.seconds is None:
        text = "daq.run has no begin or no end of it: it has not ended, or its end was never written"
        return [Link("run", LinkState.BROKEN, text, Reason.RUN_NOT_ENDED)]
    reasons = run_reasons(run, cuts)
    few, short = f"{run.events} of {cuts.min_run_events} events", f"{_number(run.seconds)} of {cuts.min_run_time} s"
    kind = f"runtype is {run.runtype or 'empty'}"
    asked = (
        (Reason.RUNTYPE, "runtype", kind, f"{kind}, the rule wants {cuts.physicsmode}"),
        (Reason.FEW_EVENTS, "events", f"{run.events} events, {cuts.min_run_events} are needed", few),
        (Reason.TOO_SHORT, "length", f"{lasted(run.seconds)}, {lasted(cuts.min_run_time)} are needed", short),
    )
    links = [Link("run", LinkState.OK, "in daq.run, and ended")]
    for reason, step, well, broken in asked:
        failed = reason in reasons
        links.append(Link(step, LinkState.BROKEN, broken, reason) if failed else Link(step, LinkState.OK, well))
    marked = [text for text in seen.skipped.get(Reason.INVALID, ()) if isinstance(text, str)]
    if marked:
        why = seen.noted.get(Invalid) or marked[0] or "no reason is given"
        links.append(Link("valid", LinkState.BROKEN, f"invalid run: {why}", Reason.INVALID))
    return links


# ---- combining


def _combining(rule: Rule, seen: RunFacts, off_disk: Mapping[str, Sequence[tuple[int, int | None]]]) -> list[Link]:
    found = {row.host: row for row in seen.raw_hosts}
    gl1 = rule.site.trigger_host
    if Reason.NO_GL1 in seen.skipped:
        text = f"no GL1: the raw catalog has no file of {gl1}"
        return [Link("GL1", LinkState.BROKEN, text, Reason.NO_GL1), Link("hosts", LinkState.UNSEEN, "not looked at")]
    on_disk = _on_disk(gl1, found[gl1], off_disk.get(gl1, ()))
    if Reason.GL1_OFF_DISK in seen.skipped:
        return [
            Link("GL1", LinkState.BROKEN, on_disk, Reason.GL1_OFF_DISK),
            Link("hosts", LinkState.UNSEEN, "not looked at"),
        ]
    links = [Link("GL1", LinkState.OK, on_disk)]
    if seen.asked is not None and 0 not in seen.asked:
        return [*links, Link("hosts", LinkState.UNSEEN, "outputs are named by segment 0, which was not asked for")]
    if 0 in seen.skipped.get(Reason.INVALID, ()):
        return [
            *links,
            Link(
                "valid",
                LinkState.BROKEN,
                f"segment 0, which names the outputs, is invalid: {seen.noted.get(Invalid, '')}",
                Reason.INVALID,
            ),
        ]
    hosts = rule.dsttype.hosts
    away = seen.skipped.get(Reason.HOST_OFF_DISK, ())
    absent = [host for host in hosts if host.name not in found]
    masked = [str(name) for name in seen.skipped.get(Reason.MASKED, ())]
    there = len(hosts) - len(away) - len(absent) - len(masked)
    state = LinkState.PART if there else LinkState.BROKEN
    by_name = {host.name: host for host in hosts}
    for name in [str(host) for host in away][:_MOST]:
        text = _on_disk(_both(by_name[name]), found[name], off_disk.get(name, ()))
        links.append(Link("hosts", state, f"host {text}", Reason.HOST_OFF_DISK))
    if len(away) > _MOST:
        text = f"{len(away) - _MOST} more hosts are not wholly on disk"
        links.append(Link("hosts", state, text, Reason.HOST_OFF_DISK))
    if absent:
        text = f"no raw file of {len(absent)} of {len(hosts)} hosts: {spoken_hosts(hosts, absent)}"
        helps = "nothing, if they were off" if there else "ask whether the hosts wrote files"
        links.append(Link("hosts", state, text, Reason.NO_INPUTS, helps))
    if masked:
        text = f"masked: {seen.noted.get(Mask) or spoken_hosts(hosts, [by_name[name] for name in masked])}"
        links.append(Link("hosts", state, text, Reason.MASKED))
    if there:
        links.append(Link("hosts", LinkState.OK, f"{there} of {len(hosts)} hosts take part"))
    return links


def _unknown(hosts: Sequence[str]) -> Link:
    more = f" and {len(hosts) - _MOST} more" if len(hosts) > _MOST else ""
    text = f"raw files of hosts that the site profile does not know: {', '.join(hosts[:_MOST])}{more}"
    return Link(
        "unknown",
        LinkState.UNSEEN,
        text,
        helps="nothing, if no rule should read them; else add them to the site profile",
    )


def _on_disk(who: str, row: RawHost, off_disk: Sequence[tuple[int, int | None]]) -> str:
    """`ebdc07 has 11 of 12 segments on disk (segment 4 only on tape)`."""
    text = f"{who} has {row.on_disk} of {row.segments} segments on disk"
    words = {}
    for what, segments in (
        ("only on tape", [segment for segment, status in off_disk if status == 0]),
        ("bad, or of no status", [segment for segment, status in off_disk if status != 0]),
    ):
        if segments:
            words[what] = f"segment{'s' if len(segments) > 1 else ''} {listed(segments)} {what}"
    return f"{text} ({'; '.join(words.values())})" if words else text


# ---- downstream


def _downstream(rule: Rule, seen: RunFacts) -> list[Link]:
    inputs = rule.dsttype.inputs
    if not seen.inputs:
        of = f"tag {rule.intriplet}, dataset {rule.input.dataset}"
        what = inputs[0] if len(inputs) == 1 else f"one of {len(inputs)} inputs"
        return [
            Link(
                "inputs",
                LinkState.BROKEN,
                f"the file catalog has {'no' if len(inputs) == 1 else 'not'} {what} of {of}",
                Reason.NO_INPUTS,
            ),
            Link("segments", LinkState.UNSEEN, "not looked at"),
        ]
    kinds = (seen.produced & ((1 << len(inputs)) - 1)).bit_count()
    what = inputs[0] if len(inputs) == 1 else f"{kinds} of {len(inputs)} inputs"
    links = [Link("inputs", LinkState.OK, f"{what} of tag {rule.intriplet} in {counted(seen.segments, 'segment')}")]
    hosts, broken = _requirements(rule, seen)
    return links + hosts + ([Link("segments", LinkState.UNSEEN, "not looked at")] if broken else _segments(rule, seen))


def _requirements(rule: Rule, seen: RunFacts) -> tuple[list[Link], bool]:
    """The links of required hosts, raw and produced, and whether a host is missing."""
    links = []
    if seen.mask:
        masked = seen.noted.get(Mask) or _said(rule.dsttype, seen.mask)
        links.append(Link("masked", LinkState.OK, f"masked in this run: {masked}"))
    for check in HostRequirements.of(rule).checks(seen.raw, seen.produced, seen.mask):
        if not check.met:
            return [*links, Link("hosts", LinkState.BROKEN, _check_in_words(rule.dsttype, check), check.reason)], True
        if check.wanted and check.reason in _COUNTED:
            links.append(Link("hosts", LinkState.OK, _check_in_words(rule.dsttype, check)))
    return links, False


def _check_in_words(dsttype: Dsttype, check: HostCheck) -> str:
    if check.reason is Reason.MASKED:
        return "every input is masked"
    if check.reason is Reason.HOST_NOT_PRODUCED:
        return f"{_said(dsttype, check.missing)} wrote raw files, but no streams are produced"
    who = "/".join(dict.fromkeys(host.detector for host in _hosts(dsttype, check.wanted)))
    text = f"{check.there.bit_count()} of {check.wanted.bit_count()} {who} {_COUNTED[check.reason]}"
    text += f" (missing {_said(dsttype, check.missing)})" if check.missing else ""
    return text if check.at_least is None else f"{text}; at least {check.at_least} are needed"


def _segments(rule: Rule, seen: RunFacts) -> list[Link]:
    rows = {
        segment: row for row in seen.inputs for segment in row.segments if seen.asked is None or segment in seen.asked
    }
    if not rows:
        return [Link("segments", LinkState.UNSEEN, f"none of its {seen.segments} segments was asked for")]
    needed = seen.produced & ~seen.mask
    many = rule.dsttype.match is Match.MANY_TO_ONE

    def lacking(segments: Iterable[str | int], on_disk: bool) -> str:
        words = []
        for segment in list(segments)[:_MOST]:
            row = rows[int(segment)]
            gone = (needed if many else row.present) & ~(row.on_disk if on_disk else row.present)
            words.append(f"{segment} lacks {_said(rule.dsttype, gone)}" if many else str(segment))
        return "; ".join(words) + ("; ..." if len(list(segments)) > _MOST else "")

    reasons = (
        (Reason.INVALID, "invalid: {list}"),
        (Reason.SEGMENT_INCOMPLETE, "incomplete: {lacking}"),
        (Reason.INPUT_OFF_DISK, "with an input that is not on disk: {off}"),
        (Reason.SEGMENT_CUT, f"no multiple of cut_segment {rule.input.cut_segment}"),
        (Reason.MASKED, "with nothing but masked inputs: {list}"),
        (Reason.INPUT_STATE, f"of a run whose inputs are not all {rule.input.require_state}"),
    )
    left = {reason: [s for s in seen.skipped.get(reason, ()) if isinstance(s, int)] for reason, _ in reasons}
    good = len(rows) - sum(map(len, left.values()))
    links = []
    for reason, text in reasons:
        segments = left[reason]
        if segments:
            off = lacking(segments, True) if reason is Reason.INPUT_OFF_DISK else ""
            gone = lacking(segments, False) if reason is Reason.SEGMENT_INCOMPLETE else ""
            said = text.format(list=listed(segments), lacking=gone, off=off)
            if reason is Reason.INVALID and seen.noted.get(Invalid):
                said += f" ({seen.noted[Invalid]})"
            state = LinkState.PART if good > 0 else LinkState.BROKEN
            links.append(Link("segments", state, f"{len(segments)} of {len(rows)} segments {said}", reason))
    if good > 0:
        links.append(Link("segments", LinkState.OK, f"{good} of {len(rows)} segments can be used"))
    return links


# ---- words


def spoken_hosts(known: Sequence[Host], hosts: Iterable[Host], most: int = _MOST) -> str:
    """`TPC17 server 1, INTT3`: spoken names, with the server if only one of a name is meant."""
    wanted = list(hosts)
    twins = {host.spoken: [other for other in known if other.spoken == host.spoken] for host in wanted}
    words: dict[str, None] = {}
    for host in wanted:
        whole = all(other in wanted for other in twins[host.spoken])
        words[host.spoken if whole else f"{host.spoken} server {host.leaf.rpartition('_')[2]}"] = None
    return listed(list(words), most)


def spoken_names(dsttype: Dsttype, bits: int) -> tuple[str, ...]:
    """The names for a mask of these hosts."""
    return tuple(dict.fromkeys(host.spoken for host in _hosts(dsttype, bits)))


def listed(items: Sequence[object], most: int = _MOST) -> str:
    """The first few of a list."""
    more = len(items) - most
    return ", ".join(map(str, items[:most])) + (f" and {more} more" if more > 0 else "")


def _said(dsttype: Dsttype, bits: int) -> str:
    return spoken_hosts(dsttype.hosts, _hosts(dsttype, bits)) if dsttype.hosts else listed(dsttype.inputs)


def _both(host: Host) -> str:
    return host.name if host.spoken == host.name else f"{host.name} ({host.spoken})"


def _hosts(dsttype: Dsttype, bits: int) -> list[Host]:
    return [host for bit, host in enumerate(dsttype.hosts) if bits >> bit & 1]


def _number(seconds: float) -> str:
    return f"{seconds:.1f}".removesuffix(".0")
