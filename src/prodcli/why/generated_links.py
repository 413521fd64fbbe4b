"""The chain of one run of generated jobs: the run in its rule, and the segments.

Pure: data in, data out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from prodcli.exclusions.invalid_runs import Invalid
from prodcli.reasons import Reason
from prodcli.why.run_links import Link, LinkState, RunFacts, listed

if TYPE_CHECKING:
    from prodcli.rules.model import Rule


def generated_links(rule: Rule, seen: RunFacts) -> list[Link]:
    """The links up to the outputs, in order."""
    generate = rule.input.generate
    if generate is None or seen.run is None:
        own = ", ".join(generate.runs) if generate is not None else "none"
        text, helps = f"the rule has no run {seen.number}; its runs are {own}", "add the run to input.generate.runs"
        links = [Link("run", LinkState.BROKEN, text, Reason.RUN_UNKNOWN, helps)]
        return [*links, Link("segments", LinkState.UNSEEN, "not looked at")]
    links = [Link("run", LinkState.OK, f"in input.generate.runs, with {generate.jobs} jobs")]
    by = seen.noted.get(Invalid, "")
    marked = [text for text in seen.skipped.get(Reason.INVALID, ()) if isinstance(text, str)]
    if marked:
        why = by or marked[0] or "no reason is given"
        links.append(Link("valid", LinkState.BROKEN, f"invalid run: {why}", Reason.INVALID))
    return links + _segments(rule, seen, generate.jobs, by)


def _segments(rule: Rule, seen: RunFacts, jobs: int, by: str) -> list[Link]:
    """The segments that were asked for, and those of them that are left out."""
    asked = jobs if seen.asked is None else sum(segment in seen.asked for segment in range(jobs))
    if not asked:
        return [Link("segments", LinkState.UNSEEN, f"none of its {jobs} segments was asked for")]
    invalid = [segment for segment in seen.skipped.get(Reason.INVALID, ()) if isinstance(segment, int)]
    cut = seen.skipped.get(Reason.SEGMENT_CUT, ())
    good = asked - len(invalid) - len(cut)
    state = LinkState.PART if good > 0 else LinkState.BROKEN
    links = []
    if invalid:
        text = f"{len(invalid)} of {asked} segments invalid: {listed(invalid)}" + (f" ({by})" if by else "")
        links.append(Link("segments", state, text, Reason.INVALID))
    if cut:
        text = f"{len(cut)} of {asked} segments no multiple of cut_segment {rule.input.cut_segment}"
        links.append(Link("segments", state, text, Reason.SEGMENT_CUT))
    if good > 0:
        links.append(Link("segments", LinkState.OK, f"{good} of {asked} segments are generated"))
    return links
