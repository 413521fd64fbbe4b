"""A cause in a line for the table of `rescue`, and in a few lines with all that is known and what to type.

Pure: data in, data out.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, tzinfo

from prodcli.batch.hold_codes import hold_word, is_memory, meaning_of, short_remedy
from prodcli.causes.advice import Scope, trial_of, twice_the_memory, what_helps
from prodcli.causes.failure_groups import FailureGroup
from prodcli.error_catalog.remedy import Remedy
from prodcli.errors import one_line
from prodcli.memory.advice import span
from prodcli.sizes import counted
from prodcli.states import Status, Substatus
from prodcli.time_text import ago

Family = Callable[[str], str]  # the name of a dsttype without its host
_NODES, _DSTTYPES = 3, 4  # that a line names
_LONGEST_REASON = 600  # letters
_INDENT = " " * 5
_STATES: Mapping[str, str] = {
    Substatus.LOST: "left the queue, end unknown",
    Substatus.NO_OUTPUT: "ended with 0, output not registered",
    Substatus.REMOVED: "by a person or a policy",
}
_TASKS: Mapping[str, str] = {
    Status.EVICTED: "see prodcli nodes",
    Substatus.NO_OUTPUT: "read an out file",
    Substatus.REMOVED: "ask who removed",
    Substatus.STALLED: "read a log",
}


def cause_in_words(one: FailureGroup) -> str:
    """`memory, 200 MB asked, 269-318 used`, `exit 1, connection refused`, `folder missing`."""
    state, first = one.signature.state, one.jobs[0]
    if state == Status.HELD:
        words = [hold_word(first.hold_code, first.hold_subcode, first.hold_reason) or "unknown reason"]
        return ", ".join([*words, *(_memory(one) if _is_memory(one) else [])])
    if state == Status.EVICTED:
        return f"up to {max(job.starts for job in one.jobs)} starts, no end"
    if state == Substatus.NO_OUTPUT and one.error:
        return f"ended with 0, {one.error}"
    if state in _STATES:
        return _STATES[state]
    if state == Substatus.STALLED:
        return f"{one.signature.code}{', again' if one.signature.fate else ''}"
    return ", ".join(filter(None, (one.signature.code, one.what or one.error or one.signature.text)))


def action_in_words(one: FailureGroup, few_first: bool = True) -> str:
    """`-> 400 MB, 5 first`, `-> retry, helped 11 of 12`, `-> park`, or what a person has to do: `you: make the folder`.

    Without `few_first` the verb takes all jobs at once.
    """
    if one.action is Remedy.ASK:
        return f"you: {_task(one)}"
    words = [f"{span(one.steps)} MB"] if one.action is Remedy.MEMORY and one.steps else [str(one.action)]
    few = trial_of(one) if few_first else 0
    words += [f"{few} first"] if few else [f"helped {one.won} of {one.retried}"] if one.retried else []
    return f"-> {', '.join(words)}"


def cause_lines(
    number: int,
    found: Sequence[FailureGroup],
    scope: Scope,
    family: Family,
    now: int,
    width: int | None,
    zone: tzinfo = UTC,
    met: Sequence[str] = (),
) -> list[str]:
    """All about a row: jobs, since when, where, the reason as it is, the advice, and the command on a line of its own.

    `met` is what is known of outages in which the failures began.
    """
    one = found[number - 1]
    oldest = min(job.since for job in one.jobs)
    head = f"{counted(len(one.jobs), 'job')} {one.signature.state} {one.signature.code}".rstrip()
    lines = [*_folded(f"{head}: {cause_in_words(one)}; since {ago(oldest, now, zone)}", width, f"{number:>3}  ")]
    lines += _folded(_where(one, family), width)
    for text in (_reason(one), _why(one), *met):
        lines += _folded(text, width) if text else []
    advice = [what_helps(one, found, scope), *twice_the_memory(one, found, scope)]
    return lines + [line for text in advice for line in _advice(one_line(text), width)]


def _memory(one: FailureGroup) -> Iterator[str]:
    if one.asked:
        yield f"{one.asked} MB asked"
    if one.used:
        yield f"{one.used} used"


def _task(one: FailureGroup) -> str:
    """What a person has to do, in a few words."""
    first = one.jobs[0]
    if one.retried and "helped" in one.why:
        return f"retry helped {one.won} of {one.retried}"
    if one.signature.state == Status.HELD:
        return short_remedy(first.hold_code, first.hold_subcode, first.hold_reason)
    if one.always_fails:
        return "see what changed"
    return _TASKS.get(one.signature.state, "read an err file")


def _where(one: FailureGroup, family: Family) -> str:
    """The dsttypes without hosts, and the nodes."""
    names = sorted({family(name) for name in one.dsttypes})
    more = [f"{len(names) - _DSTTYPES} more"] if len(names) > _DSTTYPES else []
    words = [", ".join([*names[:_DSTTYPES], *more])]
    nodes = one.nodes.most_common()
    if nodes:
        more = [f"{len(nodes) - _NODES} more"] if len(nodes) > _NODES else []
        words.append(f"on {', '.join([*(f'{node} ({count})' for node, count in nodes[:_NODES]), *more])}")
    return "; ".join(words)


def _reason(one: FailureGroup) -> str:
    """The reason of one of the jobs as it is, of failures the most telling line; memory holds say nothing new."""
    if one.signature.state != Status.HELD:
        return one.signature.text
    return "" if _is_memory(one) else one.text[:_LONGEST_REASON]


def _why(one: FailureGroup) -> str:
    """The reason of the proposal, without what the first line says already."""
    first = one.jobs[0]
    if _is_memory(one):
        return one.why.partition("; ")[2] or one.why
    hold = meaning_of(first.hold_code, first.hold_subcode, first.hold_reason)
    return "" if hold and one.why == hold.meaning.rpartition(" (")[0] else one.why


def _is_memory(one: FailureGroup) -> bool:
    return one.signature.state == Status.HELD and is_memory(one.jobs[0].hold_code, one.jobs[0].hold_subcode)


def _advice(text: str, width: int | None) -> list[str]:
    """A line of advice; a command for which there is no room stands on a line of its own, unfolded."""
    words, mark, command = text.partition("prodcli ")
    if width is None or len(_INDENT) + len(text) <= width or not words:
        return [f"{_INDENT}{text}"]
    return [*_folded(words, width), *([f"{_INDENT}{mark}{command}"] if command else [])]


def _folded(text: str, width: int | None, first: str = _INDENT) -> list[str]:
    """A text in lines of a width, below each other; words stay whole."""
    line = one_line(text)
    if width is None:
        return [f"{first}{line}"]
    return textwrap.wrap(
        line, width, initial_indent=first, subsequent_indent=_INDENT, break_long_words=False, break_on_hyphens=False
    )
