"""prodcli campaign request|requests|approve."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import notes, options
from prodcli.cli.campaigns import campaign_options
from prodcli.cli.complete import complete_requests
from prodcli.cli.context import current
from prodcli.cli.option_groups import takes
from prodcli.cli.tables.view import View, view

if TYPE_CHECKING:
    from prodcli.campaigns.request_form import RequestForm
    from prodcli.cli.context import Session

REQUEST_EXAMPLE = "Example: prodcli campaign request request.yaml -n"
REQUESTS_EXAMPLE = "Example: prodcli campaign requests"
APPROVE_EXAMPLE = "Example: prodcli campaign approve ana537_2025p010_v001 --priority 2"
Form = Annotated[Path, typer.Argument(metavar="FORM", help="The form, a YAML file.")]
Tag = Annotated[str, typer.Argument(metavar="TAG", help="The requested tag.", autocompletion=complete_requests)]


def request(
    context: typer.Context, form: Form, dry_run: options.DryRun = False, style: options.Format = options.Style.TABLE
) -> None:
    """Request a campaign by a form.

    The form says tag, dataset, dsttypes, runs, requester, contact and purpose. A form that lacks something is refused: each
    line says one thing, and the exit code is 3.
    """
    from prodcli.campaigns.request_tables import request_table
    from prodcli.campaigns.requests import request_campaign, requests
    from prodcli.db.schema import require_current
    from prodcli.text_files import read_text

    session = current(context)
    wanted = _complete_form(session, form, style)
    if dry_run:
        session.summarize(f"dry run: nothing was changed; the request of {wanted.tag} is complete")
        return
    books = session.database("production")
    require_current(books)
    request_campaign(books, wanted, read_text(form), notes.author_of(""))
    notes.note_action(session, "campaign request", "requested", wanted.purpose, tag=wanted.tag)
    found = [one for one in requests(books) if one.tag == wanted.tag]
    session.summarize_table(request_table(found, f"next -> prodcli campaign approve {wanted.tag}"), style)


def _complete_form(session: Session, file: Path, style: options.Style) -> RequestForm:
    """The form of a file; shows what a form lacks, and raises RuleError then."""
    from prodcli.campaigns.request_form import form_of, lacks
    from prodcli.campaigns.request_tables import lack_table
    from prodcli.config.yaml_files import read_yaml
    from prodcli.errors import RuleError
    from prodcli.sizes import counted

    values = read_yaml(file, RuleError)
    found = lacks(values, session.rule_site.dsttypes)
    if found:
        session.show(lack_table(found, str(file)), style)
        raise RuleError(f"the form lacks {counted(len(found), 'thing')}: nothing is requested", where=str(file))
    return form_of(values)


@takes(view)
def requests(context: typer.Context, how: View) -> None:
    """List requested campaigns.

    Those that wait stand first, then approved ones by priority.
    """
    from prodcli.campaigns.request_tables import request_table
    from prodcli.campaigns.requests import requests as all_requests
    from prodcli.db.schema import require_current

    session = current(context)
    books = session.database("production_read", read_only=True)
    require_current(books)
    session.show(request_table(all_requests(books)), how)


def approve(
    context: typer.Context,
    tag: Tag,
    priority: Annotated[int, campaign_options.PRIORITY] = 0,
    reason: options.Why = "",
    style: options.Format = options.Style.TABLE,
) -> None:
    """Approve a requested campaign, and set its priority.

    The lowest number comes first; of HTCondor's priorities the highest does. Where the site says `approved_only`, passes
    and loops submit approved campaigns alone. An approved campaign gets another priority in the same way.
    """
    from prodcli.campaigns.request_tables import request_table
    from prodcli.campaigns.requests import approve as approve_request
    from prodcli.db.schema import require_current

    session = current(context)
    books = session.database("production")
    require_current(books)
    found = approve_request(books, tag, priority, notes.author_of(""))
    notes.note_action(session, "campaign approve", f"priority {priority}", reason, tag=tag)
    session.summarize_table(request_table([found]), style)
