"""prodcli erase."""

from __future__ import annotations

from typing import Annotated

import typer

from prodcli.cli.option_groups import takes
from prodcli.cli.outputs import erasing
from prodcli.cli.rules.rule_options import RuleChoice, chooses_segments

EXAMPLE = "Example: prodcli erase -c rules.yaml -r Full_TRKR_CLUSTER --runs 69600 72000 --dry-run"

OfScouts = Annotated[
    int | None,
    typer.Option("--scout", min=1, max=10**9 - 1, metavar="N", help="Erase outputs of the scouts scoutN-TAG instead."),
]


@chooses_segments
@takes(erasing.erasing_options)
def erase(context: typer.Context, said: erasing.Said, chosen: RuleChoice, scout: OfScouts = None) -> None:
    """Erase outputs: jobs, files, and rows of catalog and books.

    The command shows the outputs of the rule first, and asks. The books keep the attempts of the jobs, and who erased
    them.
    """
    from prodcli.scouts.scout_rule import scout_of
    from prodcli.verbs import ERASE

    chosen.require_runs("erase")
    session = chosen.session
    eraser = erasing.eraser_of(session, ERASE, said)
    rule = chosen.rule if scout is None else scout_of(chosen.rule, scout)
    plan = eraser.plan(erasing.wanted_of(rule, chosen.selection, chosen.segments, said), said.dry_run)
    if erasing.consent(session, plan, said):
        erasing.tell(session, plan, eraser.act(plan, erasing.author_of_erasing(said)), said)
