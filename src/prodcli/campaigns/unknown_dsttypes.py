"""Dsttypes of jobs that belong to no production type, and so to no campaign."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from prodcli.db import Database


class UnknownDsttype(NamedTuple):
    """A dsttype without a production type: the tag of its first job, seconds since 1970, and how many jobs it has now."""

    dsttype: str
    tag: str
    first_seen: int
    jobs: int


def unknown_dsttypes(database: Database) -> list[UnknownDsttype]:
    """The dsttypes of jobs that have no production type, the newest first."""
    return database.read(lambda tx: list(tx.rows_as(UnknownDsttype, "unknown_dsttype_rows")))
