"""prodcli harvest."""

from __future__ import annotations

import sys
from itertools import chain, repeat
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import options
from prodcli.cli.context import Session, current
from prodcli.cli.live.kept_figures import keep_for_prompts
from prodcli.cli.notes import note_action
from prodcli.cli.proof import catalog_proof

if TYPE_CHECKING:
    from prodcli.harvest.follow import FollowLine
    from prodcli.harvest.harvest import Harvest
    from prodcli.harvest.register_reported import ReportedOutputs
    from prodcli.tables.table import Cell, Table

EXAMPLE = "Example: prodcli harvest"
Sweep = Annotated[bool, typer.Option("--sweep", help="Look for every job now, also for lost jobs.")]
Follow = Annotated[bool, typer.Option("--follow", help="Harvest until Ctrl-C; a line for each pass with news.")]
Every = Annotated[int, typer.Option("--every", min=1, metavar="SECONDS", help="With --follow: time between passes.")]


def harvest(
    context: typer.Context,
    sweep: Sweep = False,
    follow: Follow = False,
    every: Every = 60,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Ask the schedds what became of jobs, and update the books."""
    session = current(context)
    session.keep_log()
    if follow:
        _follow(session, sweep, every)
    else:
        found = harvest_of(session, sweep)
        if sys.stdout.isatty():  # by hand: cron harvests every few minutes
            note_action(session, "harvest", "; ".join(_words(found)))
        _show(session, found, style)


def harvest_of(session: Session, sweep: bool = False) -> Harvest:
    """One harvest with what the session has configured; raises BatchError if no schedd answers."""
    from prodcli.error_catalog.read_catalog import usable_catalog
    from prodcli.harvest import harvest_pass
    from prodcli.harvest.harvest import Sweeping
    from prodcli.reports.families import Families

    sweeping = Sweeping(session.config.get("sweep_every"), sweep)
    grace = session.config.get("lost_grace")
    books, proof = session.database("production"), catalog_proof(session)
    reported = _reported(session) if session.site.register_reports else None
    name = Families(session.site).of_dsttype
    catalog = usable_catalog(session.config)
    found = harvest_pass.run(books, session.batch, grace, sweeping, session.progress, proof, reported, name, catalog)
    keep_for_prompts(session)
    return found


def _reported(session: Session) -> ReportedOutputs:
    """What registers the outputs that jobs report; raises ConfigError where no file catalog is configured."""
    from prodcli.harvest.register_reported import ReportedOutputs

    return ReportedOutputs(session.site, session.database("filecatalog"), session.database("production"))


def _follow(session: Session, sweep: bool, every: int) -> None:
    from prodcli.harvest.follow import LineKind, follow

    def show(line: FollowLine) -> None:
        if line.kind is LineKind.NEWS:
            session.summarize(line.text)
            sys.stdout.flush()  # somebody may read along in a pipe
        else:
            session.warn(line.text)

    passes = chain([sweep], repeat(False))  # the first one sweeps, the others when it is due
    follow(lambda: harvest_of(session, next(passes)), every, show)


def _show(session: Session, found: Harvest, style: options.Style) -> None:
    from prodcli.errors import PartlyDone

    if style is options.Style.TABLE:
        session.summarize("\n".join(_words(found)))
    else:
        session.show(_table(found), style)
    if found.silent:
        why = "; ".join(f"{schedd}: {reason}" for schedd, reason in found.silent.items())
        raise PartlyDone(f"no answer from {why}; its jobs are unchanged in the books", todo="try again")


def _words(found: Harvest) -> list[str]:
    """The totals with their changes, and missing and lost jobs."""
    from dataclasses import astuple

    from prodcli.reports.status_lines import totals_in_words, trouble_in_words

    proved = found.proved
    words = [] if found.moves or found.missing or found.lost or any(astuple(proved)) else ["nothing new"]
    words += [totals_in_words(found.totals, found.before)]
    words += [f"{proved.finished} finished, as their outputs are registered"] if proved.finished else []
    words += [f"{proved.no_output} failed without an output"] if proved.no_output else []
    words += [f"{found.missing} missing: their schedd does not know them any more"] if found.missing else []
    words += [f"{found.lost} lost"] if found.lost else []
    return [*words, *filter(None, [trouble_in_words(found.totals, found.before)])]


def _table(found: Harvest) -> Table:
    """The changes of the pass by state, with the total of each state."""
    from prodcli.tables.table import Column, Kind, Table

    rows: list[list[Cell]] = [
        [*state, count, found.totals.get(state, 0)] for state, count in sorted(found.moves.items())
    ]
    rows += [["missing", "first time unseen", found.missing, None]] if found.missing else []
    rows += [["failed", "lost", found.lost, found.totals.get(("failed", "lost"), 0)]] if found.lost else []
    proved = {("finished", ""): found.proved.finished, ("failed", "no_output"): found.proved.no_output}
    rows += [[*state, count, found.totals.get(state, 0)] for state, count in proved.items() if count]
    counts = (Column("jobs", kind=Kind.COUNT), Column("total", kind=Kind.COUNT))
    return Table((Column("now"), Column("detail"), *counts), rows)
