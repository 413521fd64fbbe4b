"""prodcli erase."""

from __future__ import annotations

import typer

from prodcli.cli.option_groups import takes
from prodcli.cli.outputs import erasing
from prodcli.cli.rules.rule_options import RuleChoice, chooses_segments

EXAMPLE = "Example: prodcli erase -c rules.yaml -r Full_TRKR_CLUSTER --runs 69600 72000 --dry-run"


@chooses_segments
@takes(erasing.erasing_options)
def erase(context: typer.Context, said: erasing.Said, chosen: RuleChoice) -> None:
    """Erase outputs: jobs, files, and rows of catalog and books.

    The command shows the outputs of the rule first, and asks. The books keep the attempts of the jobs, and who erased
    them.
    """
    from prodcli.verbs import ERASE

    chosen.require_runs("erase")
    session = chosen.session
    eraser = erasing.eraser_of(session, ERASE, said)
    plan = eraser.plan(erasing.wanted_of(chosen.rule, chosen.selection, chosen.segments, said), said.dry_run)
    if erasing.consent(session, plan, said):
        erasing.tell(session, plan, eraser.act(plan, erasing.author_of_erasing(said)), said)
