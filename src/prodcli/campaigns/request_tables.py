"""Requests of campaigns, and what a form lacks, as tables.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from prodcli.tables.table import Cell, Column, Kind, Table

if TYPE_CHECKING:
    from prodcli.campaigns.requests import CampaignRequest


def request_table(found: Sequence[CampaignRequest], note: str = "") -> Table:
    """Requests, a row for each."""
    columns = (
        *(Column("tag", style="bold"), Column("state"), Column("priority", kind=Kind.NUMBER)),
        *(
            Column("dsttypes", level=2),
            Column("dataset", level=2),
            Column("runs", level=3),
            Column("requester", level=1),
        ),
        *(
            Column("contact", level=4),
            Column("made", "requested", Kind.AGO, 1),
            Column("approved", kind=Kind.AGO, level=3),
        ),
        *(Column("approver", level=4, drop_empty=True), Column("purpose", kind=Kind.DETAIL)),
    )
    rows: list[list[Cell]] = [
        [
            *(one.tag, one.state, one.priority, ", ".join(one.dsttypes), one.dataset, one.runs, one.requester),
            *(one.contact, one.made, one.approved, one.approver, one.purpose),
        ]
        for one in found
    ]
    empty = "nobody has requested a campaign: prodcli campaign request FORM.yaml"
    return Table(columns, rows, marks={"requested": "yellow", "approved": "green"}, note=note if rows else empty)


def lack_table(found: Sequence[tuple[str, str]], file: str) -> Table:
    """What a form lacks, a line for each."""
    return Table((Column("key", style="bold"), Column("lack")), found, title=f"what {file} lacks")
