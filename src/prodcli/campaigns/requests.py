"""Requests of campaigns in the books: written by those who want data, approved by curators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from prodcli.errors import ProdError, UsageError
from prodcli.names import did_you_mean

if TYPE_CHECKING:
    from prodcli.campaigns.request_form import RequestForm
    from prodcli.db import Database, Transaction


@dataclass(frozen=True, slots=True)
class CampaignRequest:
    """A request; `form` is the text of its file. Of a request that waits nobody is the approver. Times in seconds since 1970."""

    tag: str
    dataset: str
    dsttypes: tuple[str, ...]
    runs: str
    requester: str
    contact: str
    purpose: str
    form: str
    made: int
    author: str
    state: str
    priority: int | None
    approved: int | None
    approver: str | None


def requests(books: Database) -> list[CampaignRequest]:
    """All requests: first those that wait, then approved ones by priority. Raises DatabaseError."""
    return books.read(lambda tx: list(tx.rows_as(_request, "campaign_requests")))


def request_campaign(books: Database, form: RequestForm, text: str, author: str) -> None:
    """Write a request, in the place of an earlier one of the tag; raises ProdError if that one is approved already."""
    values = {
        **{"tag": form.tag, "dataset": form.dataset, "dsttypes": ",".join(form.dsttypes)},
        **{"runs": ",".join(f"{low}-{high}" if low < high else str(low) for low, high in form.runs.spans)},
        **{
            "requester": form.requester,
            "contact": form.contact,
            "purpose": form.purpose,
            "form": text,
            "author": author,
        },
    }
    if not books.write(lambda tx: tx.run("request_campaign", **values)):
        raise ProdError(
            f"the request of {form.tag} is approved already", todo="request another tag, or ask the curators"
        )


def approve(books: Database, tag: str, priority: int, approver: str) -> CampaignRequest:
    """Approve the request of a tag, and give its campaigns the priority; raises UsageError for a tag without a request."""

    def work(tx: Transaction) -> CampaignRequest:
        tx.run("approve_request", tag=tag, priority=priority, approver=approver)
        found = {one.tag: one for one in tx.rows_as(_request, "campaign_requests")}
        if tag not in found:
            hint = did_you_mean(tag, found) if found else ""
            raise UsageError(f"nobody has requested {tag!r:.80}{hint}", todo="prodcli campaign requests shows all")
        tx.run("set_requested_priority", tag=tag, priority=priority)
        dsttypes = [{"name": name} for name in found[tag].dsttypes]
        tx.run("add_requested_campaigns", tag=tag, priority=priority, dsttypes=dsttypes)
        return found[tag]

    return books.write(work)


def _request(dsttypes: str, **columns: Any) -> CampaignRequest:
    return CampaignRequest(dsttypes=tuple(dsttypes.split(",")), **columns)
