"""The page of a campaign: how far its steps are, when they end, what is missing and why.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prodcli.campaigns.campaign_words import campaign_in_words
from prodcli.pages import links
from prodcli.pages.campaigns.named_trouble import link_of_cause
from prodcli.pages.page import Page
from prodcli.pages.page_table import PageTable, Row, page_table
from prodcli.reports.status_table import status_table
from prodcli.sizes import counted
from prodcli.tables.cells import percent

if TYPE_CHECKING:
    from prodcli.campaigns.progress import Progress
    from prodcli.reports.status_lines import Line
    from prodcli.tables.screen import Screen
    from prodcli.tables.table import Table

_TROUBLE = frozenset({"held", "failed", "parked", "stalled"})
_NOT_HERE = frozenset({"tag", "options"})  # what the page is about, and what is for a terminal
_NO_NUMBERS = frozenset({"tag", "dataset", "hosts", "other"})
_NO_CAMPAIGN = "No campaign: prodcli campaign unknown shows dsttypes without a production type."


@dataclass(frozen=True)
class CampaignReports:
    """What reports say of a campaign that is shown in full."""

    ends: Table
    trouble: Table
    outputs: Table
    jobs: Table


def campaign_page(found: Progress, screen: Screen, reports: CampaignReports | None = None) -> Page:
    """The page of a campaign; without reports, of one whose runs and jobs have no pages."""
    table = page_table(
        status_table(found.lines), screen, "steps", _link if reports else _nowhere, "Steps", without=["tag"]
    )
    below = _reports(reports, screen) if reports else []
    context = {
        "lines": [*_lines(found, screen, full=reports is not None)],
        "tables": [table, *below[:2]],
        "details": [(one.caption, one) for one in below[2:]],
    }
    one = found.campaign
    return Page(links.campaign(one.tag, one.production_type), "tables.html", one.name, context, links.TOP[:1])


def _lines(found: Progress, screen: Screen, full: bool) -> Iterator[str]:
    """What curators say of the campaign, and how far it is."""
    one = found.campaign
    yield from filter(None, campaign_in_words(one, screen.zone) if one.production_type else [_NO_CAMPAIGN])
    yield in_words(found.total) if found.lines else "no jobs yet"
    if found.lines and not full:
        yield f"All its jobs are done; prodcli dashboard html DIR --tag {one.tag} shows runs and jobs."


def in_words(whole: Line) -> str:
    """`575 jobs, 55% done: 318 finished, 229 failed, 22 held`."""
    counts = sorted(whole.counts.items(), key=lambda one: -one[1])
    states = ", ".join(f"{count} {state}" for state, count in counts if count)
    return f"{counted(whole.jobs, 'job')}, {percent(whole.done or 0.0)} done: {states}"


def _reports(reports: CampaignReports, screen: Screen) -> list[PageTable]:
    told = (
        ("ends", reports.ends, _nowhere, "When the open jobs end"),
        ("trouble", reports.trouble, link_of_cause, "What is missing, and why"),
        ("outputs", reports.outputs, _nowhere, "Outputs: expected and registered"),
        ("jobs", reports.jobs, _nowhere, "Events and durations"),
    )
    return [page_table(table, screen, name, link, caption, without=_NOT_HERE) for name, table, link, caption in told]


def _link(key: str, row: Row) -> str:
    """The jobs in trouble behind their number, else the runs of a step."""
    step = (str(row["tag"]), str(row["dsttype"]), str(row["dataset"]))
    if key in _TROUBLE:
        return links.rows(links.trouble(*step), "jobs", state=key)
    if key in _NO_NUMBERS:
        return ""
    runs = links.step(*step)
    return runs if key in ("dsttype", "jobs", "done_percent") else links.sorted_rows(runs, "runs", key)


def _nowhere(key: str, row: Row) -> str:
    return ""
