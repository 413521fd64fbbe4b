"""The causes below a level as a table: what brings the jobs back, and what is left to people."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from prodcli.causes.cause_text import action_in_words, cause_in_words
from prodcli.errors import one_line
from prodcli.memory.requests import UNCHANGED
from prodcli.sizes import left_out
from prodcli.tables.table import Cell, Column, Kind, Table

if TYPE_CHECKING:
    from prodcli.level_actions.retry import RetryPlan, StepCause

_FOR_PEOPLE = "for a person (prodcli rescue)"
_COLUMNS = (
    Column("rule", style="bold"),
    Column("jobs", kind=Kind.COUNT),
    Column("retried", "retry", kind=Kind.COUNT),
    Column("state", level=1),
    Column("action"),
    Column("cause", kind=Kind.DETAIL),
)


def retry_table(plan: RetryPlan, *notes: str) -> Table:
    """A row for each cause, parents first; below, what is told of the jobs, why some are left alone, and `notes`."""
    plans = [one.retried.plan for one in plan.causes if one.retried is not None]
    left = sum((one.left for one in plans), Counter[str]())
    for one in plan.causes:
        left[one.refused or _FOR_PEOPLE] += 0 if one.retried else len(one.group.jobs)
    words = [] if plan.causes else ["nothing is wrong"]
    said = (note for one in plans for note in (*one.lacks, *one.notes))
    words += dict.fromkeys(note for note in said if note != UNCHANGED)  # the action says so
    words += [left_out(count, why) for why, count in left.most_common() if count]
    return Table(_COLUMNS, [_row(one) for one in plan.causes], note="\n".join([*words, *notes]))


def _row(one: StepCause) -> list[Cell]:
    group, action = one.group, "refused" if one.refused else action_in_words(one.group, few_first=False)
    cause = one_line(cause_in_words(group))
    return [one.step.step.rule, len(group.jobs), one.jobs, group.signature.state, action, cause]
