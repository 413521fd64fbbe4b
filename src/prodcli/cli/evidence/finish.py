"""prodcli finish."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from prodcli.cli import options
from prodcli.cli.rules.rule_options import RuleChoice, chooses_segments

if TYPE_CHECKING:
    from prodcli.evidence.finish import FinishPlan
    from prodcli.evidence.proof import CatalogProof
    from prodcli.tables.table import Cell, Table

EXAMPLE = "Example: prodcli finish -c rules.yaml -r Full_TRKR_CLUSTER --runs 69600 72000 --dry-run"


@chooses_segments
def finish(
    context: typer.Context,
    chosen: RuleChoice,
    reason: options.Why = "",
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Finish jobs whose outputs are registered.

    The file catalog is asked about the jobs of the rule that have not finished by the books. A registered output of the
    present attempt proves that its job has finished. Harvest does the same where outputs are registered by themselves.
    """
    from prodcli.cli.consent import require_consent
    from prodcli.cli.proof import catalog_proof
    from prodcli.cli.recovery.recovery_session import author_of
    from prodcli.evidence.finish import finish, plan_finish, wanted_of

    session, rule = chosen.session, chosen.rule
    wanted = wanted_of(rule, chosen.selection, chosen.segments)
    if not dry_run:
        session.keep_log()
    books = session.database("production", read_only=dry_run)
    plan = plan_finish(books, _required(catalog_proof(session)), wanted)
    session.summarize_table(_table(plan, dry_run), style)
    sys.stdout.flush()
    if dry_run or not plan.proved:
        return
    require_consent(f"Finish {len(plan.proved)} jobs?", yes, shown=style is options.Style.TABLE)
    count = finish(books, plan, author_of(reason), {"rule": rule.name, "tag": rule.outtriplet})
    if style is options.Style.TABLE:
        session.summarize(f"{count} of {len(plan.proved)} jobs booked as finished")


def _required(proof: CatalogProof | None) -> CatalogProof:
    """The proof by the file catalog; raises ConfigError where no catalog is configured."""
    from prodcli.errors import ConfigError

    if proof is None:
        raise ConfigError("databases.filecatalog is missing, which tells which outputs are registered")
    return proof


def _table(plan: FinishPlan, dry_run: bool) -> Table:
    """The jobs to finish by their present state; below them the number of others, by reason."""
    from prodcli.sizes import left_out
    from prodcli.tables.table import Column, Kind, Table

    rows: list[list[Cell]] = [[status, detail, count] for (status, detail), count in sorted(plan.states.items())]
    notes = [] if rows else ["nothing to finish"]
    notes += [left_out(count, why) for why, count in plan.left.most_common()]
    return Table(
        (Column("now"), Column("detail", drop_empty=True), Column("jobs", kind=Kind.COUNT)),
        rows,
        note="\n".join([*notes, *(["dry run: nothing was changed"] if dry_run else [])]),
    )
