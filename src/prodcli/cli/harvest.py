"""prodcli harvest."""

import typer

from prodcli.cli import options
from prodcli.cli.context import current

EXAMPLE = "Example: prodcli harvest"


def harvest(context: typer.Context, style: options.Format = options.Style.TABLE) -> None:
    """Learn from the batch system what became of jobs, and bring the books up to date."""
    from prodcli import harvest_pass
    from prodcli.cli.output import Cell, Table
    from prodcli.errors import PartlyDone

    session = current(context)
    session.keep_log()
    found = harvest_pass.run(
        session.database("production"), session.batch, session.config.get("lost_grace"), session.progress
    )
    rows: list[list[Cell]] = [[status, sub, count] for (status, sub), count in sorted(found.moves.items())]
    rows += [["missing", "first time unseen", found.missing]] if found.missing else []
    rows += [["failed", "lost", found.lost]] if found.lost else []
    session.summarize_table(Table(("now", "detail", "jobs"), rows, note="" if rows else "nothing new"), style)
    if found.silent:
        why = "; ".join(f"{schedd}: {reason}" for schedd, reason in found.silent.items())
        raise PartlyDone(f"no answer from {why}; its jobs are as they were", todo="try again")
