"""prodcli cleanup outputs|logs."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import typer

from prodcli.cli import options
from prodcli.cli.context import Session, current
from prodcli.cli.option_groups import takes
from prodcli.cli.outputs import erasing
from prodcli.cli.rules.rule_options import RuleChoice, chooses_runs
from prodcli.errors import PartlyDone

if TYPE_CHECKING:
    from prodcli.space.old_logs import LogPlan
    from prodcli.tables.table import Table

app = typer.Typer(help="Take away what the policy of the site says may go.", no_args_is_help=True)
_EXAMPLES = 3


@app.command(
    "outputs", epilog="Example: prodcli cleanup outputs -c rules.yaml -r Full_TRKR_CLUSTER --runs 66400-66700 --dry-run"
)
@chooses_runs
@takes(erasing.erasing_options, without=erasing.KINDS)
def outputs(context: typer.Context, said: erasing.Said, chosen: RuleChoice) -> None:
    """Erase outputs of a rule that others were made from.

    Files and rows of the file catalog go. The rows of the books stay, so that no pass makes the outputs again.
    """
    from prodcli.space.superseded import SupersededOutputs, successor_of
    from prodcli.verbs import CLEANUP

    chosen.require_runs("cleanup outputs")
    session, rule = chosen.session, chosen.rule
    if successor_of(rule) is None:
        session.summarize(
            f"the site profile says of no dsttype that {rule.params.dsttype} may go for it: nothing was changed"
        )
        return
    eraser = erasing.eraser_of(session, CLEANUP, said)
    plan = SupersededOutputs(eraser).plan(erasing.wanted_of(rule, chosen.selection, None, said), said.dry_run)
    if erasing.consent(session, plan, said):
        erasing.tell(session, plan, eraser.act(plan, erasing.author_of_erasing(said)), said)


@app.command("logs", epilog="Example: prodcli cleanup logs --dry-run")
def logs(
    context: typer.Context,
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Remove old logs, and make large stderr files smaller.

    The logs of jobs that have not ended stay as they are.
    """
    from prodcli.cli.consent import require_word
    from prodcli.db.schema import require_current
    from prodcli.space.old_logs import clean_logs, find_logs

    session = current(context)
    if not session.site.cleanup.for_logs:
        session.summarize("the site profile says of no log that it may go: nothing was changed")
        return
    books = session.database("production", read_only=True)
    require_current(books)
    with session.progress("looking for logs"):
        plan = find_logs(session.site, books, time.time())
    table = _preview(session, plan, dry_run)
    found = len(plan.old) + len(plan.large)
    if style is options.Style.TABLE or dry_run or not found:
        (session.summarize_table if yes or dry_run else session.show)(table, style)
        sys.stdout.flush()
    if dry_run or not found:
        return
    require_word(f"Clean up {found} logs?", "cleanup", yes, shown=style is options.Style.TABLE)
    session.keep_log()
    listing = session.config.campaigns / "cleanup" / time.strftime("logs-%Y%m%dT%H%M%SZ.txt", time.gmtime())
    failed = clean_logs(plan, session.site, listing, session.progress)
    if style is not options.Style.TABLE:
        session.show(table, style)
    session.summarize(f"cleanup logs: {found - len(failed)} files done; they are listed in {listing}")
    if failed:
        raise PartlyDone(f"{len(failed)} of {found} files failed: {'; '.join(failed[:_EXAMPLES])}")


def _preview(session: Session, plan: LogPlan, dry_run: bool) -> Table:
    from prodcli.cli.outputs.kinds_of_files import table_of

    how = {"cut": "large stderr files, cut", "gzip": "large stderr files, compressed"}[session.site.cleanup.errors_how]
    rows = [
        (what, len(files), sum(file.size for file in files), [file.path for file in files[:_EXAMPLES]])
        for what, files in (("old logs, removed", plan.old), (how, plan.large))
        if files
    ]
    words = [] if rows else ["no log may go"]
    words += ["there are more: run the command again"] if plan.more else []
    words += ["dry run: nothing was changed"] if dry_run else []
    return table_of(rows, "\n".join(words))
