"""The options of a pass on the command line.

Masks, states to unblock, and the databases and batch system that it uses.
"""

from collections.abc import Callable, Sequence

from prodcli.books.actions import Author
from prodcli.books.claimant import myself
from prodcli.books.claims import Books
from prodcli.catalogs.catalogs import Catalogs
from prodcli.cli import notes
from prodcli.cli.consent import named, require_consent
from prodcli.cli.context import Session
from prodcli.cli.options import Style
from prodcli.cli.provenance.keeping import keeper_of
from prodcli.cli.submission.submit_report import SubmitReport
from prodcli.exclusions.masks import Mask, masked_hosts
from prodcli.planning.plan import Plan
from prodcli.planning.unblock import in_words, parse_states
from prodcli.rules.model import Rule
from prodcli.submission.pass_request import Unblocking
from prodcli.submission.submit_pass import PassResources


def pass_resources(
    session: Session, looks_only: bool, preflight: Callable[[Rule], None] | None = None
) -> PassResources:
    """The catalogs and books of the configuration, its batch system and its folders."""
    daq, raw, filecatalog = (session.catalog(role) for role in ("daq", "raw", "filecatalog"))
    return PassResources(
        catalogs=Catalogs(daq, raw, filecatalog, session.database("production_read", read_only=True)),
        books=Books(session.database("production", read_only=looks_only)),
        batch=session.batch,
        campaigns=session.config.campaigns,
        templates=session.config.templates,
        progress=session.progress,
        keeper=keeper_of(session),
        preflight=preflight,
    )


def masks_of(session: Session, names: Sequence[str] | None) -> tuple[Mask, ...]:
    """The mask of --mask; raises UsageError for a name that no host has."""
    return (Mask(masked_hosts(session.site, names, "--mask")),) if names else ()


def order_of(report: SubmitReport, states: Sequence[str], reason: str, yes: bool) -> Unblocking:
    """The order of --unblock, and how to ask before it is followed; raises UsageError for a state that there is not."""

    def consent(plan: Plan) -> None:
        shown = report.style is Style.TABLE
        if shown and not yes:
            report.show_plan(plan)
        rows = plan.again()
        question = f"Claim again {in_words(rows)}: {named(sorted(rows))}?"
        require_consent(question, yes, shown)

    author = Author(notes.author_of(""), myself(), notes.reason_of(reason) if reason else "")
    return Unblocking(parse_states(states), author, consent)
