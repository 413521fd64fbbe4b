"""The overview of campaigns in the books, on every database."""

import pytest

from prodcli.campaigns.overview import Campaign, campaigns
from tests.support.catalog import Catalog
from tests.support.workspace import Workspace

TRACKS, CALO = "DST_TRKR_SEED", "DST_CALO"


@pytest.fixture
def books(workspace: Workspace) -> Workspace:
    """A workspace with empty books."""
    workspace.load(Catalog())
    return workspace


def add_job(books: Workspace, tag: str, dsttype: str, run: int = 1) -> None:
    """A job that any tool may have written."""
    books.sql(
        "INSERT INTO production_jobs (rulename, tag, dataset, dsttype, runnumber) VALUES ('r', ?, 'd', ?, ?)",
        *(tag, dsttype, run),
    )


def named(books: Workspace, active: bool | None = None) -> list[tuple[str, str]]:
    return [(one.tag, one.production_type) for one in campaigns(books.database(), active)]


def test_a_new_campaign_is_not_active(books: Workspace) -> None:
    add_job(books, "a", TRACKS)
    (one,) = campaigns(books.database())
    assert one == Campaign("a", "tracking", "", 0, False, None, None, "", one.registered_at)
    assert one.name == "a"
    assert one.registered_at > 1.7e9


def test_active_ones_come_first_and_then_the_lowest_priority(books: Workspace) -> None:
    for tag, priority, active in (("a", 0, False), ("b", 5, True), ("c", -1, True), ("d", 5, True)):
        add_job(books, tag, CALO)
        books.sql("UPDATE production_overview SET priority = ?, active = ? WHERE tag = ?", priority, active, tag)
    assert [tag for tag, _ in named(books)] == ["c", "b", "d", "a"]
    assert [tag for tag, _ in named(books, active=True)] == ["c", "b", "d"]
    assert [tag for tag, _ in named(books, active=False)] == ["a"]
