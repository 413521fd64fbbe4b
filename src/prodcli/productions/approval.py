"""Whether the site lets passes submit jobs of a tag: some sites take requested campaigns only, once these are approved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prodcli.errors import ProdError

if TYPE_CHECKING:
    from prodcli.db import Database, Transaction
    from prodcli.rules.model import Rule

_TABLE = "production_requests"


def unapproved(books: Database, rule: Rule) -> str:
    """Why jobs of a rule must not be submitted: nobody has approved its campaign. Empty if they may. Raises DatabaseError."""
    if not rule.site.approved_only:
        return ""
    tag = rule.outtriplet.removeprefix(rule.mark)  # scouts go under the request of their campaign

    def work(tx: Transaction) -> str:
        found = None if tx.one("has_table", table_name=_TABLE) is None else tx.one("request_of_tag", tag=tag)
        if found is None:
            return f"the site submits approved campaigns only, and nobody has requested {tag}"
        state, requester = found
        return "" if state == "approved" else f"the request of {tag} by {requester} is not approved"

    return books.read(work)


def require_approved(books: Database, rule: Rule) -> None:
    """Raise ProdError if nobody has approved the campaign of a rule, and the site submits approved ones only."""
    if why := unapproved(books, rule):
        raise ProdError(why, todo="prodcli campaign requests shows all; prodcli campaign approve TAG approves one")
