"""The advice of `rescue` for held jobs that block outputs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from prodcli.books.job_filter import JobFilter
from prodcli.causes.advice import Scope, what_helps
from prodcli.causes.failures import MasterAndReplica, find_failures
from prodcli.states import Status

_WEEK = 7 * 86400  # seconds, as `rescue` looks back


def held_advice(
    books: MasterAndReplica, schedds: Sequence[str], wanted: JobFilter, now: int, most: int | None
) -> Mapping[tuple[int, int], str]:
    """The advice by hold code and subcode, a line for each cause; `now` in seconds since 1970."""
    found, _ = find_failures(books, schedds, replace(wanted, states=[Status.HELD]), now - _WEEK, most)
    lines: dict[tuple[int, int], list[str]] = defaultdict(list)
    for one in found:
        first = one.jobs[0]
        lines[first.hold_code or 0, first.hold_subcode or 0].append(what_helps(one, found, Scope(wanted)))
    return {codes: "\n".join(texts) for codes, texts in lines.items()}
