"""The full screen of `prodcli top`, by a pilot that types, on both databases."""

import time
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from prodcli.db import Database
from prodcli.errors import DatabaseError
from prodcli.live.place import Place
from prodcli.live.snapshot import Snapshot
from tests.support.attributed_jobs import attributed_books
from tests.support.catalog import Catalog
from tests.support.held_jobs import held, states, submitted
from tests.support.postgres_server import Cluster
from tests.support.top_screen import lines, play, top_of, until, write_log
from tests.support.workspace import COMBINATIONS, ONE_DATABASE, Workspace, make_workspace

BOOKS = attributed_books(19)
LOCAL = pytest.mark.parametrize(("database", "batch"), COMBINATIONS[:2])
_LONG = 10_000_000


@pytest.fixture
def booked(workspace: Workspace) -> Workspace:
    """A workspace with generated books."""
    workspace.load(Catalog([], [], [], []))
    BOOKS.write(workspace)
    return workspace


async def go_to_jobs(pilot: Pilot[Any]) -> str:
    """Go down to the jobs of the first run."""
    await until(pilot, "a_b_v001")
    await pilot.press("enter")
    await until(pilot, "DST_A")
    await pilot.press("enter")
    await until(pilot, " > DST_A")
    await until(pilot, lambda shown: any(line.split()[:1] in (["run"], ["100"]) for line in shown.split("\n")))
    await pilot.press("enter")
    return await until(pilot, "dbid")


def test_keys_go_from_campaigns_down_to_a_log_and_back(booked: Workspace, tmp_path: Path) -> None:
    file = write_log(tmp_path / "logs", b"first\nERROR: refused\n\x1b[2J\x1b]0;title\x07[bold red]last[/bold red]\n")
    booked.sql('UPDATE production_jobs SET "out" = ?', str(file))

    async def course(pilot: Pilot[Any]) -> None:
        await go_to_jobs(pilot)
        await pilot.press("down", "enter")
        shown = await until(pilot, "refused")
        assert "?[2J?]0;title?[bold red]last[/bold red]" in shown
        assert str(file)[-70:] in shown  # the end of a path that is longer than the line
        await pilot.press("e")
        await until(pilot, "there is no such file")
        await pilot.press("o")
        await until(pilot, "refused")
        await pilot.press("slash", *"error", "enter")
        assert "first" not in await until(pilot, "filter 'error'")
        await pilot.press("escape", "escape")
        await until(pilot, "dbid")
        for word in ("run", "rule", "tag"):
            await pilot.press("escape")
            await until(pilot, lambda shown, word=word: any(line.split()[:1] == [word] for line in shown.split("\n")))

    play(top_of(booked), course)


def test_rows_are_sorted_filtered_and_hidden(booked: Workspace) -> None:
    def column(shown: str) -> list[int]:
        rows = [line.split() for line in shown.split("\n")]
        return [int(row[0]) for row in rows if row and row[0].isdigit()]

    async def course(pilot: Pilot[Any]) -> None:
        first = column(await go_to_jobs(pilot))
        await pilot.press("greater_than_sign")
        shown = await until(pilot, "sorted by dbid up")
        assert column(shown) == sorted(first)
        await pilot.press("i")
        shown = await until(pilot, "sorted by dbid down")
        assert column(shown) == sorted(first, reverse=True)
        for _ in range(6):  # job, dsttype, segment, state, since, node: a column that 80 letters may have no room for
            await pilot.press("greater_than_sign")
        shown = await until(pilot, "sorted by node up")
        await pilot.press(*["greater_than_sign"] * 30, "less_than_sign")
        wanted = first[0]
        await pilot.press("slash", *str(wanted), "enter")
        shown = await until(pilot, f"filter '{wanted}'")
        assert wanted in column(shown)
        assert all(str(wanted) in line for line in shown.split("\n") if line[:1].isdigit())
        await pilot.press("slash", *"nonsense", "enter")
        await until(pilot, "no row has")
        await pilot.press("escape")
        assert len(column(await until(pilot, lambda shown: "filter" not in shown.split("\n")[2]))) == len(first)

    play(top_of(booked), course, (80, 60))


def test_a_refresh_is_one_statement_and_the_cursor_stays(booked: Workspace) -> None:
    statements: list[str] = []

    def books() -> Database:
        database = booked.database()
        database.trace = lambda name, _: statements.append(name)
        return database

    async def course(pilot: Pilot[Any]) -> None:
        await until(pilot, "a_b_v002")
        await pilot.press("down")
        before = pilot.app.stop.cursor  # type: ignore[attr-defined]
        count = len(statements)
        booked.sql("UPDATE production_jobs SET tag = 'a_a_v000' WHERE id IN (1, 2, 3)")
        await until(pilot, "a_a_v000")
        assert pilot.app.stop.cursor.key == before.key  # type: ignore[attr-defined]
        assert set(statements[count:]) == {"live_campaigns"}
        await pilot.press("enter")
        await until(pilot, "DST_A")
        assert statements[-1] == "live_rules"

    play(top_of(booked, books), course)


def test_what_everybody_should_see_stands_at_the_top(booked: Workspace) -> None:
    long_ago = "2026-01-31T00:00:00.000Z"
    booked.sql(
        "INSERT INTO production_loops (id, kind, file, account, host, pid, boot_id, process_start, started, heartbeat,"
        " silent_after, state, doing) VALUES ('abc123', 'loop', '/x/a.yaml', 'me', 'far', 1, 'b', '1', ?, ?, 120, 'waiting', '')",
        *(long_ago, long_ago),
    )
    booked.ok("announce", "tape robot\x1b[2J stops [b]at noon[/b]")
    booked.ok("services", "set", "database", "down", "--reason", "patching")

    async def course(pilot: Pilot[Any]) -> None:
        await until(pilot, "a_b_v001")
        shown = (await until(pilot, "stops [b]at noon[/b]")).split("\n")
        head = " ".join(shown[:8])
        assert "loop abc123 of a.yaml on far is silent" in head
        assert "stops [b]at noon[/b]" in head
        assert "database down since" in head
        assert "(patching)" in head
        assert not any("\x1b" in line for line in lines(pilot))

    play(top_of(booked), course)


@LOCAL
def test_a_verb_acts_after_its_preview_alone(real: Workspace, queue: Any) -> None:
    dbids = submitted(real)
    held(real, queue, dbids[:3])
    ((tag,),) = real.sql("SELECT DISTINCT tag FROM production_jobs WHERE schedd IS NOT NULL")

    async def course(pilot: Pilot[Any]) -> None:
        await until(pilot, f"\n{tag} ")
        await pilot.press("r")
        shown = await until(pilot, "y: do it")
        assert "Release 3 jobs of" in shown
        assert "not held" not in shown
        await pilot.press("n")
        await until(pilot, "campaigns")
        assert [states(real)[dbid][0] for dbid in dbids[:3]] == ["held"] * 3
        await pilot.press("r")
        await until(pilot, "y: do it")
        await pilot.press("y")
        await until(pilot, "3 of 3 jobs released")
        await pilot.press("escape")
        await until(pilot, "campaigns")

    play(top_of(real, text=tag), course)
    assert "held" not in {status for status, _, _ in states(real).values()}
    (row,) = real.json("log", "--verb", "release")
    assert (row["who"], row["reason"]) == ("tester", "top")


@LOCAL
def test_rescue_shows_causes_and_applies_one(real: Workspace, queue: Any) -> None:
    dbids = submitted(real)
    held(real, queue, dbids[:3])
    ((tag,),) = real.sql("SELECT DISTINCT tag FROM production_jobs WHERE schedd IS NOT NULL")

    async def course(pilot: Pilot[Any]) -> None:
        await until(pilot, f"\n{tag} ")
        await pilot.press("R")
        shown = await until(pilot, "memory, ")
        assert " 3  held " in shown
        await pilot.press("enter")
        await until(pilot, "y: do it")
        await pilot.press("y")
        await until(pilot, "3 of 3 jobs")
        await pilot.press("escape")
        await until(pilot, "nothing is wrong")

    play(top_of(real, text=tag), course)
    assert "held" not in {status for status, _, _ in states(real).values()}


@ONE_DATABASE
def test_a_schedd_that_does_not_answer_is_said_and_stops_nothing(booked: Workspace) -> None:
    def gone() -> Any:
        raise DatabaseError("the books cannot be written", where="PostgreSQL x")

    async def course(pilot: Pilot[Any]) -> None:
        await until(pilot, "a_b_v001")
        await pilot.press("k")
        await until(pilot, "PostgreSQL x: the books cannot be written")
        await pilot.press("escape")
        await until(pilot, "campaigns")

    play(top_of(booked, recovery=gone), course)


@ONE_DATABASE
def test_keys_go_on_while_the_books_are_slow_and_stale_figures_say_so(booked: Workspace) -> None:
    fast = top_of(booked)
    looks = 0

    def slow(place: Place) -> Snapshot:
        nonlocal looks
        looks += 1
        if looks == 2:
            time.sleep(3)
            raise DatabaseError("the server hangs", where="PostgreSQL x")
        return fast._parts.look(place)

    async def course(pilot: Pilot[Any]) -> None:
        await until(pilot, "a_b_v001")
        began = time.monotonic()
        await until(pilot, lambda _: looks == 2)
        await pilot.press("down", "up", "slash", *"v002", "enter")
        assert "a_b_v001" not in "\n".join(lines(pilot)[3:])
        assert time.monotonic() - began < 3
        shown = await until(pilot, "STALE: figures of")
        assert "UTC" in shown
        await until(pilot, "PostgreSQL x: the server hangs")
        await until(pilot, lambda shown: "STALE" not in shown)

    play(top_of(booked, look=slow), course)


@pytest.mark.postgresql
@pytest.mark.limit(300)
def test_a_restart_of_the_server_is_survived(server: Cluster, tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path, server)
    workspace.load(Catalog([], [], [], []))
    BOOKS.write(workspace)

    async def course(pilot: Pilot[Any]) -> None:
        await until(pilot, "a_b_v001")
        server.shut()
        await until(pilot, "STALE: figures of")
        assert "a_b_v001" in "\n".join(lines(pilot))
        server.open_again()
        await until(pilot, lambda shown: "STALE" not in shown)
        await pilot.press("enter")
        await until(pilot, "DST_A")

    play(top_of(workspace), course)
    workspace.drop()


@ONE_DATABASE
@pytest.mark.parametrize("size", [(80, 24), (60, 12), (200, 60), (20, 6)])
def test_a_terminal_of_any_size_and_resized(booked: Workspace, size: tuple[int, int]) -> None:
    async def course(pilot: Pilot[Any]) -> None:
        await until(pilot, "a_b")
        await pilot.resize_terminal(*size)
        await pilot.pause(0.1)
        assert len(lines(pilot)) == size[1]
        await pilot.press("enter", "down", "question_mark", "escape", "k")
        await pilot.resize_terminal(80, 24)
        await until(pilot, "Esc: back")
        await pilot.press("escape")
        await until(pilot, "DST_A")

    play(top_of(booked), course)


@ONE_DATABASE
def test_hostile_names_and_logs_are_harmless(booked: Workspace, tmp_path: Path) -> None:
    name = "[red]x[/]\x1b[2J\x9b31m\u202e[link=http://a]_v001"
    data = b"A" * _LONG + b"\nplain line\n" + bytes(range(256)) * 40 + b"\n" + b"[/] \x1b]52;c;QUJD\x07 end of it\n"
    file = write_log(tmp_path / "logs", data)
    booked.sql("UPDATE production_jobs SET tag = ?, dataset = 'd', dsttype = ?, runnumber = 100", name, name)
    booked.sql('UPDATE production_jobs SET "out" = ?, execution_node = ?', str(file), name)
    booked.sql("UPDATE production_attempts SET hold_reason = ?, node = ?", name * 100, name)

    async def course(pilot: Pilot[Any]) -> None:
        await until(pilot, "[red]x[/]?")
        for word in ("[red]x[/]?", "100", "dbid"):
            await pilot.press("enter")
            await until(pilot, word)
        await pilot.press("enter")
        await until(pilot, "end of it")
        await pilot.press("home", "right", "right", "end")
        assert not [letter for line in lines(pilot) for letter in line if not (letter.isprintable() or letter == "\t")]

    play(top_of(booked), course)
