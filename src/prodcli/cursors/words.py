"""Runs from a cursor on, as people type them: `cursor`, or `cursor 500`.

The number counts run numbers from the cursor on, as the field's tools take it: with the cursor at 69600 it is 69600-70100.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from prodcli.errors import UsageError
from prodcli.names import MOST_RUN
from prodcli.runs.selection import RunSelection
from prodcli.runs.selector import CURSOR

if TYPE_CHECKING:
    from prodcli.rules.model import Rule


def _split(words: Sequence[str]) -> list[str]:
    return [part.strip() for word in words for part in word.split(",") if part.strip()]


def names_cursor(words: Sequence[str] | None) -> bool:
    """True for words with `cursor` among them."""
    return CURSOR in _split(words or ())


def window_of(words: Sequence[str]) -> int | None:
    """The number after `cursor`; None without one. Raises UsageError for other words beside `cursor`."""
    first, *rest = _split(words)
    if first != CURSOR or len(rest) > 1 or not all(one.isascii() and one.isdigit() and len(one) <= 8 for one in rest):
        raise UsageError(
            f"{' '.join(words)!r:.60}: beside cursor only a number of runs may stand",
            where="--runs",
            todo="like --runs cursor or --runs cursor 500",
        )
    return int(rest[0]) if rest else None


def runs_from(run: int, window: int | None, rule: Rule) -> RunSelection:
    """The runs of a rule from its cursor on, at most so many run numbers further.

    Raises UsageError for a window that is a run number by its size.
    """
    first = rule.site.default_runs[0]
    if window is not None and window >= first and not rule.generated:
        raise UsageError(
            f"the number after cursor counts runs, and {window} would end at run {run + window}",
            where="--runs",
            todo=f"--runs {run} {window} ends at run {window}" if window >= run else "a smaller number",
        )
    last = MOST_RUN if window is None else min(MOST_RUN, run + window)
    before, after = ((0, run - 1),) if run else (), ((last + 1, MOST_RUN),) if last < MOST_RUN else ()
    every = rule.generated_runs or RunSelection(((0, MOST_RUN),), frozenset())
    return every.without(RunSelection((*before, *after), frozenset()))
