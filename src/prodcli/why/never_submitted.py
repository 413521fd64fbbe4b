"""The runs of which a rule has no job at all, and why: a plan over just these runs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prodcli.exclusions import noted
from prodcli.planning.plan import make_plan
from prodcli.planning.plan_request import PlanRequest
from prodcli.reasons import Reason
from prodcli.runs.selection import RunSelection
from prodcli.sizes import counted

if TYPE_CHECKING:
    from prodcli.books.claims import Books
    from prodcli.catalogs.catalogs import Catalogs
    from prodcli.exclusions.noted import Exclusions
    from prodcli.planning.plan import Plan
    from prodcli.rules.model import Rule

# A run that is left out for one of these alone lacks nothing: the rule does not want it, or the file catalog has its outputs.
NOT_MISSING = frozenset(
    (Reason.RUNTYPE, Reason.FEW_EVENTS, Reason.TOO_SHORT, Reason.INVALID, Reason.SEGMENT_CUT, Reason.PRODUCED)
)
_MOST_NAMED = 3  # hosts, segments or outputs of a reason


@dataclass(frozen=True)
class NeverSubmitted:
    """What tells of runs without jobs: catalogs, books, and what people have taken out of plans."""

    catalogs: Catalogs
    books: Books
    exclusions: Exclusions

    @classmethod
    def on(cls, catalogs: Catalogs, books: Books) -> NeverSubmitted:
        """The same for these databases, with the masks and invalid runs in their books; raises DatabaseError."""
        return cls(catalogs, books, noted.active(books.database))

    def reasons(self, rule: Rule, runs: RunSelection, booked: Iterable[int]) -> dict[int, str]:
        """Why runs that are not booked have no job, by run; nothing for a rule that lists its jobs itself.

        Reads only, with the few statements of one plan. Raises DatabaseError if a catalog or the books cannot be read.
        """
        rest = runs.without(RunSelection((), frozenset(booked)))
        if rule.by_query or rule.generated or not rest.spans:
            return {}
        wanted = PlanRequest(rule=rule, runs=rest, exclusions=self.exclusions)
        return reasons_of(make_plan(wanted, self.catalogs, self.books))


def reasons_of(plan: Plan) -> dict[int, str]:
    """In words, why the runs of a plan have no jobs; runs that lack nothing are left out."""
    found: dict[int, list[str]] = defaultdict(list)
    for run, jobs in Counter(job.run for job in plan.jobs).items():
        found[run].append(f"{counted(jobs, 'job')} can be submitted now")
    for skipped in plan.skipped:
        if skipped.reason not in NOT_MISSING:
            for run, details in skipped.details.items():
                found[run].append(_in_words(skipped.reason, details))
    return {run: "; ".join(found[run]) for run in sorted(found)}


def _in_words(reason: Reason, details: Sequence[str | int]) -> str:
    """`few hosts raw: mvtx0, mvtx1, intt3 and 4 more`."""
    named, more = ", ".join(map(str, details[:_MOST_NAMED])), len(details) - _MOST_NAMED
    words = reason.value.replace("_", " ")
    return f"{words}{f': {named}' if named else ''}{f' and {more} more' if more > 0 else ''}"
