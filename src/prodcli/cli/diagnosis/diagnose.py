"""prodcli diagnose."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli.bisection.bisection import show_bisection
from prodcli.cli.context import Session, current
from prodcli.cli.hints import hint
from prodcli.cli.option_groups import takes
from prodcli.cli.reports.filter_options import FilterOptions, filter_options
from prodcli.cli.reruns.rerun import RerunOptions, rerun_options, show_rerun
from prodcli.cli.tables.view import View, view
from prodcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.diagnosis.diagnose import Diagnosis
    from prodcli.diagnosis.failure_question import FailureQuestion
    from prodcli.tables.table import Table

EXAMPLE = "Example: prodcli diagnose --tag ana537_2025p010_v001 --since 24h"
Keys = Annotated[list[int] | None, typer.Argument(metavar="[KEYS]...", help="Only failures with these signatures.")]
Since = Annotated[str, typer.Option("--since", help="Only failures since 2026-01-31, or 36h, 7d ago.")]
Until = Annotated[str | None, typer.Option("--until", help="Only failures before 2026-01-31, or 36h, 7d ago.")]
Nodes = Annotated[list[str] | None, typer.Option("--node", metavar="NODES...", help="Only failures on these nodes.")]
Categories = Annotated[
    list[str] | None,
    typer.Option("--category", metavar="WORDS...", help="Only service, code, data, resource, batch, user or unknown."),
]
Dbids = Annotated[list[int] | None, typer.Option("--dbid", metavar="DBIDS...", help="Only failures of these rows.")]
StandingOut = Annotated[
    bool,
    typer.Option("--standing-out", help="Show nodes, facilities, CPU models and hours that stand out, a row each."),
]


Bisect = Annotated[bool, typer.Option("--bisect", help="Show what changed first with the most frequent signatures.")]


@takes(view)
@takes(filter_options, {"since"}, first=True)
@takes(rerun_options)
def diagnose(
    context: typer.Context,
    chosen: FilterOptions,
    again: RerunOptions,
    how: View,
    keys: Keys = None,
    since: Since = "7d",
    until: Until = None,
    node: Nodes = None,
    category: Categories = None,
    dbid: Dbids = None,
    standing_out: StandingOut = False,
    bisect: Bisect = False,
) -> None:
    """Show failures by signature: whose fault, what stands out.

    Each row is one signature: what jobs were held for or died of, with numbers, hosts and paths masked. `helped` counts
    failures whose job went on and finished. Nodes, facilities, CPU models and hours of the day are compared with jobs of
    the same rules that finished. --bisect says what changed first; --rerun DBID --debug runs a job again elsewhere.
    """
    from prodcli.cli.times import since_of
    from prodcli.diagnosis.failure_question import FailureQuestion

    session = current(context)
    if again.dbid is not None:
        show_rerun(session, again, how)
        return
    filters = replace(chosen, since=since).filters(session)
    question = FailureQuestion(filters, since_of(until), node or (), keys or (), _categories(category), dbid or ())
    if bisect:
        show_bisection(session, question, how)
    else:
        _show(session, question, how, standing_out)


def _show(session: Session, question: FailureQuestion, how: View, standing_out: bool) -> None:
    """Show signatures, or what stands out; with --watch again and again."""
    found = True

    def made() -> Table:
        nonlocal found
        answer = _diagnosis(session, question)
        found = bool(answer.lines)
        return _table(session, answer, how, standing_out)

    session.show_live(made, how, None)
    hint(session, question.filters, found)


def _diagnosis(session: Session, question: FailureQuestion) -> Diagnosis:
    from prodcli.diagnosis.diagnose import diagnose as diagnosis_of
    from prodcli.error_catalog.read_catalog import usable_catalog

    with session.progress("counting failures"):
        return diagnosis_of(
            session.database("production_read", read_only=True), question, usable_catalog(session.config)
        )


def _table(session: Session, found: Diagnosis, how: View, standing_out: bool) -> Table:
    from prodcli.cli.diagnosis.service_logs import service_logs
    from prodcli.diagnosis.diagnosis_tables import examples_of, signature_table, standing_out_table

    if standing_out:
        return standing_out_table(found)
    met = [(line.count.id, one) for line in found.lines for one in line.outages[:1]]
    table = signature_table(found, not how.is_data, service_logs(session.site, met))
    example = examples_of(found.lines)
    hints = [] if example is None else [f"prodcli job {example}"]
    unknown = next((line.count.id for line in found.lines if not line.count.entry), None)
    naming = [] if unknown is None else [f"prodcli errors name {unknown} --as NAME --category WORD --advice TEXT"]
    return table.hinted(*hints, *naming)


def _categories(words: Sequence[str] | None) -> list[str]:
    """The categories that words name; raises UsageError for another word."""
    from prodcli.error_catalog.known_error import Category

    known = {str(one).split()[-1]: str(one) for one in Category} | {str(one): str(one) for one in Category}
    for word in words or ():
        if word not in known:
            raise UsageError(
                f"there is no category {word!r:.60}", where="--category", todo="one of " + ", ".join(known)
            )
    return [known[word] for word in words or ()]
