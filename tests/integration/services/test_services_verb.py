"""services set|list|import and announce, on every database."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.catalog import Catalog
from tests.support.rule_files import write_rules
from tests.support.workspace import ONE_DATABASE, Answer, Workspace, seeded_catalog

NOTE = "disk failure"


@pytest.fixture
def books(workspace: Workspace) -> Workspace:
    """A workspace with empty books."""
    workspace.load(Catalog())
    return workspace


def listed(workspace: Workspace, *words: object) -> list[dict[str, Any]]:
    return list(workspace.json("services", "list", *words))


def states(workspace: Workspace) -> dict[str, str]:
    return {one["service"]: one["state"] for one in listed(workspace)}


def site(workspace: Workspace, services: Any) -> None:
    workspace.settings["site"] = {"services": services}
    workspace.write()


def program(folder: Path, name: str, text: str) -> str:
    """A command of the site, beside prodcli.yaml."""
    file = folder / name
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return f"./{name}"


def test_a_state_holds_until_the_next(books: Workspace) -> None:
    answer = books.run("services", "set", "database", "down", "--since", "31m", "--reason", NOTE, quiet=False)
    assert answer.code == 0
    assert answer.out.startswith("database is down since ")
    assert answer.out.endswith(f"UTC ({NOTE})\n")
    (row,) = listed(books)
    assert (row["state"], row["reason"], row["seconds"] // 60, row["until"]) == ("down", NOTE, 31, None)
    books.ok("services", "set", "database", "up", "--since", "2m")
    assert states(books) == {"database": "up"}
    history = listed(books, "--since", "1d")
    assert [(one["state"], round(one["seconds"] / 60)) for one in history] == [("down", 29), ("up", 2)]


def test_maintenance_is_written_before_it_begins(books: Workspace) -> None:
    begin, end = (datetime.fromtimestamp(time.time() + hours * 3600, UTC).isoformat() for hours in (2, 4))
    books.ok("services", "set", "lustre", "up")
    books.ok("services", "set", "lustre", "maintenance", "--since", begin, "--until", end)
    now, planned = listed(books)
    assert (now["state"], planned["state"], planned["seconds"]) == ("up", "maintenance", 7200)


def test_what_people_do_stands_in_the_log(books: Workspace) -> None:
    books.ok("services", "set", "database", "down", "--reason", NOTE, "--author", "anna")
    (row,) = [one for one in books.json("log") if one["verb"] == "services set"]
    assert (row["who"], row["reason"], row["result"]) == ("anna", NOTE, "database down")


def test_json_of_a_monitor_is_imported(books: Workspace) -> None:
    file = books.folder / "status.json"
    said = {"database": "operational", "lustre": {"state": "down", "note": NOTE, "since": int(time.time()) - 600}}
    file.write_text(json.dumps(said))
    assert {one["books"] for one in books.json("services", "import", file, "-n")} == {"new"}
    assert listed(books) == []
    books.ok("services", "import", file)
    assert states(books) == {"database": "up", "lustre": "down"}
    assert {one["books"] for one in books.json("services", "import", file)} == {"unchanged"}
    assert listed(books)[0]["checked"] is not None
    file.write_text(json.dumps([{"service": "lustre", "state": "ok"}]))
    books.ok("services", "import", file)
    assert states(books) == {"database": "up", "lustre": "up"}


def test_a_service_in_maintenance_stays_there(books: Workspace) -> None:
    books.ok("services", "set", "database", "maintenance")
    file = books.folder / "status.json"
    file.write_text('{"database": "up"}')
    (row,) = books.json("services", "import", file)
    assert row["books"] == "in maintenance"
    assert states(books) == {"database": "maintenance"}


def test_a_table_of_another_tool_is_imported(books: Workspace) -> None:
    books.sql("CREATE TABLE status_of_services (id int, service text, state text, note text)")
    books.sql(
        "INSERT INTO status_of_services VALUES (1, 'database', 'outage', 'disk failure'), (2, 'gpfs', 'ok', NULL)"
    )
    books.ok("services", "import", "--table", "status_of_services")
    assert states(books) == {"database": "down", "gpfs": "up"}


def test_commands_of_the_site_are_asked(books: Workspace) -> None:
    site(
        books,
        {
            "database": {"command": program(books.folder, "db", "echo 'no route to host'; exit 3")},
            "gpfs": {"command": program(books.folder, "fs", "exit 0"), "needed_by": ["all"]},
            "lustre": {"command": program(books.folder, "lustre", "echo 'degraded: one OST is slow'")},
            "raw": {"command": program(books.folder, "raw", 'echo \'{"state": "down", "note": "tape robot"}\'')},
            "grid": {"command": "./there-is-no-such-program"},
            "odbc": {},
        },
    )
    books.ok("services", "import")
    found = {one["service"]: (one["state"], one["reason"], one["needed_by"]) for one in listed(books)}
    assert found == {
        "database": ("down", "no route to host", ""),
        "gpfs": ("up", "", "all"),
        "lustre": ("degraded", "one OST is slow", ""),
        "raw": ("down", "tape robot", ""),
        "grid": ("", "", ""),
        "odbc": ("", "", ""),
    }


@ONE_DATABASE
def test_hostile_output_is_harmless(books: Workspace) -> None:
    noise = "head -c 20000000 /dev/urandom; printf '\\033]0;x\\007 gone'; exit 1"
    site(books, {"database": {"command": program(books.folder, "db", noise)}})
    books.ok("services", "import")
    (row,) = listed(books)
    assert row["state"] == "down"
    assert row["reason"].isprintable()


@ONE_DATABASE
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("down", "is no JSON"),
        ("[1]", "neither a mapping"),
        ('{"database": "sick"}', "'sick' is no state"),
        ('{"data base": "up"}', "is no name"),
        ('{"database": {"state": "up", "since": "noon"}}', "'noon' is no time"),
        ('{"database": {"state": "down", "since": 20, "until": 10}}', "until is not after since"),
    ],
)
def test_json_that_says_nothing_is_refused(books: Workspace, text: str, said: str) -> None:
    file = books.folder / "status.json"
    file.write_text(text)
    answer = books.run("services", "import", file)
    assert (answer.code, listed(books)) == (2, [])
    assert said in answer.err


@ONE_DATABASE
@pytest.mark.parametrize(
    "words",
    [
        ("set", "data base", "down"),
        ("set", "database", "sick"),
        ("set", "database", "down", "--since", "noon"),
        ("set", "database", "down", "--since", "10m", "--until", "2020-01-01"),
        ("import",),
        ("import", "nothing.json"),
        ("import", "--table", "a b"),
        ("import", "--table", "production_jobs"),
        ("import", "status.json", "--table", "x"),
        ("import", "--service", "database"),
    ],
)
def test_words_that_say_nothing_are_refused(books: Workspace, words: tuple[str, ...]) -> None:
    answer = books.run("services", *words)
    assert (answer.code, listed(books)) == (2, [])
    assert len(answer.err.splitlines()) == 1 or "Usage" in answer.err


def told(workspace: Workspace, *words: object) -> Answer:
    answer = workspace.run(*words)
    assert answer.code == 0, answer.err
    return answer


def test_an_announcement_stands_on_every_view(books: Workspace) -> None:
    assert "nothing is announced" in told(books, "announce").out
    books.ok("announce", "no submissions tonight", "--author", "anna")
    books.ok("announce", "shift meeting", "--until", "2h", "--author", "ben")
    for view in (
        ("query",),
        ("jobs",),
        ("rescue",),
        ("held",),
        ("loop", "status"),
        ("log",),
        ("services", "list"),
        ("nodes",),
    ):
        lines = told(books, *view).out.splitlines()
        assert lines[0] == "! no submissions tonight (anna)", view
        assert lines[1].startswith("! shift meeting (ben, until "), view
        assert not any(line.startswith("!") for line in lines[2:]), view
        assert "!" not in told(books, *view, "--format", "json").out, view
    assert told(books, "query", "--format", "markdown").out.startswith("> no submissions tonight (anna)\n")
    first, _ = books.json("announce")
    books.ok("announce", "--remove", first["id"])
    assert told(books, "query").out.startswith("! shift meeting")


def test_an_announcement_stands_above_what_submit_says(workspace: Workspace) -> None:
    workspace.load(seeded_catalog(1))
    rules = write_rules(workspace.folder / "rules")
    workspace.ok("announce", "no submissions tonight", "--author", "anna")
    for words in (("submit", "-n"), ("submit", "--maxjobs", "1"), ("why",)):
        answer = workspace.run(words[0], "-c", rules, "-r", "mvtxme", "--runs", "1-99999", *words[1:], quiet=False)
        assert answer.out.startswith("! no submissions tonight (anna)\n"), words
        assert answer.out.count("no submissions tonight") == 1


def test_an_announcement_ends_at_its_time(books: Workspace) -> None:
    books.ok("announce", "shift meeting", "--until", "1m")
    books.sql("UPDATE production_announcements SET until = made")
    assert "shift" not in told(books, "query").out


def test_books_without_announcements_show_what_they_have(books: Workspace) -> None:
    books.sql("DROP TABLE production_announcements")
    assert told(books, "log").err == ""


@ONE_DATABASE
@pytest.mark.parametrize(
    "words", [("",), ("x" * 501,), ("a", "--until", "2020-01-01"), ("a", "--remove", 1), ("--remove", 9)]
)
def test_announcements_that_say_nothing_are_refused(books: Workspace, words: tuple[object, ...]) -> None:
    assert books.run("announce", *words).code == 2
    assert books.json("announce") == []


@ONE_DATABASE
def test_hostile_text_is_harmless(books: Workspace) -> None:
    books.ok("announce", "a\x1b]0;x\x07\nb")
    assert told(books, "query").out.startswith("! a?]0;x? b (")
