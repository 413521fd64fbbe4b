"""Registering campaigns: the trigger on jobs, the production types of the profile, and upgrades, on every database."""

import threading
from contextlib import closing
from typing import Any

import pytest

from prodcli.campaigns.overview import campaigns
from prodcli.config.profile import overview_rows
from prodcli.db import schema
from tests.integration.campaigns.test_overview import CALO, TRACKS, add_job, books, named
from tests.support.library_rules import sphenix
from tests.support.workspace import Workspace

__all__ = ["books"]
NOBODYS = "HCAL_NOBODYS"


def unknown(books: Workspace) -> list[Any]:
    return sorted(tuple(row) for row in books.sql("SELECT dsttype, tag FROM production_unknown_dsttypes"))


def of_site(books: Workspace, **types: list[str]) -> None:
    """Add production types to the site profile, and upgrade the books."""
    books.settings["site"] = {"production_types": types}
    books.write()
    books.ok("db", "upgrade")


def insert(books: Workspace, production_type: str) -> None:
    books.sql("INSERT INTO production_overview (tag, production_type) VALUES ('x', ?)", production_type)


def test_a_tag_is_registered_once_for_each_production_type(books: Workspace) -> None:
    for run in range(3):
        add_job(books, "a", TRACKS, run)
        add_job(books, "a", CALO, run)
    assert named(books) == [("a", "calo"), ("a", "tracking")]


@pytest.mark.parametrize("dsttype", [NOBODYS, "DST_CALOX", "DST_TRKRX_SEED", "", "100%'; DROP TABLE x"])
def test_an_unknown_dsttype_is_noted_and_stops_no_job(books: Workspace, dsttype: str) -> None:
    for tag in ("b", "a"):
        add_job(books, tag, dsttype)
    assert unknown(books) == [(dsttype, "b")]
    assert named(books) == []
    assert books.sql("SELECT COUNT(*) FROM production_jobs")[0][0] == 2


def test_only_the_production_types_of_the_profile_are_taken(books: Workspace) -> None:
    with pytest.raises(Exception, match="(?i)check"):
        insert(books, "hcal")
    of_site(books, hcal=["HCAL"])
    insert(books, "hcal")
    with pytest.raises(Exception, match="(?i)check"):
        insert(books, "ecal")


def test_an_upgrade_registers_what_was_unknown(books: Workspace) -> None:
    add_job(books, "a", NOBODYS)
    add_job(books, "b", TRACKS)
    books.sql("UPDATE production_overview SET active = ?, priority = 7, notes = 'keep'", True)
    of_site(books, hcal=["HCAL"])
    assert unknown(books) == []
    assert [(one.tag, one.production_type, one.active, one.note) for one in campaigns(books.database())] == [
        ("b", "tracking", True, "keep"),
        ("a", "hcal", False, ""),
    ]
    add_job(books, "c", NOBODYS)
    assert ("c", "hcal") in named(books)


def test_a_type_that_the_profile_has_no_longer_stays_where_it_is(books: Workspace) -> None:
    of_site(books, hcal=["HCAL"])
    add_job(books, "a", NOBODYS)
    of_site(books)
    assert named(books) == [("a", "hcal")]
    assert unknown(books) == [(NOBODYS, "a")]
    add_job(books, "b", NOBODYS)
    assert named(books) == [("a", "hcal")]


def test_an_upgrade_that_changes_no_type_leaves_the_overview_alone(books: Workspace) -> None:
    def statements() -> list[str]:
        return books.database().read(lambda tx: list(tx.column("overview_statements")))

    assert statements() == []
    books.ok("db", "upgrade")
    of_site(books, quote=["O'Neill"], **{"it's": ["ITS"]})
    assert statements() == []
    add_job(books, "a", "ITS_HERE")
    assert named(books) == [("a", "it's")]


def test_books_of_before_upgrade(books: Workspace) -> None:
    """The overview as it was made first: no limit to types, and campaigns without a priority."""
    add_job(books, "a", TRACKS)
    made_as_before(books)
    books.sql("UPDATE production_overview SET priority = NULL, active = ?", True)
    books.sql("DELETE FROM prodcli_schema WHERE version = 32")
    assert schema.upgrade(books.database(), overview_rows(sphenix())) == ["0032_overview"]
    (one,) = campaigns(books.database())
    assert (one.tag, one.priority, one.active) == ("a", 0, True)
    add_job(books, "b", CALO)
    assert named(books) == [("a", "tracking"), ("b", "calo")]
    with pytest.raises(Exception, match="(?i)null"):
        books.sql("UPDATE production_overview SET priority = NULL")


def made_as_before(books: Workspace) -> None:
    """Give the overview the form of the first migration."""
    if books.cluster is not None:
        books.sql("ALTER TABLE production_overview DROP CONSTRAINT production_overview_production_type_check")
        books.sql(
            "ALTER TABLE production_overview ALTER COLUMN priority DROP NOT NULL, ALTER COLUMN priority DROP DEFAULT"
        )
        return
    (trigger,) = books.sql("SELECT sql FROM sqlite_master WHERE name = 'prodcli_register_overview'")
    books.sql("DROP TRIGGER prodcli_register_overview")
    books.sql("ALTER TABLE production_overview RENAME TO kept")
    first = {migration.version: migration for migration in schema.migrations("sqlite")}[1]
    (table,) = [text for _, text in first.steps if "EXISTS production_overview (" in text]
    books.sql(table)
    books.sql("INSERT INTO production_overview SELECT * FROM kept")
    books.sql("DROP TABLE kept")
    books.sql(trigger[0])


def test_a_narrower_check_of_another_tool_is_widened(books: Workspace) -> None:
    if books.cluster is None:
        pytest.skip("other tools write to PostgreSQL")
    books.sql("ALTER TABLE production_overview ADD CONSTRAINT theirs CHECK (production_type IN ('tracking', 'calo'))")
    of_site(books, hcal=["HCAL"])
    add_job(books, "a", NOBODYS)
    assert named(books) == [("a", "hcal")]
    names = books.sql(
        "SELECT conname FROM pg_constraint WHERE contype = 'c' AND conrelid = CAST('production_overview' AS regclass)"
    )
    assert [name for (name,) in names] == ["production_overview_production_type_check"]


def test_an_unknown_dsttype_is_told_once(books: Workspace) -> None:
    if books.cluster is None:
        pytest.skip("triggers of SQLite cannot tell anything")
    row = "INSERT INTO production_jobs (rulename, tag, dataset, dsttype, runnumber) VALUES ('r', 't', 'd', ?, 1)"
    with closing(books.connect()) as connection:
        said = [" ".join(text for _, text in connection.execute(row, NOBODYS).messages) for _ in range(2)]
    assert f"dsttype {NOBODYS} has no production type in the site profile" in said[0]
    assert said[1] == ""


def test_jobs_come_in_while_the_overview_is_upgraded(books: Workspace) -> None:
    """Each job is inserted and counted for its campaign, whichever types the overview takes at that moment."""
    if books.cluster is None:
        pytest.skip("SQLite has one writer at a time")
    failures: list[Exception] = []

    def write(name: str) -> None:
        try:
            for number in range(60):
                add_job(books, f"{name}{number}", (TRACKS, NOBODYS)[number % 2], number)
        except Exception as failure:  # noqa: BLE001 - a thread keeps it for the test
            failures.append(failure)

    writers = [threading.Thread(target=write, args=(name,)) for name in "ab"]
    for one in writers:
        one.start()
    for types in ({"hcal": ["HCAL"]}, {"ecal": ["ECAL"]}, {"hcal": ["HCAL"], "ecal": ["ECAL"]}):
        of_site(books, **types)
    for one in writers:
        one.join()
    of_site(books, hcal=["HCAL"])
    assert failures == []
    assert books.sql("SELECT COUNT(*) FROM production_jobs")[0][0] == 120
    assert len(named(books)) == 120


@pytest.mark.parametrize("first_that_replaces", [140_000, 10**9], ids=["new", "old"])
def test_servers_of_any_age_get_the_trigger(books: Workspace, first_that_replaces: int) -> None:
    if books.cluster is None:
        pytest.skip("SQLite has its trigger from the first migration on")
    (migration,) = [one for one in schema.migrations("postgresql") if one.version == 32]
    (step,) = [text for _, text in migration.steps if "server_version_num" in text]
    for _ in range(2):
        books.sql(step.replace("140000", str(first_that_replaces)))
    books.sql("DROP TRIGGER prodcli_register_overview ON production_jobs")
    books.sql(step.replace("140000", str(first_that_replaces)))
    add_job(books, "a", TRACKS)
    assert named(books) == [("a", "tracking")]
