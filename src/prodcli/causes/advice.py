"""The action and the command that help held, stalled and failed jobs: one source for `rescue`, `held` and `why`.

A line of advice ends with its command, if there is one: from the word `prodcli` on it can be typed unchanged.

Pure: data in, data out.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

from prodcli.batch.hold_codes import meaning_of
from prodcli.books.job_filter import JobFilter
from prodcli.causes.failure_groups import FailureGroup
from prodcli.error_catalog.remedy import Remedy
from prodcli.runs.selection import ALL_RUNS, RunSelection
from prodcli.states import Status, Substatus

TRIAL = 5  # jobs that are to try something before all others do
_PROVEN = 0.8  # of the jobs that tried it
_FEW, _MANY = 4, 20  # jobs that a command names one by one; of failed ones more, as exit codes choose none
_SHORTEST = 6  # letters of a text to choose by
_MASKED = re.compile(r"HOST|PATH|URL|N|\?|\.\.\.$")


@dataclass(frozen=True)
class Scope:
    """The options of the question: the jobs, the time since when they failed, and the most memory."""

    wanted: JobFilter
    since: str = ""
    max_mem: str = ""

    @property
    def most(self) -> str:
        """The option for the most memory."""
        return f" --max-mem {shlex.quote(self.max_mem)}" if self.max_mem else ""


def key_of(one: FailureGroup) -> str:
    """A short key of a signature and its proposal, the same on every day, whatever other rows there are."""
    return f"{crc32(chr(0).join((*one.signature, one.action)).encode()) & 0xFFFFF:05x}"


def what_helps(one: FailureGroup, found: Sequence[FailureGroup], scope: Scope) -> str:
    """The action and the command for jobs with one signature; the command does not take jobs of the other rows."""
    jobs = _chosen_by(one, found, scope)
    if one.action is Remedy.ASK:
        return _asked(one, jobs)
    if not one.stays_in_queue and len(one.jobs) > _MANY:  # first failures and repeated ones have one signature
        since = f" --since {shlex.quote(scope.since)}" if scope.since else ""
        return _tried(one, f"prodcli rescue --apply {key_of(one)} {jobs}{since}{scope.most}")
    return {
        Remedy.RETRY: lambda: _tried(one, _again(one, jobs)),
        Remedy.MEMORY: lambda: _tried(one, _more_memory(one, jobs, scope)),
        Remedy.NODE: lambda: f"{_excluding(one)}; {_again(one, jobs)}",
        Remedy.PARK: lambda: f"prodcli park {jobs}",
    }[one.action]()


def _again(one: FailureGroup, jobs: str) -> str:
    return f"prodcli release {jobs}" if one.stays_in_queue else f"prodcli resubmit --clone {_state_option(one)}{jobs}"


def _more_memory(one: FailureGroup, jobs: str, scope: Scope) -> str:
    if one.in_queue:
        return f"prodcli resubmit --auto {jobs}{scope.most}"
    return f"prodcli resubmit --clone {_state_option(one)}--auto --any-hold {jobs}{scope.most}"


def _state_option(one: FailureGroup) -> str:
    """The option `--state` that a verb needs for jobs that it does not take else, whose state has a word of its own."""
    own = (Substatus.LOST, Substatus.REMOVED, Substatus.NO_OUTPUT, Substatus.STALLED)
    return f"--state {one.signature.state} " if one.signature.state in own else ""


def _excluding(one: FailureGroup) -> str:
    return f"prodcli nodes exclude add {' '.join(one.accused)} --until 3d --reason 'jobs fail there'"


def trial_of(one: FailureGroup) -> int:
    """How many of many jobs are to try what is proposed; 0 if few, or if it helped most of the jobs before."""
    proven = one.retried >= TRIAL and one.won >= _PROVEN * one.retried
    tries = one.action in (Remedy.RETRY, Remedy.MEMORY) and len(one.jobs) > _MANY
    return TRIAL if tries and not proven else 0


def twice_the_memory(one: FailureGroup, found: Sequence[FailureGroup], scope: Scope) -> list[str]:
    """The other way for memory holds that are to be parked: try a few of them with twice the memory."""
    if one.action is not Remedy.PARK or one.signature.state != Status.HELD:
        return []
    command = f"prodcli resubmit --scale-memory 2 {_chosen_by(one, found, scope)}"
    if len(one.jobs) <= TRIAL:
        return [f"or twice the memory: {command}"]
    return [f"or try {TRIAL} with twice the memory: {command} --limit {TRIAL}"]


def _tried(one: FailureGroup, command: str) -> str:
    """A command, limited to a few of many jobs, unless it helped most of the jobs before."""
    few = trial_of(one)
    return f"try {few} of {len(one.jobs)} first: {command} --limit {few}" if few else command


def _asked(one: FailureGroup, jobs: str) -> str:
    first = one.jobs[0]
    hold = meaning_of(first.hold_code, first.hold_subcode, first.hold_reason) if one.signature.state == "held" else None
    if hold is not None:
        return f"{hold.helps} {jobs}" if "prodcli " in hold.helps else hold.helps
    if one.signature.state == Substatus.STALLED:
        return f"see prodcli logs {first.dbid}, or prodcli kill {_state_option(one)}{jobs}"
    if one.in_queue:
        return f"wait for their next start, or prodcli kill {jobs}"
    if one.always_fails:
        changed = f"diagnose {one.key} --bisect says what changed; once it is repaired"
        return f"{changed}: prodcli resubmit --clone --signature {one.key} {jobs}"
    example = next((job.err for job in one.jobs if job.err), None)
    return f"see {shlex.quote(example)}" if example else f"see prodcli log --dbid {first.dbid}"


def _chosen_by(one: FailureGroup, found: Sequence[FailureGroup], scope: Scope) -> str:
    """The options that choose these jobs; for many failed jobs, the options of their tag and dsttype."""
    if len(one.jobs) <= (_FEW if one.stays_in_queue else _MANY):
        return f"--dbid {' '.join(str(job.dbid) for job in one.jobs)}"
    wanted = scope.wanted
    words = _same("--tag", {job.tag for job in one.jobs}) or _option("--tag", wanted.tags)
    words += _same("--dsttype", set(one.dsttypes)) or _option("--dsttype", wanted.dsttypes)
    words += _said(wanted)
    if one.signature.state == Status.HELD:
        return " ".join([*words, "--code", one.signature.code, *(_reason(one, found) or _reason_said(wanted))])
    return " ".join([*words, "--state", one.signature.state] if one.stays_in_queue else [*words, *_reason_said(wanted)])


def _said(wanted: JobFilter) -> Iterator[str]:
    """The options of the question beyond tag, dsttype, state and hold."""
    yield from _option("--rule", wanted.rules)
    yield from _option("--node", wanted.nodes)
    if wanted.runs != ALL_RUNS:
        yield from ("--runs", _spans(wanted.runs))
    if wanted.segments is not None:
        yield from ("--segments", _spans(wanted.segments))
    if wanted.signatures:
        yield from ("--signature", *map(str, wanted.signatures))
    if wanted.clusters:
        yield from ("--cluster", *map(_cluster, wanted.clusters))
    if wanted.dbids:
        yield from ("--dbid", *map(str, wanted.dbids))
    if wanted.older is not None:
        yield from ("--older-than", f"{-(-wanted.older // 60)}m")


def _reason(one: FailureGroup, found: Sequence[FailureGroup]) -> list[str]:
    """The longest part of the hold reason, if other jobs are held with the same codes for another reason."""
    alike = {other.signature.text for other in found if other.signature[:2] == one.signature[:2]}
    longest = max((piece.strip(" .,:;") for piece in _MASKED.split(one.signature.text)), key=len)
    return ["--hold-reason", shlex.quote(longest)] if len(alike) > 1 and len(longest) >= _SHORTEST else []


def _reason_said(wanted: JobFilter) -> list[str]:
    return _option("--hold-reason", [] if wanted.hold_reason is None else [wanted.hold_reason])


def _same(option: str, values: set[str]) -> list[str]:
    return _option(option, sorted(values)) if len(values) == 1 else []


def _option(option: str, values: Sequence[str]) -> list[str]:
    return [option, *map(shlex.quote, values)] if values else []


def _spans(numbers: RunSelection) -> str:
    """Runs or segments as one word of the command line."""
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in numbers.spans)


def _cluster(one: Mapping[str, int | str | None]) -> str:
    proc = "" if one["proc"] is None else f".{one['proc']}"
    return f"{one['cluster']}{proc}" + (f"@{one['schedd']}" if one["schedd"] else "")
